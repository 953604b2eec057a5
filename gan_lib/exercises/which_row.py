"""A game: which of two rows of digits is real? Notebook "Start here"."""

import secrets

import torch
from ipywidgets import HTML, Button, HBox, Image

from gan_lib.exercises import record
from gan_lib.pair import Pair
from gan_lib.pictures import grids
from gan_lib.pictures.grids import Picture
from gan_lib.sources.imageset import ImageSet
from gan_lib.widgets.panel import Panel, when

ROWS = ("upper", "lower")
ALT = "Two rows of digits: one row is real, one is generated"


class WhichRow(Panel):
    """Two rows of `count` images each, two buttons, and the score: you against the discriminator.

    Each round has images of its own. The discriminator takes that row for real whose mean logit is
    higher. The score is kept in the learner's `record`.
    """

    def __init__(self, pair: Pair, data: ImageSet, count: int = 10) -> None:
        self.pair, self.data, self.count = pair, data, count
        kept = record.read()["game"].get("which-row", {})
        self.score = {who: int(kept.get(who, 0)) for who in ("rounds", "you", "discriminator")}
        self.picture, self.said = Image(format="png"), HTML()
        self.guesses = [Button(description=f"The {row} row is real") for row in ROWS]
        self.again = Button(description="Another round", disabled=True)
        for row, button in zip(ROWS, self.guesses):
            button.layout.width = "auto"
            when(button, lambda row=row: self._guess(row))
        when(self.again, self._begin)
        super().__init__([self.picture, HBox([*self.guesses, self.again]), self.said], [ALT])
        self._begin()

    def shown(self) -> Picture:
        """The rows of this round, as a picture for where no kernel runs."""
        return Picture(bytes(self.picture.value), ALT)

    def _begin(self) -> None:
        chosen = [secrets.randbelow(len(self.data)) for _ in range(self.count)]
        labels = None if self.data.labels is None else self.data.labels[chosen]
        x_fake, _ = self.pair.sample(self.count, secrets.randbelow(2**31), labels)
        both = {"real": self.data.floats(torch.tensor(chosen)), "generated": x_fake}
        logits = {kind: self.pair.logits(x, labels).mean().item() for kind, x in both.items()}
        self._real = secrets.choice(ROWS)
        order = ("real", "generated") if self._real == "upper" else ("generated", "real")
        self._discriminator_right = logits["real"] > logits["generated"]
        rows = torch.cat([both[kind] for kind in order])
        self.picture.value = grids.to_png(grids.grid(rows, columns=self.count, scale=2))
        self._set(playing=True)
        self.said.value = self._standing()

    def _guess(self, row: str) -> None:
        right = {"you": row == self._real, "discriminator": self._discriminator_right}
        self.score["rounds"] += 1
        for who, was_right in right.items():
            self.score[who] += was_right
        record.note("game", "which-row", **self.score)
        words = {who: "right" if was_right else "wrong" for who, was_right in right.items()}
        self._set(playing=False)
        self.said.value = (
            f"The real digits are in the <b>{self._real}</b> row. You were <b>{words['you']}</b>, "
            f"the discriminator <b>{words['discriminator']}</b>. {self._standing()}"
        )

    def _set(self, playing: bool) -> None:
        self.again.disabled = playing
        for button in self.guesses:
            button.disabled = not playing

    def _standing(self) -> str:
        score = self.score
        if not score["rounds"]:
            return ""
        rounds = f"{score['rounds']} round{'s' if score['rounds'] > 1 else ''}"
        return f"After {rounds}: you {score['you']}, the discriminator {score['discriminator']}."

"""A diagnosis in plain words, on a line or on a page. Notebook "When it fails"."""

import textwrap
from collections.abc import Sequence
from dataclasses import replace

from gan_lib.clinic.examination import Examination
from gan_lib.clinic.rules import SHORTEST, UNSEEN, Diagnosis, diagnose
from gan_lib.clinic.windows import windows
from gan_lib.state import Record

WIDTH = 96


def in_a_line(found: Sequence[Diagnosis], steps: int) -> str:
    """The likeliest illness, or that nothing looks wrong after so many steps."""
    if not found:
        looks = "Looks healthy" if steps >= SHORTEST else "Too early to say more"
        return f"{looks}: no sign that was measured speaks of an illness."
    first = found[0]
    since = "" if first.since is None else f", since about step {first.since:,}"
    return f"This looks like {first.illness.name}{since}: {first.evidence}."


def on_a_page(
    found: Sequence[Diagnosis], steps: int, history: Sequence[Record], seen: Examination = UNSEEN
) -> str:
    """The signs, and each illness with its evidence, its cause, and what to try."""
    parts = ["\n".join([f"Vital signs, step {steps:,}:", *signs(history, seen)])]
    if not found:
        parts.append(in_a_line(found, steps))
    for number, one in enumerate(found):
        since = "" if one.since is None else f", since about step {one.since:,}"
        head = "It may also be" if number else "This looks like"
        said = {
            "seen": one.evidence,
            "goes with": one.illness.symptom,
            "likely cause": one.illness.cause,
            "try": one.illness.remedy,
            "or is it": one.illness.alternatives,
        }
        rows = [_row(*row) for row in said.items()]
        parts.append("\n".join([f"{head} {one.illness.name}{since}.", *rows]))
    if found:
        parts.append('More about it: notebook "When it fails".')
    return "\n\n".join(parts)


def signs(history: Sequence[Record], seen: Examination = UNSEEN) -> list[str]:
    """The signs that were measured, a line each: those of the history's last steps come first."""
    rows = {}
    if history:
        last = windows(history)[-1]
        rows = {
            "D is right": f"{last.accuracy_real:.0%} of real, {last.accuracy_fake:.0%} of generated"
            " images",
            "mean logits": f"{last.logit_real:.3g} of real, {last.logit_fake:.3g} of generated"
            " images",
            "variety": f"{last.variety:.2f}; real images have 1",
            "gradients": f"D {last.gradient_discriminator:.2g}, G {last.gradient_generator:.2g}, "
            f"at G's images {last.gradient_images:.2g}",
        }
    rows |= {
        "samples": f"variety {seen.variety:.2f}; {seen.ground_fake:.0%} of their pixels are black, "
        f"of real ones {seen.ground_real:.0%}",
        "digits": f"the commonest makes up {seen.commonest:.0%}",
        "by heart": f"a training image ranks above a held-out one in {seen.known_by_heart:.0%} of "
        "all pairs (chance: 50%)",
        "neighbours": f"move a logit by {seen.neighbours:.2f} spreads",
        "eval mode": f"moves an image by {seen.eval_mode:.2f} of the distance between two",
    }
    return [_row(*row) for row in rows.items() if "nan" not in row[1]]


def _row(name: str, text: str) -> str:
    indent = " " * 16
    return textwrap.fill(text, WIDTH, initial_indent=f"  {name:<14}", subsequent_indent=indent)


class Watch:
    """Looks at a training while it runs, and speaks when a sign turns.

    `look` takes each record; it returns a line for an illness that was not there before, else "".
    """

    def __init__(self, history: Sequence[Record] = (), every: int = 100) -> None:
        """`history` is that of a training that goes on."""
        self.every, self._last = every, list(history[-every:])
        self._said = {one.illness for one in diagnose(self._last)}

    def look(self, record: Record) -> str:
        """Take note of a step."""
        self._last = [*self._last[-self.every + 1 :], record]
        if record.step % self.every or len(self._last) < self.every:
            return ""
        found = [one for one in diagnose(self._last) if one.illness not in self._said]
        self._said |= {one.illness for one in found}
        if not found:
            return ""
        return f"Step {record.step:,}. {in_a_line([replace(found[0], since=None)], record.step)}"

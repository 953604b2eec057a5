"""One step of the game in slow motion: six stages, each with the lines of code that do it.

The lines are those of `updates.update_discriminator` and `update_generator` themselves. Notebook
"The game in the plane".
"""

import inspect
from typing import NamedTuple

from gan_lib import updates
from gan_lib.plane.scene import PARTS


class Stage(NamedTuple):
    """A part of a step: what happens, in which function, at the lines that begin like that."""

    words: str
    function: str  # of `updates`
    begins: tuple[str, ...]
    parts: tuple[str, ...]  # what of the plane is to be seen
    learns: str = ""  # who takes a step, if anybody does


POINTS, JUDGED = ("real", "fake"), ("map", "real", "fake")
OF_D, OF_G = "update_discriminator", "update_generator"
STAGES = (
    Stage("1. G makes points of latents. It does not learn now.", OF_D,
          ("x_fake = state.generator",), ("warp", *POINTS)),
    Stage("2. D judges real and generated points: green ground is real to it, orange generated.",
          OF_D, ("real, fake = judge(",), JUDGED),
    Stage("3. D's loss says how wrong it was.", OF_D, ("loss = objective.discriminator(",), JUDGED),
    Stage("4. D learns: its map has changed, and no point has moved.", OF_D,
          ("gradient = descend(",), JUDGED, "discriminator"),
    Stage("5. G asks D. The way down its loss, at each point, is the arrow.", OF_G,
          ("fake, *real = judge(", "loss = objective.generator("), PARTS),
    Stage("6. G learns: the points have moved, and D's map has not.", OF_G,
          ("gradient = descend(",), PARTS, "generator"),
)  # fmt: skip


def lines_of(stage: Stage) -> list[tuple[str, bool]]:
    """The body of the stage's function, line by line, and whether the stage is at that line."""
    source = inspect.getsource(getattr(updates, stage.function))
    signature, _, rest = source.partition('"""')
    body = rest.partition('"""')[2].strip("\n").splitlines()
    lines = [*signature.rstrip().splitlines(), *body]
    return [(line, line.strip().startswith(stage.begins)) for line in lines]

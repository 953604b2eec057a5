"""The exercises of “The game in the plane”: V, one step of each player, and taking turns."""

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_lib.exercises.exercise import Exercise, on

TITLE = "The game in the plane"


def _logits() -> tuple[Tensor, Tensor]:
    g = torch.Generator().manual_seed(1)
    return 2 * torch.randn(50, generator=g) + 1, 2 * torch.randn(50, generator=g) - 0.5


VALUE = Exercise(
    "value",
    TITLE,
    minutes=4,
    right=lambda real, fake: F.logsigmoid(real).mean() + F.logsigmoid(-fake).mean(),
    trials=on(_logits, lambda: tuple(part[:20] for part in reversed(_logits()))),
    slips={
        "This is the logarithm of a mean. V is the mean of logarithms: log first, for each "
        "point.": lambda real, fake: (
            real.sigmoid().mean().log() + (1 - fake.sigmoid().mean()).log()
        ),
        "This is -V, a loss of D. V itself has no minus in front.": lambda real, fake: (
            -(F.logsigmoid(real).mean() + F.logsigmoid(-fake).mean())
        ),
        "The second half is log D(G(z)). D shall say “generated” there: log(1 - D(G(z))).": (
            lambda real, fake: F.logsigmoid(real).mean() + F.logsigmoid(fake).mean()
        ),
        "The logarithms are missing: this adds confidences.": lambda real, fake: (
            real.sigmoid().mean() + 1 - fake.sigmoid().mean()
        ),
        "These are sums. 𝔼 is a mean, so that V does not depend on how many points there are.": (
            lambda real, fake: F.logsigmoid(real).sum() + F.logsigmoid(-fake).sum()
        ),
        "This is half of V: two means are added, and not averaged.": lambda real, fake: (
            (F.logsigmoid(real).mean() + F.logsigmoid(-fake).mean()) / 2
        ),
        "Generated points are taken for real ones here: change the two over.": lambda real, fake: (
            F.logsigmoid(fake).mean() + F.logsigmoid(-real).mean()
        ),
    },
)


def _line() -> tuple[Tensor, Tensor, Tensor, float]:
    """Real and generated points, a linear D, and a rate."""
    g = torch.Generator().manual_seed(3)
    x_real = torch.randn(30, 2, generator=g) + torch.tensor([2.0, 1.0])
    return x_real, torch.randn(30, 2, generator=g), torch.tensor([0.3, -0.5]), 0.4


def _other_line() -> tuple[Tensor, Tensor, Tensor, float]:
    x_real, x_fake, w, rate = _line()
    return x_fake[:12] - 1, x_real[:12], 2 * w, 0.1


def _slope(x_real: Tensor, x_fake: Tensor, w: Tensor) -> Tensor:
    """The gradient of V with respect to w, where D(x) = σ(w · x)."""
    not_yet = (1 - (x_real @ w).sigmoid())[:, None] * x_real
    wrongly = (x_fake @ w).sigmoid()[:, None] * x_fake
    return not_yet.mean(0) - wrongly.mean(0)


STEP_OF_D = Exercise(
    "step_of_d",
    TITLE,
    minutes=8,
    right=lambda real, fake, w, rate: w + rate * _slope(real, fake, w),
    trials=on(_line, _other_line),
    slips={
        "This goes down, and D wants V large: add the gradient.": lambda real, fake, w, rate: (
            w - rate * _slope(real, fake, w)
        ),
        "This is the gradient itself: D's new w is the old one plus rate times "
        "gradient.": lambda real, fake, w, rate: _slope(real, fake, w),
        "The rate is missing: the step is rate times gradient.": lambda real, fake, w, rate: (
            w + _slope(real, fake, w)
        ),
        "Only real points count here: D could call everything real. Its other half is log(1 - "
        "D(x_fake)).": lambda real, fake, w, rate: (
            w + rate * ((1 - (real @ w).sigmoid())[:, None] * real).mean(0)
        ),
        "Only generated points count here: D could call everything "
        "generated.": lambda real, fake, w, rate: (
            w - rate * ((fake @ w).sigmoid()[:, None] * fake).mean(0)
        ),
        "The two kinds have changed places: this D learns to call real what is "
        "generated.": lambda real, fake, w, rate: w + rate * _slope(fake, real, w),
        "This raises D itself, without the logarithm: D's mistakes then count no more than what "
        "it knows.": lambda real, fake, w, rate: (
            w
            + rate
            * (
                ((real @ w).sigmoid() * (1 - (real @ w).sigmoid()))[:, None] * real
                - ((fake @ w).sigmoid() * (1 - (fake @ w).sigmoid()))[:, None] * fake
            ).mean(0)
        ),
        "This is half of the step: cross-entropy averages the two halves, and V adds "
        "them.": lambda real, fake, w, rate: w + rate * _slope(real, fake, w) / 2,
        "This is the step of a sum over the points: V is a mean.": lambda real, fake, w, rate: (
            w + rate * len(real) * _slope(real, fake, w)
        ),
    },
)


def _pushed(x: Tensor, w: Tensor, strength: Tensor) -> Tensor:
    return x + strength[:, None] * w


STEP_OF_G = Exercise(
    "step_of_g",
    TITLE,
    minutes=8,
    right=lambda x, w, rate: _pushed(x, w, rate * (1 - (x @ w).sigmoid())),
    trials=on(lambda: _line()[1:], lambda: _other_line()[1:]),
    slips={
        "This goes down G's half of V, log(1 - D). Asked is the step down -log "
        "D.": lambda x, w, rate: _pushed(x, w, rate * (x @ w).sigmoid()),
        "The points move away from where D says “real”: G goes down -log D, so up "
        "log D.": lambda x, w, rate: _pushed(x, w, -rate * (1 - (x @ w).sigmoid())),
        "The rate is missing.": lambda x, w, rate: _pushed(x, w, 1 - (x @ w).sigmoid()),
        "Every point moves alike here. Those that D believes least move most: each by rate · "
        "(1 - D(x)) · w.": lambda x, w, rate: x + rate * w,
        "This raises D and not log D: where D is sure, its slope D (1 - D) "
        "vanishes.": lambda x, w, rate: _pushed(
            x, w, rate * (x @ w).sigmoid() * (1 - (x @ w).sigmoid())
        ),
        "The gradient of a mean is divided by the number of points. Here each point has a loss of "
        "its own.": lambda x, w, rate: _pushed(x, w, rate * (1 - (x @ w).sigmoid()) / len(x)),
        "This is how far each point moves, and not where it is afterwards: add "
        "x.": lambda x, w, rate: _pushed(0 * x, w, rate * (1 - (x @ w).sigmoid())),
    },
)


def _alternating(x: float, y: float, rate: float) -> tuple[float, float]:
    y = y + rate * x
    return x - rate * y, y


TURN = Exercise(
    "turn",
    TITLE,
    minutes=5,
    right=_alternating,
    trials=on(lambda: (1.0, 1.0, 0.2), lambda: (-0.5, 2.0, 0.3)),
    slips={
        "Here both move at once: x should see where y has gone.": lambda x, y, rate: (
            x - rate * y,
            y + rate * x,
        ),
        "Here x moves first. D has the first turn, and D is y.": lambda x, y, rate: (
            x - rate * y,
            y + rate * (x - rate * y),
        ),
        "Both go down here, and y wants x · y large: y goes up.": lambda x, y, rate: (
            x - rate * (y - rate * x),
            y - rate * x,
        ),
        "Both go up here, and x wants x · y small: x goes down.": lambda x, y, rate: (
            x + rate * (y + rate * x),
            y + rate * x,
        ),
        "Each steps along its own number. The slope of x · y with respect to x is y, and with "
        "respect to y it is x.": lambda x, y, rate: (x - rate * x, y + rate * y),
        "The rate is missing in the steps.": lambda x, y, rate: (x - (y + x), y + x),
        "They come back in the wrong order: return x, y.": lambda x, y, rate: _alternating(
            x, y, rate
        )[::-1],
    },
)

EXERCISES = (VALUE, STEP_OF_D, STEP_OF_G, TURN)

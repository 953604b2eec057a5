"""The rules by which an illness is told from its signs, and what they find: no black box.

A rule is a function of a `Window` of the history and of an `Examination`, of the networks. It
returns what it has seen, in words, or "". A sign that nobody has measured is NaN, and no comparison
with NaN is true: so such a rule finds nothing. The thresholds were chosen on the cases of seeds 7
to 12, and held against others in `benchmarks/diagnoses.py`. Notebook "When it fails".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import nan

from gan_lib.clinic import illnesses
from gan_lib.clinic.examination import Examination
from gan_lib.clinic.illnesses import Illness
from gan_lib.clinic.windows import Window, windows
from gan_lib.state import Record

UNSEEN = Examination(*[nan] * len(Examination._fields))
SHORTEST = 300  # steps: before, nothing but plain mistakes can be told from a beginning

Rule = Callable[[Window, Examination], str]


def wrong_range(window: Window, seen: Examination) -> str:
    """Real images without a pixel below -0.5."""
    found = seen.lowest_real > -0.5
    return f"the darkest real pixel is {seen.lowest_real:.2f}, not -1" if found else ""


def detached(window: Window, seen: Examination) -> str:
    """No gradient at G's weights, though there is one at its images."""
    found = window.gradient_generator == 0 and window.gradient_images > 0
    return f"at G's images its gradient is {window.gradient_images:.2g}, at its weights 0" * found


def sigmoid(window: Window, seen: Examination) -> str:
    """Logits that stay within 0 and 1, whatever D is shown."""
    found = seen.least_logit >= 0 and seen.most_logit <= 1
    return f"the logits stay between 0 and 1 (mean {window.logit_real:.2f}), even of noise" * found


def uncleared(window: Window, seen: Examination) -> str:
    """A gradient out of all proportion: to that at the images, or to the logits."""
    at_weights = window.gradient_generator / max(window.gradient_images, 1e-9)
    if at_weights > 350 and window.gradient_images > 1e-3:
        return f"G's gradient is {at_weights:,.0f} times as large at its weights as at its images"
    of_d = window.gradient_discriminator / (1 + window.largest_logit)
    found = of_d > 40
    return f"D's gradient is {of_d:,.0f} times as large as its logits" * found


def unbounded(window: Window, seen: Examination) -> str:
    """Logits in the hundreds."""
    return f"the mean logits reach {window.largest_logit:,.0f}" * (window.largest_logit > 100)


def mixed_batch(window: Window, seen: Examination) -> str:
    """A verdict that depends on what else is in the batch."""
    moved = "the rest of its batch moves the verdict on a real image by {:.1f} spreads"
    return moved.format(seen.neighbours) * (seen.neighbours > 0.5)


def saturated(window: Window, seen: Examination) -> str:
    """Hardly a gradient at the images, while D is right about all of them."""
    found = window.gradient_images < 5e-4 and window.least_right > 0.9
    return f"D pushes at the images with {window.gradient_images:.1g} only" * found


def blind(window: Window, seen: Examination) -> str:
    """D is right about half, does not even rank real images higher, and G makes one kind of image.

    The ranking matters for losses that have no zero, such as Wasserstein's: right about half says
    nothing of them.
    """
    ranks = window.logit_real > window.logit_fake + 0.1
    found = window.right < 0.56 and window.variety < 0.4 and not ranks
    return (
        f"D is right about {window.right:.0%}; the variety of the images is {window.variety:.2f}"
        * found
    )


def collapse(window: Window, seen: Examination) -> str:
    """Generated images are much more alike than real ones, and not only because G stands still."""
    found = window.variety < 0.3 or window.variety < 0.5 and window.least_right < 0.97
    return f"generated images differ by {window.variety:.2f} of what real ones do" * found


def slow_generator(window: Window, seen: Examination) -> str:
    """D is right about nearly all images of both kinds, and these are not like real ones."""
    right = window.accuracy_real, window.accuracy_fake
    found = window.least_right > 0.98 and window.variety < 0.9
    return "D is right about {:.0%} of the real and {:.0%} of the generated".format(*right) * found


def by_heart(window: Window, seen: Examination) -> str:
    """D ranks images that it was trained on above others."""
    share = "D ranks a training image above a held-out one in {:.0%} of all pairs"
    return share.format(seen.known_by_heart) * (seen.known_by_heart > 0.65)


def statistics(window: Window, seen: Examination) -> str:
    """Images that are not the same in eval mode."""
    moved = "eval mode moves an image by {:.2f} of the distance between two"
    return moved.format(seen.eval_mode) * (seen.eval_mode > 0.15)


def ground(window: Window, seen: Examination) -> str:
    """A level that most real pixels have exactly, and hardly a generated one."""
    shares = "{:.0%} of the real pixels are exactly black, {:.0%} of the generated"
    found = seen.ground_real > 0.3 and seen.ground_fake < 0.2 * seen.ground_real
    return shares.format(seen.ground_real, seen.ground_fake) * found


# In this order: what comes first may look like any that follows, and is then its cause.
PLAIN_MISTAKES = (wrong_range, detached, sigmoid)  # seen at once
FROM_NETWORKS = (wrong_range, sigmoid, mixed_batch, by_heart, statistics, ground)
RULES: dict[Rule, Illness] = {
    wrong_range: illnesses.WRONG_RANGE,
    detached: illnesses.DETACHED,
    sigmoid: illnesses.SIGMOID,
    uncleared: illnesses.UNCLEARED,
    mixed_batch: illnesses.MIXED_BATCH,
    saturated: illnesses.SATURATED,
    unbounded: illnesses.UNBOUNDED,
    blind: illnesses.BLIND,
    collapse: illnesses.COLLAPSE,
    by_heart: illnesses.BY_HEART,
    slow_generator: illnesses.SLOW_GENERATOR,
    statistics: illnesses.STATISTICS,
    ground: illnesses.GROUND,
}


@dataclass(frozen=True)
class Diagnosis:
    """An illness that was found."""

    illness: Illness
    evidence: str
    since: int | None  # the step from which a history has shown it; None: only the networks do


def diagnose(
    history: Sequence[Record], seen: Examination = UNSEEN, step: int | None = None
) -> list[Diagnosis]:
    """What is wrong, the likeliest first; [] where nothing is, or where it is too early to say.

    From a history alone, or with an examination. Where there is no history, the examination alone
    is looked at, after so many steps (unknown: enough).
    """
    nothing = Window(SHORTEST if step is None else step, *[nan] * (len(Window._fields) - 1))
    every = windows(history) or [nothing._replace(variety=seen.variety)]
    early = every[-1].step < SHORTEST
    found = []
    for rule, illness in RULES.items():
        if early and rule not in PLAIN_MISTAKES:
            continue
        if evidence := rule(every[-1], seen):
            known = history and rule not in FROM_NETWORKS
            found.append(Diagnosis(illness, evidence, _since(rule, every, seen) if known else None))
    return found


def _since(rule: Rule, every: list[Window], seen: Examination) -> int:
    """The end of the first window from which the rule has found it without a break."""
    since = every[-1].step
    for window in reversed(every):
        if not rule(window, seen):
            break
        since = window.step
    return since

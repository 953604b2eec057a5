"""Is the discriminator's confidence a probability, and if so, what can be done with it?

With cross-entropy, and as many generated images as real ones, the best logit is log p_data / p_g
(Goodfellow et al., "Generative Adversarial Nets", 2014, proposition 1). Any other is only a score,
until `platt` or `isotonic` corrects it. Notebook "When to trust the discriminator" tries it.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from gan_lib.belief.confidence import ConfidenceError, check_numbers

# scikit-learn and SciPy come in where they are used: a second that most of the course can save.
Correction = Callable[[Tensor], Tensor]  # logits (N,) → probabilities (N,) of "real", float64


def optimal_confidence(log_p_data: Tensor, log_p_g: Tensor) -> Tensor:
    """What the best discriminator says: D*(x) = p_data(x) / (p_data(x) + p_g(x))."""
    return torch.sigmoid(log_p_data - log_p_g)


class Reliability(NamedTuple):
    """Images sorted into bins of equal width by D's confidence in them. Empty bins are left out."""

    said: Tensor  # (B,) mean confidence in the bin
    was: Tensor  # (B,) the share of its images that are real
    count: Tensor  # (B,) how many images it has

    @property
    def error(self) -> float:
        """The expected calibration error: the mean of |said - was| over all images, 0 to 1."""
        return ((self.said - self.was).abs() * self.count).sum().item() / self.count.sum().item()


def reliability(confidence: Tensor, real: Tensor, bins: int = 10) -> Reliability:
    """When D says 80 %, are 80 % real? For `confidence` (N,) in [0, 1] and `real` (N,), 0 or 1.

    Raises `ConfidenceError` for other numbers. Guo et al., "On Calibration of Modern Neural
    Networks", 2017.
    """
    check_numbers(confidence)
    if confidence.min() < 0 or confidence.max() > 1:
        raise ConfidenceError("A confidence lies in [0, 1]. Are these logits? Take their sigmoid.")
    confidence, real = confidence.double(), real.double()
    index = (confidence * bins).long().clamp(0, bins - 1)
    count = torch.bincount(index, minlength=bins)
    said, was = (torch.bincount(index, v, bins) / count for v in (confidence, real))
    return Reliability(said[count > 0], was[count > 0], count[count > 0])


def platt(logits: Tensor, real: Tensor) -> Correction:
    """σ(a · logit + b), with a and b fitted to `logits` (N,) and to who is `real` (N,), 0 or 1.

    The order of the images stays, unless D ranks them worse than chance: then it is turned round.
    Raises `ConfidenceError` where one of the two kinds is missing. Platt, "Probabilistic Outputs
    for Support Vector Machines", 1999.
    """
    from sklearn.linear_model import LogisticRegression

    _check_kinds(logits, real)
    scale = logits.double().std().clamp(min=1e-12)  # the solver stops early on tiny numbers
    fitted = LogisticRegression(C=1e9).fit((logits.double() / scale)[:, None], real)
    a, b = fitted.coef_.item() / scale.item(), fitted.intercept_.item()
    return lambda logits: torch.sigmoid(a * logits.double() + b)


def isotonic(logits: Tensor, real: Tensor) -> Correction:
    """The rising curve that fits best: of any shape, where `platt` has one. Same arguments.

    It may make two images equal, and at its ends is often exactly 0 or 1; so no ratio of densities
    can be made of it. Zadrozny & Elkan, "Transforming Classifier Scores into Accurate Multiclass
    Probability Estimates", 2002.
    """
    from sklearn.isotonic import IsotonicRegression

    _check_kinds(logits, real)
    fitted = IsotonicRegression(out_of_bounds="clip").fit(logits.double(), real)
    return lambda logits: torch.from_numpy(fitted.predict(logits.double()))


def _check_kinds(logits: Tensor, real: Tensor) -> None:
    check_numbers(logits)
    if len(real.unique()) != 2:
        raise ConfidenceError("To correct D's answers takes real and generated images, both.")


def acceptance(log_ratio: Tensor, share: float | None = None) -> Tensor:
    """With which probability (N,) rejection sampling keeps each of N generated images.

    `log_ratio` (N,) is log p_data(x) / p_g(x): the logit of a discriminator that is calibrated.
    Without `share`, ratio / largest ratio: the few that are kept are distributed like real images.
    With `share`, the log-odds of all are shifted alike until that share is kept, on average: the
    bad ones still go first. Raises `ConfidenceError` unless 0 < share < 1, and for ratios that are
    not finite. Azadi et al., "Discriminator Rejection Sampling", 2019, where the shift is called γ.
    """
    from scipy.optimize import brentq

    check_numbers(log_ratio)
    log_ratio = log_ratio.double()
    log_p = (log_ratio - log_ratio.max()).clamp(max=-1e-6)  # 1 would have infinite log-odds
    if share is None:
        return log_p.exp()
    if not 0 < share < 1:
        raise ConfidenceError(f"The share to keep must lie between 0 and 1, not be {share}.")
    log_odds = log_p - torch.log(-torch.expm1(log_p))
    none, all_of_them = -log_odds.max().item() - 40, -log_odds.min().item() + 40
    shift = brentq(lambda s: torch.sigmoid(log_odds + s).mean().item() - share, none, all_of_them)
    return torch.sigmoid(log_odds + shift)

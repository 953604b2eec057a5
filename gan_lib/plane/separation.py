"""Two normal distributions, N(0, 1) and N(d, 1): all that a perfect discriminator does, exactly.

Notebook "The game in the plane" moves them apart. The first is the data, and the second what a
generator makes that can only shift its latent: G(z) = z + d.
"""

import math
from typing import NamedTuple

import numpy as np

X = np.linspace(-12, 30, 42_001)  # where the integrals are taken, for d from 0 to 16
STEP = X[1] - X[0]


class Separation(NamedTuple):
    """What the optimal discriminator D* makes of N(0, 1) and N(d, 1)."""

    js: float  # the Jensen–Shannon divergence, in nats: 0 to log 2
    value: float  # V(D*, G) = 2 JS - 2 log 2: -2 log 2 to 0
    accuracy: float  # of D*, for as many real as generated points: ½ to 1
    saturating: float  # |gradient| of E[log(1 - D*(G(z)))] with respect to d, with D* held
    non_saturating: float  # |gradient| of -E[log D*(G(z))]


def normal_density(x: np.ndarray, mean: float = 0.0) -> np.ndarray:
    """The density of N(mean, 1)."""
    return np.exp(-0.5 * (x - mean) ** 2) / math.sqrt(2 * math.pi)


def optimal_discriminator(x: np.ndarray, d: float) -> np.ndarray:
    """D*(x) = p(x) / (p(x) + q(x)) = σ(d²/2 - d·x): its logit is a straight line."""
    return 0.5 * (1 + np.tanh((d * d / 2 - d * x) / 2))


def separation(d: float) -> Separation:
    """Everything about a distance d, 0 to 16, by sums over a fine grid: right to six digits.

    The gradient at a point is that of the logit, d, times D* where the loss saturates, and times
    1 - D* where it does not. Goodfellow et al., "Generative Adversarial Nets", 2014.
    """
    p, q = normal_density(X), normal_density(X, d)
    best = optimal_discriminator(X, d)

    def mean(density: np.ndarray, values: np.ndarray) -> float:
        return float((density * values).sum() * STEP)

    with np.errstate(divide="ignore", invalid="ignore"):  # 0 · log 0 = 0
        value = mean(p, np.nan_to_num(np.log(best), neginf=0)) + mean(
            q, np.nan_to_num(np.log(1 - best), neginf=0)
        )
    right = 0.5 * (mean(p, best > 0.5) + mean(q, best <= 0.5)) if d else 0.5
    js = value / 2 + math.log(2)
    return Separation(js, value, right, d * mean(q, best), d * mean(q, 1 - best))

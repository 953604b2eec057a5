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
    value: float  # 2 JS - 2 log 2, which is V(D*, G): -2 log 2 to 0
    accuracy: float  # of D*, for as many real as generated points: ½ to 1
    saturating: float  # |gradient| of E[log(1 - D*(G(z)))] with respect to d, with D* held
    non_saturating: float  # |gradient| of -E[log D*(G(z))]


def normal_density(x: np.ndarray, mean: float = 0.0) -> np.ndarray:
    """The density of N(mean, 1)."""
    return np.exp(-0.5 * (x - mean) ** 2) / math.sqrt(2 * math.pi)


def optimal_discriminator(x: np.ndarray, d: float) -> np.ndarray:
    """D*(x) = p(x) / (p(x) + g(x)) = σ(d²/2 - d·x): its logit is a straight line."""
    return 0.5 * (1 + np.tanh((d * d / 2 - d * x) / 2))


def separation(d: float) -> Separation:
    """Everything about a distance d, 0 to 16, by sums over a fine grid: right to six digits.

    The gradient at a point is that of the logit, d, times D* where the loss saturates, and times
    1 - D* where it does not. Goodfellow et al., "Generative Adversarial Nets", 2014.
    """
    p, g = normal_density(X), normal_density(X, d)
    middle, best = (p + g) / 2, optimal_discriminator(X, d)
    js = (_kl(p, middle) + _kl(g, middle)) / 2
    right = 0.5 * (_mean(p, best > 0.5) + _mean(g, best <= 0.5)) if d else 0.5
    pulls = d * _mean(g, best), d * _mean(g, 1 - best)
    return Separation(js, 2 * js - 2 * math.log(2), right, *pulls)


def _mean(density: np.ndarray, values: np.ndarray) -> float:
    return float((density * values).sum() * STEP)


def _kl(p: np.ndarray, q: np.ndarray) -> float:
    """KL(p ‖ q) in nats; where p is 0 it adds nothing."""
    there = p > 0
    return float((p[there] * np.log(p[there] / q[there])).sum() * STEP)

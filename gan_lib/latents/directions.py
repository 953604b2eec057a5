"""Directions of the latent space along which images change most. Notebook "The latent space"."""

from collections.abc import Callable

import torch
from torch import Tensor

NUDGE = 0.05  # small against the spread of 1 that a latent has, large against rounding
Generate = Callable[[Tensor], Tensor]  # normal numbers (N, D) → images (N, C, H, W)


def principal_directions(generate: Generate, z: Tensor) -> tuple[Tensor, Tensor]:
    """The directions along which the images change most, strongest first, and how much they do.

    At each of the latents `z` (N, D) the Jacobian J, (C · H · W, D), says how every pixel answers
    when a number of the latent is nudged. A small step along the unit vector v changes the image by
    |J v|² = v · JᵀJ v, on average over the latents by v · E[JᵀJ] v, and the eigenvectors of E[JᵀJ]
    make that largest. Returns the eigenvalues (D,), in squared brightness per squared unit, and the
    directions (D, D), a unit vector a row, each turned so that its largest number is above 0.
    """
    nudges, gram = NUDGE * torch.eye(z.shape[1]), torch.zeros(z.shape[1], z.shape[1])
    with torch.no_grad():
        for point in z:
            answers = generate(point + nudges) - generate(point - nudges)
            jacobian = answers.flatten(1).T / (2 * NUDGE)
            gram += jacobian.T @ jacobian / len(z)
    return _eigenvectors(gram)


def first_layer_directions(weight: Tensor) -> tuple[Tensor, Tensor]:
    """**SeFa**: the directions that the first linear layer, `weight` (features, D), stretches most.

    Eigenvalues and -vectors as those of `principal_directions`, without making an image. Shen &
    Zhou, "Closed-Form Factorization of Latent Semantics in GANs", 2021.
    """
    weight = weight.detach()
    return _eigenvectors(weight.T @ weight)


def _eigenvectors(gram: Tensor) -> tuple[Tensor, Tensor]:
    values, columns = torch.linalg.eigh(gram)  # from the smallest to the largest
    vectors = columns.T.flip(0)
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    return values.flip(0), vectors * largest.sign()


def scan(z: Tensor, direction: Tensor, positions: Tensor) -> Tensor:
    """`z` (D,) moved along the unit vector `direction` (D,) to each of `positions` (P,): (P, D).

    A position is where the latent stands along the direction, z · direction; the rest of `z` stays.
    """
    rest = z - torch.dot(z, direction) * direction
    return rest + positions.unsqueeze(1) * direction

"""The README's film: all ten digits on one walk through the latent space.

python resources/make_walk.py        # `make pictures` runs it; seconds
"""

from pathlib import Path

import torch

from gan_lib.keeping import checkpoints
from gan_lib.keeping.files import write_atomically
from gan_lib.latents import points
from gan_lib.pictures import grids

RESOURCES = Path(__file__).parent
STOPS, STEPS = 5, 12  # latents on the way, and frames from one to the next


def main() -> None:
    pair = checkpoints.read(RESOURCES / "conditional.safetensors")
    stops = points.normal(STOPS, pair.recipe.noise_dim, seed=4)
    digits, frames = torch.arange(10), []
    for noise in points.walk(stops, STEPS):  # every digit has the same style at the same moment
        z = pair.join(noise.expand(len(digits), -1), digits)
        frames.append(grids.grid(pair.generate(z), columns=5, scale=3))
    write_atomically(RESOURCES / "walk.gif", grids.to_gif(frames))


if __name__ == "__main__":
    main()

"""Moved: see `gan_lib.machine.randomness`."""

from gan_lib.machine.randomness import *  # noqa: F403

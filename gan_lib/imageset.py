"""Moved: see `gan_lib.sources.imageset`."""

from gan_lib.sources.imageset import *  # noqa: F403

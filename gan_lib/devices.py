"""Moved: see `gan_lib.machine`."""

from gan_lib.machine.devices import *  # noqa: F403
from gan_lib.machine.threads import *  # noqa: F403

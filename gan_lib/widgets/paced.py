"""Drawing that does not slow down what it shows, and playing from one picture to the next."""

import asyncio
import time
from collections.abc import Callable

from ipywidgets import IntSlider, Layout, ToggleButton


class Paced:
    """Draws only now and then: at most a `share` of the time, and with `least` seconds of rest.

    So a view of a training costs the same share on a machine of any speed.
    """

    def __init__(self, draw: Callable[..., None], share: float, least: float = 0.5) -> None:
        self.draw, self.share, self.least, self._due = draw, share, least, 0.0

    def __call__(self, *args: object) -> None:
        """Draw, if the last drawing is long enough ago."""
        started = time.monotonic()
        if started >= self._due:
            self.draw(*args)
            ended = time.monotonic()
            self._due = ended + max(self.least, (ended - started) * (1 / self.share - 1))


class PlayButton(ToggleButton):
    """While it is pressed, `slider` goes round and round, a step in so many milliseconds.

    (ipywidgets' own `Play` counts in the page, and stands still where the page shows it twice.)
    """

    def __init__(self, slider: IntSlider, milliseconds: int) -> None:
        super().__init__(icon="play", tooltip="play, or stop", layout=Layout(width="48px"))
        self._slider, self._pause, self._task = slider, milliseconds / 1000, None
        self.observe(self._pressed, "value")

    def _pressed(self, change: dict) -> None:
        self.icon = "stop" if change.new else "play"
        if change.new:  # kept, or it might be collected while it waits
            self._task = asyncio.get_running_loop().create_task(self._play())

    async def _play(self) -> None:
        slider, mine = self._slider, asyncio.current_task()
        while self.value and self._task is mine:  # pressed twice, quickly: only the newer one
            slider.value = slider.min if slider.value >= slider.max else slider.value + 1
            await asyncio.sleep(self._pause)

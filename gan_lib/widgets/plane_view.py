"""What is to be seen of a session in the plane: a map of D, the points and their arrows, curves."""

from collections.abc import Sequence

from ipywidgets import HTML, Button, Layout, Widget

from gan_lib.keeping.session import Session
from gan_lib.pictures import plane_pictures, plane_plots
from gan_lib.plane.mixtures import Mixture
from gan_lib.plane.scene import PARTS, Reading, reading, scene
from gan_lib.state import State
from gan_lib.widgets.paced import Paced
from gan_lib.widgets.session_view import SessionView


class PlaneView(SessionView):
    """A `SessionView` of a game of points: ten pictures a second, from the thread that trains.

    `parts` are those of `scene.PARTS`, and `code` can take the place of the curves.
    """

    names = ["The plane: the discriminator's map, and the points", "V, modes and losses"]
    share, rest = 0.33, 0.02  # the picture is what one looks at here; more than half is training

    def __init__(self, session: Session, mixture: Mixture, buttons: Sequence[Button] = ()) -> None:
        self.mixture, self.parts = mixture, PARTS
        self.readings: list[Reading] = []
        super().__init__(session, buttons)
        self.verdicts.layout.max_height = None
        self._read = Paced(self.read, share=0.05, least=0.2)
        self._pictures = self._pictures[0], Paced(self.draw_curves, share=0.05)

    def _choose(self) -> None:
        """Nothing to choose: the points that are shown are always of the same latents."""
        self.code = HTML(layout=Layout(display="none", width="535px"))

    @property
    def pictures(self) -> list[Widget]:
        """What stands side by side; of the last two, one is to be seen."""
        return [*super().pictures, self.code]

    def _signs(self, state: State) -> str:
        """None: modes are counted here, and two heaps far apart are as varied as eight."""
        return ""

    def draw_verdicts(self, state: State) -> None:
        """The map, the points, and the way that each is pushed."""
        now = scene(state, self.mixture)
        self.verdicts.value = plane_pictures.picture(now, self.parts).png

    def draw_what_is_due(self, state: State, past: bool = False) -> None:
        """After a step: measure and draw each part whose last time is long enough ago."""
        if not past:
            self._read(state)
        super().draw_what_is_due(state, past)

    def read(self, state: State) -> None:
        """Measure the state, once; what was measured later, in a course that was left, goes."""
        self.readings = [each for each in self.readings if each.step <= state.step]
        if not self.readings or self.readings[-1].step < state.step:
            self.readings.append(reading(state, self.mixture))

    def draw_curves(self, state: State) -> None:
        """V, the modes and the losses up to now, also where the past is looked at."""
        if state is self.session.state or not self.readings:
            self.read(state)
        if not self.session.history:
            self.curves.layout.display, self.curves.value = "none", b""
            return
        if self.code.layout.display == "none":
            self.curves.layout.display = None
        figure = plane_plots.course(self.readings, list(self.session.history), self.mixture.counted)
        self.curves.value = figure.picture().png

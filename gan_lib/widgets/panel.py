"""A box of widgets whose parts have names, and controls that a training steps aside for."""

import html
from collections.abc import Callable, Sequence

from ipywidgets import HTML, Button, VBox, Widget

from gan_lib.keeping import turns
from gan_lib.keeping.session import Session
from gan_lib.widgets import front_end
from gan_lib.widgets.parts import BROWSER, Names


class Panel(VBox):
    """A box whose sliders and pictures have names that a screen reader can say.

    A slider is called by its `description`; `pictures` names the pictures, in the order of the
    page. (ipywidgets cannot: its `Image` has no alternative text, and breaks if given a tooltip.)
    """

    def __init__(self, children: Sequence[Widget], pictures: Sequence[str] = ()) -> None:
        self.names = Names(pictures=list(pictures))
        css = (BROWSER / "panel.css").read_text(encoding="utf-8")
        last = [HTML(f"<style>{css}</style>").add_class("gan-style"), *self.names.shown]
        if words := front_end.missing():
            last.append(HTML(html.escape(words)).add_class("gan-missing"))
        super().__init__([*children, *last])
        self.add_class("gan-panel")

    def watch(self, session: Session, follow: Callable[[Session], None]) -> None:
        """Let `follow`, a method of this panel, watch the session.

        A panel of the same kind that watches it already makes room: a cell that is run again shows
        its panel again, and what nobody sees need not be drawn.
        """
        for watcher in list(session.watchers):
            other = getattr(watcher, "__self__", None)
            if type(other) is type(self):
                session.watchers.remove(watcher)
                other.children = [HTML("This panel has been shown again, and follows there.")]
        session.watchers.append(follow)


def when(control: Widget, act: Callable[..., object]) -> None:
    """Call `act` when a button is pressed, or with the new value when a control is moved.

    A training that runs steps aside meanwhile, so that what a hand does is seen at once.
    """

    def pressed(_: Button) -> None:
        with turns.hand_first():
            act()

    def moved(change: dict) -> None:
        with turns.hand_first():
            act(change["new"])

    if isinstance(control, Button):
        control.on_click(pressed)
    else:
        control.observe(moved, "value")


def close_all(widget: Widget, *but: Widget) -> None:
    """Close a widget and all in it `but` these: else the kernel would keep them for ever."""
    for child in getattr(widget, "children", ()):
        if child not in but:
            close_all(child, *but)
    widget.close()


def by_hand(position: float, given: float, step: float) -> bool:
    """Whether a slider that was given the position `given` has been moved since.

    The browser rounds what it is given to a whole step, and sends that back as if a hand had moved
    it. Only half a step or more is a move.
    """
    return abs(position - given) > step / 2

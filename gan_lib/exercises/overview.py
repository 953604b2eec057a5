"""What a learner has done in a notebook, as a table at its end."""

from pathlib import Path

from gan_lib.exercises import record
from gan_lib.exercises.all import EXERCISES, PREDICTIONS


def progress(notebook: str) -> None:
    """Show what is kept of a notebook, by its title: each exercise and each prediction."""
    kept, lines = record.read(), []
    for name, exercise in EXERCISES.items():
        if exercise.notebook == notebook:
            done = kept["exercises"].get(name)
            state = "not tried" if done is None else "right" if done.get("right") else "not yet"
            lines.append(f"| `{name}` | {state} | {(done or {}).get('tries', 0)} |")
    ours = {
        n: kept["predictions"].get(n, {}) for n, p in PREDICTIONS.items() if p.notebook == notebook
    }
    made = [one for one in ours.values() if one.get("chosen")]
    true = [one for one in made if one.get("true")]
    text = (
        [f"Predictions: {len(made)} of {len(ours)} made, {len(true)} of them right."]
        if ours
        else []
    )
    if lines:
        text = ["| exercise | | tries |", "|---|---|---|", *lines, "", *text]
    text += [
        "",
        f"Kept in `{_homely(record.path())}`, on this machine alone. Delete it to begin anew.",
    ]
    record.show("\n".join(text))


def _homely(place: Path) -> str:
    """The path as text, with ~ for the user's own folder, so that no name of a person is stored."""
    try:
        return f"~/{place.relative_to(Path.home()).as_posix()}"
    except (ValueError, RuntimeError):  # it lies elsewhere; a user in a container has no home
        return place.name

"""Which recipe the file of a checkpoint is of, by the choices that are stored in it."""

import json
import re
from dataclasses import MISSING, fields, replace
from pathlib import Path

from gan_lib.keeping.fileformat import OLDER, CheckpointError, reading
from gan_lib.recipes import RECIPES, Recipe

TEXTS = ("summary", "source", "epochs", "seed")  # of a recipe; they do not change how it trains
# Choices that shape the networks.
NETWORKS = ("generator", "discriminator", "width_multiplier", "noise_dim", "told", "vectors")


def describe(choice: object) -> str:
    """A choice as text that says all of it and is the same in each process: functions by name."""
    text = re.sub(r"<function (?:\S*\.)?(\w+) at 0x\w+>", r"\1", repr(choice))
    return re.sub(r"<class '(?:\S*\.)?(\w+)'>", r"\1", text)


def choices(recipe: Recipe) -> dict[str, str]:
    """Every choice that changes how a step trains, as text: to tell recipes apart."""
    names = [f.name for f in fields(recipe) if f.name not in TEXTS]
    return {name: describe(getattr(recipe, name)).strip("'") for name in names}


def recipe_to_read(path: Path, about: dict[str, str], recipe: Recipe | None) -> Recipe:
    """`recipe`, or the one that the file names, if it makes the networks that are in the file."""
    yours = "" if recipe else " If that is a recipe of yours: read(path, recipe=yours)."
    name = about.get("recipe", "")
    recipe = recipe or _ours(path, about)
    if recipe is None:
        raise CheckpointError(f"{path} is of a recipe unknown here, {name!r}.{yours}")
    _compare(path, name, stored_choices(path, about), recipe, NETWORKS, yours)
    return recipe


def recipe_to_resume(path: Path, about: dict[str, str], recipe: Recipe | None) -> Recipe:
    """`recipe`, or the one that the file names, if all its choices are those stored in the file.

    Where rates or noise were changed on the run, the file says what the training began with, which
    is compared, and what it goes on with, which is what comes back.
    """
    name = about.get("recipe", "")
    recipe = recipe or _ours(path, about)
    if recipe is None:
        raise CheckpointError(
            f"{path} is of a recipe unknown here, {name!r}: resume it with yours."
        )
    if name != recipe.name:
        raise CheckpointError(f"{path} is of the recipe {name}, not {recipe.name}.")
    stored = stored_choices(path, about)
    with reading(path):
        begun = json.loads(about.get("begun", "{}"))
        now = {choice: float(stored[choice]) for choice in begun}
        first = stored | {choice: describe(value) for choice, value in begun.items()}
    _compare(path, name, first, recipe, tuple(choices(recipe)))
    return replace(recipe, **now)


def _ours(path: Path, about: dict[str, str]) -> Recipe | None:
    """The course's recipe of that name, as it was asked for when the file's training began."""
    recipe = RECIPES.get(about.get("recipe", ""))
    return None if recipe is None else as_asked(recipe, path, about)


def as_asked(recipe: Recipe, path: Path, about: dict[str, str]) -> Recipe:
    """`recipe` with the file's width, clusters and vectors, augmented if its training was.

    Where the file is of another recipe, as it is.
    """
    if recipe.name != about.get("recipe"):
        return recipe
    stored = stored_choices(path, about)
    with reading(path):
        return replace(
            recipe,
            width_multiplier=float(stored["width_multiplier"]),
            clusters=int(stored["clusters"]),
            alike=stored["alike"],
            vectors=int(stored["vectors"]),
            augmented=stored["augmented"] == "True",
        )


def stored_choices(path: Path, about: dict[str, str]) -> dict[str, str]:
    """The choices of the recipe that a file is of, in the words of `choices`: `CheckpointError`."""
    with reading(path):
        stored = dict(json.loads(about["choices"]))
    if about["format"] == OLDER:  # it had two choices for what is now one
        generator, both = (
            stored.get(name) == "True" for name in ("latent_digit", "tells_discriminator")
        )
        stored["told"] = "both" if both else "generator" if generator else "nobody"
    # A choice that the file does not know came later; until then all recipes had its default.
    return {
        f.name: describe(f.default).strip("'") for f in fields(Recipe) if f.default is not MISSING
    } | stored


def _compare(
    path: Path,
    name: str,
    then: dict[str, str],
    recipe: Recipe,
    compared: tuple[str, ...],
    todo: str = "",
) -> None:
    now = choices(recipe)
    then = {choice: then.get(choice, "unknown") for choice in compared}
    differ = [
        f"{choice} {was} → {now[choice]}" for choice, was in then.items() if was != now[choice]
    ]
    if differ:
        raise CheckpointError(f"{path} is of another {name}: {', '.join(differ)}.{todo}")

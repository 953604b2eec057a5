"""What a training on the command line takes: what is named, what it began with, or what suits."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from gan_lib import UserError, data
from gan_lib.data import ImageSet
from gan_lib.keeping.chosen import as_asked
from gan_lib.keeping.fileformat import reading
from gan_lib.keeping.folder import stored_images
from gan_lib.length import Length
from gan_lib.models import QuickGenerator
from gan_lib.recipes import RECIPES, Recipe
from gan_lib.remedies.augment import FEW


def recipe_named(name: str, width: float | None) -> Recipe:
    """The recipe of that name, as wide as it is asked for."""
    if name not in RECIPES:
        raise UserError(f"There is no recipe {name!r}. Choose from: {', '.join(RECIPES)}.")
    recipe = RECIPES[name]
    if width and recipe.generator is not QuickGenerator:
        raise UserError(f"The networks of {name} come in one width: leave --width out.")
    return replace(recipe, width_multiplier=width or recipe.width_multiplier)


def classes_in_words(images: ImageSet) -> str:
    """How many images there are of each class."""
    counts = images.labels.bincount(minlength=len(images.classes)).tolist()
    each = ", ".join(f"{name} {count:,}" for name, count in zip(images.classes, counts))
    return f"{len(images.classes)} classes: {each}."


def images_for(args: argparse.Namespace, before: dict[str, str]) -> ImageSet:
    """The images that are named, else those from `before`, of the size that they had then."""
    stored, path = stored_images(before), Path(args.out)
    name = args.images or stored
    if own := name.lower() not in data.NAMES:
        if args.images is None:
            raise UserError(f"{path} was trained on {stored}: add --images FOLDER.")
    elif args.size:
        raise UserError(f"--size is for pictures of your own: {name} has 28 pixels a side.")
    with reading(path):
        trained = json.loads(before["shape"])[-1] if own and before else None
    if args.size and trained and args.size != trained:
        raise UserError(f"{path} was trained with --size {trained}: leave --size out.")
    return data.load(name, "train", args.data, args.size or trained)


def recipe_for(images: ImageSet, args: argparse.Namespace, before: dict[str, str]) -> Recipe:
    """The recipe that is named, else the one from `before`, else the one that suits the images."""
    default = "conditional" if images.classes else "clustered"
    recipe = recipe_named(args.recipe or before.get("recipe") or default, args.width)
    if before:
        recipe = as_asked(recipe, Path(args.out), before)
    else:
        recipe = replace(recipe, augmented=len(images) < FEW)
    asked = {"width_multiplier": args.width, "augmented": args.augment}
    return replace(recipe, **{name: value for name, value in asked.items() if value is not None})


def length_for(args: argparse.Namespace, stored: Length | None, recipe: Recipe) -> Length:
    """The length that is named, else the stored one, else the recipe's."""
    named = {unit: getattr(args, unit) for unit in ("steps", "epochs", "seconds")}
    asked = Length(**named) if any(named.values()) else None
    if asked and stored and asked != stored:
        print(f"Until {asked} now, not {stored}.", file=sys.stderr)
    return asked or stored or Length(epochs=recipe.epochs)

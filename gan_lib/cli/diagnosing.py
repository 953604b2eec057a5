"""`diagnose`: what looks wrong with a training, from its history and its checkpoint.

The images that are asked about come from `data.load`, scaled to [-1, 1]: whether a training was fed
another range cannot be seen from here.
"""

import argparse
from math import nan
from pathlib import Path

from gan_lib import UserError
from gan_lib.cli.judging import real_images
from gan_lib.clinic.examination import Examination, examine
from gan_lib.clinic.report import on_a_page
from gan_lib.clinic.rules import UNSEEN, diagnose
from gan_lib.keeping import checkpoints, fileformat, history
from gan_lib.keeping.checkpoints import Checkpoint, CheckpointError
from gan_lib.keeping.folder import described
from gan_lib.state import Record

FEWEST = 20  # steps, below which the figures of a history are those of single batches


def run(args: argparse.Namespace) -> int:
    """Print the signs, and what they say."""
    file, records = read(Path(args.training))
    notes, pair, seen, steps = [], None, UNSEEN, records[-1].step if records else 0
    if file is None:
        notes.append("There is no checkpoint: only the history is looked at.")
    else:
        about = fileformat.from_file(file)[1]
        with fileformat.reading(file):
            trained = int(about["step"])
        if not records:
            notes.append("There is no history beside it: how it came to this cannot be seen.")
        elif trained != steps:
            notes.append(f"The history ends at step {steps:,}, the checkpoint at {trained:,}.")
        steps = steps or trained
        try:
            pair = checkpoints.read(file)
            seen = _seen(pair, args.data, notes)
        except UserError as error:  # its recipe is not one of the course's; its images are missing
            if not records:
                raise
            notes.append(f"Only the history is looked at: {error}")
    of = f", {pair.recipe.name} on {pair.about.get('data', 'unknown images')}" if pair else ""
    print(f"{args.training}: step {steps:,}{of}")
    found = diagnose(records, seen, steps)
    print(*notes, "", on_a_page(found, steps, records, seen), sep="\n")
    return 0


def read(path: Path) -> tuple[Path | None, list[Record]]:
    """The checkpoint and the history that `path` names, each if there is one. Raises `UserError`.

    A history belongs to the `last.safetensors` beside it, and to no other file.
    """
    if not path.exists():
        raise UserError(f"{path} does not exist: name the folder of a training, or a checkpoint.")
    folder = path if path.is_dir() else path.parent
    file = folder / checkpoints.NAME if path.is_dir() or path.name == history.NAME else path
    written = folder / history.NAME
    if not file.exists() and not written.exists():
        raise UserError(f"{folder} holds neither {checkpoints.NAME} nor {history.NAME}.")
    if file.name != checkpoints.NAME or not written.exists():
        return file, []
    records = history.read(written)
    if not records:
        raise UserError(
            f"{written} holds no step that can be read: is it a history of this course?"
        )
    if len(records) < FEWEST:
        raise UserError(
            f"{written} holds {len(records)} steps, too few to judge: {FEWEST} at least."
        )
    return file if file.exists() else None, records


def _seen(pair: Checkpoint, root: str | None, notes: list[str]) -> Examination:
    """What the networks show; what these images cannot tell is NaN, with a note."""
    if "data" not in pair.about:
        raise CheckpointError("the checkpoint does not say which images it was trained on.")
    train, test = (real_images(pair, split, root) for split in ("train", "test"))
    seen = examine(pair, train, test)
    if described(train)["data"] != pair.about["data"] or train.source != test.source:
        notes.append(
            f"It was trained on {pair.about['data']}; here are {described(train)['data']}: whether "
            "it knows its images by heart cannot be told."
        )
        seen = seen._replace(known_by_heart=nan)
    return seen

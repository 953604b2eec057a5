"""Train the six patients of the clinic, and write what they leave behind: `patients.json`.

    python resources/make_patients.py

About a minute on one thread, with the whole of MNIST. Which case each patient is stands here; the
seed is one that no rule was chosen on. The notebook "When it fails" shows them.
"""

import base64
import io
import json
from pathlib import Path
from statistics import fmean

import torch
from PIL import Image

from gan_lib.clinic import illnesses
from gan_lib.clinic.cases import CASES, Setup
from gan_lib.clinic.patients import NAME, SIDE
from gan_lib.data import ImageSet, load
from gan_lib.keeping.files import write_atomically
from gan_lib.sources.imageset import to_levels
from gan_lib.state import Record

SEED, WINDOW = 20, 10
ILL = (illnesses.MIXED_BATCH, None, illnesses.BLIND, illnesses.BY_HEART)
ILL += (illnesses.COLLAPSE, illnesses.DETACHED)
HEALTHY = CASES[illnesses.UNBOUNDED.name].cured


def left_behind(name: str, setup: Setup, real: ImageSet, held_out: ImageSet) -> dict:
    """Train once, and return what a `patients.Patient` is made of."""
    state, records, seen = setup.examined(real, held_out, SEED)
    parts = [records[at : at + WINDOW] for at in range(0, len(records), WINDOW)]
    history = {
        field: [float(f"{fmean(getattr(r, field) for r in part):.4g}") for part in parts]
        for field in Record._fields
    }
    for field in ("step", "epoch"):
        history[field] = [getattr(part[-1], field) for part in parts]
    levels = to_levels(state.sample(20, SEED)[0]).view(20 * SIDE, SIDE).numpy()
    Image.fromarray(levels).save(buffer := io.BytesIO(), format="png", optimize=True)
    seen = {field: float(f"{value:.4g}") for field, value in seen._asdict().items()}
    images = base64.b64encode(buffer.getvalue()).decode()
    return {"illness": name, "history": history, "seen": seen, "images": images}


def main() -> None:
    torch.set_num_threads(1)
    real, held_out = load("mnist", "train"), load("mnist", "test")
    setups = [(one.name, CASES[one.name].ill) if one else ("nothing", HEALTHY) for one in ILL]
    found = [left_behind(*each, real, held_out) for each in setups]
    write_atomically(Path(__file__).with_name(NAME), json.dumps(found).encode())


if __name__ == "__main__":
    main()

"""Six trainings to be diagnosed from what they left behind: a history, signs, and twenty images.

They lie in `resources/patients.json`, made by `resources/make_patients.py`. Notebook "When it
fails".
"""

import base64
import io
import json
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from gan_lib.clinic.examination import Examination
from gan_lib.sources.bundled import resource
from gan_lib.sources.imageset import to_float
from gan_lib.state import Record

NAME = "patients.json"
SIDE = 28  # of an image


@dataclass(frozen=True)
class Patient:
    """What a training left behind."""

    illness: str  # the name of it, or "nothing"
    history: list[Record]  # each the mean of ten steps
    seen: Examination
    images: Tensor  # (20, 1, 28, 28) in [-1, 1]


def patients() -> list[Patient]:
    """All six, in the order of their numbers."""
    return [_patient(**one) for one in json.loads(resource(NAME).read_text(encoding="utf-8"))]


def _patient(illness: str, history: dict, seen: dict, images: str) -> Patient:
    rows = [dict(zip(history, values)) for values in zip(*history.values())]
    pixels = np.array(Image.open(io.BytesIO(base64.b64decode(images))))
    levels = torch.from_numpy(pixels).view(-1, 1, SIDE, SIDE)
    return Patient(illness, [Record(**row) for row in rows], Examination(**seen), to_float(levels))

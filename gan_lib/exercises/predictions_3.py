"""The predictions of “When it fails”: what one switch does, and what ails six patients."""

from math import inf

from gan_lib.clinic import illnesses as of
from gan_lib.exercises.prediction import Prediction, named

TITLE = "When it fails"
NOTHING = "nothing"


def _patient(number: int, *names: str) -> Prediction:
    question = f"Patient {number}: what is the cause?"
    return Prediction(f"patient-{number}", TITLE, question, named(*names))


PREDICTIONS = (
    Prediction(
        "momentum-alone",
        TITLE,
        "Adam's first beta goes from 0.5 to 0.95, for both players, and nothing else changes. How "
        "varied will the images be after 600 steps, if real ones have a variety of 1?",
        {
            "as varied, or nearly: above 0.8": (0.8, inf),
            "somewhat less: 0.5 to 0.8": (0.5, 0.8),
            "much less: below 0.5": (0, 0.5),
        },
    ),
    Prediction(
        "batch-norm-in-d",
        TITLE,
        "G has batch norm. Now D gets it, too. On how many generated images will D be right?",
        {
            "on about half: it makes D weaker": (0, 0.6),
            "on about 70 %, as without": (0.6, 0.8),
            "on more": (0.8, 0.99),
            "on practically all": (0.99, inf),
        },
    ),
    Prediction(
        "without-a-penalty",
        TITLE,
        "The Wasserstein loss without a penalty: how large will the mean logits be after 600 "
        "steps?",
        {
            "about 1": (0, 10),
            "some dozens": (10, 100),
            "hundreds or more": (100, inf),
        },
    ),
    _patient(1, of.SLOW_GENERATOR.name, of.MIXED_BATCH.name, of.SATURATED.name, of.DETACHED.name),
    _patient(2, of.BLIND.name, of.UNBOUNDED.name, of.SIGMOID.name, NOTHING),
    _patient(3, of.BLIND.name, of.COLLAPSE.name, of.SIGMOID.name, NOTHING),
    _patient(4, of.BY_HEART.name, of.STATISTICS.name, of.COLLAPSE.name, NOTHING),
    _patient(5, of.SLOW_GENERATOR.name, of.COLLAPSE.name, of.BLIND.name, of.MIXED_BATCH.name),
    _patient(6, of.SATURATED.name, of.SLOW_GENERATOR.name, of.DETACHED.name, of.WRONG_RANGE.name),
)

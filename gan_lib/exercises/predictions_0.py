"""The predictions of “The game in the plane”."""

from math import inf

from gan_lib.exercises.prediction import Prediction

TITLE = "The game in the plane"
PREDICTIONS = (
    Prediction(
        "ring-in-400-steps",
        TITLE,
        "After 400 steps, how many of the 8 modes will have generated points?",
        {
            "one or two: G settles where it deceives D": (0, 3),
            "about half": (3, 6),
            "nearly all or all": (6, inf),
        },
    ),
    Prediction(
        "middle-of-real",
        TITLE,
        "At x = 0, where real points are commonest, what will the trained D say?",
        {
            "about ½": (-inf, 0.7),
            "about 0.9": (0.7, 0.97),
            "1, to two digits": (0.97, inf),
        },
    ),
    Prediction(
        "far-apart",
        TITLE,
        "From d = 2 to d = 8: what becomes of the pull of log(1 - D), G's half of V?",
        {
            "it grows: G is farther from its goal": (1.2, inf),
            "it stays about the same": (0.8, 1.2),
            "it falls to a half or a tenth": (0.05, 0.8),
            "it all but vanishes": (0, 0.05),
        },
    ),
    Prediction(
        "both-at-once",
        TITLE,
        "Simultaneous, a hundred steps of 0.2 from (1, 1): how far from the middle are they?",
        {
            "nearer than at first": (0, 1.2),
            "as far as at first, on a circle": (1.2, 1.7),
            "much farther": (1.7, inf),
        },
    ),
    Prediction(
        "momentum-and-cure",
        TITLE,
        "Penalty and momentum together: how far from the middle, compared with the penalty alone?",
        {
            "nearer: momentum speeds it up": (0, 0.7),
            "about as far": (0.7, 1.5),
            "a few times as far": (1.5, 10),
            "more than ten times as far": (10, inf),
        },
    ),
    Prediction(
        "ring-with-momentum",
        TITLE,
        "The same ring with momentum 0.9: how many of the 8 modes?",
        {
            "all, and sooner": (7, inf),
            "some of them": (4, 7),
            "few, if any": (0, 4),
        },
    ),
)

"""The predictions of “Your own images”: what few images do to D, copies, and a file for others."""

from math import inf

from gan_lib.exercises.prediction import Prediction

TITLE = "Your own images"
BY_HEART = {
    "about half of the time: less than 60 %": (0, 0.6),
    "60 to 80 %": (0.6, 0.8),
    "more than 80 %": (0.8, inf),
}

PREDICTIONS = (
    Prediction(
        "by-heart",
        TITLE,
        "A pair learns for 300 steps from 200 images. Then D compares a training image with one "
        "that it never saw, both real. How often does it rank the training image higher?",
        BY_HEART,
    ),
    Prediction(
        "by-heart-changed",
        TITLE,
        "The same 200 images and 300 steps, but whatever D sees is changed at random. How often "
        "now?",
        BY_HEART,
    ),
    Prediction(
        "copies-of-own",
        TITLE,
        "Take a generated image and a held-out one. How often is the generated one nearer to its "
        "nearest training image?",
        {
            "less than 40 %: unlike all training images": (0, 0.4),
            "40 to 60 %": (0.4, 0.6),
            "60 to 90 %": (0.6, 0.9),
            "more than 90 %: copies": (0.9, inf),
        },
    ),
    Prediction(
        "off-in-onnx",
        TITLE,
        "Another program runs your generator from its file. By how much do its pixels, from -1 "
        "to 1, differ from PyTorch's at most?",
        {
            "not at all: exactly 0": (0, 1e-12),
            "by less than a ten-thousandth": (1e-12, 1e-4),
            "by about a level of grey, 0.008, or more": (1e-4, inf),
        },
    ),
)

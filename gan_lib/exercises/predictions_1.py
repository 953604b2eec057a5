"""The predictions from “Data” to “What the discriminator believes”."""

from math import inf

from gan_lib.exercises.prediction import Prediction, named

DATA = (
    Prediction(
        "commonest-pixel",
        "Data",
        "What are most pixels of MNIST?",
        named("black", "grey", "white"),
    ),
    Prediction(
        "rule-of-range",
        "Data",
        "How often is the rule right, which looks at no stroke?",
        {
            "half of the time: it only guesses": (0, 0.6),
            "three times in four": (0.6, 0.9),
            "practically always": (0.9, inf),
        },
    ),
    Prediction(
        "drawn-neighbours",
        "Data",
        "In images drawn pixel by pixel, how closely does a pixel follow its neighbours?",
        {
            "about as closely as in real digits": (0.7, inf),
            "half as closely": (0.3, 0.7),
            "hardly at all": (-inf, 0.3),
        },
    ),
    Prediction(
        "nearest-mean",
        "Data",
        "What share of held-out digits is right, if each is called after the nearest mean?",
        {
            "about one in ten": (0, 0.3),
            "about half": (0.3, 0.65),
            "about four in five": (0.65, 0.93),
            "practically all": (0.93, inf),
        },
    ),
    Prediction(
        "never-drawn",
        "Data",
        "If you draw as many images at random as there are, how many never come up?",
        {
            "practically none": (0, 0.05),
            "about one in ten": (0.05, 0.2),
            "about one in four": (0.2, 0.3),
            "more than a third": (0.3, inf),
        },
    ),
)

NETWORKS = (
    Prediction(
        "largest-layer",
        "Two networks",
        "Which layer of this generator has most of the parameters?",
        named("the first", "the second", "the third", "the last"),
    ),
    Prediction(
        "untrained-confidence",
        "Two networks",
        "Which mean confidence has the untrained discriminator in real digits?",
        {
            "near 0: it believes nothing": (-inf, 0.2),
            "near ½": (0.2, 0.8),
            "near 1: they are real, after all": (0.8, inf),
        },
    ),
    Prediction(
        "alone-80-steps",
        "Two networks",
        "After 80 steps alone, how many of 1,000 images will D get right?",
        {
            "about 500, as by chance": (0, 600),
            "about 750": (600, 900),
            "more than 900": (900, inf),
        },
    ),
    Prediction(
        "smaller-pair",
        "Two networks",
        "How many times fewer parameters has the convolutional generator?",
        {
            "fewer than 3 times": (0, 3),
            "3 to 10 times": (3, 10),
            "more than 10 times": (10, inf),
        },
    ),
)

TRAINING = (
    Prediction(
        "blobs",
        "The training loop",
        "After 400 rounds, how much will the hundred images differ, beside real digits?",
        {
            "about as much as real digits do": (0.8, inf),
            "about half as much": (0.35, 0.8),
            "far less: they are all alike": (-inf, 0.35),
        },
    ),
    Prediction(
        "one-player",
        "The training loop",
        "Who has to learn alone, for D's confidence in generated images to rise most?",
        {
            "the generator": "generator",
            "the discriminator": "discriminator",
            "both, as usual": "both",
        },
    ),  # fmt: skip
    Prediction(
        "winner",
        "The training loop",
        "When D has won, how many times smaller is the gradient of the saturating loss at G's "
        "images?",
        {
            "it has grown": (0, 1),
            "up to ten times smaller": (1, 10),
            "10 to 1,000 times smaller": (10, 1000),
            "more than 1,000 times smaller": (1000, inf),
        },
    ),
    Prediction(
        "which-choice",
        "The training loop",
        "Which of these choices, switched off, costs most after 150 steps?",
        named(
            "betas of (0, 0.99)",
            "high rates",
            "spectral norm",
            "the moving average",
            "rates that fall",
        ),
    ),  # fmt: skip
    Prediction(
        "who-reads-best",
        "The training loop",
        "Whose digits will be recognised most often after as many steps?",
        {
            "quick: told nothing": "quick",
            "clustered: told a group": "clustered",
            "conditional: told the digit": "conditional",
        },
    ),  # fmt: skip
)

BELIEF = (
    Prediction(
        "confidence-in-real",
        "What the discriminator believes",
        "From step 100 to the end, while G gets better: D's lead, real over generated, …",
        {
            "shrinks": (-inf, -0.03),
            "stays about where it is": (-0.03, 0.03),
            "grows": (0.03, inf),
        },
    ),
    Prediction(
        "sure-mistakes",
        "What the discriminator believes",
        "How long is the bar of a wrong verdict, beside that of a right one?",
        {
            "less than half as long": (0, 0.5),
            "shorter": (0.5, 0.95),
            "as long, or longer": (0.95, inf),
        },
    ),
    Prediction(
        "memorised",
        "What the discriminator believes",
        "With 1,000 images: in how many pairs is the training image above the held-out one?",
        {
            "half: both are real": (0, 0.55),
            "55 to 65 %": (0.55, 0.65),
            "more than 65 %": (0.65, inf),
        },
    ),
)

PREDICTIONS = (*DATA, *NETWORKS, *TRAINING, *BELIEF)

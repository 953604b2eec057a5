"""The predictions of “Better games”: how a loss pulls, what exactness costs, what is found."""

from math import inf

from gan_lib.exercises.prediction import Prediction

TITLE = "Better games"

PREDICTIONS = (
    Prediction(
        "least-squares-pull",
        TITLE,
        "A generated image has the logit 3: to D it looks very real. What does the least-squares "
        "loss of G do to it?",
        {
            "it pulls on, towards a larger logit": (0.01, inf),
            "nothing: it is good enough": (-0.01, 0.01),
            "it pushes back, towards a smaller logit": (-inf, -0.01),
        },
    ),
    Prediction(
        "equal-seconds",
        TITLE,
        "Three games, ten seconds of one core each. The largest distance of the three will be "
        "how many times the smallest?",
        {
            "about the same: less than 1.5 times": (0, 1.5),
            "1.5 to 3 times": (1.5, 3),
            "3 to 10 times": (3, 10),
            "more": (10, inf),
        },
    ),
    Prediction(
        "price-of-exact",
        TITLE,
        "An update of D with the exact R1 and R2 takes how many times as long as one without a "
        "penalty?",
        {
            "hardly longer: less than 1.2 times": (0, 1.2),
            "1.2 to 2 times": (1.2, 2),
            "2 to 4 times": (2, 4),
            "more": (4, inf),
        },
    ),
    Prediction(
        "modes-found",
        TITLE,
        "The shipped pair was told nothing about digits. Among 26,000 of its images, how many of "
        "the 1,000 modes will there be?",
        {
            "fewer than 500": (0, 500),
            "500 to 950": (500, 950),
            "950 to 999": (950, 1000),
            "all 1,000": (1000, inf),
        },
    ),
    Prediction(
        "floor-of-modes",
        TITLE,
        "Real digits, stacked at random, 26,000 times: how far are the shares of their modes from "
        "equal ones, in nats?",
        {
            "0, within rounding": (0, 1e-4),
            "about a thousandth": (1e-4, 5e-3),
            "about two hundredths": (5e-3, 0.1),
            "about one": (0.1, inf),
        },
    ),
    Prediction(
        "told-modes",
        TITLE,
        "Told clusters, a pair makes 26,000 images as well. How far are the shares of its modes "
        "from equal ones?",
        {
            "as far as those of the first pair, or farther": (0.7, inf),
            "halfway between that and real digits": (0.35, 0.7),
            "about as far as those of real digits": (-0.35, 0.35),
            "clearly less far than those of real digits": (-inf, -0.35),
        },
    ),
)

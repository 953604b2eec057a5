"""The predictions from “The latent space” to “When to trust the discriminator”."""

from math import inf

from gan_lib.exercises.prediction import Prediction, named

LATENTS = (
    Prediction(
        "length",
        "The latent space",
        "How far from 0 is a typical latent of 64 normal numbers?",
        {
            "near 0, where the density is largest": (0, 2),
            "about 4": (2, 6),
            "about 8": (6, 12),
            "about 64": (12, inf),
        },
    ),
    Prediction(
        "half-way",
        "The latent space",
        "And the point half-way between two of them, beside that?",
        {
            "as far": (0.9, inf),
            "about 0.7 times as far": (0.6, 0.9),
            "about half as far": (-inf, 0.6),
        },
    ),
    Prediction(
        "truncation",
        "The latent space",
        "From loose to tight thresholds: what do density and coverage do?",
        named(
            "both rise",
            "density rises, coverage falls",
            "density falls, coverage rises",
            "both fall",
        ),
    ),  # fmt: skip
    Prediction(
        "six-directions",
        "The latent space",
        "What share of all change lies in the six strongest of 64 directions?",
        {
            "about a tenth, as of any six": (0, 0.2),
            "about a third": (0.2, 0.45),
            "more than half": (0.45, inf),
        },
    ),
    Prediction(
        "told-in-vain",
        "The latent space",
        "How often does a generator obey whose discriminator never saw the digit?",
        {
            "one time in ten, as by chance": (0, 0.2),
            "about half of the time": (0.2, 0.8),
            "nearly always": (0.8, inf),
        },
    ),
    Prediction(
        "worth-of-telling",
        "The latent space",
        "How many times farther from real digits is the pair that is told nothing?",
        {
            "less than twice": (0, 2),
            "two to four times": (2, 4),
            "more than four times": (4, inf),
        },
    ),
    Prediction(
        "worth-of-groups",
        "The latent space",
        "Told a group that nobody named: how near does it come to the pair that is told digits?",
        {
            "nearly as good, or better": (-inf, 0.25),
            "half-way": (0.25, 0.75),
            "nearly as bad as told nothing": (0.75, inf),
        },
    ),
)

MEASURES = (
    Prediction(
        "alike",
        "How good is it?",
        "Which neighbours of a moved digit show the same digit more often?",
        named("those by pixels", "those by features"),
    ),
    Prediction(
        "floor-of-few",
        "How good is it?",
        "The distance from real images to other real images: what if there are few of them?",
        {
            "it is 0, however many there are": (0, 0.001),
            "it is smaller": (0.001, 0.8),
            "it is the same": (0.8, 1.25),
            "it is larger": (1.25, inf),
        },
    ),
    Prediction(
        "blind-to-copies",
        "How good is it?",
        "Which figure notices that all images are copies of training images?",
        named("Fréchet distance", "coverage", "judge, grey levels (%)", "copying, C_T"),
    ),
    Prediction(
        "closest-pairs",
        "How good is it?",
        "Has our generator stored training images? Its C_T is …",
        {
            "below -3: it copies": (-inf, -3),
            "between -3 and 3": (-3, 3),
            "above 3: they lie farther off than held-out ones": (3, inf),
        },
    ),
    Prediction(
        "box",
        "How good is it?",
        "In how many generated images is the longer side of all ink exactly 20 pixels?",
        {
            "less than a third": (0, 1 / 3),
            "about half": (1 / 3, 2 / 3),
            "nearly all, as in MNIST": (2 / 3, inf),
        },
    ),
    Prediction(
        "yours",
        "How good is it?",
        "How many times farther from real digits is your pair than that of the course?",
        {
            "less than twice, or nearer": (0, 2),
            "two to ten times": (2, 10),
            "more than ten times": (10, inf),
        },
    ),
)

TRUST = (
    Prediction(
        "hinge-as-probability",
        "When to trust the discriminator",
        "How many times larger is the error of a D that was trained with hinge loss?",
        {
            "about the same": (0, 2),
            "two to five times": (2, 5),
            "more than five times": (5, inf),
        },
    ),
    Prediction(
        "calibrated",
        "When to trust the discriminator",
        "Among the images that D calls real most firmly, how many are real, beside what it says?",
        {
            "fewer: D is too bold": (-inf, -0.03),
            "as many as it says": (-0.03, 0.03),
            "more: D is too modest": (0.03, inf),
        },
    ),
    Prediction(
        "which-map",
        "When to trust the discriminator",
        "Which 30 pixels does D miss most?",
        named("any 30 at random", "the 30 of the occlusion map", "the 30 of the gradient"),
    ),
    Prediction(
        "which-logits",
        "When to trust the discriminator",
        "Kept by which logits will the digits have the smaller Fréchet distance?",
        named("D's own logits", "the repaired ones"),
    ),
)

PREDICTIONS = (*LATENTS, *MEASURES, *TRUST)

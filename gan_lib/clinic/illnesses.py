"""What can be wrong with a training, in words: the symptom, the cause, what to try, what else.

`cases` provokes each by a switch and heals it by a remedy, and `benchmarks/failures.py` counts how
often. Notebook "When it fails" shows them.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Illness:
    """One way in which a training fails."""

    name: str
    symptom: str  # what is seen
    cause: str
    remedy: str
    alternatives: str  # what looks alike, and how to tell it apart


COLLAPSE = Illness(
    "mode collapse",
    "nearly the same image for every latent; from time to time another one",
    "the generator piles up where D is deceived, is driven off, and piles up on the next spot. Too "
    "much momentum in Adam does it by itself",
    "take Adam's first beta down to 0.5 or 0; else minibatch discrimination, or a penalty (R1)",
    "a blind discriminator: there D is right about no more than chance",
)
SLOW_GENERATOR = Illness(
    "a generator that cannot follow",
    "the discriminator is right about nearly every image, and the images hardly change",
    "the discriminator learns much faster than the generator does",
    "give the generator a rate like the discriminator's",
    "a gradient that never reaches G (its norm is 0), or batch norm in D (its verdict on an image "
    "changes with the batch)",
)
BLIND = Illness(
    "a blind discriminator",
    "D is right about half of all images at most, and the images are of one kind",
    "the discriminator hardly learns, and nobody tells the generator what is wrong",
    "give the discriminator a rate like the generator's, or more layers",
    "an equal game: there, too, D is right about half, but the images are varied",
)
SATURATED = Illness(
    "a saturated loss",
    "grey noise that stands still, while D is right about every image",
    "the minimax loss is flat where the discriminator is sure: hardly any gradient is left",
    "the non-saturating loss for the generator",
    "batch norm in D; or a gradient that never reaches G",
)
UNBOUNDED = Illness(
    "a critic without bounds",
    "logits in the hundreds, gradients likewise; images that come and go",
    "the loss rewards ever larger differences, as Wasserstein's does, and nothing holds D's slope",
    "a gradient penalty, or spectral norm",
    "gradients that are not cleared, or rates that are far too high",
)
BY_HEART = Illness(
    "a discriminator that learns by heart",
    "training images are called real far more surely than held-out ones",
    "too few images for so large a discriminator and so long a training",
    "more images, or shifting all that D sees at random; stop earlier",
    "held-out images of another kind than the training images",
)
WRONG_RANGE = Illness(
    "the wrong range of grey levels",
    "pale images on a grey ground, and a D that is right about nine of ten",
    "the real images lie in [0, 1], where the generator's tanh makes [-1, 1]",
    "scale the real images with 2 x - 1",
    "images that have no black in them, which is no illness",
)
GROUND = Illness(
    "a tell-tale ground",
    "none to the eye; exact black fills most of every real image, and is rare in generated ones",
    "tanh comes near -1 and seldom reaches it",
    "end the generator in a layer that is cut off at -1, such as `Ink`",
    "a generator that is still at its beginning: look again later",
)
MIXED_BATCH = Illness(
    "batch norm that leaks",
    "D is right about every image of a mixed batch, and the images are noise",
    "batch norm in D lets each image see the others: real ones stand out from the batch's mean, "
    "whatever they show",
    "no batch norm in D, or a batch for each kind",
    "a generator that cannot follow; the verdict tells: it must not change with the batch",
)
STATISTICS = Illness(
    "stale statistics",
    "images in eval mode are worse than those of the training",
    "what batch norm has stored is not what its layers see: momentum near 0, an average of the "
    "weights that leaves the statistics behind, or a training of a few steps",
    "batch norm's usual momentum of 0.1; average the statistics with the weights",
    "a collapse, where every difference looks large",
)
UNCLEARED = Illness(
    "gradients that are not cleared",
    "the norm of a gradient grows throughout, and the player runs in circles",
    "zero_grad is missing: each step adds its gradient to all before",
    "call the optimizer's zero_grad before each backward",
    "rates that are far too high",
)
DETACHED = Illness(
    "a gradient that never reaches the generator",
    "D is right about every image; the generator's weights stand still",
    "detach, or no_grad, in the generator's own step",
    "detach the generated images in the discriminator's step alone",
    "a saturated loss: there the gradient is small, here it is exactly 0",
)
SIGMOID = Illness(
    "a sigmoid too many",
    "hardly any gradient, and no image ever has a logit below 0",
    "D ends in a sigmoid, and the loss, which expects logits, applies it once more",
    "take the sigmoid off, or use the loss that expects probabilities",
    "a blind discriminator",
)

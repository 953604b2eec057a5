"""gan_lib: the code that the notebooks of the GAN course share. Importing it sets nothing up.

**The heart** is a GAN from top to bottom, to be read in an evening, in this order:

    data        load images: which source has them
    models      generators and discriminators
    objectives  what each player minimises
    recipes     named sets of choices
    pair        a generator and a discriminator that belong together
    batches     in which order the images are shown
    length      how long a training is
    state       a training between two steps
    updates     one step of each player
    training    the loop

**Around it** stand packages. Each module imports only what is above it in the lists:

    machine     randomness, devices, threads: below the heart
    sources     images as an imageset, their edges and clusters, of what kind they are; also below
    remedies    penalties, similarity, ink, vectors: what keeps a training healthy; used by models
    plane       the game in two dimensions, played by the same loop
    latents     points, directions, search, viewpoint: the latent space
    belief      confidence, evidence, calibration: what the discriminator believes
    measures    how good generated images are
    keeping     what is kept of a training: checkpoints, a folder, a session
    clinic      signs of a training that fails, rules that name the illness, cases to study
    pictures    tensors to PNG, and figures
    widgets     what can be moved
    exercises   what a learner writes and predicts, and what is said of it
    cli         the command line
"""

__version__ = "0.1.0"


class UserError(Exception):
    """Something that the user can put right. The message is the one line that they should see."""

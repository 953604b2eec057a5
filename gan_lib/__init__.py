"""gan_lib: the code that the notebooks of the GAN course share.

Read the modules in the order in which data flows through them: `data`, `models`, `objectives`,
`recipes`, `batches`, `training`, `checkpoints`, `runs`, `session`; then what the discriminator
says of it: `confidence`, `calibration`; what its latents are: `latent`; what measures it:
`classifier`, `metrics`, `judge`, `evaluation`; what shows it: `images`, `verdict_pictures`,
`plots`, `confidence_plots`; and what you can move: `panel`, `widgets`, `explorer`, `finder`,
`dashboard`.
Importing the package sets nothing up and prints nothing.
"""

__version__ = "0.1.0"


class UserError(Exception):
    """Something that the user can put right. The message is the one line that they should see."""

"""What can be moved: ipywidgets and a few lines of JavaScript."""

# Of the explorer; here, since the command line asks before anything is imported.
MOST_SEED = 10**6
# What the explorer shows first. With the weights that the course brings it is a well-written digit,
# and the discriminator is confident that it is real: chosen by eye, for them alone.
FIRST_SEED, FIRST_LABEL = 3, 2

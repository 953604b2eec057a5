"""What can be moved: ipywidgets and a few lines of JavaScript."""

MOST_SEED = 10**6  # of the explorer; here, since the command line asks before anything is imported

"""What can be moved: ipywidgets and a few lines of JavaScript.

front_end            whether the page can show them
parts                what ipywidgets lacks: names, a clipboard, a choice of pictures, a canvas
panel                a box with names, and controls that a training steps aside for
paced                drawing now and then; playing
digit_browser        leafing through images
training_view        a training to watch
session_view         what is to be seen of a session
dashboard            a session to hold
plane_view           the same of a game in the plane
playground           such a game, to choose, hold and slow down
confidence_scrubber  a slider through what the discriminator believed
cluster_choice       the mean images of clusters, to choose one
explorer_view        what the explorer is made of
explorer             sliders into the latent space
finder               your image in it
symbol_maker         drawings that become a folder of pictures
slider_picture       a picture that follows sliders
flipbook             pictures to leaf through
"""

# Of the explorer; here, since the command line asks before anything is imported.
MOST_SEED = 10**6
# What the explorer shows first. With the weights that the course brings it is a well-written digit,
# and the discriminator is confident that it is real: chosen by eye, for them alone.
FIRST_SEED, FIRST_LABEL = 8, 8

"""The game in two dimensions, where everything can be seen: played by the loop of the images.

mixtures    what is real: distributions with exact densities
players     two small networks, and what they may play for
scene       D everywhere, the points, where they are pushed; V and modes, measured
stages      one step in slow motion, beside its code
separation  two normal distributions and their best discriminator, exactly
turns       min–max x · y: why taking turns cycles
dirac       the smallest GAN, of two numbers
"""

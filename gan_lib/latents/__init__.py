"""The latent space: points, paths, directions, the way back, and a viewpoint in it."""

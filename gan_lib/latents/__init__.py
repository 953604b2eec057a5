"""The latent space: points and paths, directions, the search for an image, and a viewpoint."""

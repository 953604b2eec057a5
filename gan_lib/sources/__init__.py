"""Where images come from: MNIST and its cache, the bundled sample."""

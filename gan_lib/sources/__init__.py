"""Where images come from: a set of them, MNIST in a folder, its cache, the bundled sample."""

"""What is kept of a training: a trained pair, checkpoints, a folder, a training held in a hand."""

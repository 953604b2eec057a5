"""What the machine can do well, and randomness that is the same each time on it."""

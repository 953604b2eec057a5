"""The machine: its devices, threads and limits, and randomness that is the same each time."""

"""The machine: devices, threads, limits; a team of processes; randomness, the same each time."""

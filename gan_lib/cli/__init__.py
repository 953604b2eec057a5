"""The command line: commands, training, their arguments; and the doctor with its checks."""

"""The command line: commands, training, judging, their arguments; and the doctor with its checks."""

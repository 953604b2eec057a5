"""The command line: commands and arguments, training, judging; the doctor and its checks."""

"""The command line: commands and arguments, training, judging, diagnosing; doctor and checks."""

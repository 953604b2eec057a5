"""Command line: commands, arguments, choosing, training, judging, diagnosing; doctor, checks."""

"""Command line: commands, arguments; choosing, training, making, judging, diagnosing; doctor, and
its checks.
"""

"""The command line: commands, arguments, doctor."""

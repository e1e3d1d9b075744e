"""What operators and the supervisor start from a terminal: one file per command, each with `run(arguments) -> exit code`."""

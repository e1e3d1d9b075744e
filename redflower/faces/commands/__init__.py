"""What operators and the supervisor start from a terminal: one file per command.

Each has `run(arguments: Sequence[str]) -> exit code`, is given the words after its name, and parses them itself; the
database is reached and Django set up before it is called. `project/cli.py` lists them.
"""

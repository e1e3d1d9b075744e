"""`redflower manage …`: Django's own management commands, on this installation."""

from collections.abc import Sequence

from django.core.management import execute_from_command_line


def run(arguments: Sequence[str]) -> int:
    """Runs one management command as the database's owner."""
    execute_from_command_line(["redflower manage", *arguments])
    return 0

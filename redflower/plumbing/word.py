"""A process that is started ahead of its time loads what it needs, and then waits for a word from whoever started it.

The word is one line on standard input. Standard library only.
"""

import os
import sys

_WAITS = "REDFLOWER_WAITS_FOR_WORD"
TOLD_TO_WAIT = {_WAITS: "1"}  # what is added to the environment of a process that shall wait
WORD = b"go\n"


def wait_for_word() -> bool:
    """Waits, where this process was told to; False when the other side is gone without a word."""
    return os.environ.pop(_WAITS, "") == "" or sys.stdin.buffer.readline() == WORD

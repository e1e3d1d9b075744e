"""What a person reads in the terminal while things start: short lines, Chinese or English by the system's language.

Standard library only: `./dev` speaks through this file before anything is installed.
"""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from typing import TextIO

_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


def speaks_chinese() -> bool:
    """Whether the terminal's language is Chinese."""
    language = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return language.startswith("zh")


def pick(zh: str, en: str) -> str:
    """The sentence in the terminal's language."""
    return zh if speaks_chinese() else en


def say(zh: str, en: str, *, mark: str = " ") -> None:
    """Prints one line."""
    _write(f"{mark} {pick(zh, en)}\n")


def complain(zh: str, en: str) -> None:
    """Prints one line that asks for attention."""
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    _write(f"✗ {pick(zh, en)}\n", sys.stderr)


class Outcome:
    """How a stage went; well, unless somebody says otherwise."""

    mark = "✓"

    def failed(self) -> None:
        """The stage is over and did not reach its end."""
        self.mark = "✗"


@contextlib.contextmanager
def stage(zh: str, en: str) -> Iterator[Outcome]:
    """A stage of the set-up: its name with a running clock, then ✓ or ✗ and the seconds it took."""
    label = pick(zh, en)
    started = time.monotonic()
    finished = threading.Event()
    clock = threading.Thread(target=_turn, args=(label, started, finished), daemon=True)
    if sys.stdout.isatty():
        clock.start()
    outcome = Outcome()
    try:
        yield outcome
    except BaseException:
        outcome.failed()
        raise
    finally:
        finished.set()
        if clock.is_alive():
            clock.join()
        start_of_line = "\r\x1b[K" if sys.stdout.isatty() else ""
        _write(f"{start_of_line}{outcome.mark} {label} {time.monotonic() - started:.1f}s\n")


def _turn(label: str, started: float, finished: threading.Event) -> None:
    frame = 0
    while not finished.wait(0.1):
        _write(f"\r\x1b[K{_FRAMES[frame % len(_FRAMES)]} {label} {time.monotonic() - started:.0f}s")
        frame += 1


def _write(text: str, stream: TextIO | None = None) -> None:
    out = stream or sys.stdout
    with contextlib.suppress(OSError):  # a full disk, a terminal that has gone: no reason to stop what is told of
        try:
            out.write(text)
        except UnicodeEncodeError:  # a terminal without Unicode
            out.write(text.encode("ascii", "replace").decode())
        out.flush()

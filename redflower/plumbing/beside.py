"""Work that goes on beside other work, in a process forked from this one: it has everything that is loaded already."""

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

from redflower.plumbing.leash import die_with_parent


class BesideFailed(Exception):
    """A process beside this one died; its own words are on the terminal."""


@contextlib.contextmanager
def beside(work: Callable[..., None], *args: Any) -> Iterator[None]:
    """Does `work` in a process of its own while the body runs; waits for it at the body's end, and ends it when the body
    fails.

    Needs: no open connection to the database, which must not be shared, and no threads.
    Errors: BesideFailed.
    """
    context = multiprocessing.get_context("fork")
    child = context.Process(target=_work, args=(work, args, os.getpid()), daemon=True)
    child.start()
    try:
        yield
        child.join()
    finally:
        child.terminate()
        child.join()
    if child.exitcode != 0:
        raise BesideFailed(f"{work.__name__}: exit {child.exitcode}")


def _work(work: Callable[..., None], args: tuple[Any, ...], parent: int) -> None:
    die_with_parent("SIGKILL", parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends us
    work(*args)

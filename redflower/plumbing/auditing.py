"""What an auditor asks a room: invariants, each recomputed from raw rows by a statement simpler than the code it checks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from redflower.plumbing.db import fetch_one


@dataclass(frozen=True, slots=True)
class Invariant:
    """One thing that must always hold.

    `count_differences` returns how many rows break it; 0 = it holds. `sentence` is Chinese, marked with `N_`.
    `name_differences` names them one by one, where the room can.
    """

    code: str
    sentence: str
    count_differences: Callable[[], int]
    name_differences: Callable[[], Iterator[str]] | None = None


def differences(sql: str, *params: object) -> Callable[[], int]:
    """Counts the rows of a statement that selects whatever breaks an invariant."""

    def count() -> int:
        row = fetch_one(f"SELECT count(*) AS n FROM ({sql}) AS broken", list(params) or None)
        return int(row["n"]) if row else 0

    return count

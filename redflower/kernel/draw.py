"""The arithmetic of a fair draw: secret commitments, seeds, chance, and exact splits.

Everything here is a pure function of bytes and integers, so a stranger can repeat it. What a rule set makes of these
numbers is in `domains/festivals/rules.py`; `docs/matching.md` tells the whole algorithm.
"""

import hashlib
import hmac
from collections.abc import Sequence
from itertools import accumulate, pairwise


def commit_secret(secret: bytes) -> str:
    """What is published before opening: SHA-256 of the pool's secret, in hex."""
    return hashlib.sha256(secret).hexdigest()


def slice_seed(secret: bytes, slice_no: int, gifts_root: bytes, beacon: bytes = b"") -> bytes:
    """The seed of one slice: HMAC-SHA256(secret, slice number ‖ Merkle root of its gifts ‖ optional beacon)."""
    return hmac.digest(secret, slice_no.to_bytes(8, "big") + gifts_root + beacon, "sha256")


def draw_chance(seed: bytes, tickets: int) -> bytes:
    """16 bytes of chance for each ticket of a slice, in the order of their gifts: 8 for its place, 8 for its number.

    The blocks of HMAC-SHA256(seed, `draw` ‖ 1, 2, 3 … as 4 bytes), two tickets each, one behind the other: PBKDF2 with
    a single round, which every library makes in one call. 64 bits reduced modulo a span below 2^30 favour nobody by
    more than 2^-34.
    Source: RFC 8018 section 5.2.
    """
    return hashlib.pbkdf2_hmac("sha256", seed, b"draw", 1, 16 * tickets) if tickets else b""


def split_by_weight(budget: int, weights: Sequence[int]) -> list[int]:
    """Splits a budget over weights so that the parts sum to it exactly.

    With cumulative weights C the i-th part is ⌊b·C_i/C_n⌋ − ⌊b·C_{i−1}/C_n⌋; each part is within one unit of its
    exact share, and none is negative. With no weight at all every part is 0.
    Units: the budget's smallest unit.
    """
    totals = list(accumulate(weights, initial=0))
    if totals[-1] == 0:
        return [0] * len(weights)
    marks = [budget * total // totals[-1] for total in totals]
    return [after - before for before, after in pairwise(marks)]


def released_budget(budget: int, slices: int, slice_no: int) -> int:
    """How much of a pool has been released once slice `slice_no` (from 0) is drawn: evenly, exact to the fen.

    Before the first slice it is 0, from the last slice on it is the whole budget.
    """
    done = min(max(slice_no + 1, 0), slices)
    return budget * done // slices

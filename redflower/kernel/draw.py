"""The arithmetic of a fair draw: secret commitments, keyed order, keyed chance, and exact splits.

Everything here is a pure function of bytes and integers, so a stranger can repeat it. What a rule set makes of these
numbers is in `domains/festivals/rules.py`; `docs/matching.md` tells the whole algorithm.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, pairwise
from uuid import UUID


def commit_secret(secret: bytes) -> str:
    """What is published before opening: SHA-256 of the pool's secret, in hex."""
    return hashlib.sha256(secret).hexdigest()


def slice_seed(secret: bytes, slice_no: int, gifts_root: bytes, beacon: bytes = b"") -> bytes:
    """The seed of one slice: HMAC-SHA256(secret, slice number ‖ Merkle root of its gifts ‖ optional beacon)."""
    return hmac.digest(secret, slice_no.to_bytes(8, "big") + gifts_root + beacon, "sha256")


def draw_order(seed: bytes, gift_ids: Iterable[UUID]) -> list[UUID]:
    """The gifts in the order of HMAC(seed, gift id): nobody's speed, nobody's choice."""
    keyed = keyed_hash(seed)
    return sorted(gift_ids, key=lambda gift_id: (keyed(raw := gift_id.bytes), raw))


def draw_integer(seed: bytes, gift_id: UUID, low: int, high: int) -> int:
    """A whole number in [low, high], keyed by the seed and the gift.

    A 128-bit number is reduced modulo the span; with spans below 2^40 the bias is under 2^-88, beyond any test.
    Errors: ValueError when low > high.
    """
    if low > high:
        raise ValueError(f"empty range {low}..{high}")
    value = int.from_bytes(hmac.digest(seed, b"size" + gift_id.bytes, "sha256")[:16], "big")
    return low + value % (high - low + 1)


def draw_integers(seed: bytes, gift_ids: Iterable[UUID], low: int, high: int) -> list[int]:
    """As `draw_integer`, for a list.

    Errors: ValueError when low > high.
    """
    if low > high:
        raise ValueError(f"empty range {low}..{high}")
    keyed, span = keyed_hash(seed), high - low + 1
    return [low + int.from_bytes(keyed(b"size" + gift_id.bytes)[:16], "big") % span for gift_id in gift_ids]


def keyed_hash(key: bytes) -> Callable[[bytes], bytes]:
    """HMAC-SHA256 under one key, prepared once: for a slice's thousands of gifts a third of asking anew each time.

    Source: RFC 2104.
    """
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def digest(message: bytes) -> bytes:
        within, around = inner.copy(), outer.copy()
        within.update(message)
        around.update(within.digest())
        return around.digest()

    return digest


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

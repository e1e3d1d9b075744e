"""Identifiers: time-ordered UUIDv7, ids derived from other ids, and private tokens."""

import base64
import hashlib
import hmac
import os
import re
import secrets
import time
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
import numpy as np

LAST_ID = UUID(int=(1 << 128) - 1)  # behind every id
_VARIANT = 0x2 << 62
_LOW_62 = (1 << 62) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_CHANCES = 256


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562): rows created together lie together in the index."""
    return id_at(time.time_ns() // 1_000_000)  # the id's own time, not a business instant


def id_at(unix_ms: int) -> UUID:
    """A fresh UUIDv7 for the given Unix millisecond, for rows whose time is told to us."""
    return msgspec.convert(unix_ms.to_bytes(6, "big") + _take_chance(), UUID)


_chance: deque[bytes] = deque()  # what comes behind the time in each id to come
os.register_at_fork(after_in_child=_chance.clear)  # or parent and child would make the same ids


def _take_chance() -> bytes:
    """Asks the system for many ids at a time: each question gives up a thread's turn."""
    try:
        return _chance.popleft()
    except IndexError:
        first, *rest = [made[6:] for made in ids_at(0, _CHANCES)]
        _chance.extend(rest)
        return first


def ids_at(unix_ms: int, count: int) -> list[bytes]:
    """As `id_at`, for a list, as 16 bytes each, in ascending order: rows written in the order of their ids cost a sixth less.

    Chance is asked for once.
    """
    halves = np.frombuffer(bytearray(secrets.token_bytes(16 * count)), np.uint64).reshape(count, 2)
    halves.view(np.uint8)[:, :6] = np.frombuffer(unix_ms.to_bytes(6, "big"), np.uint8)
    return sorted(_mark(halves, 7))


def spell_id(made: UUID) -> str:
    """As `str`, at a fifth of the cost."""
    return str(msgspec.to_builtins(made))


def read_ids(raw: Iterable[bytes] | Iterable[str]) -> list[UUID]:
    """Ids as objects, of their 16 bytes each or as they are spelled: a tenth of the cost of the class's own way."""
    return msgspec.convert(list(raw), list[UUID])


def millisecond_of(at: datetime) -> int:
    """The Unix millisecond that an instant lies in; exact, as a float of seconds is not."""
    return (at - _EPOCH) // _MILLISECOND


def floor_id(at: datetime) -> UUID:
    """The bound below every id of an instant or later, and above every earlier one: a span of time in id order."""
    return UUID(int=millisecond_of(at) << 80)


def derive_id(base: UUID, purpose: str) -> UUID:
    """The id of the one row that `base` has for `purpose`; the same inputs always give the same id.

    Keeps the time prefix of `base`, so derived rows lie beside each other, and makes replays find the first row.
    """
    digest = hashlib.blake2b(base.bytes + purpose.encode(), digest_size=8).digest()
    low = int.from_bytes(digest, "big") & _LOW_62
    return UUID(int=(base.int >> 64) << 64 | _VARIANT | low)


def derive_ids(bases: Sequence[bytes], purpose: str) -> list[bytes]:
    """As `derive_id`, for a list of ids as their 16 bytes: where thousands are only written, no object is made of each."""
    end, blake2b = purpose.encode(), hashlib.blake2b
    digests = [blake2b(base + end, digest_size=8).digest() for base in bases]
    halves = np.frombuffer(bytearray().join(bases), np.uint64).reshape(-1, 2)
    halves[:, 1] = np.frombuffer(b"".join(digests), np.uint64)
    return _mark(halves, None)


def hashed_ids(digests: Iterable[bytes]) -> list[bytes]:
    """As `hashed_id`, for a list of hashes of 16 bytes, as 16 bytes each."""
    return _mark(np.frombuffer(b"".join(digests), np.uint64).reshape(-1, 2), 8)


def _mark(halves: "np.ndarray[Any, Any]", version: int | None) -> list[bytes]:
    """Ids of a list at one go: their two halves of chance or of hashes get the bits that make them ids."""
    kept, given = _MARKS[version]
    marked = halves & kept | given
    return list(marked.view("V16").ravel().tolist())


def _marks(version: int | None) -> "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]":
    """Which bits an id of a version, or one that keeps its base's, has of its own, and which it is given."""
    kept, given = (1 << 128) - 1 & ~(0x3 << 62), _VARIANT
    if version is not None:
        kept, given = kept & ~(0xF << 76), given | version << 76
    first, second = (np.frombuffer(bits.to_bytes(16, "big"), np.uint64) for bits in (kept, given))
    return first, second


_MARKS = {version: _marks(version) for version in (7, 8, None)}


def span_floor_id(base: UUID) -> UUID:
    """The bound at or below a row and every row derived from it."""
    return UUID(int=base.int >> 64 << 64)


def ceiling_id(base: UUID) -> UUID:
    """The bound at or above a row and every row derived from it: where a list, latest first, continues with them."""
    return UUID(int=base.int | (1 << 64) - 1)


def derived_spans(bases: Sequence[UUID]) -> list[list[UUID]]:
    """Columns for a join that finds rows derived from `bases` without an index of their own: base, floor, ceiling."""
    return [list(bases), [span_floor_id(base) for base in bases], [ceiling_id(base) for base in bases]]


def hashed_id(digest: bytes) -> UUID:
    """A UUIDv8 (RFC 9562) made of the first 16 bytes of a hash, for ids that are computed instead of looked up."""
    return UUID(int=int.from_bytes(digest[:16], "big") & ~(0xF << 76) & ~(0x3 << 62) | 0x8 << 76 | _VARIANT)


_TOKEN = re.compile("[0-9a-f]{64}", re.ASCII)


def private_token(subject: UUID, secret: bytes) -> str:
    """A link nobody can guess: the id and a keyed hash of it, in 64 hexadecimal digits.

    Derived, not stored: a replay answers with the same link, and a stolen table opens no receipts.
    """
    raw = subject.bytes
    return (raw + _mac(raw, secret)).hex()


def read_private_token(token: str, secret: bytes) -> UUID | None:
    """The id inside a genuine token, or None for anything else."""
    if _TOKEN.fullmatch(token) is None:
        return None
    raw = bytes.fromhex(token)
    subject = msgspec.convert(raw[:16], UUID)
    return subject if hmac.compare_digest(_mac(raw[:16], secret), raw[16:]) else None


def _mac(subject: bytes, secret: bytes) -> bytes:
    mac = _keyed_hash(secret).copy()
    mac.update(subject)
    return mac.digest()


@lru_cache(maxsize=16)
def _keyed_hash(secret: bytes) -> hashlib.blake2b:
    return hashlib.blake2b(key=secret, digest_size=16, person=b"private-token")


def short_code(subject: UUID) -> str:
    """Ten characters a person can read out over the telephone; not a secret, not unique by itself."""
    digest = hashlib.blake2b(subject.bytes, digest_size=7).digest()
    return base64.b32encode(digest).decode()[:10].replace("O", "8").replace("I", "9")

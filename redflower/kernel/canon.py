"""One way to write a value as bytes, so that two parties hash the same thing."""

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical_bytes(value: Any) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8; integers only, no floats.

    Errors: TypeError for floats and unknown types.
    Source: a strict subset of RFC 8785 (JSON Canonicalization Scheme).
    """
    return _ENCODER.encode(_plain(value)).encode()


def sha256_hex(value: Any) -> str:
    """SHA-256 of the canonical bytes, as lower-case hex."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def instant(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds: the one spelling of an instant in hashes and public files."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no canonical form")

"""Signed statements: what the platform says about somebody, to be carried through a browser and believed on its return.

Shape: `<prefix>.<JSON in base64url>.<HMAC-SHA256 in base64url>`. The prefix says what kind of statement it is, and is signed
with it, so that one kind is never taken for another. Nothing is stored, and nothing is left to clean up.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

_MAX_CHARS = 6_000


def sign_statement(prefix: str, said: Mapping[str, Any], key: bytes) -> str:
    """A statement as a browser carries it."""
    statement = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    return f"{prefix}.{_encode(statement)}.{_encode(_sign(prefix, statement, key))}"


def read_statement(prefix: str, text: str, key: bytes) -> dict[str, Any] | None:
    """What a genuine statement of this kind says; None for any other text."""
    parts = text.split(".")
    if len(text) > _MAX_CHARS or not text.isascii() or len(parts) != 3 or parts[0] != prefix:
        return None
    try:
        statement, signature = _decode(parts[1]), _decode(parts[2])
    except (binascii.Error, ValueError):
        return None
    if not hmac.compare_digest(signature, _sign(prefix, statement, key)):
        return None
    said: dict[str, Any] = json.loads(statement)  # ours, since we signed it
    return said


def _sign(prefix: str, statement: bytes, key: bytes) -> bytes:
    return hmac.digest(key, f"{prefix}.".encode() + statement, hashlib.sha256)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)

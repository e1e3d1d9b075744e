"""Secrets at rest: sealed with the instance's key, each for the one row it stands in."""

import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


def seal(key: bytes, row_id: UUID, plain: bytes) -> bytes:
    """Encrypts a secret so that it opens with this key for this row only. Source: AES-256-GCM, NIST SP 800-38D."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, row_id.bytes)


def unseal(key: bytes, row_id: UUID, sealed: bytes) -> bytes:
    """The secret inside.

    Errors: ValueError when it was sealed with another key, for another row, or changed since.
    """
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], row_id.bytes)
    except InvalidTag as error:
        raise ValueError("this secret was not sealed for this row") from error

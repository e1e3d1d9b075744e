"""The provider's Ed25519 key: made once, kept in its own folder, its public half readable by merchants."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

_PRIVATE_NAME = "signing-key.pem"
_PUBLIC_NAME = "public-key.pem"


def load_private_key(folder: Path) -> Ed25519PrivateKey:
    """The provider's signing key, made on the first call.

    Needs: the caller holds the set-up lock of the folder, so that two first calls cannot make two keys.
    """
    path = folder / _PRIVATE_NAME
    if not path.exists():
        made = Ed25519PrivateKey.generate()
        _write(path, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), mode=0o600)
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path} is not an Ed25519 key")
    public_path = folder / _PUBLIC_NAME
    if not public_path.exists():
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        _write(public_path, pem, mode=0o644)
    return key


def load_public_key(folder: Path) -> Ed25519PublicKey:
    """The key merchants verify notices with.

    Errors: FileNotFoundError when the provider has not been set up in this folder.
    """
    key = load_pem_public_key((folder / _PUBLIC_NAME).read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError(f"{folder / _PUBLIC_NAME} is not an Ed25519 key")
    return key


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, and on disk before anybody can see it: a key lost to a crash would void every notice."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

"""Signing requests as RFC 9421 (HTTP Message Signatures) asks, with Ed25519."""

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

LABEL = "sig1"
TAG = "red-flower"
_NONCE_BYTES = 16


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """A partner app's private key and the name the platform knows it by. It shows itself nowhere."""

    key_id: str
    private: Ed25519PrivateKey

    @classmethod
    def load(cls, path: str | Path, key_id: str) -> "Key":
        """Reads the PEM file that the console showed once."""
        return cls.from_pem(Path(path).read_text(), key_id)

    @classmethod
    def from_pem(cls, pem: str, key_id: str) -> "Key":
        """Reads a private key in PEM (PKCS #8).

        Errors: ValueError for anything but an unencrypted Ed25519 key.
        """
        private = load_pem_private_key(pem.encode(), password=None)
        if not isinstance(private, Ed25519PrivateKey):
            raise ValueError("Red Flower signs with Ed25519 keys only")
        return cls(key_id, private)

    def __repr__(self) -> str:
        return f"Key({self.key_id!r})"


def sign_request(
    key: Key, method: str, url: str, body: bytes = b"", content_type: str = "", *, now: int | None = None
) -> Mapping[str, str]:
    """The headers that make a request ours: digest, what is signed, and the signature; a fresh nonce each time."""
    path = urlsplit(url).path or "/"
    lines = [("@method", method.upper()), ("@path", path)]
    headers = {}
    if content_type:
        headers["Content-Type"] = content_type
        headers["Content-Digest"] = f"sha-256=:{_base64(hashlib.sha256(body).digest())}:"
        lines += [("content-type", content_type), ("content-digest", headers["Content-Digest"])]
    nonce = base64.urlsafe_b64encode(secrets.token_bytes(_NONCE_BYTES)).decode().rstrip("=")
    covered = " ".join(f'"{name}"' for name, _ in lines)
    created = int(time.time()) if now is None else now
    params = f'({covered});created={created};nonce="{nonce}";keyid="{key.key_id}";alg="ed25519";tag="{TAG}"'
    base = "\n".join([*(f'"{name}": {value}' for name, value in lines), f'"@signature-params": {params}'])
    headers["Signature-Input"] = f"{LABEL}={params}"
    headers["Signature"] = f"{LABEL}=:{_base64(key.private.sign(base.encode()))}:"
    return headers


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()

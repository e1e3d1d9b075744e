"""Requests that partner apps sign: HTTP Message Signatures over method, path and the digest of the body.

Source: RFC 9421 (signatures, Ed25519 and hmac-sha256), RFC 9530 (Content-Digest).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver, InvalidSignature, algorithms
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from redflower.domains.scenes.types import KeyAlgorithm
from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_

WINDOW = timedelta(minutes=5)
NONCE_CHARS = range(8, 129)
_ALGORITHMS = {KeyAlgorithm.ED25519: algorithms.ED25519, KeyAlgorithm.HMAC_SHA256: algorithms.HMAC_SHA256}


class SignatureMissing(Refusal):
    code = "signature_missing"
    sentence = N_("请求需要签名：Signature-Input 与 Signature（RFC 9421），带 keyid、created 与 nonce")
    status = 401


class SignatureOutOfTime(Refusal):
    code = "signature_out_of_time"
    sentence = N_("签名时间与我们的时钟相差超过 {minutes} 分钟，请校准时钟后重新签名")
    status = 401


class SignatureTooNarrow(Refusal):
    code = "signature_too_narrow"
    sentence = N_("签名没有覆盖“{component}”")
    status = 401


class SignatureInvalid(Refusal):
    code = "signature_invalid"
    sentence = N_("签名与请求对不上")
    status = 401


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as it came in. `headers` are in lower case, `path` and `query` as sent; `authority` is who was asked."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: str = ""
    authority: str = "localhost"

    @property
    def url(self) -> str:
        """The address asked for, as far as a signature may speak of it."""
        return f"https://{self.authority}{self.path}" + (f"?{self.query}" if self.query else "")


@dataclass(frozen=True, slots=True)
class SignatureClaim:
    """Who says they signed, when, and with which nonce; worth nothing before `verify_signature`."""

    key_id: str
    nonce: str
    created: int


def read_claim(request: SignedRequest, now: datetime) -> SignatureClaim:
    """What a signature claims, cheap to read: most forgeries end here.

    Errors: SignatureMissing (none, several, unreadable, or without keyid, created, nonce), SignatureOutOfTime.
    """
    try:
        found = list(_Verifier(algorithms.ED25519, None, now)._get_sig_inputs_and_signatures(request))
        [(_, signature_input, _)] = found
    except (HTTPMessageSignaturesException, ValueError):
        raise SignatureMissing from None
    params = signature_input.params
    key_id, nonce, created = params.get("keyid"), params.get("nonce"), params.get("created")
    if not isinstance(key_id, str) or not isinstance(nonce, str) or type(created) is not int:
        raise SignatureMissing
    if len(nonce) not in NONCE_CHARS or "\x00" in nonce:
        raise SignatureMissing
    if not abs(int(now.timestamp()) - created) <= WINDOW.seconds:
        raise SignatureOutOfTime(minutes=WINDOW.seconds // 60)
    return SignatureClaim(key_id, nonce, created)


def verify_signature(request: SignedRequest, algorithm: KeyAlgorithm, material: bytes, now: datetime) -> None:
    """Refuses a request that this key has not signed as it stands.

    `material` is the raw Ed25519 public key, or the shared secret.
    Errors: SignatureTooNarrow (method, path, query or digest not covered), SignatureInvalid.
    """
    key: Any = Ed25519PublicKey.from_public_bytes(material) if algorithm == KeyAlgorithm.ED25519 else material
    verifier = _Verifier(_ALGORITHMS[algorithm], _OneKey(key), now)
    try:
        [result] = verifier.verify(request, max_age=None, body=request.body or None)
    except (HTTPMessageSignaturesException, ValueError):
        raise SignatureInvalid from None
    covered = {str(component).split(";")[0].strip('"') for component in result.covered_components}
    whole = bool(covered & {"@target-uri", "@request-target"})
    needed = {"@method": True, "@path": not whole, "@query": bool(request.query) and not whole}
    needed["content-digest"] = bool(request.body)
    for component, is_needed in needed.items():
        if is_needed and component not in covered:
            raise SignatureTooNarrow(component=component)


class _OneKey(HTTPSignatureKeyResolver):
    """The key that was claimed; whether it may sign at all is decided by who looked it up."""

    def __init__(self, key: Any) -> None:
        self._key = key

    def resolve_public_key(self, key_id: str) -> Any:
        return self._key


class _Verifier(HTTPMessageVerifier):
    """The library's verifier, told the time instead of asking for it."""

    def __init__(self, algorithm: Any, keys: HTTPSignatureKeyResolver | None, now: datetime) -> None:
        super().__init__(signature_algorithm=algorithm, key_resolver=keys)
        self._now = now

    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        expires = sig_input.params.get("expires")
        if expires is not None and self._now.astimezone(UTC).timestamp() > expires:
            raise InvalidSignature("expired")

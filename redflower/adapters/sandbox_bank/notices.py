"""What a notice says and how it is signed. Merchants verify `timestamp + "." + raw body` with the public key."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from redflower.adapters.sandbox_bank.types import CURRENCY, Charge, Refund

TIMESTAMP_HEADER = "Sandbox-Timestamp"
SIGNATURE_HEADER = "Sandbox-Signature"
SIGNATURE_SCHEME = "ed25519="
PROVIDER = "sandbox"


def describe_outcome(charge: Charge) -> dict[str, Any]:
    """The facts a notice carries about a decided charge.

    Units: `amount_minor` in fen; `paid_at` is the instant the payer acted, also when the outcome is not paid.
    """
    if charge.decided_at is None:
        raise ValueError(f"charge {charge.charge_id} is still {charge.state}")
    return {
        "event": f"payment.{charge.state}",
        "provider": PROVIDER,
        "merchant": charge.merchant,
        "order_no": charge.order_no,
        "charge_id": charge.charge_id,
        "txn": charge.txn,
        "amount_minor": charge.amount_minor,
        "currency": charge.currency,
        "payer_id": charge.payer_id,
        "paid_at": rfc3339(charge.decided_at),
        "status": charge.state,
    }


def describe_refund(refund: Refund) -> dict[str, Any]:
    """The facts a notice carries about a refund. Units: `amount_minor` in fen."""
    return {
        "event": f"refund.{refund.outcome}",
        "provider": PROVIDER,
        "merchant": refund.merchant,
        "refund_no": refund.refund_no,
        "order_no": refund.order_no,
        "txn": refund.txn,
        "amount_minor": refund.amount_minor,
        "currency": CURRENCY,
        "decided_at": rfc3339(refund.final_at),
        "status": refund.outcome,
    }


def render(facts: dict[str, Any], sent_at: datetime) -> bytes:
    """The body of one delivery: the facts and the moment it was sent."""
    return json.dumps(facts | {"sent_at": rfc3339(sent_at)}, ensure_ascii=False, separators=(",", ":")).encode()


def sign(key: Ed25519PrivateKey, body: bytes, sent_at: datetime) -> dict[str, str]:
    """The headers that prove a body is the provider's and how old it is."""
    timestamp = str(int(sent_at.timestamp()))
    signature = base64.b64encode(key.sign(signed_bytes(timestamp, body))).decode()
    return {
        "Content-Type": "application/json",
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: SIGNATURE_SCHEME + signature,
    }


def signed_bytes(timestamp: str, body: bytes) -> bytes:
    """The exact bytes under the signature."""
    return timestamp.encode() + b"." + body


def rfc3339(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

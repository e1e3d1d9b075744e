"""Payment links: an order that the merchant has signed, opened as a charge when its payer comes to pay.

The merchant needs no word with the provider for an order that nobody pays. The link is a query string whose last
parameter is an HMAC over everything before it, with the key that merchant and provider share.
"""

import hmac
import os
import re
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from secrets import token_bytes
from urllib.parse import parse_qsl, quote

from redflower.adapters.sandbox_bank.store import from_ms, set_up_lock, to_ms
from redflower.adapters.sandbox_bank.types import BadLink, ChargeRequest, find_fault

_MERCHANT = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)
_FIELDS = ("merchant", "currency", "notice", "about", "order", "amount", "expires", "return")
_SIGNATURE = "&signature="
LINK_MAX_CHARS = 4096
_spell = lru_cache(maxsize=256)(to_ms)  # orders made together expire together


def load_merchant_key(folder: Path, merchant: str) -> bytes:
    """The key that this merchant signs its links with, made on the first call."""
    path = folder / f"merchant-{merchant}.key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with set_up_lock(folder):
            if not path.exists():
                draft = path.with_suffix(".draft")
                with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                    file.write(token_bytes(32))
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(path)
    return path.read_bytes()


class LinkWriter:
    """A merchant's pen: what is the same in all its links is written once."""

    def __init__(self, key: bytes, merchant: str, currency: str, notice_url: str) -> None:
        self._mac = hmac.new(key, digestmod="sha256")
        self._start = f"merchant={merchant}&currency={currency}&notice={quote(notice_url, safe=':/')}&about="

    def write(
        self, order_no: str, amount_minor: int, quoted_description: str, return_path: str, expires_at: datetime
    ) -> str:
        """The query of one order's link.

        Needs: the description quoted for a URL, and a return path that needs no quoting.
        """
        signed = (
            f"{self._start}{quoted_description}&order={order_no}&amount={amount_minor}"
            f"&expires={_spell(expires_at)}&return={return_path}"
        )
        mac = self._mac.copy()  # faster than from the key, and gives up no thread's turn
        mac.update(signed.encode())
        return f"{signed}{_SIGNATURE}{mac.hexdigest()}"


def read_link(folder: Path, query: str, now: datetime) -> tuple[str, ChargeRequest]:
    """The merchant of a link and what it asks for.

    Errors: BadLink for a link nobody signed, one that was altered, and one that is over.
    """
    signed, _, signature = query.rpartition(_SIGNATURE)
    fields = dict(parse_qsl(signed, keep_blank_values=True)) if len(query) <= LINK_MAX_CHARS else {}
    if tuple(fields) != _FIELDS or _MERCHANT.fullmatch(fields["merchant"]) is None:
        raise BadLink("unreadable")
    try:
        key = (folder / f"merchant-{fields['merchant']}.key").read_bytes()
    except FileNotFoundError as fault:
        raise BadLink("forged") from fault
    if not hmac.compare_digest(hmac.digest(key, signed.encode(), "sha256").hex().encode(), signature.encode()):
        raise BadLink("forged")
    if not (_NUMBER.fullmatch(fields["amount"]) and _NUMBER.fullmatch(fields["expires"])):
        raise BadLink("unreadable")
    request = ChargeRequest(
        order_no=fields["order"],
        amount_minor=int(fields["amount"]),
        currency=fields["currency"],
        description=fields["about"],
        return_path=fields["return"],
        notice_url=fields["notice"],
        expires_at=from_ms(int(fields["expires"])),
    )
    if find_fault(request) is not None:
        raise BadLink("unreadable")
    if request.expires_at is None or now >= request.expires_at:
        raise BadLink("expired")
    return fields["merchant"], request

"""Asking the provider to give payments back, again and again under one number until its last word."""

from collections.abc import Sequence

from redflower.adapters.sandbox import SandboxClient
from redflower.adapters.sandbox_bank import RefundRequest
from redflower.domains.payments.types import RefundNotice, RefundOrder


def ask_refunds(client: SandboxClient, refunds: Sequence[RefundOrder], notice_url: str) -> list[RefundNotice]:
    """The provider's last word about each refund that has one, ready to be settled like a notice.

    Shape: refunds that are still being carried out are left out.
    Errors: ProviderDown.
    Replay: a number asked for before gets the answer that stands; nothing is given back twice.
    """
    requests = [
        RefundRequest(str(refund.id), str(refund.order_id), refund.amount_minor, notice_url) for refund in refunds
    ]
    return [notice for notice in client.refund(requests) if notice is not None]

"""Asking the provider itself what became of orders whose notice is late, doubted or lost."""

from collections.abc import Iterable
from uuid import UUID

from redflower.adapters.sandbox import SandboxClient
from redflower.domains.payments.types import PaymentNotice


def query_payments(client: SandboxClient, order_ids: Iterable[UUID]) -> list[PaymentNotice]:
    """The provider's word about each order that somebody has acted on, ready to be settled like a notice.

    Shape: orders that are still open there, or that it does not know, are left out.
    Errors: ProviderDown.
    """
    statuses = client.query([str(order_id) for order_id in order_ids])
    return [status.notice for status in statuses if status.notice is not None]

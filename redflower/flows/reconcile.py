"""The provider's books against ours, order by order."""

from dataclasses import dataclass

from redflower.adapters.sandbox import SandboxClient
from redflower.domains.payments.selectors import list_captures_by_order, list_refunds_by_order
from redflower.domains.payments.types import RefundStatus

_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What comparing found. Counts of orders."""

    compared: int
    not_at_provider: int  # we say paid, the provider does not
    amounts_differ: int
    not_told_yet: int  # the provider says paid, and its notice has not reached us


def compare_with_provider(client: SandboxClient) -> Reconciliation:
    """Compares every order of this provider.

    Our side is read first, page by page: an order paid in between counts as not told yet, never as a difference.
    Errors: ProviderDown.
    """
    compared = missing = differing = untold = 0
    after = None
    while page := list_captures_by_order("sandbox", after, _PAGE):
        after = page[-1][0]
        told = {status.order_no: status.notice for status in client.query([str(order_id) for order_id, _ in page])}
        for order_id, captured_minor in page:
            notice = told.get(str(order_id))
            paid = notice is not None and notice.status == "paid"
            compared += 1
            missing += captured_minor is not None and not paid
            untold += captured_minor is None and paid
            differing += (
                captured_minor is not None and notice is not None and paid and notice.amount_minor != captured_minor
            )
    return Reconciliation(compared, missing, differing, untold)


@dataclass(frozen=True, slots=True)
class RefundReconciliation:
    """What comparing refunds found. Counts of refunds."""

    compared: int
    not_at_provider: int  # we say given back, the provider does not, or says another amount
    not_told_yet: (
        int  # the provider gave back, and we have not heard; never below 0 unless it gave back less than we say
    )


def compare_refunds_with_provider(client: SandboxClient) -> RefundReconciliation:
    """Compares every refund of this provider, and how many there are on its side.

    Errors: ProviderDown.
    """
    compared = missing = 0
    after = None
    while page := list_refunds_by_order("sandbox", after, _PAGE):
        after = page[-1][0]
        told = {word.refund_id: word for word in client.query_refunds([str(refund_id) for refund_id, _ in page])}
        for refund_id, refunded_minor in page:
            word = told.get(refund_id)
            compared += 1
            missing += word is None or (word.status, word.amount_minor) != (RefundStatus.DONE, refunded_minor)
    there, _ = client.sum_refunds()
    return RefundReconciliation(compared, missing, there - compared)

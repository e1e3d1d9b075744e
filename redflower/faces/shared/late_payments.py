"""Payments whose notice is late: the provider is asked, and its answer settled as if the notice had come."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from redflower.adapters.payment_errors import ProviderDown
from redflower.domains.payments.selectors import list_unanswered_orders
from redflower.domains.payments.types import NoticeOutcome
from redflower.faces.shared.instance import sandbox_client, settle_policy
from redflower.faces.shared.settlement import settle
from redflower.flows.checkout import PROVIDER
from redflower.flows.query_payments import query_payments
from redflower.kernel import clock

# How old an order without an answer is each time it is asked about: soon, while it can be paid, just after it expired,
# and twice more for a provider that was away for long.
ASKED_AT_AGES = tuple(timedelta(minutes=minutes) for minutes in (1, 3, 10, 35, 180, 1440))
_LOOK_EVERY = timedelta(seconds=5)
_BATCH = 500

log = logging.getLogger("redflower.late_payments")


def ask_provider(order_ids: Sequence[UUID], now: datetime) -> list[NoticeOutcome]:
    """Asks about these orders and settles what the provider answers; an order without an answer has no outcome.

    Errors: ProviderDown.
    Replay: as `settle`; a notice that comes later is answered `replayed`.
    """
    notices = query_payments(sandbox_client(), order_ids)
    return settle(notices, settle_policy(), now) if notices else []


class LatePayments:
    """The worker's rounds over orders nobody has spoken about.

    Remembers only when it last looked: after a restart every order of the last day is asked about once more.
    """

    def __init__(self) -> None:
        self._looked_at: datetime | None = None
        self._waiting: list[UUID] = []

    def ask_once(self) -> int:
        """Asks about the next orders that have come of an age; returns how many, 0 while the provider is down."""
        now = clock.now()
        if self._looked_at is not None and now < self._looked_at:  # the clock was set back: begin as after a restart
            self._looked_at = None
        if self._looked_at is None or now - self._looked_at >= _LOOK_EVERY:
            self._waiting += self._find_due(now)
            self._looked_at = now
        batch = self._waiting[:_BATCH]
        if not batch:
            return 0
        try:
            ask_provider(batch, now)
        except ProviderDown as fault:
            log.warning("late payments will be asked about again: %s", fault)
            return 0
        del self._waiting[: len(batch)]
        return len(batch)

    def _find_due(self, now: datetime) -> list[UUID]:
        if self._looked_at is None:
            spans = [(now - ASKED_AT_AGES[-1], now - ASKED_AT_AGES[0])]
        else:
            spans = [(self._looked_at - age, now - age) for age in ASKED_AT_AGES]
        return [order_id for start, end in spans for order_id in list_unanswered_orders(PROVIDER, start, end)]

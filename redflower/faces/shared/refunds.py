"""Refunds as every face meets them: letting accepted gifts go back, and hearing from the provider what became of them."""

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from redflower.adapters.payment_errors import ProviderDown
from redflower.domains.donations import services as donations
from redflower.domains.donations.errors import RefundMoneySpent
from redflower.domains.donations.selectors import list_refunds_for_the_rule
from redflower.domains.ledger.errors import BalanceTooLow
from redflower.domains.payments.selectors import list_unanswered_refunds
from redflower.domains.payments.types import RefundNotice, RefundOutcome
from redflower.engine.refunds import promise_refunds, settle_refunds
from redflower.faces.shared.instance import refund_notice_url, sandbox_client
from redflower.flows.ask_refunds import ask_refunds
from redflower.flows.checkout import PROVIDER
from redflower.kernel import clock
from redflower.kernel.errors import Refusal
from redflower.plumbing.db import command, raw_connection

_BATCH = 200

log = logging.getLogger("redflower.refunds")


@command
def release_refunds(gift_ids: Sequence[UUID], actor_id: UUID | None, now: datetime) -> int:
    """Lets accepted gifts go back and sets their money aside; all or none. Returns how many are on their way now.

    Errors: those of `donations.services.release_refunds`, RefundMoneySpent.
    Replay: a gift on its way, or back, stays as it is.
    """
    released = donations.release_refunds(gift_ids, actor_id, now)
    try:
        promise_refunds(raw_connection(), released, now)
    except BalanceTooLow as fault:
        raise RefundMoneySpent from fault
    return len(released)


@command
def settle_refund_notices(notices: Sequence[RefundNotice], now: datetime) -> list[RefundOutcome]:
    """Settles providers' last words about refunds durably; when it returns, they may be acknowledged.

    Replay: as `engine.refunds.settle_refunds`.
    """
    return settle_refunds(raw_connection(), notices, now)


class Refunds:
    """The worker's rounds: what the rule gives back is released, and the provider is asked until its last word.

    It is asked under the number written when the refund was released, so asking again after a crash asks for nothing
    new.
    """

    def __init__(self) -> None:
        self._after: UUID | None = None

    def release_once(self) -> int:
        """Releases what the rule gives back by itself; returns how many."""
        policy = donations.load_refund_policy()
        released = 0
        for gift_id in list_refunds_for_the_rule(policy.unchecked_max_minor, _BATCH):
            try:
                released += release_refunds([gift_id], None, clock.now())
            except Refusal as refusal:  # an operator sees it waiting; the others go on
                log.warning("refund of %s waits: %s", gift_id, refusal.code)
        return released

    def ask_once(self) -> int:
        """Asks the provider about the next refunds without an end; returns how many ended, 0 while it is down."""
        waiting = list_unanswered_refunds(PROVIDER, self._after, _BATCH)
        self._after = waiting[-1].id if len(waiting) == _BATCH else None
        if not waiting:
            return 0
        try:
            notices = ask_refunds(sandbox_client(), waiting, refund_notice_url())
        except ProviderDown as fault:
            log.warning("refunds will be asked for again: %s", fault)
            return 0
        return len(settle_refund_notices(notices, clock.now())) if notices else 0

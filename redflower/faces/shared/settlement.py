"""The pages' way into the engine: one command around the one settlement."""

from collections.abc import Sequence
from datetime import datetime

from redflower.domains.payments.types import NoticeOutcome, PaymentNotice
from redflower.engine.settle import SettlePolicy, settle_notices
from redflower.plumbing.db import command, raw_connection


@command
def settle(notices: Sequence[PaymentNotice], policy: SettlePolicy, now: datetime) -> list[NoticeOutcome]:
    """Settles verified notices durably; when it returns, they may be acknowledged.

    Replay: as `engine.settle.settle_notices`.
    """
    return settle_notices(raw_connection(), notices, policy, now)

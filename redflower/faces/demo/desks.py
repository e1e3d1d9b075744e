"""What waits at the demo's desks when a visitor sits down: gifts asked back, at every step, and questions nobody has read.

These gifts are paid at the sandbox provider, as a visitor's are, so that whoever lets one go sees it go all the way.
"""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from redflower.adapters.sandbox_bank import Bank, ChargeRequest
from redflower.domains.disclosures.services import ask_questions
from redflower.domains.disclosures.types import Asking
from redflower.domains.donations.services import decide_refunds, load_refund_policy, make_gifts, open_refund_case
from redflower.domains.donations.types import GiftRequest, IntentOutcome, RefundAnswer, RefundRequest, RefundSide
from redflower.domains.payments.types import NoticeStatus, PaymentNotice
from redflower.faces.demo.history import Stage
from redflower.faces.demo.seeding import Operators
from redflower.faces.shared.instance import gift_path, notice_url
from redflower.faces.shared.settlement import settle
from redflower.flows.checkout import PROVIDER
from redflower.kernel.ids import new_id
from redflower.kernel.money import CNY, FEN_PER_YUAN

_STEP = 97  # between donors, so that nobody asks for two
_PAID_BEFORE = timedelta(days=12)


def fill_desks(stage: Stage, projects: Mapping[str, UUID], operators: Operators, now: datetime) -> None:
    """Writes what `desks.toml` tells of."""
    told = tomllib.loads((resources.files("redflower.faces.demo") / "desks.toml").read_text("utf-8"))
    _ask_back(stage, told["case"], projects, operators, now)
    _ask(told["asking"], projects, now)


def _ask_back(
    stage: Stage,
    cases: Sequence[Mapping[str, Any]],
    projects: Mapping[str, UUID],
    operators: Operators,
    now: datetime,
) -> None:
    donors = [stage.donor_ids[place * _STEP % len(stage.donor_ids)] for place in range(len(cases))]
    requests = [
        GiftRequest(new_id().hex, donor, projects[case["project"]], case["amount_yuan"] * FEN_PER_YUAN)
        for donor, case in zip(donors, cases, strict=True)
    ]
    paid_at, policy = now - _PAID_BEFORE, load_refund_policy()
    gifts = [
        gift for gift in make_gifts(requests, PROVIDER, stage.giving_policy, paid_at) if isinstance(gift, IntentOutcome)
    ]
    settle(_pay(gifts, [case["project"] for case in cases], paid_at), stage.settle_policy, paid_at)
    for gift, donor, case in zip(gifts, donors, cases, strict=True):
        asked = RefundRequest((gift.gift_id,), case["reason"], case["note"])
        open_refund_case(asked, [donor], policy, stage.zone, now - timedelta(days=case["asked_days_ago"]))
        if "agreed_days_ago" in case:
            agreed_at = now - timedelta(days=case["agreed_days_ago"])
            decide_refunds([gift.gift_id], RefundAnswer(True, RefundSide.CHARITY, ""), operators.maker, agreed_at)


def _pay(gifts: Sequence[IntentOutcome], titles: Sequence[str], at: datetime) -> list[PaymentNotice]:
    """Pays at the provider, and hears of it before its letters come."""
    bank = Bank(Path(settings.REDFLOWER_DATA) / "sandbox")
    asked = [
        ChargeRequest(
            str(gift.gift_id), gift.amount_minor, CNY, title, gift_path(gift.gift_id), notice_url(), gift.expires_at
        )
        for gift, title in zip(gifts, titles, strict=True)
    ]
    paid = [
        bank.pay(charge.charge_id, f"payer_{new_id().hex}", at)
        for charge in bank.open_charges(settings.REDFLOWER_MERCHANT, asked, at)
    ]
    return [
        PaymentNotice(
            PROVIDER, str(charge.txn), gift.gift_id, gift.amount_minor, CNY, str(charge.payer_id), NoticeStatus.PAID,
            charge.decided_at or at,
        )
        for gift, charge in zip(gifts, paid, strict=True)
    ]  # fmt: skip


def _ask(askings: Sequence[Mapping[str, Any]], projects: Mapping[str, UUID], now: datetime) -> None:
    ask_questions(
        [
            Asking(
                new_id(),
                projects[each["project"]],
                each["text"],
                each["language"],
                now - timedelta(hours=each["hours_ago"]),
            )
            for each in askings
        ]
    )

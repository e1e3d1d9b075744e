"""A donor asks, a charity answers, a second person releases, a provider gives back: the smallest steps, for tests."""

from datetime import timedelta
from uuid import UUID

from redflower.domains.donations.selectors import find_refunds_of_gifts
from redflower.domains.donations.services import decide_refunds, load_refund_policy, open_refund_case
from redflower.domains.donations.types import RefundAnswer, RefundRequest, RefundSide, RefundState
from redflower.domains.payments.selectors import list_unanswered_refunds
from redflower.domains.payments.types import NoticeResult, RefundNotice, RefundOrder, RefundStatus
from redflower.faces.shared.refunds import release_refunds, settle_refund_notices
from redflower.plumbing.db import fetch_one
from tests.factories import NOON, make_user

ZONE = "Asia/Shanghai"
LATER = NOON + timedelta(days=3)  # long after the hours in which the rule gives back by itself


def donor_of(gift_id: UUID) -> UUID:
    return fetch_one("SELECT donor_id FROM donations_gift WHERE id = %s", [gift_id])["donor_id"]


def ask_back(*gift_ids: UUID, at=LATER, reason: str = "mistake", note: str = "") -> UUID:
    """Opens a case for gifts of whoever gave them."""
    donors = {donor_of(gift_id) for gift_id in gift_ids}
    return open_refund_case(RefundRequest(gift_ids, reason, note), donors, load_refund_policy(), ZONE, at)


def accept(*gift_ids: UUID, at=LATER) -> UUID:
    """A charity agrees; returns who wrote it down."""
    maker = make_user(is_operator=True).id
    decide_refunds(gift_ids, RefundAnswer(True, RefundSide.CHARITY, ""), maker, at)
    return maker


def send_back(*gift_ids: UUID, at=LATER) -> list[RefundOrder]:
    """Asked for, agreed to and released by somebody else; returns what the provider is asked for."""
    ask_back(*gift_ids, at=at)
    asked = [each.gift_id for each in find_refunds_of_gifts(gift_ids).values() if each.state == RefundState.ASKED]
    if asked:  # asked for so soon, the rule has agreed already
        accept(*asked, at=at)
    release_refunds(gift_ids, make_user(is_operator=True).id, at)
    return list_unanswered_refunds("sandbox", None, 100)


def word(refund: RefundOrder, **fields: object) -> RefundNotice:
    """The provider's last word: done, in full."""
    values = {
        "provider": "sandbox",
        "provider_refund": f"refund-{refund.id}",
        "refund_id": refund.id,
        "amount_minor": refund.amount_minor,
        "currency": "CNY",
        "status": RefundStatus.DONE,
        "decided_at": LATER,
    }
    return RefundNotice(**{**values, **fields})


def give_back(*gift_ids: UUID, at=LATER) -> None:
    """All of it, to the end."""
    outcomes = settle_refund_notices([word(refund) for refund in send_back(*gift_ids, at=at)], at)
    assert {outcome.result for outcome in outcomes} == {NoticeResult.SETTLED}

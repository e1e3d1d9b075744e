"""A refund across the network: the provider slow, late, twice, failing or away, and we killed at every step."""

from datetime import timedelta
from pathlib import Path

import pytest

from redflower.adapters.payment_errors import NoticeForged, NoticeIncomplete, ProviderDown
from redflower.adapters.sandbox import SandboxClient
from redflower.adapters.sandbox_bank import Bank, ChargeRequest, RefundRequest
from redflower.domains.donations.selectors import find_refunds_of_gifts, get_gift
from redflower.domains.donations.types import GiftState, RefundState
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.domains.payments.selectors import list_unanswered_refunds
from redflower.domains.payments.types import NoticeResult, RefundStatus
from redflower.faces.shared import refunds as faces
from redflower.faces.shared.refunds import Refunds, settle_refund_notices
from redflower.faces.shared.settlement import settle
from redflower.flows.ask_refunds import ask_refunds
from redflower.flows.query_payments import query_payments
from redflower.flows.reconcile import compare_refunds_with_provider
from tests.factories import NOON, POLICY, ask, intend, make_project
from tests.refunds import LATER, send_back

pytestmark = pytest.mark.django_db(transaction=True)
URL = "http://127.0.0.1:1/notices/sandbox/refunds"


class Clock:
    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def world(tmp_path: Path):
    """A bank, a client of it, and one paid gift."""
    clock = Clock()
    bank, client = Bank(tmp_path), SandboxClient(tmp_path, "merchant", now=clock)
    project = make_project()
    intent = intend(ask(project.id, amount_minor=1000))
    client.create([ChargeRequest(str(intent.gift_id), 1000, "CNY", "午餐", "/", URL)])
    [charge] = bank.query("merchant", [str(intent.gift_id)])
    bank.pay(charge.charge_id, "payer", NOON)
    settle(query_payments(client, [intent.gift_id]), POLICY, NOON)
    bank.mark_sent([notice.notice_id for notice in bank.take_due_notices(NOON, 10)], NOON)
    clock.now = LATER
    return bank, client, clock, intent.gift_id, project.id


def state(gift):
    return find_refunds_of_gifts([gift])[gift].state


def test_killed_after_every_step_it_is_given_back_once(world):
    bank, client, _, gift, project = world
    waiting = send_back(gift)  # killed here: nobody was asked
    assert state(gift) == RefundState.SENT
    assert get_balance(AccountKind.PROJECT, project) == 1000
    ask_refunds(client, waiting, URL)  # killed here: the provider has given back, and we have not booked it
    assert compare_refunds_with_provider(client).not_told_yet == 1
    [word] = ask_refunds(client, list_unanswered_refunds("sandbox", None, 9), URL)
    assert settle_refund_notices([word], LATER)[0].result == NoticeResult.SETTLED  # killed here: not acknowledged
    assert settle_refund_notices([word], LATER)[0].result == NoticeResult.REPLAYED
    [told] = bank.take_due_notices(LATER, 10)
    notice = client.verify_refund_notice(told.headers, told.body, LATER)
    assert settle_refund_notices([notice], LATER)[0].result == NoticeResult.REPLAYED
    assert bank.sum_refunds("merchant", LATER) == (1, 1000)
    assert get_balance(AccountKind.PROJECT, project) == 0
    assert list_unanswered_refunds("sandbox", None, 9) == []
    report = compare_refunds_with_provider(client)
    assert (report.compared, report.not_at_provider, report.not_told_yet) == (1, 0, 0)


def test_a_slow_provider_is_asked_until_its_last_word(world):
    bank, client, clock, gift, _ = world
    bank.act_out_refunds(["slow"])
    waiting = send_back(gift)
    assert ask_refunds(client, waiting, URL) == []
    assert state(gift) == RefundState.SENT
    clock.now = LATER + timedelta(seconds=9)
    [word] = ask_refunds(client, waiting, URL)
    settle_refund_notices([word], clock.now)
    assert get_gift(gift, clock.now).state == GiftState.REFUNDED


@pytest.mark.parametrize(("behaviour", "due", "times"), [("late", 90, 1), ("twice", 0, 2), ("normal", 0, 1)])
def test_its_signed_notices_are_booked_once_however_they_come(world, behaviour, due, times):
    bank, client, _, gift, project = world
    bank.act_out_refunds([behaviour])
    ask_refunds(client, send_back(gift), URL)
    at = LATER + timedelta(seconds=due)
    assert due == 0 or bank.take_due_notices(at - timedelta(seconds=1), 9) == []
    told = bank.take_due_notices(at, 9)
    notices = [client.verify_refund_notice(each.headers, each.body, at) for each in told]
    results = [outcome.result for outcome in settle_refund_notices(notices, at)]
    assert results == [NoticeResult.SETTLED, *[NoticeResult.REPLAYED] * (times - 1)]
    assert get_balance(AccountKind.PROJECT, project) == 0


def test_a_refund_that_fails_leaves_the_gift_where_it_is(world):
    bank, client, _, gift, project = world
    bank.act_out_refunds(["fail"])
    [word] = ask_refunds(client, send_back(gift), URL)
    assert word.status == RefundStatus.FAILED
    settle_refund_notices([word], LATER)
    assert state(gift) == RefundState.FAILED
    assert get_balance(AccountKind.PROJECT, project) == 1000
    assert bank.sum_refunds("merchant", LATER) == (0, 0)


def test_a_refund_we_booked_and_the_provider_does_not_know_is_a_difference(world):
    _, client, _, gift, _ = world
    from tests.refunds import word

    [refund] = send_back(gift)
    settle_refund_notices([word(refund)], LATER)
    report = compare_refunds_with_provider(client)
    assert (report.not_at_provider, report.not_told_yet) == (1, -1)


def test_a_forged_or_incomplete_notice_is_refused(world):
    bank, client, _, gift, _ = world
    ask_refunds(client, send_back(gift), URL)
    [told] = bank.take_due_notices(LATER, 9)
    with pytest.raises(NoticeForged):
        client.verify_refund_notice(
            told.headers, told.body.replace(b'"amount_minor":1000', b'"amount_minor":9000'), LATER
        )
    with pytest.raises(NoticeIncomplete):  # a refund is no payment
        client.verify_notice(told.headers, told.body, LATER)


def test_the_bank_never_gives_back_more_than_was_paid(world):
    bank, _, _, gift, _ = world
    requests = [
        RefundRequest(f"r{n}", str(gift), amount, URL) for n, amount in enumerate((600, 300, 200, 100, 1, 0, -5))
    ]
    outcomes = [refund.outcome for refund in bank.refund("merchant", requests, LATER)]
    assert outcomes == ["done", "done", "failed", "done", "failed", "failed", "failed"]
    assert [refund.outcome for refund in bank.refund("merchant", requests, LATER)] == outcomes
    assert bank.sum_refunds("merchant", LATER) == (3, 1000)
    assert bank.refund("merchant", [RefundRequest("x", "no such order", 1, URL)], LATER)[0].outcome == "failed"
    assert bank.refund("stranger", [RefundRequest("x", str(gift), 1, URL)], LATER)[0].outcome == "failed"


def test_the_worker_goes_round_until_it_is_back_and_a_provider_that_is_away_is_asked_again(world, monkeypatch):
    _, client, clock, gift, _ = world
    worker = Refunds()
    send_back(gift)

    class Away:
        def refund(self, requests):
            raise ProviderDown

    monkeypatch.setattr(faces.clock, "now", lambda: clock.now)
    monkeypatch.setattr(faces, "sandbox_client", Away)
    assert worker.ask_once() == 0
    monkeypatch.setattr(faces, "sandbox_client", lambda: client)
    assert worker.ask_once() == 1
    assert worker.ask_once() == 0
    assert get_gift(gift, LATER).state == GiftState.REFUNDED

"""Dreams when two things happen at once. Each guard has a control that fails without it."""

import pytest

from redflower.domains.dreams import selectors, services
from redflower.domains.dreams.errors import ProposalStateConflict
from redflower.domains.dreams.services import acts
from redflower.domains.dreams.types import Act, BallotOutcome, BallotRequest, ScreenAct
from redflower.domains.flowers.errors import FlowersNotEnough
from redflower.domains.ledger import posting as ledger_posting
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.kernel.ids import new_id
from redflower.plumbing.db import command
from tests.dreaming import CLOSES, GRANT, OPENS, give, make_call, make_giver, make_operators, open_dreams, propose
from tests.races.conftest import Racer, without
from tests.races.test_races import Careless

pytestmark = pytest.mark.django_db(transaction=True)


def forget_locks(monkeypatch):
    """Nobody holds an account any more, neither before looking nor before booking."""
    held, locked = ledger_posting.hold_accounts, ledger_posting._lock_accounts
    monkeypatch.setattr(
        ledger_posting, "hold_accounts", lambda conn, ids: held(Careless(conn, "FOR NO KEY UPDATE"), ids)
    )
    monkeypatch.setattr(
        ledger_posting, "_lock_accounts", lambda conn, ids: locked(Careless(conn, "FOR NO KEY UPDATE"), ids)
    )


def race(first, second):
    """Runs `first` as a transaction that is still open while `second` begins in another thread; both answers."""
    racer = Racer(second)

    @command
    def begin():
        answer = first.__wrapped__()
        racer.start()
        racer.waits()
        return answer

    answers = [begin()]
    try:
        answers.append(racer.finish())
    except Exception as error:
        answers.append(error)
    return answers


def one_flower(dream, donor):
    @command
    def act():
        request = BallotRequest(new_id().hex, (donor,), dream, 1)
        return services.give_flowers.__wrapped__([request], (), OPENS)[0]

    return act


def race_for_the_last_flower():
    dreams, _ = open_dreams(2)
    donor = make_giver(1)
    answers = race(one_flower(dreams[0], donor), one_flower(dreams[1], donor))
    return (
        sum(isinstance(answer, BallotOutcome) for answer in answers),
        get_balance(AccountKind.FLOWERS, donor),
        answers,
    )


def test_a_givers_last_flower_is_spent_once():
    given, left, answers = race_for_the_last_flower()
    assert (given, left) == (1, 0)
    assert any(isinstance(answer, FlowersNotEnough) for answer in answers)


def test_control_without_lock_and_check_it_is_spent_twice(monkeypatch):
    forget_locks(monkeypatch)
    with without("ledger_account", "account_balance_never_below_zero_pending_included"):
        given, left, _ = race_for_the_last_flower()
        assert (given, left) == (2, -1)


def race_for_the_place_that_is_left():
    [dream], _ = open_dreams(minimum=10)
    give(dream, make_giver(), 9)
    race(one_flower(dream, make_giver()), one_flower(dream, make_giver()))
    return get_balance(AccountKind.DREAM, dream)


def test_the_flower_that_reaches_the_minimum_is_the_last_one():
    assert race_for_the_place_that_is_left() == 10


def test_control_without_the_lock_one_too_many_is_taken(monkeypatch):
    forget_locks(monkeypatch)
    assert race_for_the_place_that_is_left() == 11


def race_to_decide(at, flowers):
    [dream], _ = open_dreams()
    give(dream, make_giver(), flowers)

    @command
    def decide():
        return services.decide_dreams.__wrapped__([dream], at)

    answers = race(decide, lambda: services.decide_dreams([dream], at))
    fund = selectors.get_fund(selectors.list_calls()[0].id)
    return [len(answer) if isinstance(answer, list) else answer for answer in answers], fund


def test_a_full_dream_is_granted_once():
    decided, fund = race_to_decide(OPENS, 10)
    assert (decided, fund.granted_minor, fund.reserved_minor) == ([1, 0], GRANT, 0)


def test_two_closings_end_a_dream_once():
    decided, fund = race_to_decide(CLOSES, 3)
    assert (decided, fund.granted_minor, fund.free_minor) == ([1, 0], 0, 20 * GRANT)


def test_control_without_lock_and_keys_a_dream_is_decided_twice(monkeypatch):
    forget_locks(monkeypatch)
    monkeypatch.setattr("redflower.domains.dreams.services.rounds.hold_proposals", _without_lock)
    with without("dreams_outcome", "dreams_outcome_pkey"), without("dreams_act", "act_has_its_own_number"):
        decided, _ = race_to_decide(OPENS, 10)
        # The second one goes on to pay the grant again, and only the ledger's own keys stop it.
        assert decided[0] == 1
        assert decided[1] != 0


def _without_lock(conn, ids):
    return acts.hold_proposals(Careless(conn, "FOR UPDATE"), ids)


def test_two_desks_answer_a_proposal_once():
    operators = make_operators()
    proposal = propose(make_call(operators[0]))
    answers_to = [ScreenAct(proposal, Act.SHORTLIST)], [ScreenAct(proposal, Act.SHORTLIST)]

    @command
    def shortlist():
        services.screen_proposals.__wrapped__(answers_to[0], operators[0], OPENS)

    answers = race(shortlist, lambda: services.screen_proposals(answers_to[1], operators[1], OPENS))
    assert isinstance(answers[1], ProposalStateConflict)
    assert len(selectors.list_acts(proposal)) == 2

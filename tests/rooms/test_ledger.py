"""What the ledger promises, in the order in which it checks."""

from dataclasses import replace

import psycopg
import pytest
from django.db import connection, transaction

from redflower.domains.ledger import errors
from redflower.domains.ledger.posting import open_accounts, post_transfers
from redflower.domains.ledger.rules import account_id
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind, Asset, NewAccount, NewTransfer, Phase
from redflower.kernel.ids import new_id
from redflower.plumbing.db import raw_connection
from tests.factories import NOON

pytestmark = pytest.mark.django_db


class World:
    """A sponsor, a pool that may not be overdrawn, and a donor's flowers."""

    def __init__(self) -> None:
        self.owner = new_id()
        self.sponsor = account_id(AccountKind.SPONSOR, self.owner)
        self.pool = account_id(AccountKind.POOL, self.owner)
        self.flowers = account_id(AccountKind.FLOWERS, self.owner)
        accounts = [
            NewAccount(self.sponsor, Asset.CNY, AccountKind.SPONSOR, self.owner),
            NewAccount(self.pool, Asset.CNY, AccountKind.POOL, self.owner),
            NewAccount(self.flowers, Asset.FLOWER, AccountKind.FLOWERS, self.owner),
        ]
        with transaction.atomic():
            open_accounts(raw_connection(), accounts, NOON)

    def fund(self, amount: int = 100, **fields: object) -> NewTransfer:
        values = {"asset": Asset.CNY, "kind": "test", "debit_id": self.sponsor, "credit_id": self.pool}
        return NewTransfer(**{"id": new_id(), **values, "amount": amount, "subject_id": self.owner, **fields})

    def spend(self, amount: int = 100, **fields: object) -> NewTransfer:
        return self.fund(amount, **{"debit_id": self.pool, "credit_id": self.sponsor, **fields})

    def post(self, *transfers: NewTransfer) -> set:
        with transaction.atomic():
            return post_transfers(raw_connection(), transfers, NOON)

    @property
    def balance(self) -> int:
        return get_balance(AccountKind.POOL, self.owner)


@pytest.fixture
def world() -> World:
    return World()


def test_a_replay_is_a_normal_answer_and_moves_nothing(world):
    funding = world.fund()
    assert world.post(funding) == {funding.id}
    assert world.post(funding, funding) == set()
    assert world.balance == 100


def test_the_same_id_with_other_content_is_a_conflict(world):
    funding = world.fund()
    world.post(funding)
    for other in (replace(funding, amount=99), replace(funding, kind="other"), replace(funding, subject_id=new_id())):
        with pytest.raises(errors.TransferConflict):
            world.post(other)
    with pytest.raises(errors.TransferConflict):
        fresh = world.fund()
        world.post(fresh, replace(fresh, amount=1))
    assert world.balance == 100


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"amount": 0}, errors.TransferAmountOutOfRange),
        ({"amount": -1}, errors.TransferAmountOutOfRange),
        ({"amount": 2**63}, errors.TransferAmountOutOfRange),
        ({"credit_id": "debit"}, errors.TransferToSelf),
        ({"credit_id": "nobody"}, errors.AccountMissing),
        ({"credit_id": "flowers"}, errors.AssetsMixed),
        ({"asset": Asset.FLOWER}, errors.AssetsMixed),
        ({"phase": Phase.POST, "pending_id": "nobody"}, errors.PendingMissing),
    ],
)
def test_a_transfer_that_makes_no_sense_is_refused_whole(world, change, error):
    ids = {"debit": world.sponsor, "flowers": world.flowers, "nobody": new_id()}
    fields = {key: ids.get(value, value) if isinstance(value, str) else value for key, value in change.items()}
    good = world.fund()
    with pytest.raises(error):
        world.post(good, world.fund(**fields))
    assert world.balance == 0  # nothing half-done: the good one of the list is not booked either


def test_a_list_is_judged_by_its_sum(world):
    world.post(world.fund(100), world.spend(60), world.spend(40))
    assert world.balance == 0
    with pytest.raises(errors.BalanceTooLow):
        world.post(world.fund(10), world.spend(11))
    assert world.balance == 0


def test_a_promise_holds_the_money_until_it_ends_once(world):
    world.post(world.fund(100))
    promise = world.spend(80, phase=Phase.PENDING)
    world.post(promise)
    assert world.balance == 100  # not moved yet
    with pytest.raises(errors.BalanceTooLow):
        world.post(world.spend(21))  # but not free either
    with pytest.raises(errors.PendingMissing):
        world.post(world.spend(79, phase=Phase.POST, pending_id=promise.id))
    world.post(world.spend(80, phase=Phase.POST, pending_id=promise.id))
    assert world.balance == 20
    for phase in (Phase.POST, Phase.VOID):
        with pytest.raises(errors.PendingAlreadyEnded):
            world.post(world.spend(80, phase=phase, pending_id=promise.id))


def test_a_voided_promise_frees_the_money(world):
    world.post(world.fund(100))
    promise = world.spend(80, phase=Phase.PENDING)
    world.post(promise)
    world.post(world.spend(80, phase=Phase.VOID, pending_id=promise.id))
    world.post(world.spend(100))
    assert world.balance == 0


def test_a_transfer_is_reversed_once(world):
    funding = world.fund(100)
    world.post(funding)
    world.post(world.spend(100, reverses_id=funding.id))
    with pytest.raises(errors.AlreadyReversed):
        world.post(world.spend(100, reverses_id=funding.id))


@pytest.mark.parametrize(
    "act", ["UPDATE ledger_transfer SET amount = 1", "DELETE FROM ledger_transfer", "TRUNCATE ledger_transfer"]
)
def test_the_past_refuses_to_change_even_for_its_owner(world, act):
    world.post(world.fund())
    with pytest.raises(Exception, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(act)


def test_the_schema_itself_refuses_an_overdraft(world):
    with pytest.raises(psycopg.errors.CheckViolation), transaction.atomic():
        raw_connection().execute("UPDATE ledger_account SET debits_posted = 1 WHERE id = %s", [world.pool])

"""What happens when two things happen at once. Each guard has a control that fails without it."""

from datetime import timedelta

import psycopg
import pytest

from redflower.domains.festivals import services
from redflower.domains.festivals.models import Award, Slice
from redflower.domains.festivals.posting import PaidGifts, hold_seals, issue_tickets
from redflower.domains.festivals.services import draw_due_slices, seal_due_slices
from redflower.domains.ledger import posting as ledger_posting
from redflower.domains.ledger.errors import BalanceTooLow
from redflower.domains.ledger.posting import open_accounts, post_transfers
from redflower.domains.ledger.rules import account_id
from redflower.domains.ledger.types import AccountKind, Asset, NewAccount, NewTransfer
from redflower.domains.payments.posting import claim_captures
from redflower.domains.people.models import Donor
from redflower.domains.people.posting import welcome_guests
from redflower.kernel.ids import new_id
from redflower.plumbing.columns import write_columns_fast
from redflower.plumbing.rows import Overtaken
from tests.factories import NOON, ask, give, intend, make_festival, make_project, notice
from tests.races.conftest import Racer, without


class Careless:
    """A connection that forgets a lock clause: the control's way of working without the guard."""

    def __init__(self, conn, lock):
        self._conn, self._lock = conn, lock

    def execute(self, sql, params=None):
        return self._conn.execute(sql.replace(self._lock, ""), params)

    def __getattr__(self, name):
        return getattr(self._conn, name)


def forget_account_locks(monkeypatch):
    original = ledger_posting._lock_accounts
    monkeypatch.setattr(
        ledger_posting, "_lock_accounts", lambda conn, ids: original(Careless(conn, "FOR NO KEY UPDATE"), ids)
    )


def race_for_a_capture(connect) -> list[int]:
    paid = notice(intend(ask(make_project().id)))
    first, second = connect(), connect()
    claimed = [len(claim_captures(first, {paid.order_id.bytes: paid}, NOON))]
    racer = Racer(lambda: claim_captures(second, {paid.order_id.bytes: paid}, NOON))
    racer.start()
    racer.waits()
    first.commit()
    claimed.append(len(racer.finish()))
    second.commit()
    return claimed


def test_a_notice_on_two_connections_at_once_is_captured_once(connect):
    assert race_for_a_capture(connect) == [1, 0]


def test_control_without_the_unique_keys_it_is_captured_twice(connect):
    with without("payments_capture", "payments_capture_pkey", "provider_transaction_pays_once"):
        assert race_for_a_capture(connect) == [1, 1]


def race_for_a_guest(connect, end) -> int:
    """Two devices were promised the same donor, and give at the same moment; how many donors there are then."""
    donor, other = new_id(), new_id()
    first, second = connect(), connect()
    write_columns_fast(first)
    write_columns_fast(second)
    welcome_guests(first, [donor], NOON)
    racer = Racer(lambda: welcome_guests(second, [other, donor], NOON))
    racer.start()
    assert racer.waits()
    end(first)
    try:
        racer.finish()
    except Overtaken:
        second.rollback()
        welcome_guests(second, [other, donor, donor], NOON)
    second.commit()
    return Donor.objects.filter(id__in=[donor, other]).count()


def test_two_who_welcome_a_guest_at_once_write_one_donor(connect):
    assert race_for_a_guest(connect, psycopg.Connection.commit) == 2


def test_a_guest_whose_other_welcome_came_to_nothing_is_welcomed(connect):
    assert race_for_a_guest(connect, psycopg.Connection.rollback) == 2


def test_control_without_the_key_a_guest_is_two_donors(connect):
    # What follows looked before the other committed: no look, only the key, tells it of the other.
    donor, first, second = new_id(), connect(), connect()
    write_columns_fast(first)
    write_columns_fast(second)
    with without("people_donor", "people_donor_pkey"):
        welcome_guests(first, [donor], NOON)
        welcome_guests(second, [donor], NOON)
        first.commit()
        second.commit()
        assert Donor.objects.filter(id=donor).count() == 2


def race_for_a_balance(connect) -> int:
    """Two spend 80 of 100 at the same moment; returns what is left."""
    pool, owner = new_id(), new_id()
    conn = connect()
    kinds = (AccountKind.SPONSOR, AccountKind.POOL)
    open_accounts(conn, [NewAccount(account_id(kind, owner), Asset.CNY, kind, owner) for kind in kinds], NOON)
    sponsor, spent = (account_id(kind, owner) for kind in kinds)
    move = lambda debit, credit, amount: NewTransfer(new_id(), Asset.CNY, "test", debit, credit, amount, pool)  # noqa: E731
    post_transfers(conn, [move(sponsor, spent, 100)], NOON)
    conn.commit()
    first, second = connect(), connect()
    post_transfers(first, [move(spent, sponsor, 80)], NOON)
    racer = Racer(lambda: post_transfers(second, [move(spent, sponsor, 80)], NOON))
    racer.start()
    racer.waits()
    first.commit()
    try:
        racer.finish()
        second.commit()
    except BalanceTooLow:
        second.rollback()
    return conn.execute("SELECT credits_posted - debits_posted FROM ledger_account WHERE id = %s", [spent]).fetchone()[
        0
    ]


def test_two_spending_one_balance_at_once_never_take_it_below_zero(connect):
    assert race_for_a_balance(connect) == 20


def test_control_without_lock_and_check_the_balance_is_overspent(connect, monkeypatch):
    forget_account_locks(monkeypatch)
    with without("ledger_account", "account_balance_never_below_zero_pending_included"):
        assert race_for_a_balance(connect) == -60


def test_without_the_lock_the_database_still_refuses(connect, monkeypatch):
    forget_account_locks(monkeypatch)
    with pytest.raises(psycopg.errors.CheckViolation):
        race_for_a_balance(connect)


def race_a_ticket_against_the_draw(connect, guard=lambda conn: conn) -> bool:
    """A ticket is being written while its slice falls due; returns whether the draw has left it behind."""
    festival, project = make_festival(), make_project()
    give(project.id, 500, NOON)
    intent = intend(ask(project.id), NOON)
    conn = connect()
    paid_at = NOON + timedelta(seconds=1)
    gift = PaidGifts([intent.gift_id.bytes], [new_id().bytes], [project.id.bytes], [1000], [NOON], [paid_at])
    issue_tickets(guard(conn), gift, NOON + timedelta(seconds=2))
    racer = Racer(lambda: draw_due_slices(festival, "Asia/Shanghai", NOON + timedelta(minutes=1)))
    racer.start()
    racer.waits()
    conn.commit()
    racer.finish()
    decided = conn.execute("SELECT count(*) FROM festivals_award WHERE gift_id = %s", [intent.gift_id]).fetchone()[0]
    conn.rollback()
    return decided == 0


def test_no_ticket_joins_a_slice_behind_its_draw(connect):
    assert not race_a_ticket_against_the_draw(connect)


def test_control_without_the_shared_lock_a_ticket_is_left_behind(connect):
    assert race_a_ticket_against_the_draw(connect, lambda conn: Careless(conn, "pg_advisory_xact_lock_shared"))


def test_a_gift_has_one_ticket_in_each_festival_and_only_a_ticket_is_withdrawn(connect):
    first, second = make_festival(), make_festival()
    gift = give(make_project().id)
    conn = connect()
    tickets = conn.execute("SELECT festival_id FROM festivals_ticket WHERE gift_id = %s", [gift]).fetchall()
    assert {festival for (festival,) in tickets} == {first, second}
    again = PaidGifts([gift.bytes], [new_id().bytes], [new_id().bytes], [1000], [NOON], [NOON])
    with pytest.raises(psycopg.errors.UniqueViolation), conn.transaction():
        issue_tickets(conn, again, NOON)
    with pytest.raises(psycopg.errors.ForeignKeyViolation), conn.transaction():
        conn.execute("INSERT INTO festivals_withdrawal VALUES (now(), %s, %s)", [gift, new_id()])
    conn.rollback()


def test_who_seals_comes_before_those_who_ask_later(connect):
    """A festival's rush has always somebody who relies on the seals; the draw waits for those who did when it asked."""
    festival = make_festival()
    first, second = connect(), connect()
    hold_seals(first)
    sealer = Racer(lambda: seal_due_slices(festival, NOON + timedelta(minutes=1)))
    sealer.start()
    assert sealer.waits()

    def read_seal():
        hold_seals(second)
        return second.execute("SELECT sealed_through FROM festivals_festival").fetchone()[0]

    later = Racer(read_seal)
    later.start()
    assert later.waits()
    first.commit()
    sealer.finish()
    assert later.finish() >= 0
    second.rollback()


def forget_drawers_locks(monkeypatch):
    plain = services.raw_connection

    def careless():
        return Careless(Careless(plain(), "FOR NO KEY UPDATE"), "FOR NO KEY UPDATE OF p")

    monkeypatch.setattr(services, "raw_connection", careless)


def race_two_drawers(connect) -> list[int]:
    """Two draw one slice, both held up where each has decided all of it; returns how many slices each has drawn."""
    festival, project = make_festival(), make_project()
    give(project.id, 500, NOON)
    later = NOON + timedelta(minutes=1)
    seal_due_slices(festival, later)
    conn = connect()
    # Everybody's last lock: whoever is held there has read what was drawn and decided what comes.
    conn.execute("SELECT 1 FROM ledger_account WHERE kind = 'pool' FOR UPDATE")
    racers = [Racer(lambda: draw_due_slices(festival, "Asia/Shanghai", later)) for _ in range(2)]
    for racer in racers:
        racer.start()
    assert all(racer.waits() for racer in racers), [racer.error for racer in racers]
    conn.rollback()
    return sorted(racer.finish() for racer in racers)


def test_two_drawers_draw_a_slice_once(connect):
    assert race_two_drawers(connect) == [0, 1]
    assert draws() == (1, 1)


def test_control_without_locks_and_keys_they_draw_it_twice(connect, monkeypatch):
    forget_drawers_locks(monkeypatch)
    with (
        without("festivals_award", "festivals_award_pkey", "gift_is_awarded_once_per_pool"),
        without("festivals_slice", "slice_is_drawn_once_per_pool"),
        without("ledger_transfer", "ledger_transfer_pkey"),
    ):
        assert race_two_drawers(connect) == [1, 1]
        assert draws() == (2, 2)


def test_without_the_locks_the_keys_still_refuse(connect, monkeypatch):
    forget_drawers_locks(monkeypatch)
    with pytest.raises(psycopg.errors.UniqueViolation):
        race_two_drawers(connect)


def draws() -> tuple[int, int]:
    return Slice.objects.count(), Award.objects.count()

"""The festival's tick: new gifts and the settlement of those paid since, on a plain connection, in one commit."""

from datetime import timedelta
from hashlib import blake2b
from importlib import import_module
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from redflower.domains.donations.posting import make_gifts
from redflower.domains.donations.selectors import get_gift
from redflower.domains.donations.types import GiftState, IntentOutcome
from redflower.domains.festivals.services import draw_due_slices
from redflower.domains.flowers.selectors import count_flowers
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.domains.payments.errors import IdempotencyConflict
from redflower.domains.payments.rules import compute_request_keys
from redflower.domains.payments.types import NoticeResult
from redflower.engine.settle import settle_notices
from redflower.faces.commands.audit import INVARIANTS
from redflower.kernel.ids import hashed_id, id_at
from redflower.kernel.money import AmountTooSmall
from tests.factories import GIVING, NOON, POLICY, ask, make_donor, make_festival, make_project, notice

LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def plain(transactional_db):
    """A connection of the driver's own, as the engine has one: no Django around it."""
    connection.ensure_connection()
    with psycopg.connect(connection.connection.info.dsn, password=connection.connection.info.password) as conn:
        yield conn


def tick(conn, requests, notices, at=LATER):
    with conn.transaction():
        intents = make_gifts(conn, requests, "sandbox", GIVING, at) if requests else []
        return intents, settle_notices(conn, notices, POLICY, at) if notices else []


def test_one_tick_takes_new_gifts_and_settles_those_paid_since(plain):
    project, donor = make_project(), make_donor()
    first, _ = tick(plain, [ask(project.id, donor, 300), ask(project.id, donor, 400)], [])
    second, settled = tick(plain, [ask(project.id, donor, 500)], [notice(intent) for intent in first])
    assert [outcome.result for outcome in settled] == [NoticeResult.SETTLED] * 2
    assert get_gift(first[0].gift_id, LATER).state == GiftState.SETTLED
    assert get_gift(second[0].gift_id, LATER).state == GiftState.PENDING
    assert get_balance(AccountKind.PROJECT, project.id) == 700


def test_each_request_has_its_own_answer_and_a_replay_the_first(plain):
    request = ask(make_project().id)
    [intent], _ = tick(plain, [request], [])
    assert isinstance(intent, IntentOutcome)
    answers, _ = tick(
        plain,
        [request, request._replace(amount_minor=1), request._replace(amount_minor=0), ask(request.project_id)],
        [],
    )
    assert answers[0] == intent._replace(replayed=True)
    assert isinstance(answers[1], IdempotencyConflict)
    assert isinstance(answers[2], AmountTooSmall)
    assert not answers[3].replayed


def test_a_request_from_before_keys_began_with_a_time_still_finds_its_order(plain):
    """The migration moves every key into time order, hash and all."""
    request = ask(make_project().id)
    (intent,), _ = tick(plain, [request], [])
    (key,) = compute_request_keys([request.donor_id.bytes], [request.idempotency_key])
    old = hashed_id(
        blake2b(b"order" + request.donor_id.bytes + request.idempotency_key.encode(), digest_size=16).digest()
    )
    with plain.transaction():
        plain.execute("SET LOCAL session_replication_role = replica")
        plain.execute("UPDATE payments_order SET request_key = %s", [old])
    assert UUID(bytes=key) != old
    with plain.transaction():
        plain.execute(import_module("redflower.domains.donations.migrations.0007_request_keys_in_time_order").REKEY)
    assert plain.execute("SELECT request_key FROM payments_order").fetchall() == [(UUID(bytes=key),)]
    assert tick(plain, [request], [])[0] == [intent._replace(replayed=True)]


def test_keys_of_those_who_come_together_lie_together():
    donors = [id_at(1_790_000_000_000 + n).bytes for n in range(50)]
    keys = compute_request_keys(donors, ["one"] * 50)
    assert keys == sorted(keys)
    assert len({*keys, *compute_request_keys(donors, ["two"] * 50)}) == 100


def test_a_crowd_is_settled_by_columns_as_one_by_one_and_the_books_add_up(plain):
    """Enough rows for COPY; donors who give twice, replays, a conflict, notices sent three times, a draw behind it."""
    festival = make_festival(presets=("random-2018", "surprise-2024"))
    projects, donors = [make_project().id for _ in range(3)], [make_donor() for _ in range(12)]
    requests = [ask(projects[n % 3], donors[n % 12], 100 + n) for n in range(40)]
    intents, _ = tick(plain, requests, [], NOON)
    again, settled = tick(
        plain,
        [*requests[:15], requests[15]._replace(amount_minor=1), ask(projects[0], donors[0])],
        [notice(intent, payer_id=f"payer {n % 5}") for n, intent in enumerate(intents[:30])] * 3,
    )
    assert again[:15] == [intent._replace(replayed=True) for intent in intents[:15]]
    assert isinstance(again[15], IdempotencyConflict)
    assert [outcome.result for outcome in settled] == [NoticeResult.SETTLED] * 30 + [NoticeResult.REPLAYED] * 60
    _, late = tick(plain, [], [notice(intent) for intent in intents])
    assert [outcome.result for outcome in late] == [NoticeResult.REPLAYED] * 30 + [NoticeResult.SETTLED] * 10
    assert sum(get_balance(AccountKind.PROJECT, each) for each in projects) == sum(r.amount_minor for r in requests)
    assert count_flowers(donors) == 12
    assert draw_due_slices(festival, "Asia/Shanghai", LATER + timedelta(minutes=1)) > 0
    audited = [found for found in INVARIANTS if not found.code.startswith(("insights.", "proofs."))]
    assert {found.code: count for found in audited if (count := found.count_differences())} == {}

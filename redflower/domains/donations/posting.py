"""Making and writing gifts by the list, and what a settled gift moves in the ledger."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import compress
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from redflower.domains.donations import errors, rules
from redflower.domains.donations.rules import GivingPolicy
from redflower.domains.donations.types import AskedGift, GiftColumns, GiftRequest, IntentOutcome, ShownAs
from redflower.domains.ledger.rules import account_id, account_ids
from redflower.domains.ledger.types import AccountKind, Asset, ClaimedTransfers, NewTransfer, Phase
from redflower.domains.payments.errors import IdempotencyConflict
from redflower.domains.payments.posting import look_for_orders, record_orders
from redflower.domains.payments.rules import compute_request_keys
from redflower.domains.payments.types import NewOrders
from redflower.domains.projects.errors import ProjectNotFound
from redflower.domains.projects.posting import load_standings
from redflower.domains.projects.rules import compute_openness
from redflower.domains.projects.types import Openness, ProjectStanding
from redflower.kernel.errors import Refusal
from redflower.kernel.ids import derive_id, derive_ids, ids_at, millisecond_of, read_ids
from redflower.kernel.money import CNY
from redflower.plumbing.columns import UuidArray
from redflower.plumbing.rows import Same, read_rows, write_rows

Connection = psycopg.Connection[Any]


class AwaitedGift(NamedTuple):
    """A gift with the order its payment must match, and what later rooms need to know of it; ids as their 16 bytes.
    Units: fen."""

    id: bytes
    donor_id: bytes
    project_id: bytes
    made_at: datetime
    provider: str
    amount_minor: int
    currency: str
    is_captured: bool


def make_gifts(
    conn: Connection, requests: Sequence[GiftRequest], provider: str, policy: GivingPolicy, now: datetime
) -> list[IntentOutcome | Refusal]:
    """Writes the durable intent of a list of gifts: an order for the provider and the gift it will pay.

    Needs: an open transaction; waits for another one that is writing the same (donor, idempotency key).
    Shape: one answer per request, in order; a refused request does not hold up the others.
    Errors, per request: those of `rules.check_gift`, ProjectNotFound, ProjectNotOpen, IdempotencyConflict. Raised: Overtaken,
    when that other one commits; the second time is a replay.
    Replay: the same (donor, idempotency key) and content is answered with the first gift.
    """
    answers: dict[int, IntentOutcome | Refusal] = {**rules.find_refused(requests)}  # by place
    places, gifts = _lay_out(requests, answers)
    keys = compute_request_keys(gifts.donor_ids, gifts.keys)
    looked = look_for_orders(conn, keys)
    asked = set(gifts.project_ids)
    standings = load_standings(conn, asked)
    closed = {each: refusal for each in asked if (refusal := _refuse_project(standings.get(each), now))}
    if closed:
        answers |= {
            place: closed[each] for place, each in zip(places, gifts.project_ids, strict=True) if each in closed
        }
        places, gifts = _lay_out(requests, answers)
        keys = compute_request_keys(gifts.donor_ids, gifts.keys)
    if places:
        titles = [standings[each].title_zh for each in gifts.project_ids]
        answers.update(zip(places, _record(conn, gifts, keys, titles, looked, provider, policy, now), strict=True))
    return [answers[place] for place in range(len(requests))]


def _lay_out(requests: Sequence[GiftRequest], answered: Container[int]) -> tuple[list[int], GiftColumns]:
    """The places of those that have no answer yet, and what they ask for."""
    places = [place for place in range(len(requests)) if place not in answered]
    if not places:
        return places, GiftColumns(*([],) * len(GiftColumns._fields))
    keys, donors, projects, *rest = zip(*[requests[place] for place in places], strict=True)
    return places, GiftColumns(keys, [each.bytes for each in donors], [each.bytes for each in projects], *rest)


def _record(
    conn: Connection,
    gifts: GiftColumns,
    keys: Sequence[bytes],
    titles: Sequence[str],
    looked: "psycopg.Cursor[Any]",
    provider: str,
    policy: GivingPolicy,
    now: datetime,
) -> list[IntentOutcome | Refusal]:
    ids = ids_at(millisecond_of(now), len(keys))
    expires_at = now + timedelta(minutes=policy.order_minutes)
    hashes = rules.compute_request_hashes(gifts)
    known = record_orders(
        conn, NewOrders(ids, keys, hashes, gifts.amounts, titles, provider, CNY, now, expires_at), looked
    )
    answers: list[IntentOutcome | Refusal] = [
        IntentOutcome(gift_id, amount_minor, expires_at, False)
        for gift_id, amount_minor in zip(read_ids(ids), gifts.amounts, strict=True)
    ]
    for place, order in known.items():
        answers[place] = (
            IntentOutcome(UUID(bytes=order.id), order.amount_minor, order.expires_at, True)
            if order.request_hash == hashes[place]
            else IdempotencyConflict()
        )
    if known:
        is_new = [place not in known for place in range(len(keys))]
        ids, gifts = [*compress(ids, is_new)], GiftColumns._make([*compress(column, is_new)] for column in gifts)
    if ids:
        record_gifts(conn, ids, gifts, policy, now)
    return answers


def _refuse_project(project: ProjectStanding | None, now: datetime) -> Refusal | None:
    openness = compute_openness(project, now) if project else Openness.UNLISTED
    if project is None or openness == Openness.UNLISTED:
        return ProjectNotFound()
    return None if openness == Openness.OPEN else errors.ProjectNotOpen(title=project.title_zh)


def record_gifts(
    conn: Connection, ids: Sequence[bytes], gifts: GiftColumns, policy: GivingPolicy, now: datetime
) -> None:
    """Writes checked gifts beside their orders.

    Needs: the orders of the same ids in the same transaction.
    """
    anonymous = ShownAs.ANONYMOUS.value
    states = {message: rules.moderate_message(message, policy.held_words) for message in set(gifts.messages)}
    write_rows(
        conn,
        "donations_gift",
        {
            "id": ("uuid", ids),
            "donor_id": ("uuid", gifts.donor_ids),
            "project_id": ("uuid", gifts.project_ids),
            "amount_minor": ("bigint", gifts.amounts),
            "shown_as": ("text", gifts.ways),
            "shown_name": (
                "text",
                ["" if way == anonymous else name.strip() for way, name in zip(gifts.ways, gifts.names, strict=True)],
            ),
            "message": ("text", [message.strip() for message in gifts.messages]),
            "message_state": ("text", [states[message] for message in gifts.messages]),
            "channel": ("text", gifts.channels),
            "made_at": ("timestamptz", Same(now)),
        },
    )


def load_gifts(conn: Connection, ids: Iterable[bytes]) -> dict[bytes, AwaitedGift]:
    """What settlement needs to know of gifts, by id; those that do not exist are left out."""
    rows = read_rows(
        conn,
        """SELECT uuid_send(o.id), uuid_send(g.donor_id), uuid_send(g.project_id), g.made_at, o.provider, o.amount_minor,
                  o.currency, c.order_id IS NOT NULL
           FROM payments_order o JOIN donations_gift g ON g.id = o.id LEFT JOIN payments_capture c ON c.order_id = o.id
           WHERE o.id = ANY(%s::uuid[])""",
        [UuidArray(ids)],
    )
    return {row[0]: AwaitedGift._make(row) for row in rows}


def plan_gift_transfers(ids: Sequence[bytes], projects: Sequence[bytes], amounts: Sequence[int]) -> ClaimedTransfers:
    """Settled gifts move their amounts from their projects' donors to the projects. Shape: a column each."""
    accounts = {each: _accounts_of(each) for each in set(projects)}
    sides = [accounts[each] for each in projects]
    return ClaimedTransfers(
        Asset.CNY, rules.GIVEN, "", derive_ids(ids, rules.GIVEN), ids, [side[0] for side in sides],
        [side[1] for side in sides], amounts,
    )  # fmt: skip


@lru_cache(maxsize=4_096)  # a busy hour gives to the same projects again and again
def _accounts_of(project: bytes) -> tuple[bytes, bytes]:
    (donors,), (receiving,) = account_ids(AccountKind.DONORS, [project]), account_ids(AccountKind.PROJECT, [project])
    return donors, receiving


@dataclass(frozen=True, slots=True)
class GiftFacts:
    """A gift with what followed it, as far as its own state needs it. Units: fen."""

    id: UUID
    project_slug: str
    amount_minor: int
    expires_at: datetime
    paid_at: datetime | None
    settled_at: datetime | None
    ended: str | None
    refunded_at: datetime | None
    refund_asked_at: datetime | None
    refund_accepted: bool | None


def load_gift_facts(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, GiftFacts]:
    """What became of gifts, by id; those that do not exist are left out."""
    rows = conn.execute(
        """SELECT g.id, p.slug, g.amount_minor, o.expires_at, c.paid_at, c.noticed_at, e.kind, r.noticed_at, k.opened_at,
                  d.is_accepted
           FROM donations_gift g JOIN projects_project p ON p.id = g.project_id JOIN payments_order o ON o.id = g.id
           LEFT JOIN payments_capture c ON c.order_id = g.id LEFT JOIN payments_end e ON e.order_id = g.id
           LEFT JOIN payments_refund r ON r.order_id = g.id AND r.status = 'done'
           LEFT JOIN donations_refund_asked a ON a.gift_id = g.id
           LEFT JOIN donations_refund_case k ON k.id = a.case_id
           LEFT JOIN donations_refund_decision d ON d.gift_id = g.id
           WHERE g.id = ANY(%s)""",
        [list(ids)],
    ).fetchall()
    return {row[0]: GiftFacts(*row) for row in rows}


# --- giving gifts back ----------------------------------------------------------------------------

RETURNED = "gift_returned"


class ReturnedGift(NamedTuple):
    """A gift on its way back, with the attempt that its promise belongs to. Units: fen."""

    id: UUID
    project_id: UUID
    amount_minor: int
    attempt: int


def load_asked_gifts(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, AskedGift]:
    """Gifts by id as far as asking for them back is concerned; those that do not exist are left out."""
    rows = conn.execute(
        """SELECT g.id, g.donor_id, g.project_id, g.amount_minor, c.paid_at, a.case_id
           FROM donations_gift g LEFT JOIN payments_capture c ON c.order_id = g.id
           LEFT JOIN donations_refund_asked a ON a.gift_id = g.id WHERE g.id = ANY(%s)""",
        [list(ids)],
    ).fetchall()
    return {row[0]: AskedGift(*row) for row in rows}


def load_returned_gifts(conn: Connection, attempts: Mapping[UUID, int]) -> list[ReturnedGift]:
    """What giving gifts back needs to know of them, in id order. Shape: gift -> attempt."""
    rows = conn.execute(
        "SELECT id, project_id, amount_minor FROM donations_gift WHERE id = ANY(%s) ORDER BY id", [list(attempts)]
    ).fetchall()
    return [ReturnedGift._make([*row, attempts[row[0]]]) for row in rows]


def plan_gift_promise(gift: ReturnedGift) -> NewTransfer:
    """Sets a gift's amount aside in its project while the provider gives it back: it cannot be spent meanwhile."""
    return NewTransfer(
        id=derive_id(gift.id, f"{RETURNED}:{gift.attempt}"),
        asset=Asset.CNY,
        kind=RETURNED,
        debit_id=account_id(AccountKind.PROJECT, gift.project_id),
        credit_id=account_id(AccountKind.DONORS, gift.project_id),
        amount=gift.amount_minor,
        subject_id=gift.id,
        phase=Phase.PENDING,
    )


def plan_gift_end(gift: ReturnedGift, is_returned: bool) -> NewTransfer:
    """The end of that promise: the gift is reversed, or stays."""
    promise = plan_gift_promise(gift)
    return replace(
        promise,
        id=derive_id(promise.id, "end"),
        phase=Phase.POST if is_returned else Phase.VOID,
        pending_id=promise.id,
        reverses_id=rules.gift_transfer_id(gift.id) if is_returned else None,
    )

"""Making and writing gifts by the list, and what a settled gift moves in the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from redflower.domains.donations import errors, rules
from redflower.domains.donations.rules import GivingPolicy
from redflower.domains.donations.types import GiftRequest, IntentOutcome, NewGift, ShownAs
from redflower.domains.ledger.rules import account_id
from redflower.domains.ledger.types import AccountKind, Asset, ClaimedTransfers
from redflower.domains.payments.errors import IdempotencyConflict
from redflower.domains.payments.posting import record_orders
from redflower.domains.payments.types import NewOrder
from redflower.domains.projects.errors import ProjectNotFound
from redflower.domains.projects.posting import load_standings
from redflower.domains.projects.rules import compute_openness
from redflower.domains.projects.types import Openness, ProjectStanding
from redflower.kernel.errors import Refusal
from redflower.kernel.ids import derive_ids, ids_at, millisecond_of
from redflower.kernel.money import CNY
from redflower.plumbing.rows import Kind, read_rows, write_rows

Connection = psycopg.Connection[Any]

_GIFT_COLUMNS: dict[str, Kind] = {  # as in NewGift
    "id": "uuid", "donor_id": "uuid", "project_id": "uuid", "amount_minor": "bigint", "shown_as": "text",
    "shown_name": "text", "message": "text", "message_state": "text", "channel": "text", "made_at": "timestamptz",
}  # fmt: skip


class SettledGift(NamedTuple):
    """A gift whose money has arrived, with what later rooms need to know of it."""

    id: UUID
    donor_id: UUID
    project_id: UUID
    amount_minor: int
    made_at: datetime


def make_gifts(
    conn: Connection, requests: Sequence[GiftRequest], provider: str, policy: GivingPolicy, now: datetime
) -> list[IntentOutcome | Refusal]:
    """Writes the durable intent of a list of gifts: an order for the provider and the gift it will pay.

    Needs: an open transaction; waits for another one that is writing the same (donor, idempotency key).
    Shape: one answer per request, in order; a refused request does not hold up the others.
    Errors, per request: those of `rules.check_gift`, ProjectNotFound, ProjectNotOpen, IdempotencyConflict.
    Replay: the same (donor, idempotency key) and content is answered with the first gift.
    """
    asked = {request.project_id for request in requests}
    standings = load_standings(conn, asked)
    projects = {project_id: _open_project(standings.get(project_id), now) for project_id in asked}
    answers: dict[int, IntentOutcome | Refusal] = {}
    orders: dict[int, NewOrder] = {}
    expires_at = now + timedelta(minutes=policy.order_minutes)
    ids = ids_at(millisecond_of(now), len(requests))
    for place, request in enumerate(requests):
        try:
            rules.check_gift(request)
        except Refusal as refusal:
            answers[place] = refusal
            continue
        project = projects[request.project_id]
        if isinstance(project, Refusal):
            answers[place] = project
        else:
            orders[place] = NewOrder(
                ids[place], str(request.donor_id), request.idempotency_key, rules.compute_request_hash(request),
                provider, request.amount_minor, CNY, project.title_zh, now, expires_at,
            )  # fmt: skip
    if orders:
        _record(conn, requests, orders, policy, now, answers)
    return [answers[place] for place in range(len(requests))]


def _record(
    conn: Connection,
    requests: Sequence[GiftRequest],
    orders: dict[int, NewOrder],
    policy: GivingPolicy,
    now: datetime,
    answers: dict[int, IntentOutcome | Refusal],
) -> None:
    standing = record_orders(conn, list(orders.values()))
    fresh: list[NewGift] = []
    for place, order in orders.items():
        stands = standing[order.actor, order.idempotency_key]
        if stands.request_hash != order.request_hash:
            answers[place] = IdempotencyConflict()
            continue
        is_new = stands.id == order.id
        answers[place] = IntentOutcome(stands.id, stands.amount_minor, stands.expires_at, replayed=not is_new)
        if is_new:
            fresh.append(_plan_gift(requests[place], order.id, policy, now))
    if fresh:
        record_gifts(conn, fresh)


def _open_project(project: ProjectStanding | None, now: datetime) -> ProjectStanding | Refusal:
    openness = compute_openness(project, now) if project else Openness.UNLISTED
    if project is None or openness == Openness.UNLISTED:
        return ProjectNotFound()
    if openness != Openness.OPEN:
        return errors.ProjectNotOpen(title=project.title_zh)
    return project


def _plan_gift(request: GiftRequest, gift_id: UUID, policy: GivingPolicy, now: datetime) -> NewGift:
    shown_as = ShownAs(request.shown_as)
    return NewGift(
        id=gift_id,
        donor_id=request.donor_id,
        project_id=request.project_id,
        amount_minor=request.amount_minor,
        shown_as=shown_as,
        shown_name="" if shown_as == ShownAs.ANONYMOUS else request.shown_name.strip(),
        message=request.message.strip(),
        message_state=rules.moderate_message(request.message, policy.held_words),
        channel=request.channel,
        made_at=now,
    )


def record_gifts(conn: Connection, gifts: Sequence[NewGift]) -> None:
    """Writes gifts beside their orders.

    Needs: the orders of the same ids in the same transaction.
    """
    columns = zip(_GIFT_COLUMNS.items(), zip(*gifts, strict=True), strict=True)
    write_rows(conn, "donations_gift", {name: (kind, values) for (name, kind), values in columns})


def load_gifts(conn: Connection, ids: Sequence[UUID]) -> list[SettledGift]:
    """What settlement needs to know of gifts, in id order."""
    rows = read_rows(
        conn,
        "SELECT id, donor_id, project_id, amount_minor, made_at FROM donations_gift WHERE id = ANY(%s) ORDER BY id",
        [list(ids)],
    )
    return [SettledGift(*row) for row in rows]


def plan_gift_transfers(gifts: Sequence[SettledGift]) -> ClaimedTransfers:
    """A settled gift moves its amount from the project's donors to the project."""
    projects = {gift.project_id for gift in gifts}
    donors = {each: account_id(AccountKind.DONORS, each).bytes for each in projects}
    receiving = {each: account_id(AccountKind.PROJECT, each).bytes for each in projects}
    ids = [gift.id.bytes for gift in gifts]
    return ClaimedTransfers(
        Asset.CNY,
        "gift",
        "",
        derive_ids(ids, "gift"),
        ids,
        [donors[gift.project_id] for gift in gifts],
        [receiving[gift.project_id] for gift in gifts],
        [gift.amount_minor for gift in gifts],
    )


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


def load_gift_facts(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, GiftFacts]:
    """What became of gifts, by id; those that do not exist are left out."""
    rows = conn.execute(
        """SELECT g.id, p.slug, g.amount_minor, o.expires_at, c.paid_at, c.noticed_at, e.kind
           FROM donations_gift g JOIN projects_project p ON p.id = g.project_id JOIN payments_order o ON o.id = g.id
           LEFT JOIN payments_capture c ON c.order_id = g.id LEFT JOIN payments_end e ON e.order_id = g.id
           WHERE g.id = ANY(%s)""",
        [list(ids)],
    ).fetchall()
    return {row[0]: GiftFacts(*row) for row in rows}

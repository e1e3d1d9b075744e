"""Writes of gifts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from redflower.domains.donations import errors, posting, rules, selectors
from redflower.domains.donations.rules import GivingPolicy
from redflower.domains.donations.types import GiftRequest, IntentOutcome, MessageState, NewGift, ShownAs
from redflower.domains.payments.errors import IdempotencyConflict
from redflower.domains.payments.posting import record_orders
from redflower.domains.payments.types import NewOrder
from redflower.domains.people.selectors import check_operator
from redflower.domains.people.services import write_audit_rows
from redflower.domains.projects.errors import ProjectNotFound
from redflower.domains.projects.rules import compute_openness
from redflower.domains.projects.selectors import find_standings
from redflower.domains.projects.types import Openness, ProjectStanding
from redflower.kernel.errors import Refusal
from redflower.kernel.ids import id_at, millisecond_of
from redflower.kernel.money import CNY
from redflower.plumbing.db import command, raw_connection


@command
def make_gifts(
    requests: Sequence[GiftRequest], provider: str, policy: GivingPolicy, now: datetime
) -> list[IntentOutcome | Refusal]:
    """Writes the durable intent of a list of gifts: an order for the provider and the gift it will pay.

    Shape: one answer per request, in order; a refused request does not hold up the others.
    Errors, per request: those of `rules.check_gift`, ProjectNotFound, ProjectNotOpen, IdempotencyConflict.
    Replay: the same (donor, idempotency key) and content is answered with the first gift.
    """
    projects = find_standings({request.project_id for request in requests})
    answers: dict[int, IntentOutcome | Refusal] = {}
    orders: dict[int, NewOrder] = {}
    for place, request in enumerate(requests):
        try:
            rules.check_gift(request)
            project = _open_project(projects.get(request.project_id), now)
            orders[place] = _plan_order(request, project, provider, policy, now)
        except Refusal as refusal:
            answers[place] = refusal
    if orders:
        _record(requests, orders, policy, now, answers)
    return [answers[place] for place in range(len(requests))]


def _record(
    requests: Sequence[GiftRequest],
    orders: dict[int, NewOrder],
    policy: GivingPolicy,
    now: datetime,
    answers: dict[int, IntentOutcome | Refusal],
) -> None:
    conn = raw_connection()
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
        posting.record_gifts(conn, fresh)


def _open_project(project: ProjectStanding | None, now: datetime) -> ProjectStanding:
    openness = compute_openness(project, now) if project else Openness.UNLISTED
    if project is None or openness == Openness.UNLISTED:
        raise ProjectNotFound
    if openness != Openness.OPEN:
        raise errors.ProjectNotOpen(title=project.title_zh)
    return project


def _plan_order(
    request: GiftRequest, project: ProjectStanding, provider: str, policy: GivingPolicy, now: datetime
) -> NewOrder:
    return NewOrder(
        id=id_at(millisecond_of(now)),
        actor=str(request.donor_id),
        idempotency_key=request.idempotency_key,
        request_hash=rules.compute_request_hash(request),
        provider=provider,
        amount_minor=request.amount_minor,
        currency=CNY,
        description=project.title_zh,
        created_at=now,
        expires_at=now + timedelta(minutes=policy.order_minutes),
    )


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


@command
def moderate_messages(gift_ids: Sequence[UUID], show: bool, actor_id: UUID, now: datetime) -> int:
    """Shows or removes messages that wait for a moderator; returns how many it decided.

    Errors: OperatorNeeded.
    Replay: a message decided before keeps its first decision.
    """
    check_operator(actor_id)
    state = MessageState.SHOWN if show else MessageState.REMOVED
    rows = raw_connection().execute(
        "UPDATE donations_gift SET message_state = %s WHERE id = ANY(%s) AND message_state = 'held' RETURNING id",
        [state.value, list(gift_ids)],
    )
    decided = [row[0] for row in rows.fetchall()]
    write_audit_rows(actor_id, f"message_{state.value}", decided, {}, now)
    return len(decided)


def check_confirmation(donor_id: UUID, amount_minor: int, policy: GivingPolicy, now: datetime) -> str | None:
    """Why this donor is asked once more before this gift, or None."""
    return rules.find_confirmation_reason(amount_minor, selectors.get_history(donor_id, now), policy)

"""The fair slice draw, as pure functions of what was logged. `docs/matching.md` explains it with worked numbers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

from redflower.domains.festivals.errors import RuleSetInvalid
from redflower.domains.festivals.types import AwardReason, Decision, FestivalPhase, MatchRule, Method, TicketView
from redflower.kernel.canon import instant
from redflower.kernel.draw import draw_integers, draw_order, split_by_weight
from redflower.kernel.ids import hashed_id, hashed_ids
from redflower.kernel.merkle import root_hash

FULL_BPS = 10_000


def read_rule(code: str, version: int, body: Mapping[str, Any]) -> MatchRule:
    """Reads a rule set from its data.

    Units: fen, basis points.
    Errors: RuleSetInvalid naming the first field that is missing, of the wrong type, or out of range.
    """
    method = body.get("method")
    if method not in tuple(Method):
        raise RuleSetInvalid(field="method")
    rule = MatchRule(
        code=code,
        version=version,
        method=Method(method),
        gift_min_minor=_whole(body, "gift_min_minor", 1),
        award_min_minor=_whole(body, "award_min_minor", 1),
        award_max_minor=_whole(body, "award_max_minor", 1),
        award_max_bps=_whole_or_none(body, "award_max_bps"),
        person_day_cap_minor=_whole_or_none(body, "person_day_cap_minor"),
        weight_low=_whole(body, "weight_low", 1) if method == Method.SHARE else 1,
        weight_high=_whole(body, "weight_high", 1) if method == Method.SHARE else 1,
    )
    if rule.award_max_minor < rule.award_min_minor:
        raise RuleSetInvalid(field="award_max_minor")
    if rule.weight_high < rule.weight_low:
        raise RuleSetInvalid(field="weight_high")
    return rule


def count_slices(opens_at: datetime, closes_at: datetime, slice_seconds: int) -> int:
    """How many slices a festival has; the last one may be shorter."""
    seconds = timedelta(seconds=slice_seconds)
    return -(-(closes_at - opens_at) // seconds)


def compute_phase(
    opens_at: datetime, closes_at: datetime, slices: int, drawn_through: int, now: datetime
) -> FestivalPhase:
    """Where a festival stands at `now`."""
    if now < opens_at:
        return FestivalPhase.UPCOMING
    if now < closes_at:
        return FestivalPhase.RUNNING
    return FestivalPhase.DRAWING if drawn_through < slices - 1 else FestivalPhase.OVER


def assign_slice(
    opens_at: datetime,
    closes_at: datetime,
    slice_seconds: int,
    sealed_through: int,
    intent_at: datetime,
    paid_at: datetime,
    noticed_at: datetime,
) -> int | None:
    """The slice a gift belongs to, or None when it is not part of the festival.

    The payment time as the provider states it counts, but never earlier than our logged intent nor later than our
    logged notice. When that slice is already sealed for its draw, the gift joins the slice that is open as the notice arrives.
    """
    effective = min(max(paid_at, intent_at), noticed_at)
    if not opens_at <= effective < closes_at:
        return None
    second = timedelta(seconds=slice_seconds)
    slice_no = (effective - opens_at) // second
    if slice_no > sealed_through:
        return slice_no
    arrival = max((noticed_at - opens_at) // second, sealed_through + 1)
    return arrival if arrival < count_slices(opens_at, closes_at, slice_seconds) else None


def due_through(opens_at: datetime, slices: int, slice_seconds: int, allowance_seconds: int, now: datetime) -> int:
    """The last slice that may be drawn at `now`: its end plus the settlement allowance has passed. −1 for none."""
    elapsed = now - opens_at - timedelta(seconds=allowance_seconds)
    if elapsed < timedelta(0):
        return -1
    return min(elapsed // timedelta(seconds=slice_seconds), slices) - 1


def person_in_festival(person_id: UUID, festival_id: UUID) -> UUID:
    """The number a person draws under in one festival: the same for all their gifts in it, another in every other.

    Tickets are public, so nothing in them may follow a person from one festival to the next. The person's own id, which
    nobody outside knows, is the key.
    """
    return hashed_id(blake2b(b"festival" + festival_id.bytes, key=person_id.bytes, digest_size=16).digest())


def gifts_root(tickets: Iterable[TicketView]) -> bytes:
    """Merkle root over a slice's tickets as logged, in the order of gift ids: it fixes the input before the seed exists."""
    return root_hash([ticket_leaf(ticket) for ticket in sorted(tickets, key=lambda ticket: ticket.gift_id.int)])


def people_in_festival(person_ids: Iterable[bytes], festival_id: UUID) -> list[bytes]:
    """As `person_in_festival`, for a list; ids as their 16 bytes."""
    message = b"festival" + festival_id.bytes
    return hashed_ids([blake2b(message, key=person, digest_size=16).digest() for person in person_ids])


def ticket_leaf(ticket: TicketView) -> bytes:
    """What a slice's root commits to for one ticket: its canonical bytes, written out, for a slice has thousands."""
    return (
        f'{{"amount_minor":{ticket.amount_minor},"gift":"{ticket.gift_id}","paid_at":"{instant(ticket.paid_at)}",'
        f'"person":"{ticket.person_id}","project":"{ticket.project_id}"}}'
    ).encode()


def draw_slice(
    rule: MatchRule,
    seed: bytes,
    tickets: Sequence[TicketView],
    available_minor: int,
    already_by_person: Mapping[UUID, int],
) -> list[Decision]:
    """Decides every ticket of a slice; in draw order, refused tickets last.

    `already_by_person` is what each person was awarded by this pool on this local day in earlier slices.
    Units: fen. The decisions sum to at most `available_minor`.
    Replay: the same inputs give the same decisions, whatever the order of `tickets`.
    """
    by_gift = {ticket.gift_id: ticket for ticket in tickets}
    eligible = [ticket.gift_id for ticket in tickets if ticket.amount_minor >= rule.gift_min_minor]
    order = draw_order(seed, eligible)
    wishes = _wishes(rule, seed, [by_gift[gift_id] for gift_id in order], available_minor)
    left = available_minor
    awarded = dict(already_by_person)
    decisions = []
    for gift_id, wish in zip(order, wishes, strict=True):
        ticket = by_gift[gift_id]
        had = awarded.get(ticket.person_id, 0)
        amount, reason = _decide(rule, ticket, wish, left, had)
        left -= amount
        awarded[ticket.person_id] = had + amount
        decisions.append(Decision(gift_id, amount, reason))
    refused = sorted(by_gift.keys() - set(order), key=lambda gift_id: gift_id.bytes)
    return decisions + [Decision(gift_id, 0, AwardReason.BELOW_MINIMUM) for gift_id in refused]


def _wishes(rule: MatchRule, seed: bytes, ordered: Sequence[TicketView], available_minor: int) -> list[int]:
    """What each ticket would get before caps: a drawn size, or its share of the slice's budget."""
    ids = [ticket.gift_id for ticket in ordered]
    if rule.method == Method.LOTTERY:
        return draw_integers(seed, ids, rule.award_min_minor, rule.award_max_minor)
    chances = draw_integers(seed, ids, rule.weight_low, rule.weight_high)
    weights = [ticket.amount_minor * chance for ticket, chance in zip(ordered, chances, strict=True)]
    return split_by_weight(available_minor, weights)


def _decide(rule: MatchRule, ticket: TicketView, wish: int, left: int, had: int) -> tuple[int, AwardReason]:
    if left == 0:
        return 0, AwardReason.BUDGET_SPENT
    if wish == 0:
        return 0, AwardReason.SHARE_BELOW_ONE_FEN
    room = left if rule.person_day_cap_minor is None else max(rule.person_day_cap_minor - had, 0)
    if room == 0:
        return 0, AwardReason.PERSON_CAP_REACHED
    limits = [wish, left, room, rule.award_max_minor]
    if rule.award_max_bps is not None:
        limits.append(max(ticket.amount_minor * rule.award_max_bps // FULL_BPS, 1))
    return min(limits), AwardReason.AWARDED


def _whole(body: Mapping[str, Any], field: str, least: int) -> int:
    value = body.get(field)
    if type(value) is not int or value < least:
        raise RuleSetInvalid(field=field)
    return value


def _whole_or_none(body: Mapping[str, Any], field: str) -> int | None:
    return None if body.get(field) is None else _whole(body, field, 1)

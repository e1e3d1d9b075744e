"""The fair draw of a slice, as a pure function of what was logged. `docs/matching.md` tells it with worked numbers.

Whole columns at once: a slice has thousands of tickets. Or one: on a quiet day most slices have a single ticket, so what
costs the same for any number of them is kept small. `tests/rules/test_draw.py` says the same one ticket at a time.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from uuid import UUID

import numpy as np

from redflower.domains.festivals.rules import BONUS_MAX_BPS
from redflower.domains.festivals.types import (
    REASONS,
    TICKET,
    AwardReason,
    Column,
    Decision,
    Draw,
    MatchRule,
    Method,
    Tickets,
    TicketView,
)
from redflower.kernel.draw import draw_chance, split_by_weight
from redflower.kernel.limits import BIGINT_MAX
from redflower.kernel.merkle import root_hash

FULL_BPS = 10_000
NO_FLOWERS: Mapping[bytes, int] = MappingProxyType({})
PAGE_TICKETS = 256  # a leaf of the slice's tree
_PAGE = PAGE_TICKETS * TICKET.itemsize
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CODES = {reason: code for code, reason in enumerate(REASONS)}


def make_tickets(views: Iterable[TicketView]) -> Tickets:
    """Tickets as a slice's rows, in the order of their gifts."""
    rows = [
        (view.gift_id.bytes, view.person_id.bytes, view.project_id.bytes, view.amount_minor, micros(view.paid_at))
        for view in views
    ]
    return np.array(sorted(rows), TICKET)


def micros(at: datetime) -> int:
    """An instant as a ticket holds it: microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def gifts_root(tickets: Tickets) -> bytes:
    """Merkle root over pages of a slice's tickets as logged: it fixes the input before the seed exists."""
    rows = tickets.tobytes()
    return root_hash([rows[start : start + _PAGE] for start in range(0, len(rows), _PAGE)])


def draw_slice(
    rule: MatchRule,
    seed: bytes,
    tickets: Tickets,
    available_minor: int,
    already_by_person: Mapping[bytes, int],
    flowers: Mapping[bytes, int] = NO_FLOWERS,
) -> Draw:
    """Decides every ticket of a slice.

    `already_by_person` is what each person (16 bytes) was awarded by this pool on this local day in earlier slices;
    `flowers` what each project (16 bytes) had gathered as that day began.
    Units: fen. The amounts sum to at most `available_minor`.
    Needs: tickets in the order of their gifts.
    Replay: the same inputs give the same decisions.
    """
    numbers = np.frombuffer(draw_chance(seed, len(tickets)), ">u8").reshape(-1, 2).astype(np.uint64)
    able = (tickets["amount_minor"] >= rule.gift_min_minor).nonzero()[0]
    order = able[numbers[able, 0].argsort(kind="stable")]  # equal numbers stay in the order of gifts
    low, high = (
        (rule.award_min_minor, rule.award_max_minor)
        if rule.method == Method.LOTTERY
        else (rule.weight_low, rule.weight_high)
    )
    span = np.uint64(high - low + 1)
    chances = (numbers[order, 1] % span).astype(np.int64) + low
    boosts = boost(rule, tickets[order], numbers[order, 1] // span, flowers) if flowers else None
    wishes = chances
    if rule.method == Method.SHARE:
        weights = tickets["amount_minor"][order].astype(object) * chances
        if boosts is not None:
            weights = weights * boosts
        wishes = np.array(split_by_weight(available_minor, weights.tolist()), np.int64)
    return decide_in_order(rule, tickets, order, chances, wishes, available_minor, already_by_person, boosts)


def boost(rule: MatchRule, tickets: Tickets, numbers: Column | None, flowers: Mapping[bytes, int]) -> Column | None:
    """What flowers make of each ticket's weight and cap, in basis points of the whole; None where they change nothing.

    A number is what is left of a ticket's own chance once its weight was taken from it: its remainder by the width of the
    tier. Without numbers everybody has the middle of the tier.
    """
    if not rule.flower_tiers:
        return None
    gathered = np.array([flowers.get(project, 0) for project in tickets["project"].tolist()], np.int64)
    tier = np.searchsorted([each.flowers_from for each in rule.flower_tiers], gathered, side="right")
    least, most = (
        np.array([0, *each], np.int64)
        for each in zip(*((each.least_bps, each.most_bps) for each in rule.flower_tiers), strict=True)
    )
    if numbers is None:
        return FULL_BPS + (least + most)[tier] // 2
    return FULL_BPS + least[tier] + (numbers % (most - least + 1).astype(np.uint64)[tier]).astype(np.int64)


def decide_in_order(
    rule: MatchRule,
    tickets: Tickets,
    order: Column,
    chances: Column,
    wishes: Column,
    available_minor: int,
    already_by_person: Mapping[bytes, int],
    boosts: Column | None = None,
) -> Draw:
    """Caps what each ticket would get, in draw order, until the budget is spent."""
    limits = np.minimum(wishes, min(rule.award_max_minor, available_minor))
    if len(order) * available_minor > BIGINT_MAX:
        limits = limits.astype(object)  # sums that no machine word holds
    if rule.award_max_bps is not None:
        whole, gifts = FULL_BPS, tickets["amount_minor"][order].astype(np.int64)
        largest = int(gifts.max()) * rule.award_max_bps if len(gifts) else 0
        if boosts is not None:
            whole, largest = FULL_BPS**2, largest * (FULL_BPS + BONUS_MAX_BPS)
        if largest > BIGINT_MAX:
            gifts = gifts.astype(object)
        gifts = gifts * rule.award_max_bps
        limits = np.minimum(limits, np.maximum((gifts if boosts is None else gifts * boosts) // whole, 1))
    full = np.zeros(len(order), bool)
    if rule.person_day_cap_minor is not None and len(order):
        limits, full = _cap_people(rule.person_day_cap_minor, tickets[order], limits, already_by_person)
    spent = np.minimum(limits.cumsum(), available_minor)
    before = np.empty_like(spent)
    before[:1], before[1:] = 0, spent[:-1]
    decided = np.empty(len(order), np.uint8)
    decided.fill(_CODES[AwardReason.AWARDED])
    decided[full] = _CODES[AwardReason.PERSON_CAP_REACHED]
    decided[wishes == 0] = _CODES[AwardReason.SHARE_BELOW_ONE_FEN]
    decided[before == available_minor] = _CODES[AwardReason.BUDGET_SPENT]  # whatever else could be said
    reasons = np.empty(len(tickets), np.uint8)
    reasons.fill(_CODES[AwardReason.BELOW_MINIMUM])
    reasons[order] = decided
    amounts = np.zeros(len(tickets), np.int64)
    amounts[order] = spent - before
    return Draw(amounts, reasons, order, chances, wishes, boosts)


def _cap_people(
    cap: int, tickets: Tickets, limits: Column, already_by_person: Mapping[bytes, int]
) -> tuple[Column, Column]:
    """What each ticket gets while its person has room, and which found none; tickets in draw order."""
    people = _words(tickets)[:, 2:4]
    by_person = np.lexsort((people[:, 1], people[:, 0]))  # stable: in draw order within a person
    sorted_people, wanted = people[by_person], limits[by_person]
    first = np.concatenate(([True], (sorted_people[1:] != sorted_people[:-1]).any(axis=1)))
    starts = np.flatnonzero(first)
    group = np.cumsum(first) - 1
    had = [already_by_person.get(person, 0) for person in tickets["person"][by_person[starts]].tolist()]
    room = np.array([max(cap - each, 0) for each in had], limits.dtype)[group]
    after = np.cumsum(wanted)
    after = after - (after - wanted)[starts][group]  # of the person alone
    got_before = np.minimum(after - wanted, room)
    capped, full = np.empty_like(limits), np.empty(len(limits), bool)
    capped[by_person] = np.minimum(after, room) - got_before
    full[by_person] = room == got_before
    return capped, full


def add_awards(already_by_person: dict[bytes, int], tickets: Tickets, draw: Draw) -> None:
    """Adds what a slice gave to what its people have had that day."""
    given = draw.amounts.nonzero()[0]
    for person, amount in zip(tickets["person"][given].tolist(), draw.amounts[given].tolist(), strict=True):
        already_by_person[person] = already_by_person.get(person, 0) + amount


def list_decisions(tickets: Tickets, draw: Draw) -> list[Decision]:
    """A draw as pages tell it: in draw order, and then those that took no part."""
    left_out = np.setdiff1d(np.arange(len(tickets)), draw.order)
    return [
        Decision(UUID(bytes=gift), amount, REASONS[reason])
        for place in (draw.order, left_out)
        for gift, amount, reason in zip(
            tickets["gift"][place].tolist(), draw.amounts[place].tolist(), draw.reasons[place].tolist(), strict=True
        )
    ]


def _words(tickets: Tickets) -> Column:
    """Rows as eight numbers each: two of them are a gift, the next two a person."""
    return np.ascontiguousarray(tickets).view(">u8").reshape(-1, 8).astype(np.uint64)

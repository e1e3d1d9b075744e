"""A small pool, drawn before the reader's eyes by the rules that draw the large ones: no number is written down.

¥100 for 35 seconds, in 7 slices of 5 seconds. The gifts and the secret are those of docs/matching.md.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import zip_longest
from uuid import UUID

from redflower.domains.festivals import rules
from redflower.domains.festivals.rules import drawing
from redflower.domains.festivals.services import read_preset
from redflower.domains.festivals.types import AwardReason, Decision, MatchRule, Tickets, TicketView
from redflower.kernel import draw

BUDGET_MINOR = 100_00
SLICES, SLICE_SECONDS = 7, 5
DAY_CAP_MINOR = 8_00  # the real rule's is ¥999; a small one shows in a small example
_OPENS_AT = datetime(2026, 9, 7, 1, tzinfo=UTC)
_SECRET = b"thirty-two bytes nobody can know"
_PROJECT = UUID("01990000-0000-7000-8000-0000000000ff")


@dataclass(frozen=True, slots=True)
class Release:
    """What a slice releases, and what has been released by its end. Units: fen."""

    slice_no: int
    minor: int
    so_far_minor: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """One gift in the lottery, in draw order. Units: fen."""

    letter: str
    amount_minor: int
    size_minor: int
    left_minor: int
    award_minor: int
    reason: AwardReason


@dataclass(frozen=True, slots=True)
class Shared:
    """One gift in the share. Units: fen; chance and share are None for a gift below the minimum."""

    letter: str
    amount_minor: int
    chance: int | None
    share_minor: int | None
    award_minor: int
    reason: AwardReason


@dataclass(frozen=True, slots=True)
class Example:
    """The whole example. Units: fen."""

    releases: tuple[Release, ...]
    commitment: str
    root: str
    seed: str
    lottery: tuple[Drawn, ...]
    lottery_minor: int
    shares: tuple[Shared, ...]
    shares_minor: int
    rolls_on_minor: int
    real_cap_minor: int  # per person and day, as the rule ships


@cache
def make_example() -> Example:
    """Draws the example."""
    lottery, share = _rule("surprise-2024"), _rule("random-2018", person_day_cap_minor=DAY_CAP_MINOR)
    few = drawing.make_tickets(
        _ticket(*each)
        for each in (("A", 1, 0, 1), ("B", 10_00, 1, 2), ("C", 50_00, 2, 3), ("D", 200_00, 3, 4), ("E", 1000_00, 4, 5))
    )
    more = drawing.make_tickets(
        _ticket(*each)
        for each in (("F", 50, 5, 6), ("G", 2_00, 6, 7), ("H", 10_00, 7, 8), ("I", 12_00, 8, 9), ("J", 10_00, 9, 9))
    )
    real_cap = _rule("random-2018").person_day_cap_minor or 0
    released = [draw.released_budget(BUDGET_MINOR, SLICES, slice_no) for slice_no in range(SLICES)]
    root = drawing.gifts_root(few)
    seed = draw.slice_seed(_SECRET, 0, root)
    shares = _draw_shares(share, more, released[1])
    return Example(
        releases=tuple(
            Release(slice_no, upto - before, upto)
            for slice_no, (before, upto) in enumerate(zip([0, *released], released, strict=False))
        ),
        commitment=draw.commit_secret(_SECRET),
        root=root.hex(),
        seed=seed.hex(),
        lottery=_draw_lottery(lottery, seed, few, released[0]),
        lottery_minor=released[0],
        shares=shares,
        shares_minor=released[1],
        rolls_on_minor=released[1] - sum(each.award_minor for each in shares),
        real_cap_minor=real_cap,
    )


def _draw_lottery(rule: MatchRule, seed: bytes, tickets: Tickets, available: int) -> tuple[Drawn, ...]:
    left, drawn = available, []
    decided = drawing.draw_slice(rule, seed, tickets, available, {})
    decisions = drawing.list_decisions(tickets, decided)
    for place, size, decision in zip(decided.order.tolist(), decided.chances.tolist(), decisions, strict=True):
        amount = int(tickets["amount_minor"][place])
        drawn.append(Drawn(_letter(decision), amount, size, left, decision.amount_minor, decision.reason))
        left -= decision.amount_minor
    return tuple(drawn)


def _draw_shares(rule: MatchRule, tickets: Tickets, available: int) -> tuple[Shared, ...]:
    seed = draw.slice_seed(_SECRET, 1, drawing.gifts_root(tickets))
    decided = drawing.draw_slice(rule, seed, tickets, available, {})
    amounts = {UUID(bytes=row["gift"].item()): int(row["amount_minor"]) for row in tickets}
    drawn = zip_longest(
        drawing.list_decisions(tickets, decided), decided.chances.tolist(), decided.wishes.tolist(), fillvalue=None
    )
    return tuple(
        Shared(_letter(each), amounts[each.gift_id], chance, share, each.amount_minor, each.reason)
        for each, chance, share in drawn
    )


def _rule(code: str, **changes: int) -> MatchRule:
    preset = read_preset(code)
    return rules.read_rule(preset["code"], preset["version"], {**preset["body"], **changes})


def _ticket(letter: str, amount_minor: int, second: int, person: int) -> TicketView:
    gift = UUID(f"01990000-0000-7000-8000-0000000000{ord(letter) - ord('A') + 10:02x}")
    payer = UUID(f"01990000-0000-8000-8000-0000000000{person:02x}")
    return TicketView(gift, payer, _PROJECT, amount_minor, _OPENS_AT + timedelta(seconds=second))


def _letter(decision: Decision) -> str:
    return chr(decision.gift_id.int % 256 - 10 + ord("A"))

"""The worked numbers of docs/matching.md, computed by the code they explain.

Each function makes one table. `python -m tests.laws.worked_examples` prints them all, ready to be pasted.
"""

import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from redflower.domains.festivals import rules
from redflower.domains.festivals.rules import drawing, late
from redflower.domains.festivals.types import Decision, Draw, MatchRule, TicketView
from redflower.kernel import draw
from tests.laws.house import PACKAGE

OPENS_AT = datetime(2026, 9, 7, 1, tzinfo=UTC)  # 09:00 in Shanghai
SLICE_SECONDS = 5
SLICES = 7
CLOSES_AT = OPENS_AT + timedelta(seconds=SLICES * SLICE_SECONDS)
BUDGET = 100_00
SECRET = b"thirty-two bytes nobody can know"
PROJECT = UUID("01990000-0000-7000-8000-0000000000ff")
REASONS = {
    "awarded": "awarded",
    "below_minimum": "below the minimum",
    "person_cap_reached": "daily cap reached",
    "budget_spent": "the slice's budget is spent",
    "share_below_one_fen": "its share is below one fen",
}


def gift_id(letter: str) -> UUID:
    """The id of gift A, B, C …: 01990000-0000-7000-8000-00000000000a and so on."""
    return UUID(f"01990000-0000-7000-8000-0000000000{ord(letter) - ord('A') + 10:02x}")


def ticket(letter: str, amount_minor: int, second: int, person: int) -> TicketView:
    """A ticket of the example: one gift, paid so many seconds after opening."""
    person_id = UUID(f"01990000-0000-8000-8000-0000000000{person:02x}")
    return TicketView(gift_id(letter), person_id, PROJECT, amount_minor, OPENS_AT + timedelta(seconds=second))


LOTTERY_TICKETS = [
    ticket("A", 1, 0, 1),
    ticket("B", 10_00, 1, 2),
    ticket("C", 50_00, 2, 3),
    ticket("D", 200_00, 3, 4),
    ticket("E", 1000_00, 4, 5),
]
SHARE_TICKETS = [
    ticket("F", 50, 5, 6),
    ticket("G", 2_00, 6, 7),
    ticket("H", 10_00, 7, 8),
    ticket("I", 12_00, 8, 9),
    ticket("J", 10_00, 9, 9),
]
# The same gifts, to three projects that had gathered flowers as the day began.
BLOOM, BUD, BARE = (UUID(int=PROJECT.int + number) for number in (1, 2, 3))
FLOWERS = {BLOOM: 120, BUD: 45, BARE: 38}
BONUS_TICKETS = [
    each._replace(project_id=project)
    for each, project in zip(SHARE_TICKETS, (BLOOM, BLOOM, BLOOM, BUD, BARE), strict=True)
]
SHARE_CAP = 8_00  # the preset's cap is ¥999; a small one shows in a small example


def read_preset(code: str, **changes: int) -> MatchRule:
    """A rule set as it ships, with what the example changes."""
    preset = json.loads((PACKAGE / "domains" / "festivals" / "presets" / f"{code}.json").read_text("utf-8"))
    return rules.read_rule(preset["code"], preset["version"], {**preset["body"], **changes})


LOTTERY = read_preset("surprise-2024")
BONUS = read_preset("random-2018")
SHARE = read_preset("random-2018", person_day_cap_minor=SHARE_CAP)


def seed_of(slice_no: int, tickets: Sequence[TicketView]) -> bytes:
    """The seed of one slice of the example."""
    return draw.slice_seed(SECRET, slice_no, drawing.gifts_root(drawing.make_tickets(tickets)))


def decide(
    rule: MatchRule, slice_no: int, tickets: Sequence[TicketView], available: int
) -> tuple[Draw, list[Decision]]:
    """What a rule decides for a slice, by columns and as a list in draw order."""
    rows = drawing.make_tickets(tickets)
    drawn = drawing.draw_slice(rule, seed_of(slice_no, tickets), rows, available, {})
    return drawn, drawing.list_decisions(rows, drawn)


def draw_lottery(slice_no: int, tickets: Sequence[TicketView], available: int) -> list[Decision]:
    """What the lottery decides."""
    return decide(LOTTERY, slice_no, tickets, available)[1]


# --- the tables -----------------------------------------------------------------------------------


def table_of_release() -> str:
    """How the budget is released, slice by slice."""
    rows = []
    before = 0
    for slice_no in range(SLICES):
        released = draw.released_budget(BUDGET, SLICES, slice_no)
        rows.append([str(slice_no), yuan(released - before), yuan(released)])
        before = released
    return table(["slice", "released by it", "released so far"], rows, "lrr")


def table_of_commitments() -> str:
    """What is published before, and what follows from it."""
    root = drawing.gifts_root(drawing.make_tickets(LOTTERY_TICKETS))
    rows = [
        ["secret (kept until the pool closes)", f"`{SECRET.hex()}`"],
        ["SHA-256 of the secret (published first)", f"`{draw.commit_secret(SECRET)}`"],
        ["Merkle root of slice 0's tickets", f"`{root.hex()}`"],
        ["seed of slice 0", f"`{draw.slice_seed(SECRET, 0, root).hex()}`"],
    ]
    return table(["what", "value"], rows, "ll")


def table_of_lottery() -> str:
    """Slice 0 under `surprise-2024`."""
    available = draw.released_budget(BUDGET, SLICES, 0)
    left = available
    rows = []
    drawn, decisions = decide(LOTTERY, 0, LOTTERY_TICKETS, available)
    for place, (size, decision) in enumerate(zip(drawn.chances.tolist(), decisions, strict=True), 1):
        row = [str(place), letter(decision), yuan(amount_of(LOTTERY_TICKETS, decision)), yuan(size), yuan(left)]
        left -= decision.amount_minor
        rows.append([*row, yuan(decision.amount_minor), REASONS[decision.reason]])
    head = ["draw order", "gift", "amount", "drawn size", "left before", "award", "why"]
    return table(head, rows, "llrrrrl") + f"\nLeft in the slice: **{yuan(left)}**."


def table_of_share() -> str:
    """Slice 1 under `random-2018`, of a pool like the first one that has granted nothing yet."""
    available = draw.released_budget(BUDGET, SLICES, 1)
    drawn, decisions = decide(SHARE, 1, SHARE_TICKETS, available)
    chances, shares = drawn.chances.tolist(), drawn.wishes.tolist()
    weights = [amount_of(SHARE_TICKETS, d) * chance for d, chance in zip(decisions, chances, strict=False)]
    rows = []
    for place, decision in enumerate(decisions):
        amount = amount_of(SHARE_TICKETS, decision)
        drawn = [f"{chances[place]}", f"{weights[place]:,}", yuan(shares[place])] if place < len(shares) else ["–"] * 3
        why = REASONS[decision.reason]
        if place < len(shares) and 0 < decision.amount_minor < shares[place]:
            why = "capped at the gift itself" if decision.amount_minor == amount else "capped by the day"
        rows.append([letter(decision), yuan(amount), *drawn, yuan(decision.amount_minor), why])
    granted = sum(decision.amount_minor for decision in decisions)
    head = ["gift", "amount", "chance", "weight", "share", "award", "why"]
    told = f"Shares add up to **{yuan(sum(shares))}**, awards to {yuan(granted)}; {yuan(available - granted)} rolls on."
    return table(head, rows, "lrrrrrl") + "\n" + told


def table_of_bonus() -> str:
    """Slice 1 again, where the gifts' projects have flowers."""
    available = draw.released_budget(BUDGET, SLICES, 1)
    rows = drawing.make_tickets(BONUS_TICKETS)
    counted = {project.bytes: count for project, count in FLOWERS.items()}
    drawn = drawing.draw_slice(BONUS, seed_of(1, BONUS_TICKETS), rows, available, {}, counted)
    assert drawn.boosts is not None
    decisions = drawing.list_decisions(rows, drawn)
    project_of = {each.gift_id: each.project_id for each in BONUS_TICKETS}
    lines = []
    for place, decision in enumerate(decisions):
        amount, flowers = amount_of(BONUS_TICKETS, decision), FLOWERS[project_of[decision.gift_id]]
        told, share = ["–", "–", "–", "–"], 0
        if place < len(drawn.order):
            chance, boost, share = (int(each[place]) for each in (drawn.chances, drawn.boosts, drawn.wishes))
            most = amount * boost // drawing.FULL_BPS
            told = [f"{chance}", f"{(boost - drawing.FULL_BPS) / 100:.2f} %", yuan(most), yuan(share)]
        why = REASONS[decision.reason]
        if 0 < decision.amount_minor < share:
            why = (
                "capped at the gift and its bonus"
                if flowers >= BONUS.flower_tiers[0].flowers_from
                else "capped at the gift itself"
            )
        lines.append([letter(decision), yuan(amount), f"{flowers}", *told, yuan(decision.amount_minor), why])
    granted = sum(decision.amount_minor for decision in decisions)
    head = ["gift", "amount", "flowers", "chance", "bonus", "at most", "share", "award", "why"]
    told_sum = f"Shares add up to **{yuan(int(drawn.wishes.sum()))}**, awards to {yuan(granted)}."
    return table(head, lines, "lrrrrrrrl") + "\n" + told_sum


def table_of_late() -> str:
    """The two slices above, had they been drawn too late."""
    rows = []
    for rule, slice_no, tickets in ((LOTTERY, 0, LOTTERY_TICKETS), (SHARE, 1, SHARE_TICKETS)):
        available = draw.released_budget(BUDGET, SLICES, slice_no)
        listed = drawing.make_tickets(tickets)
        drawn = late.draw_late_slice(rule, listed, available, {})
        shares = drawn.wishes.tolist()
        for place, decision in enumerate(drawing.list_decisions(listed, drawn)):
            amount = amount_of(tickets, decision)
            share = yuan(shares[place]) if place < len(shares) else "–"
            why = REASONS[decision.reason]
            if place < len(shares) and 0 < decision.amount_minor < shares[place]:
                why = "capped at the gift itself" if decision.amount_minor == amount else "capped by the day"
            rows.append([rule.method.value, letter(decision), yuan(amount), share, yuan(decision.amount_minor), why])
    return table(["method", "gift", "amount", "share", "award", "why"], rows, "llrrrl")


def table_of_rolling() -> str:
    """A whole festival of the lottery: released, granted, rolled on, and closed."""
    gifts = {
        0: LOTTERY_TICKETS,
        2: [ticket("K", 20_00, 11, 1)],
        6: [ticket("L", 5_00, 31, 2), ticket("M", 5_00, 33, 3)],
    }
    granted = 0
    rows = []
    for slice_no in range(SLICES):
        available = draw.released_budget(BUDGET, SLICES, slice_no) - granted
        tickets = gifts.get(slice_no, [])
        given = sum(decision.amount_minor for decision in draw_lottery(slice_no, tickets, available))
        granted += given
        rows.append([str(slice_no), str(len(tickets)), yuan(available), yuan(given), yuan(available - given)])
    told = f"Funded {yuan(BUDGET)} = granted {yuan(granted)} + returned to the sponsor {yuan(BUDGET - granted)}. The pool holds **¥0**."
    return table(["slice", "gifts", "available", "granted", "rolls on"], rows, "lrrrr") + "\n" + told


def table_of_lateness() -> str:
    """Which slice a notice leads to."""
    cases = [
        ("in time", 1, 3, 4, -1),
        ("told to have been paid before it was ordered", 1, -9, 2, -1),
        ("told to be paid in the future", 1, 9, 4, -1),
        ("late, its slice still open", 1, 3, 7, -1),
        ("late, slices 0–2 are drawn", 1, 3, 21, 2),
        ("paid in the last second, told after closing, last slice not drawn", 30, 34, 36, 5),
        ("paid in the last second, told when all is drawn", 30, 34, 50, 6),
        ("paid after closing", 30, 36, 37, 5),
    ]
    rows = []
    for what, intent, paid, noticed, drawn_through in cases:
        at = [OPENS_AT + timedelta(seconds=second) for second in (intent, paid, noticed)]
        slice_no = rules.assign_slice(OPENS_AT, CLOSES_AT, SLICE_SECONDS, drawn_through, *at)
        seconds = [f"{second} s" for second in (intent, paid, noticed)]
        drawn = "–" if drawn_through < 0 else f"0–{drawn_through}"
        rows.append([what, *seconds, drawn, "no match" if slice_no is None else str(slice_no)])
    head = ["a notice that is …", "ordered", "paid", "heard of", "drawn", "slice"]
    return table(head, rows, "lrrrll")


TABLES: dict[str, Callable[[], str]] = {
    "release": table_of_release,
    "commitments": table_of_commitments,
    "lottery": table_of_lottery,
    "share": table_of_share,
    "bonus": table_of_bonus,
    "late": table_of_late,
    "rolling": table_of_rolling,
    "lateness": table_of_lateness,
}


# --- writing --------------------------------------------------------------------------------------


def yuan(fen: int) -> str:
    """¥1,234.50, to the fen."""
    return f"¥{fen // 100:,}.{fen % 100:02}"


def letter(decision: Decision) -> str:
    """Which gift of the example a decision is about."""
    return chr(decision.gift_id.int % 256 - 10 + ord("A"))


def amount_of(tickets: Sequence[TicketView], decision: Decision) -> int:
    """What was given."""
    return next(ticket.amount_minor for ticket in tickets if ticket.gift_id == decision.gift_id)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], sides: str) -> str:
    """A Markdown table; `sides` says l or r for each column."""
    lines = [head, ["---:" if side == "r" else "---" for side in sides], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def main() -> None:
    """Prints every table with the marks that stand around it in the page."""
    for name, make in TABLES.items():
        sys.stdout.write(f"<!-- worked: {name} -->\n{make()}\n<!-- /worked -->\n\n")


if __name__ == "__main__":
    main()

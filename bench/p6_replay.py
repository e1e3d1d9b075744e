"""P6: recomputing every award of a pool from what is public: tickets, rule set, secret."""

import random
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

from bench.frame import Check, Measured

WHAT = "recompute all awards of a pool from its tickets"
ALLOWED_S = 3.0  # for a million awards


def run(quick: bool) -> Measured:
    """Slices of 10,000 tickets by the shipped share rule: roots, seeds, order, weights, caps, as an auditor's machine."""
    from redflower.domains.festivals.rules import read_rule
    from redflower.domains.festivals.rules.drawing import draw_slice, gifts_root, make_tickets
    from redflower.domains.festivals.services import read_preset
    from redflower.domains.festivals.types import TicketView
    from redflower.kernel.draw import slice_seed

    awards, size = (100_000 if quick else 1_000_000), 10_000
    preset = read_preset("random-2018")
    rule = read_rule(preset["code"], preset["version"], preset["body"])
    dice, opens = random.Random(6), datetime(2026, 9, 9, 2, 0, tzinfo=UTC)

    def ticket() -> TicketView:
        at = opens + timedelta(microseconds=dice.randrange(10**9))
        ids = (UUID(int=dice.getrandbits(128)) for _ in range(3))
        return TicketView(*ids, dice.choice((100, 500, 1000, 5000)), at)

    seconds, decided = [], 0
    for _ in range(awards // size):
        views = [ticket() for _ in range(size)]
        began = time.process_time()
        tickets = make_tickets(views)
        seed = slice_seed(b"secret of the bench" * 2, 1, gifts_root(tickets))
        decided += len(draw_slice(rule, seed, tickets, 5_000_000, {}).amounts)
        seconds.append(time.process_time() - began)
    million = sum(seconds) * 1_000_000 / decided
    figures = {"awards": decided, "s_per_million": round(million, 2), "us_per_award": round(million, 3)}
    return Measured(figures, [Check("3 s ÷ seconds for a million awards, one core", ALLOWED_S / million, 1.0, 3.0)])

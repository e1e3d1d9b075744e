"""A slice that was not drawn by the moment its pool had promised: it pays what a draw would have given on average.

Who runs a site knows the secret, and could wait when a draw is not to their liking. Nothing is gained by it: after
`reveal_by` no secret is asked. `docs/matching.md` tells it with worked numbers.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np

from redflower.domains.festivals.rules.drawing import NO_FLOWERS, boost, decide_in_order
from redflower.domains.festivals.types import Draw, MatchRule, Method, Tickets
from redflower.kernel.draw import split_by_weight

USUAL_DELAY = timedelta(days=1)  # our own default, where a pool names no moment


def is_late(reveal_by: datetime | None, drawn_at: datetime) -> bool:
    """Whether a draw came after the moment that was promised; pools announced without one are never late."""
    return reveal_by is not None and drawn_at > reveal_by


def draw_late_slice(
    rule: MatchRule,
    tickets: Tickets,
    available_minor: int,
    already_by_person: Mapping[bytes, int],
    flowers: Mapping[bytes, int] = NO_FLOWERS,
) -> Draw:
    """Decides every ticket of a slice without a secret, in the order of gifts, under the rule's usual caps.

    A lottery splits evenly what its draws would have come to on average; a share splits by the gifts' amounts alone, each
    with the middle of what its project's flowers would have added.
    Units: fen. The amounts sum to at most `available_minor`.
    Needs: tickets in the order of their gifts.
    """
    order = np.flatnonzero(tickets["amount_minor"] >= rule.gift_min_minor)
    boosts = boost(rule, tickets[order], None, flowers) if flowers else None
    if rule.method == Method.LOTTERY:
        average = (rule.award_min_minor + rule.award_max_minor) // 2
        shares = split_by_weight(min(available_minor, len(order) * average), [1] * len(order))
    else:
        weights = tickets["amount_minor"][order].astype(object)
        shares = split_by_weight(available_minor, (weights if boosts is None else weights * boosts).tolist())
    chances = np.ones(len(order), np.int64)  # nobody drew anything
    return decide_in_order(
        rule, tickets, order, chances, np.array(shares, np.int64), available_minor, already_by_person, boosts
    )

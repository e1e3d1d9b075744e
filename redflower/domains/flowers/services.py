"""Writes of flowers: giving them away."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from redflower.domains.flowers import posting
from redflower.domains.flowers.types import FlowerGift
from redflower.plumbing.db import command, raw_connection, step
from redflower.plumbing.events import append_events


@command
def give_flowers(gifts: Sequence[FlowerGift], now: datetime) -> set[UUID]:
    """Gives flowers to projects' bonuses, teams and dreams, all or none; returns the ids of the gifts made now.

    Errors: TransferAmountOutOfRange, TransferConflict, BalanceTooLow.
    Replay: a gift made before, by its id, moves nothing.
    """
    given = posting.give_flowers(raw_connection(), gifts, now)
    if given:
        append_events(raw_connection(), [("flowers.given", {"gifts": [str(gift) for gift in sorted(given)]})], now)
    return given


@step
def move_flowers(gifts: Sequence[FlowerGift], now: datetime) -> set[UUID]:
    """As `give_flowers`, as a part of somebody's command that tells its own event."""
    return posting.give_flowers(raw_connection(), gifts, now)

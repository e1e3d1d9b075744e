"""Keeps the roll-ups in step with what happened."""

from uuid import UUID

from redflower.domains.insights.services import (
    add_drawn_slices,
    add_dream_grants,
    add_moves,
    add_settled_gifts,
    take_refunded_gifts,
)
from redflower.domains.ledger.types import BOOKED
from redflower.plumbing.db import command, raw_connection
from redflower.plumbing.events import Happened, follow_events

FOLLOWER = "insights"


@command
def follow_once() -> int:
    """Takes the next events into the roll-ups, together with the cursor; returns how many there were."""
    return follow_events(raw_connection(), FOLLOWER, _react)


def _react(events: list[Happened]) -> None:
    settled = [UUID(gift) for event in events if event.kind == "gifts.settled" for gift in event.facts["gifts"]]
    if settled:
        add_settled_gifts(settled)
    for event in events:
        if event.kind == "slices.drawn":
            add_drawn_slices(UUID(event.facts["festival"]), event.facts["slices"])
    booked = [UUID(each) for event in events if event.kind == BOOKED for each in event.facts["transfers"]]
    if booked:
        add_moves(booked)
    refunded = [UUID(gift) for event in events if event.kind == "gifts.refunded" for gift in event.facts["gifts"]]
    if refunded:  # after what they take off
        take_refunded_gifts(refunded)
    granted = [UUID(event.facts["dream"]) for event in events if event.kind == "dream.became_project"]
    if granted:
        add_dream_grants(granted)

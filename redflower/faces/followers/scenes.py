"""Brings flowers of bulk requests to people, pays out shared goals, and lets old nonces go."""

from datetime import timedelta
from uuid import UUID

from redflower.domains.flowers.services import hand_out_flowers
from redflower.domains.scenes.selectors.together import list_campaigns_with_goals
from redflower.domains.scenes.services.deeds import forget_nonces
from redflower.domains.scenes.services.together import grant_goals
from redflower.kernel import clock
from redflower.plumbing.db import command, raw_connection
from redflower.plumbing.events import Happened, follow_events

FOLLOWER = "scenes"
_REQUESTS_AT_ONCE = 20
_NONCE_LIFE = timedelta(hours=1)


@command
def follow_once() -> int:
    """Hands out the flowers of the next requests, together with the cursor; returns how many events there were."""
    return follow_events(raw_connection(), FOLLOWER, _react, _REQUESTS_AT_ONCE)


def _react(events: list[Happened]) -> None:
    waiting = [UUID(each.facts["request"]) for each in events if each.kind == "deeds.settled" and each.facts["in_bed"]]
    if waiting:
        hand_out_flowers(waiting, clock.now())


def tidy_once() -> int:
    """Pays out goals that have been reached and forgets old nonces; returns how many goals were granted."""
    now = clock.now()
    forget_nonces(now - _NONCE_LIFE)
    campaigns = list_campaigns_with_goals()
    return grant_goals(campaigns, now) if campaigns else 0

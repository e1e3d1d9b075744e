"""Brings flowers of bulk requests to people, pays out shared goals, and lets old nonces go."""

from datetime import UTC, datetime, timedelta
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
_EVERY = timedelta(seconds=20)  # sums over teams are not for every tick


@command
def follow_once() -> int:
    """Hands out the flowers of the next requests, together with the cursor; returns how many events there were."""
    return follow_events(raw_connection(), FOLLOWER, _react, _REQUESTS_AT_ONCE)


def _react(events: list[Happened]) -> None:
    waiting = [UUID(each.facts["request"]) for each in events if each.kind == "deeds.settled" and each.facts["in_bed"]]
    if waiting:
        hand_out_flowers(waiting, clock.now())


class Tidying:
    """What is due once in a while: goals that were reached are paid out, old nonces forgotten."""

    def __init__(self) -> None:
        self._next_at = datetime.min.replace(tzinfo=UTC)

    def tidy_once(self) -> int:
        """Does it when it is due; returns how many goals were granted."""
        now = clock.now()
        if now < self._next_at:
            return 0
        self._next_at = now + _EVERY
        forget_nonces(now - _NONCE_LIFE)
        campaigns = list_campaigns_with_goals()
        return grant_goals(campaigns, now) if campaigns else 0


tidy_once = Tidying().tidy_once

"""Lets projects be found by the name their charity has now."""

from uuid import UUID

from redflower.domains.projects.services import index_projects
from redflower.plumbing.db import command, raw_connection
from redflower.plumbing.events import Happened, follow_events

FOLLOWER = "search"


@command
def follow_once() -> int:
    """Indexes what the next events ask for, together with the cursor; returns how many events there were."""
    return follow_events(raw_connection(), FOLLOWER, _react)


def _react(events: list[Happened]) -> None:
    renamed = {UUID(event.facts["charity"]) for event in events if event.kind == "charity.changed"}
    if renamed:
        index_projects(sorted(renamed))

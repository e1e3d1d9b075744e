"""Pure decisions about projects."""

from datetime import datetime

from redflower.domains.projects import errors
from redflower.domains.projects.types import Openness, ProjectState, ProjectView


def compute_openness(project: ProjectView, now: datetime) -> Openness:
    """What a visitor may do with a project at `now`.

    A project lives only as long as its charity is published; a suspended charity pauses all it runs.
    """
    if project.state == ProjectState.PAUSED and project.charity_state in ("published", "suspended"):
        return Openness.PAUSED
    if project.state != ProjectState.PUBLISHED or project.charity_state not in ("published", "suspended"):
        return Openness.UNLISTED
    if now >= project.ends_at:
        return Openness.FINISHED
    if project.charity_state == "suspended":
        return Openness.PAUSED
    return Openness.UPCOMING if now < project.starts_at else Openness.OPEN


_MOVES = {
    ProjectState.DRAFT: {ProjectState.SUBMITTED},
    ProjectState.SUBMITTED: {ProjectState.PUBLISHED, ProjectState.RETURNED},
    ProjectState.RETURNED: {ProjectState.SUBMITTED},
    ProjectState.PUBLISHED: {ProjectState.PAUSED, ProjectState.HIDDEN},
    ProjectState.PAUSED: {ProjectState.PUBLISHED, ProjectState.HIDDEN},
    ProjectState.HIDDEN: set[ProjectState](),
}


def check_move(current: ProjectState, target: ProjectState) -> None:
    """Refuses a step the state table does not have.

    Errors: ProjectStateConflict.
    """
    if target not in _MOVES[current]:
        raise errors.ProjectStateConflict(current=current.value, target=target.value)

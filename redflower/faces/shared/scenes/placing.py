"""Putting what a shake unlocked where the person wants it."""

from datetime import datetime
from uuid import UUID

from redflower.domains.projects.selectors import find_projects_by_id
from redflower.domains.scenes.errors import ProjectNotInCampaign
from redflower.domains.scenes.services.deeds import place_money
from redflower.domains.scenes.types import CampaignView
from redflower.faces.shared.scenes.doors import donors_behind
from redflower.faces.shared.scenes.tokens import UserToken


def place(token: UserToken, deed_id: UUID, project_slug: str, campaign: CampaignView, now: datetime) -> int:
    """Sends what one deed unlocked to a project of its campaign; returns how much. Units: fen.

    Errors: ProjectNotInCampaign, NothingToPlace.
    Replay: the same placement again moves nothing.
    """
    known = find_projects_by_id(campaign.project_ids)
    project = next((each for each in known.values() if each.slug == project_slug), None)
    if project is None:
        raise ProjectNotInCampaign
    return place_money({deed_id: project.id}, donors_behind(token.partner_id, token.user), now)

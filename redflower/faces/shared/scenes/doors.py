"""The doors deeds and flowers go through, made of this instance's keys and zone. Every one of them takes a list."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

from django.conf import settings

from redflower.domains.scenes.posting.deeds import UnreadableRow
from redflower.domains.scenes.rules.judging import derive_donor_id
from redflower.domains.scenes.types import PLATFORM, DeedOutcome, ReportedDeed, ReportingPartner
from redflower.engine.config import key_for
from redflower.engine.deed_door import FOR_DONORS, FOR_SECRETS
from redflower.engine.deeds import DeedPolicy, settle_deeds
from redflower.plumbing.db import command, raw_connection


@cache
def deed_policy() -> DeedPolicy:
    """What settling deeds needs from the instance."""
    return DeedPolicy(settings.TIME_ZONE, key_for(settings.SECRET_KEY, FOR_DONORS))


def seal_key() -> bytes:
    """What shared secrets of partners are sealed with."""
    return key_for(settings.SECRET_KEY, FOR_SECRETS)


def token_key() -> bytes:
    """What user tokens are signed with."""
    return key_for(settings.SECRET_KEY, "user-token")


@command
def report_deeds(
    partner: ReportingPartner, rows: Sequence[ReportedDeed | UnreadableRow], now: datetime
) -> list[DeedOutcome]:
    """Settles a list of deeds; durable when it returns.

    Replay: as `engine.deeds.settle_deeds`.
    """
    return settle_deeds(raw_connection(), partner, rows, deed_policy(), now)


def donors_behind(partner_id: UUID, user: str) -> list[UUID]:
    """The donors a reported user is: one of the platform's own, or the one derived for a partner's."""
    if partner_id == PLATFORM:
        return [UUID(user)]
    return [derive_donor_id(partner_id, user, deed_policy().salt)]

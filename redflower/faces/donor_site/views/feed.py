"""What has just happened: public gifts with the matches they drew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from redflower.domains.donations.types import GiftView, ShownAs
from redflower.domains.festivals.selectors import list_awards_of_gifts
from redflower.faces.shared.jinja import pick


@dataclass(frozen=True, slots=True)
class FeedItem:
    """What `gift_feed` of the kit shows. Units: fen. Carries nothing that tells who an anonymous donor is."""

    name: str
    minor: int
    at: datetime
    message: str
    award_minor: int
    project: str
    project_href: str


def donor_name(gift: GiftView | None) -> str:
    """The name a donor chose to be shown by."""
    if gift is None or gift.shown_as == ShownAs.ANONYMOUS:
        return gettext("爱心人士")
    return gift.shown_name


def load_feed(gifts: Sequence[GiftView], *, with_project: bool) -> list[FeedItem]:
    """Gifts in the order given; one query for all their matches."""
    awards = list_awards_of_gifts(gift.id for gift in gifts)
    return [
        FeedItem(
            name=donor_name(gift),
            minor=gift.amount_minor,
            at=gift.settled_at or gift.made_at,
            message=gift.message,
            award_minor=sum(award.amount_minor for award in awards.get(gift.id, ())),
            project=pick(gift, "project_title") if with_project else "",
            project_href=f"/projects/{gift.project_slug}" if with_project else "",
        )
        for gift in gifts
    ]

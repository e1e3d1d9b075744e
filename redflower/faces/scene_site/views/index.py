"""All scenes: one card a campaign, with who pays and what a deed moves."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from redflower.domains.scenes.selectors.campaigns import list_open_campaigns
from redflower.domains.scenes.types import CampaignView
from redflower.faces.shared.scenes.looks import LOOKS, Look, look_of
from redflower.kernel import clock


@dataclass(frozen=True, slots=True)
class SceneCard:
    """A campaign with its kind's face and its rule in plain words."""

    campaign: CampaignView
    look: Look
    kind_name: str
    words: Sequence[str]

    @property
    def given_minor(self) -> int:
        """Units: fen."""
        return self.campaign.spent_minor


def make_card(campaign: CampaignView) -> SceneCard:
    """A campaign as pages show it, in the page's language."""
    look = look_of(campaign.kind)
    return SceneCard(campaign, look, gettext(look.name), rule_words(campaign))


def rule_words(campaign: CampaignView) -> Sequence[str]:
    """A rule in plain sentences, as published with it."""
    words = campaign.rule_body.get("words_en" if (get_language() or "").startswith("en") else "words_zh")
    return [str(each) for each in words] if isinstance(words, list) else []


@require_safe
def scenes(request: HttpRequest) -> HttpResponse:
    """Every campaign that takes deeds now, in the order of their kinds."""
    order = list(LOOKS)
    found = list_open_campaigns(clock.now())
    found.sort(key=lambda each: order.index(each.kind) if each.kind in order else len(order))
    context = {
        "cards": [make_card(campaign) for campaign in found],
        "deeds": sum(each.deeds for each in found),
        "flowers": sum(each.flowers for each in found),
        "given_minor": sum(each.spent_minor for each in found),
        "partner_url": settings.REDFLOWER_DEMO_PARTNER,
    }
    return render(request, "scene_site/scenes.html", context)

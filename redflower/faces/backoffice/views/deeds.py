"""Looking deeds up by the names their partner gave them: what they earned, what was decided, and taking it back."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from redflower.domains.scenes.rules.judging import REASONS
from redflower.domains.scenes.selectors.campaigns import find_campaigns
from redflower.domains.scenes.selectors.deeds import find_deeds_by_external_id
from redflower.domains.scenes.selectors.partners import list_partners
from redflower.faces.backoffice.access import operators_only
from redflower.faces.backoffice.console import show

_IDS_MAX, _ASKED_MAX = 100, 100_000


@operators_only
@require_safe
def deeds(request: HttpRequest) -> HttpResponse:
    """Deeds of a partner by its own ids, a line each."""
    asked = request.GET.get("ids", "")[:_ASKED_MAX]
    names = list(dict.fromkeys(line.strip() for line in asked.splitlines() if line.strip()))
    names, beyond = names[:_IDS_MAX], names[_IDS_MAX:]
    partners = list_partners()
    chosen = next((each for each in partners if str(each.id) == request.GET.get("partner")), None)
    found = find_deeds_by_external_id(chosen.id, names) if chosen else {}
    campaigns = find_campaigns({each.campaign_id for each in found.values()})
    return show(
        request,
        "scenes",
        "deeds",
        partners=partners,
        chosen=chosen,
        asked=asked,
        left_out=len(beyond) if chosen else 0,
        rows=[(found[name], campaigns[found[name].campaign_id]) for name in names if name in found],
        unknown=[name for name in names if chosen and name not in found],
        reasons={code: gettext(text) for code, text in REASONS.items()},
    )

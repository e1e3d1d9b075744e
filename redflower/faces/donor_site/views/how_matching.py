"""How matching works, told with a pool small enough to follow."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from redflower.domains.festivals.types import AwardReason
from redflower.faces.donor_site import matching_example as example
from redflower.kernel.text import N_

_REASONS = {
    AwardReason.AWARDED: N_("抽到了"),
    AwardReason.BELOW_MINIMUM: N_("不到规则的最低金额"),
    AwardReason.PERSON_CAP_REACHED: N_("到了每人每天的上限"),
    AwardReason.BUDGET_SPENT: N_("这一片的额度用完了"),
    AwardReason.SHARE_BELOW_ONE_FEN: N_("分到的不足一分"),
}


@require_safe
def how_matching(request: HttpRequest) -> HttpResponse:
    """The promise first, then a worked example."""
    context = {
        "example": example.make_example(),
        "budget_minor": example.BUDGET_MINOR,
        "cap_minor": example.DAY_CAP_MINOR,
        "slices": example.SLICES,
        "slice_seconds": example.SLICE_SECONDS,
        "reasons": {reason: gettext(words) for reason, words in _REASONS.items()},
    }
    return render(request, "donor_site/how_matching.html", context)

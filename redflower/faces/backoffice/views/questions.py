"""What visitors want to ask in public: read here, put into both languages, and published or not."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from redflower.domains.disclosures.selectors import list_waiting_askings
from redflower.domains.disclosures.services import drop_asking, publish_asking
from redflower.faces.backoffice.access import operators_only
from redflower.faces.backoffice.console import show
from redflower.faces.shared.refusals import tell
from redflower.kernel import clock
from redflower.kernel.errors import Refusal


@operators_only
def questions(request: HttpRequest) -> HttpResponse:
    """What waits to be read, the longest waiting first."""
    return show(request, "questions", "questions", askings=list_waiting_askings(), wrong=None, typed={}, error="")


@operators_only
@require_POST
def decide(request: HttpRequest, asking_id: UUID) -> HttpResponse:
    """Publishes one, or keeps it out of the public; what was typed stays when it is refused."""
    typed = {name: request.POST.get(name, "") for name in ("asked_zh", "asked_en")}
    try:
        if request.POST.get("verdict") == "publish":
            publish_asking(asking_id, typed["asked_zh"], typed["asked_en"], request.user.id, clock.now())
            messages.success(request, gettext("问题已公开，等机构回答"))
        else:
            drop_asking(asking_id, request.user.id, clock.now())
            messages.success(request, gettext("没有公开"))
    except Refusal as refusal:
        context = {"wrong": asking_id, "typed": typed, "error": tell(refusal)}
        return show(request, "questions", "questions", status=refusal.status, askings=list_waiting_askings(), **context)
    return redirect("backoffice_questions")

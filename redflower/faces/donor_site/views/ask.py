"""Asking a project something in public."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from redflower.domains.disclosures.errors import TooManyAskings
from redflower.domains.disclosures.rules import ASKING_MAX_CHARS
from redflower.domains.disclosures.selectors import list_questions
from redflower.domains.disclosures.services import ask_questions
from redflower.domains.disclosures.types import Asking
from redflower.domains.projects.selectors import get_project
from redflower.engine.limits import find_address
from redflower.faces.donor_site.give_form import fresh_key
from redflower.faces.shared.pace import FixedWindow
from redflower.faces.shared.refusals import tell
from redflower.kernel import clock
from redflower.kernel.errors import Refusal
from redflower.kernel.ids import derive_id

ASKINGS_PER_MINUTE = 3  # of one address: as many as a careful person writes
_askings = FixedWindow()


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """The form, and the word that a question has arrived; what was typed stays when it is refused.

    Sending one form twice asks once.
    Errors: ProjectNotFound.
    """
    now = clock.now()
    project = get_project(slug, now)
    text = request.POST.get("text", "").replace("\r\n", "\n")
    key = request.POST.get("key", "")[:64] or fresh_key()
    refused: Refusal | None = None
    if request.method == "POST":
        try:
            _take_turn(request)
            language = "en" if (get_language() or "").startswith("en") else "zh"
            ask_questions([Asking(derive_id(project.id, f"asking {key}"), project.id, text, language, now)])
            return HttpResponseRedirect(f"/projects/{project.slug}/ask?sent=1")
        except Refusal as refusal:
            refused = refusal
    context = {
        "project": project,
        "text": text,
        "key": key,
        "is_sent": request.GET.get("sent") == "1" and refused is None,
        "limit": ASKING_MAX_CHARS,
        "open_questions": [each for each in list_questions(project.id) if each.answered_at is None],
        "error": tell(refused) if refused else "",
    }
    return render(request, "donor_site/ask.html", context, status=refused.status if refused else 200)


def _take_turn(request: HttpRequest) -> None:
    """Counts one more question of this address.

    Errors: TooManyAskings.
    """
    forwarded = request.headers.get("X-Forwarded-For", "")
    address = find_address(request.META.get("REMOTE_ADDR", ""), forwarded, settings.REDFLOWER_PROXIES)
    wait = _askings.take(address, 1, ASKINGS_PER_MINUTE, clock.now())
    if wait:
        raise TooManyAskings(seconds=wait)

"""What only a demo shows: the inbox of every address, and the gallery of components."""

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from redflower.adapters.mail import list_letters


@require_safe
@never_cache
def inbox(request: HttpRequest) -> HttpResponse:
    """Letters the demo would have sent, the latest first, so that a visitor can read their code."""
    _only_in_a_demo()
    return render(request, "demo/inbox.html", {"letters": list_letters(Path(settings.EMAIL_FILE_PATH))})


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component in its states."""
    _only_in_a_demo()
    return render(request, "shared/gallery.html")


def _only_in_a_demo() -> None:
    if not settings.REDFLOWER_DEMO:
        raise Http404

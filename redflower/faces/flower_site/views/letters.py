"""Letters from little red flowers: to everybody who gave one, at every stage, until the dream is closed."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from redflower.domains.dreams import selectors, services
from redflower.domains.dreams.errors import LetterNotFound
from redflower.domains.people.errors import EmailInvalid
from redflower.faces.shared.purses import purses_of
from redflower.faces.shared.refusals import tell
from redflower.kernel import clock


@never_cache
@require_safe
def letters(request: HttpRequest) -> HttpResponse:
    """Every letter to this person, the newest first, and whether they want them by mail."""
    return _show(request)


def _show(request: HttpRequest, status: int = 200, **facts: str) -> HttpResponse:
    donors = purses_of(request)
    email = request.user.email if request.user.is_authenticated else ""
    context = {
        "letters": selectors.list_letters(donors) if donors else [],
        "mailed_to": selectors.find_mail_wish(donors) if donors else "",
        "email": email,
        "is_known": bool(donors),
        "error": "",
        **facts,
    }
    return render(request, "flower_site/letters.html", context, status=status)


@never_cache
@require_safe
def letter(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """One letter, for somebody it was written to; opening it marks it read.

    Errors: LetterNotFound, for everybody else too.
    """
    donors = purses_of(request)
    found = selectors.get_letter(letter_id, donors) if donors else None
    if found is None:
        raise LetterNotFound
    if not found.is_read:
        services.mark_letters_read([found.id], donors[:1], clock.now())
    return render(request, "flower_site/letter.html", {"letter": found})


@require_POST
def mail(request: HttpRequest) -> HttpResponse:
    """Begins or ends sending this person's letters by mail."""
    donors = purses_of(request)
    if request.POST.get("act") == "stop":
        services.end_mail_wish(donors)
        messages.success(request, gettext("不会再发邮件，邮箱也忘掉了"))
    elif donors:
        email = request.POST.get("email", "")
        try:
            services.wish_for_mail(donors[0], email, get_language() or "zh-hans", clock.now())
        except EmailInvalid as refusal:
            return _show(request, status=refusal.status, error=tell(refusal), email=email)
        messages.success(request, gettext("以后的来信也会发到这个邮箱"))
    return HttpResponseRedirect("/flowers/letters", status=303)

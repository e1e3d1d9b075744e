"""One dream: what it asks for and why, giving flowers to it, and asking friends to."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from redflower.domains.dreams import selectors, services
from redflower.domains.dreams.errors import RallyNotFound
from redflower.domains.dreams.rules import SENTENCE_MAX_CHARS, compute_duties
from redflower.domains.dreams.types import BallotOutcome, BallotRequest, DreamState, DreamView, WordsState
from redflower.domains.flowers.selectors import count_flowers
from redflower.domains.people.selectors import find_donor
from redflower.domains.projects.selectors import find_projects_by_id
from redflower.faces.shared.cards import answer_card
from redflower.faces.shared.causes import list_causes
from redflower.faces.shared.donor_cookie import donors_of, ensure_donor, promise_donor, remember_donor
from redflower.faces.shared.dream_words import DREAM_STATES
from redflower.faces.shared.flower_forms import read_flowers
from redflower.faces.shared.instance import giving_policy
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.purses import purses_of
from redflower.faces.shared.refusals import tell
from redflower.kernel import clock
from redflower.kernel.errors import Refusal
from redflower.kernel.ids import new_id
from redflower.kernel.limits import MESSAGE_MAX_CHARS, NAME_MAX_CHARS

_PRESETS = (1, 3, 5, 10)


@require_safe
def dream(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything about a dream, with the form to give it flowers.

    Errors: DreamNotFound.
    """
    return _show(request, selectors.get_dream(slug, clock.now()))


@require_safe
def dream_live(request: HttpRequest, slug: str) -> HttpResponse:
    """How full the flower is now; asked for every few seconds."""
    found = selectors.get_dream(slug, clock.now())
    context = {"dream": found, "page": selectors.count_givers([found.id]).get(found.id), "states": DREAM_STATES}
    return render(request, "dream_site/dream_live.html", context)


@require_safe
def share_card(request: HttpRequest, slug: str) -> HttpResponse:
    """The picture shown where a dream's address, or a friend's page for it, is shared.

    Errors: DreamNotFound.
    """
    found = selectors.get_dream(slug, clock.now())
    return answer_card(
        pick(found, "title"), pick(found, "charity_name"), found.motif, found.palette, found.picture_seed
    )


@require_POST
def give(request: HttpRequest, slug: str) -> HttpResponse:
    """Gives flowers; what is wrong is told beside the form, with what was typed."""
    found = selectors.get_dream(slug, clock.now())
    form = {name: request.POST.get(name, "") for name in ("key", "flowers", "preset", "shown_name", "words", "rally")}
    first = ensure_donor(request)
    donors = (first, *(donor for donor in purses_of(request) if donor != first))
    try:
        given = _give(found, form, donors)
    except Refusal as refusal:
        response = _show(request, found, status=refusal.status, form=form | {"key": new_id().hex}, error=tell(refusal))
    else:
        said = ngettext("送出了 {n} 朵小红花，谢谢你", "送出了 {n} 朵小红花，谢谢你", given.flowers)
        messages.success(request, said.format(n=given.flowers))
        response = HttpResponseRedirect(f"/dreams/{found.slug}?given={given.flowers}#flower", status=303)
    remember_donor(request, response, first)
    return response


def _give(found: DreamView, form: dict[str, str], donors: tuple[UUID, ...]) -> BallotOutcome:
    now = clock.now()
    asked = BallotRequest(
        key=form["key"],
        donor_ids=donors,
        dream_id=found.id,
        flowers=read_flowers(form["flowers"] or form["preset"]),
        shown_name=form["shown_name"],
        words=form["words"],
        rally_id=_find_rally(form["rally"], found.id),
    )
    [answer] = services.give_flowers([asked], giving_policy().held_words, now)
    if not isinstance(answer, BallotOutcome):
        raise answer
    if answer.is_met:
        services.decide_dreams([found.id], now)
    return answer


def _find_rally(text: str, dream_id: UUID) -> UUID | None:
    try:
        rally_id = UUID(text)
    except ValueError:
        return None
    page = selectors.find_rallies([rally_id]).get(rally_id)
    return rally_id if page and page.dream_id == dream_id else None


@require_POST
def take_back(request: HttpRequest, slug: str) -> HttpResponse:
    """Takes one's own flowers back, while the round allows it.

    Errors: DreamNotFound, BallotNotFound, WithdrawalNotAllowed.
    """
    now = clock.now()
    found, donors = selectors.get_dream(slug, now), purses_of(request)
    ballots = [each.id for each in selectors.get_ballots_of_person(donors, found.id) if each.reversed_at is None]
    if ballots and services.withdraw_ballots(ballots, donors, now):
        messages.success(request, gettext("小红花已经回到你手里"))
    return HttpResponseRedirect(f"/dreams/{found.slug}", status=303)


@require_POST
def make_rally(request: HttpRequest, slug: str) -> HttpResponse:
    """Makes a page of one's own that asks friends for flowers.

    Errors: DreamNotFound; what is wrong with the name or sentence is told beside the form.
    """
    found = selectors.get_dream(slug, clock.now())
    name, sentence = request.POST.get("rally_name", ""), request.POST.get("sentence", "")
    donor = ensure_donor(request)
    try:
        [rally_id] = services.make_rallies([(found.id, donor, name, sentence)], giving_policy().held_words, clock.now())
    except Refusal as refusal:
        facts = {"rally_error": tell(refusal), "rally_name": name, "sentence": sentence}
        response = _show(request, found, status=refusal.status, **facts)
    else:
        response = HttpResponseRedirect(f"/dreams/rally/{rally_id}", status=303)
    remember_donor(request, response, donor)
    return response


@require_safe
def rally(request: HttpRequest, rally_id: UUID) -> HttpResponse:
    """Somebody's page for a dream: who asks, why, and what has come together.

    Errors: RallyNotFound, also for a page a moderator has taken down.
    """
    page = selectors.find_rallies([rally_id]).get(rally_id)
    if page is None or page.state == WordsState.REMOVED:
        raise RallyNotFound
    is_mine = page.donor_id in donors_of(request)
    if page.state == WordsState.HELD and not is_mine:
        raise RallyNotFound
    found = selectors.find_dream(page.dream_id, clock.now())
    if found is None:
        raise Http404
    facts: dict[str, Any] = {
        "rally": page,
        "is_mine": is_mine,
        "address": f"{settings.REDFLOWER_BASE_URL}/dreams/rally/{page.id}",
    }
    return _show(request, found, template="dream_site/rally.html", **facts)


def _show(
    request: HttpRequest, found: DreamView, status: int = 200, template: str = "dream_site/dream.html", **facts: Any
) -> HttpResponse:
    now = clock.now()
    donors = purses_of(request)
    donor = find_donor(donors[0]) if donors else None
    given = selectors.get_ballots_of_person(donors, found.id) if donors else []
    told = selectors.list_told_stages([found.id]).get(found.id, {})
    closed = any(last for _, last in told.values())
    duties = (
        compute_duties(found.decided_at, found.feedback_days, {s: at for s, (at, _) in told.items()}, closed, now)
        if found.state == DreamState.GRANTED and found.decided_at
        else []
    )
    projects = find_projects_by_id([found.project_id]) if found.project_id else {}
    form = {"key": new_id().hex, "flowers": "", "preset": "1", "shown_name": donor.shown_name if donor else "", "words": ""}  # fmt: skip
    context = {
        "dream": found,
        "page": selectors.count_givers([found.id]).get(found.id),
        "states": DREAM_STATES,
        "cause": next((cause for cause in list_causes() if cause.code == found.cause), None),
        "words": selectors.list_words(found.id),
        "letters": selectors.list_dream_letters(found.id),
        "duties": duties,
        "closed": closed,
        "project": next(iter(projects.values()), None),
        "held": count_flowers(donors) if donors else 0,
        "given": sum(each.flowers for each in given if each.reversed_at is None),
        "just_given": request.GET.get("given", "").isdigit(),
        "presets": [n for n in _PRESETS if n <= found.missing],
        "words_max": MESSAGE_MAX_CHARS,
        "name_max": NAME_MAX_CHARS,
        "sentence_max": SENTENCE_MAX_CHARS,
        "form": form,
        "error": "",
        "rally": None,
        "share": f"{settings.REDFLOWER_BASE_URL}/dreams/{found.slug}",
        **facts,
    }
    response = render(request, template, context, status=status)
    promise_donor(request, response)
    patch_cache_control(response, private=True, no_cache=True)
    return response

"""Letters that wait to be read before they go to everybody who gave, and words that wait for a moderator."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from redflower.domains.dreams import selectors, services
from redflower.faces.backoffice.access import operators_only
from redflower.faces.backoffice.console import Question, ask_or_do, read_ids, show
from redflower.faces.shared.jinja import pick
from redflower.kernel import clock


@operators_only
def letters(request: HttpRequest) -> HttpResponse:
    """What authors and charities have written, and what givers have said, as far as it waits."""
    return show(
        request,
        "letters",
        "letters",
        feedback=selectors.list_feedback(waiting_only=True),
        held=selectors.list_held_words(),
    )


@operators_only
@require_POST
def review(request: HttpRequest) -> HttpResponse:
    """Publishes letters to all givers, or returns them with the reason, after showing them once more."""
    ids = read_ids(request)
    publish = request.POST.get("act") == "publish"
    chosen = [each for each in selectors.list_feedback(waiting_only=True) if each.id in set(ids)]
    question = Question(
        page="letters",
        title=gettext("把这些信寄给每一位送花的人？") if publish else gettext("请他们改一改？"),
        text=gettext("信会立刻公开，也会出现在每一位送花的人的“小红花来信”里。寄出以后不能收回。")
        if publish
        else gettext("信回到写信的人手里，他会看到你写的原因。"),
        items=[(pick(each, "title"), pick(each, "dream_title")) for each in chosen],
        button=gettext("寄出") if publish else gettext("请他们改"),
        back="/backoffice/letters/",
        needs_note=not publish,
    )

    def carry_out(note: str) -> str:
        count = services.review_feedback([each.id for each in chosen], publish, note, request.user.id, clock.now())
        return ngettext("处理了 {n} 封信", "处理了 {n} 封信", count).format(n=count)

    return ask_or_do(request, question, carry_out)


@operators_only
@require_POST
def moderate(request: HttpRequest) -> HttpResponse:
    """Shows or removes held words, after showing them once more."""
    ids = read_ids(request)
    is_shown = request.POST.get("act") == "show"
    chosen = [each for each in selectors.list_held_words() if each.id in set(ids)]
    question = Question(
        page="letters",
        title=gettext("放行这些话？") if is_shown else gettext("移除这些话？"),
        text=gettext("它们会立刻公开。") if is_shown else gettext("它们不会公开，送出的花不受影响。"),
        items=[(each.text, pick(each, "title")) for each in chosen],
        button=gettext("放行") if is_shown else gettext("移除"),
        back="/backoffice/letters/",
        is_grave=not is_shown,
    )

    def carry_out(_: str) -> str:
        count = services.moderate_words([each.id for each in chosen], is_shown, request.user.id, clock.now())
        return ngettext("处理了 {n} 条", "处理了 {n} 条", count).format(n=count)

    return ask_or_do(request, question, carry_out)

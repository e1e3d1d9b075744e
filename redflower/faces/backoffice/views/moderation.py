"""Messages that wait for a moderator."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from redflower.domains.donations.selectors import find_gifts_by_id, list_held_messages
from redflower.domains.donations.services import moderate_messages
from redflower.faces.backoffice.access import operators_only
from redflower.faces.backoffice.console import Question, ask_or_do, read_ids, show
from redflower.faces.shared.jinja import pick
from redflower.kernel import clock


@operators_only
def held_messages(request: HttpRequest) -> HttpResponse:
    """Messages with links, numbers or listed words, the oldest first."""
    return show(request, "messages", "messages", gifts=list_held_messages(clock.now()))


@operators_only
@require_POST
def moderate(request: HttpRequest) -> HttpResponse:
    """Shows or removes the chosen messages, after showing them once more."""
    ids = read_ids(request)
    is_shown = request.POST.get("act") == "show"
    question = Question(
        page="messages",
        title=gettext("放行这些留言？") if is_shown else gettext("移除这些留言？"),
        text=gettext("它们会立刻出现在项目页上，谁都能看到。")
        if is_shown
        else gettext("它们永远不会公开。捐赠本身不受影响，捐赠人自己仍能看到写过的话。"),
        items=[(gift.message, pick(gift, "project_title")) for gift in find_gifts_by_id(ids, clock.now())],
        button=gettext("放行") if is_shown else gettext("移除"),
        back="/backoffice/messages/",
        is_grave=not is_shown,
    )

    def carry_out(_: str) -> str:
        count = moderate_messages(ids, is_shown, request.user.id, clock.now())
        return ngettext("处理了 {n} 条留言", "处理了 {n} 条留言", count).format(n=count)

    return ask_or_do(request, question, carry_out)

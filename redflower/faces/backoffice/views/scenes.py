"""Partners and campaigns that wait for a second pair of eyes, deeds that are held, and stories nobody has looked at yet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from redflower.domains.flowers.services import release_deeds, reverse_deeds
from redflower.domains.scenes.rules.judging import REASONS
from redflower.domains.scenes.rules.kinds import list_kinds
from redflower.domains.scenes.selectors.campaigns import get_campaign, list_campaigns, list_items_to_moderate
from redflower.domains.scenes.selectors.deeds import find_deeds, list_held_deeds
from redflower.domains.scenes.selectors.partners import get_partner, list_partners
from redflower.domains.scenes.services import campaigns as campaigns_services
from redflower.domains.scenes.services import partners as partners_services
from redflower.domains.scenes.services.deeds import dismiss_deeds
from redflower.domains.scenes.services.together import moderate_items
from redflower.faces.backoffice.access import operators_only
from redflower.faces.backoffice.console import Question, ask_or_do, read_ids, show
from redflower.faces.backoffice.item_form import FORMS
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.scenes.looks import look_of
from redflower.kernel import clock
from redflower.kernel.text import N_

_BACK = "/backoffice/scenes/"


@dataclass(frozen=True, slots=True)
class Act:
    """What an operator may decide, how it is asked, and who carries it out."""

    title: str
    text: str
    button: str
    needs_note: bool
    is_grave: bool
    carry_out: Callable[[Sequence[UUID], str, UUID, datetime], object]


def _review_partners(publish: bool) -> Callable[[Sequence[UUID], str, UUID, datetime], object]:
    return lambda ids, note, actor, now: partners_services.review_partners(ids, publish, note, actor, now)


def _review_campaigns(publish: bool) -> Callable[[Sequence[UUID], str, UUID, datetime], object]:
    return lambda ids, note, actor, now: campaigns_services.review_campaigns(ids, publish, note, actor, now)


def _moderate(is_shown: bool) -> Callable[[Sequence[UUID], str, UUID, datetime], object]:
    return lambda ids, note, actor, now: moderate_items(ids, is_shown, note, actor, now)


def _release(ids: Sequence[UUID], note: str, actor: UUID, now: datetime) -> None:
    release_deeds(ids, note, actor, settings.TIME_ZONE, now)


_ACTS = {
    ("partners", "publish"): Act(
        N_("开通这些合作方？"), N_("它们的密钥从现在起可以上报善行。"), N_("开通"), False, False, _review_partners(True)
    ),
    ("partners", "return"): Act(
        N_("退回这些合作方？"), N_("对方会看到原因，改好后再提交。"), N_("退回"), True, True, _review_partners(False)
    ),
    ("partners", "suspend"): Act(
        N_("暂停这些合作方？"),
        N_("它们的签名立刻不再算数，已经计入的不受影响。"),
        N_("暂停"),
        True,
        True,
        partners_services.suspend_partners,
    ),
    ("partners", "resume"): Act(
        N_("恢复这些合作方？"), N_("它们又可以上报善行。"), N_("恢复"), True, False, partners_services.resume_partners
    ),
    ("campaigns", "publish"): Act(
        N_("开放这些活动？"),
        N_("出资方的预算会先记入账本，然后开始接受善行。"),
        N_("开放"),
        False,
        False,
        _review_campaigns(True),
    ),
    ("campaigns", "return"): Act(
        N_("退回这些活动？"), N_("提交的人会看到原因。"), N_("退回"), True, True, _review_campaigns(False)
    ),
    ("campaigns", "pause"): Act(
        N_("暂停这些活动？"),
        N_("立刻不再接受善行，已经收下的都还在。"),
        N_("暂停"),
        True,
        True,
        campaigns_services.pause_campaigns,
    ),
    ("campaigns", "resume"): Act(
        N_("恢复这些活动？"), N_("又可以接受善行。"), N_("恢复"), True, False, campaigns_services.resume_campaigns
    ),
    ("campaigns", "close"): Act(
        N_("结束这些活动？"),
        N_("不能再打开。没有用完的、没有放出去的，都退回出资方，正好到零。"),
        N_("结束"),
        True,
        True,
        campaigns_services.close_campaigns,
    ),
    ("items", "show"): Act(
        N_("放行这些内容？"), N_("它们会出现在活动页上。"), N_("放行"), False, False, _moderate(True)
    ),
    ("items", "remove"): Act(
        N_("移除这些内容？"), N_("它们不会公开，作者会看到原因。"), N_("移除"), True, True, _moderate(False)
    ),
    ("deeds", "release"): Act(
        N_("这些善行照常计入？"),
        N_("小红花和出资方的钱按规则、按那一天剩下的额度给出。"),
        N_("照常计入"),
        False,
        False,
        _release,
    ),
    ("deeds", "reverse"): Act(
        N_("收回这些善行得到的？"),
        N_("还在手里的小红花收回，善款退回活动或出资方。已经送出的花不追回。"),
        N_("收回"),
        True,
        True,
        reverse_deeds,
    ),
    ("deeds", "dismiss"): Act(
        N_("这些善行不计入？"), N_("它们不会得到小红花，合作方会看到原因。"), N_("不计入"), True, True, dismiss_deeds
    ),
}


@operators_only
def scenes(request: HttpRequest) -> HttpResponse:
    """Everything about scenes on one page: what waits first, then all of it."""
    campaigns = list_campaigns()
    return show(
        request,
        "scenes",
        "scenes",
        partners=list_partners(),
        campaigns=campaigns,
        items=[(item, get_campaign(item.campaign_id)) for item in list_items_to_moderate()],
        held=[(deed, get_campaign(deed.campaign_id)) for deed in list_held_deeds()],
        kinds=[(kind, gettext(look_of(kind).name)) for kind in list_kinds()],
        with_items=FORMS,
        reasons={code: gettext(text) for code, text in REASONS.items()},
        zone=settings.TIME_ZONE,
    )


@operators_only
@require_POST
def decide(request: HttpRequest, what: str) -> HttpResponse:
    """Asks once more, then decides about the chosen partners, campaigns, stories or deeds."""
    act = _ACTS.get((what, request.POST.get("act", "")))
    if act is None:
        raise BadRequest
    ids = read_ids(request)
    question = Question(
        page="scenes",
        title=gettext(act.title),
        text=gettext(act.text),
        items=_name(what, ids),
        button=gettext(act.button),
        back=_BACK,
        needs_note=act.needs_note,
        is_grave=act.is_grave,
    )

    def carry_out(note: str) -> str:
        act.carry_out(ids, note, request.user.id, clock.now())
        return ngettext("处理了 {n} 项", "处理了 {n} 项", len(ids)).format(n=len(ids))

    return ask_or_do(request, question, carry_out)


def _name(what: str, ids: Sequence[UUID]) -> list[tuple[str, str]]:
    if what == "partners":
        return [(pick(get_partner(each), "name"), "") for each in ids]
    if what == "campaigns":
        found = [get_campaign(each) for each in ids]
        return [(pick(each, "title"), pick(each, "sponsor")) for each in found]
    if what == "items":
        return [(pick(item, "title"), item.author_name) for item in list_items_to_moderate(500) if item.id in ids]
    return [(deed.external_id, gettext(REASONS[deed.reason]) if deed.reason else "") for deed in find_deeds(ids)]

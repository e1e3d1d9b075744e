"""The site's public ledger: what the log has just written, the tree it grows into, and the way to one's own gift."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from redflower.domains.festivals.selectors import list_all_pools
from redflower.domains.ledger.types import Phase
from redflower.domains.projects.rules import compute_openness
from redflower.domains.projects.selectors import find_projects_by_id
from redflower.domains.projects.types import Openness, ProjectView
from redflower.domains.proofs.errors import LogNotStarted
from redflower.domains.proofs.rules import AWARD_RETURNED, GIFT_RETURNED, add_up, is_catching_up
from redflower.domains.proofs.selectors import get_logged_totals, list_latest_entries
from redflower.domains.proofs.types import EntryKind, EntryView, LoggedTotals
from redflower.faces.donor_site.log_tree import FORKS, HEIGHT, WIDTH, Drawing, draw_tree
from redflower.faces.shared.jinja import pick
from redflower.kernel import clock
from redflower.kernel.text import N_

_LOOKED_AT = 240  # how far back the last minute is looked for
_SHOWN = 12
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as people understand it. Units: fen; `minor` is None where no money moved."""

    index: int
    icon: str
    tone: str
    title: str
    text: str
    href: str
    minor: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Minute:
    """What was booked in the last minute. Units: fen. `is_whole` is False when there was more than was looked at."""

    entries: int
    gifts: int
    given_minor: int
    matched_minor: int
    is_whole: bool


@require_safe
def public_log(request: HttpRequest) -> HttpResponse:
    """The public ledger of the whole site."""
    return render(request, "donor_site/public_log.html", _load())


@require_safe
def public_log_live(request: HttpRequest) -> HttpResponse:
    """The part of it that moves, asked for every few seconds."""
    return render(request, "donor_site/public_log_live.html", _load())


def _load() -> dict[str, Any]:
    """Everything both show, in a fixed number of queries."""
    now = clock.now()
    try:
        totals: LoggedTotals | None = get_logged_totals([])
    except LogNotStarted:
        totals = None
    size = totals.checkpoint.size if totals else 0
    entries = [entry for entry in list_latest_entries(_LOOKED_AT) if entry.index < size]
    bodies = [(entry, json.loads(entry.body)) for entry in entries]
    minute = _sum_minute(bodies, now)
    return {
        "totals": totals,
        "is_catching_up": totals is not None and is_catching_up(totals, now),
        "root": totals.checkpoint.root.hex() if totals else "",
        "tree": draw_tree(size, min(minute.entries, size)),
        "tree_words": describe_tree(draw_tree(size)),
        "box": (WIDTH, HEIGHT),
        "forks": FORKS,
        "minute": minute,
        "lines": _describe([pair for pair in bodies if _is_shown(pair[1])][:_SHOWN], now),
    }


def _is_shown(body: Mapping[str, Any]) -> bool:
    """Whether an entry is worth a line: flowers and slices come with every gift, and would push the gifts out."""
    if body["kind"] == EntryKind.AWARD:
        return bool(body["amount"])
    if body["kind"] == EntryKind.MOVES:
        return body["move"] in _MOVES and body["phase"] in (Phase.POSTED, Phase.POST)
    if body["kind"] == EntryKind.BONUS_COUNTED:
        return bool(body["projects"] > 0)
    return body["kind"] not in (EntryKind.FLOWER, EntryKind.SLICE)


# Transfers told in words: icon, tone, sentence. Flowers on their way to people come with every deed and are left out.
_MOVES = {
    "deed_money": ("hand-coins", "gold", N_("善行解锁了一笔善款")),
    "deed_placed": ("hand-coins", "gold", N_("有人把解锁的善款给了项目")),
    "goal_granted": ("flag", "gold", N_("大家一起达成目标，出资方兑现")),
    "deed_money_returned": ("undo-2", "", N_("一笔善款退回给了出资方")),
    "campaign_funded": ("coins", "gold", N_("一次活动的出资到位了")),
    "campaign_returned": ("undo-2", "", N_("活动余下的钱退回给了出资方")),
    "dream_funded": ("coins", "gold", N_("一笔梦想资金到位了")),
    GIFT_RETURNED: ("undo-2", "", N_("一笔捐赠退回给了捐赠人")),
    AWARD_RETURNED: ("undo-2", "", N_("退款的配捐退回了")),
    "flowers_given": ("sprout", "give", N_("小红花送出去了")),
    "flowers_returned": ("sprout", "", N_("小红花回到了送花的人那里")),
}


def describe_tree(tree: Drawing) -> str:
    """The tree in one sentence, for those who do not see it."""
    if not tree.size:
        return gettext("日志里还没有记录，地里只有一粒种子")
    told = " + ".join(f"{part:,}" for part in tree.whole)
    facts = {"num": tree.size, "size": f"{tree.size:,}", "forks": tree.forks, "parts": told}
    return (
        ngettext(
            "一棵树：日志里有 %(size)s 条记录，从树根到最远的记录要分 %(forks)s 次叉；由完整的子树 %(parts)s 组成",
            "一棵树：日志里有 %(size)s 条记录，从树根到最远的记录要分 %(forks)s 次叉；由完整的子树 %(parts)s 组成",
            tree.size,
        )
        % facts
    )


def _sum_minute(bodies: Sequence[tuple[EntryView, Mapping[str, Any]]], now: datetime) -> Minute:
    since = now - _MINUTE
    recent = [body for _, body in bodies if datetime.fromisoformat(body["at"]) > since]
    gifts = [body["amount"] for body in recent if body["kind"] == EntryKind.GIFT]
    matched = sum(max(added[3], 0) for body in recent for added in add_up(body))
    return Minute(len(recent), len(gifts), sum(gifts), matched, len(recent) < _LOOKED_AT)


def _describe(bodies: Sequence[tuple[EntryView, Mapping[str, Any]]], now: datetime) -> list[Line]:
    wanted = {UUID(project) for _, body in bodies if (project := _project_of(body))}
    found = find_projects_by_id(wanted).items()
    projects = {str(key): view for key, view in found if compute_openness(view, now) != Openness.UNLISTED}
    pools = {str(pool.id): pick(pool, "name") for _, pool in list_all_pools()}
    return [_line(entry, body, projects, pools) for entry, body in bodies]


def _project_of(body: Mapping[str, Any]) -> str:
    """The project an entry is about; none where it is about several."""
    if body["kind"] == EntryKind.MOVES:
        place = {"project": 2}.get(body["to"]) or {"project": 1}.get(body["from"])
        projects = {item[place] for item in body["items"]} if place else set()
        return projects.pop() if len(projects) == 1 else ""
    return body.get("project") or ""


def _line(
    entry: EntryView, body: Mapping[str, Any], projects: Mapping[str, ProjectView], pools: Mapping[str, str]
) -> Line:
    project = projects.get(_project_of(body))
    pool = pools.get(body.get("pool") or body["id"], "")
    icon, tone, title, text, minor = _tell(entry.kind, body, pool)
    return Line(
        index=entry.index,
        icon=icon,
        tone=tone,
        title=title,
        text=pick(project, "title") if project else text,
        href=f"/projects/{project.slug}/ledger" if project else "",
        minor=minor,
        at=datetime.fromisoformat(body["at"]),
    )


def _tell(kind: str, body: Mapping[str, Any], pool: str) -> tuple[str, str, str, str, int | None]:
    """An entry's icon, tone, what it is, about what, and its money."""
    match kind:
        case EntryKind.GIFT:
            return "hand-heart", "give", gettext("一笔捐赠"), "", body["amount"]
        case EntryKind.AWARD:
            return "sparkles", "gold", gettext("%(pool)s配捐") % {"pool": pool}, "", body["amount"]
        case EntryKind.POOL_ANNOUNCED:
            return "coins", "gold", gettext("一个配捐池公布了"), pool, body["amount"]
        case EntryKind.BONUS_COUNTED:
            said = ngettext("%(num)s 个项目有加成", "%(num)s 个项目有加成", body["projects"])
            told = said % {"num": format(body["projects"], ",")}
            return "sprout", "", gettext("一天开始，各项目的小红花数好了"), told, None
        case EntryKind.POOL_REVEALED:
            return "key-round", "gold", gettext("配捐池的秘密公开了"), pool, None
        case EntryKind.POOL_CLOSED:
            return "lock", "gold", gettext("配捐池归零了，余下的退回出资方"), pool, body["returned"]
        case EntryKind.RULE_SET:
            told = f"{body['code']}@{body['version']}"
            return "scale", "", gettext("一版规则公布了"), told, None
        case EntryKind.MOVES:
            icon, tone, title = _MOVES[body["move"]]
            if body["asset"] == "CNY":
                return icon, tone, gettext(title), "", body["amount"]
            return icon, tone, gettext(title), gettext("%(n)s 朵") % {"n": format(body["amount"], ",")}, None
        case EntryKind.DREAM_OPENED:
            return "sparkles", "gold", gettext("一个梦想开放了，资助已经备好"), "", body["amount"]
        case EntryKind.DREAM_GRANTED:
            return "sprout", "give", gettext("一个梦想实现了"), "", body["amount"]
        case EntryKind.DREAM_NOT_MET:
            return "sprout", "", gettext("一个梦想没有实现，花退回去"), "", None
        case EntryKind.REPORT:
            return "file-text", "", gettext("一份报告公布了"), pick(body, "title"), None
        case EntryKind.CORRECTION:
            return "file-text", "", gettext("一份更正公布了"), pick(body, "reason"), None
        case _:
            return "book-open", "", gettext("一条新记录"), str(kind), None

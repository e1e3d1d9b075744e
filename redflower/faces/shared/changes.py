"""What was changed after people could read it, told field by field."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import get_language, gettext

from redflower.domains.disclosures.types import ReportKind
from redflower.domains.organizations.types import CharityKind
from redflower.domains.people.types import ChangeKind, ChangeView
from redflower.domains.projects.types import Cause
from redflower.faces.shared import formats
from redflower.faces.shared.beacon_names import name_beacon
from redflower.faces.shared.causes import name_cause
from redflower.faces.shared.file_forms import CHARITY_KINDS
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.labels import REPORT_KINDS
from redflower.faces.shared.regions import find_region
from redflower.kernel import clock
from redflower.kernel.text import N_

_NAMES = {
    "name": N_("名称"), "kind": N_("类型"), "region": N_("地区"), "certificate_no": N_("公开募捐资格证书编号"),
    "founded_on": N_("成立日期"), "mission": N_("使命"), "palette": N_("颜色"), "title": N_("标题"),
    "summary": N_("一句话介绍"), "story": N_("项目故事"), "filing_no": N_("募捐备案编号"), "unit": N_("一份能做到的事"),
    "unit_minor": N_("一份多少钱"), "achieved": N_("做到了什么"), "cause": N_("领域"), "goal_minor": N_("筹款目标"),
    "ends_at": N_("结束日期"), "motif": N_("配图的主题"), "picture_seed": N_("配图的变化"), "budget": N_("预算"),
    "plan": N_("计划"), "body": N_("正文"), "answer": N_("回答"), "slug": N_("网址"), "brief": N_("想请大家写什么"),
    "eligible": N_("谁可以写"), "sponsor": N_("出资方"), "themes": N_("方向"), "opens_at": N_("开始收"), "closes_at": N_("收到哪天"),
    "grant_min_minor": N_("一个梦想最少"), "grant_max_minor": N_("一个梦想最多"), "fund_minor": N_("资助金"),
}  # fmt: skip
_NAMES_OF_FESTIVALS = {
    "opens_at": N_("开始"), "closes_at": N_("结束"), "slice_seconds": N_("一片多少秒"),
    "allowance_seconds": N_("等支付通知多少秒"), "beacon": N_("公共随机信标"), "pools": N_("配捐池"),
}  # fmt: skip
_LANGUAGES = {"zh": N_("{name}（中文）"), "en": N_("{name}（英文）")}

_TAGS = {"zh": "zh-Hans", "en": "en"}


class Difference(NamedTuple):
    """One field, before and after, in words; empty where there was nothing. `lang`: what it is written in, if always one."""

    name: str
    before: str
    after: str
    lang: str = ""


def describe_change(change: ChangeView, *, both_languages: bool = False) -> list[Difference]:
    """The fields of a change as people read them; the public reads those of its own language."""
    found = []
    for field, after in change.becomes.items():
        base, _, language = field.rpartition("_")
        spoken = language in _LANGUAGES
        if spoken and not both_languages and language != _language():
            continue
        names = {**_NAMES, **_NAMES_OF_FESTIVALS} if change.kind == ChangeKind.FESTIVAL else _NAMES
        name = gettext(names[base if spoken else field])
        if spoken and both_languages:
            name = gettext(_LANGUAGES[language]).format(name=name)
        before, lang = _say(change, field, change.was.get(field)), _TAGS[language] if spoken else ""
        found.append(Difference(name, before, _say(change, field, after), lang))
    return found


def _language() -> str:
    return "en" if (get_language() or "").startswith("en") else "zh"


def _say(change: ChangeView, field: str, value: Any) -> str:
    """A field's JSON value as people read it."""
    if value in (None, "", []):
        return ""
    if field == "kind":
        return str(REPORT_KINDS[ReportKind(value)].here if change.kind == ChangeKind.REPORT else _charity_kind(value))
    if change.kind == ChangeKind.FESTIVAL and field in _SAYERS_OF_FESTIVALS:
        return _SAYERS_OF_FESTIVALS[field](value)
    return _SAYERS[field](value) if field in _SAYERS else str(value)


def _charity_kind(value: str) -> str:
    return str(CHARITY_KINDS[CharityKind(value)])


def _yuan(fen: int) -> str:
    return formats.yuan(fen, _language())


def _day(text: str) -> str:
    at: date = timezone.localtime(datetime.fromisoformat(text)) if "T" in text else date.fromisoformat(text)
    return formats.day(at, _language(), timezone.localtime(clock.now()).date())


def _region(code: str) -> str:
    region = find_region(code)
    return pick(region, "name") if region else code


def _themes(codes: list[str]) -> str:
    return gettext("、").join(name_cause(Cause(code)).name for code in codes)


def _budget(lines: list[dict[str, Any]]) -> str:
    return "\n".join(f"{line[f'label_{_language()}']} {_yuan(line['amount_minor'])}" for line in lines)


def _plan(steps: list[dict[str, Any]]) -> str:
    return "\n".join(f"{_day(step['due_at'])} {step[f'text_{_language()}']}" for step in steps)


_SAYERS: dict[str, Callable[[Any], str]] = {
    "region": _region,
    "cause": lambda value: name_cause(Cause(value)).name,
    "goal_minor": _yuan,
    "unit_minor": _yuan,
    "grant_min_minor": _yuan,
    "grant_max_minor": _yuan,
    "fund_minor": _yuan,
    "themes": _themes,
    "founded_on": _day,
    "opens_at": _day,
    "closes_at": _day,
    "ends_at": _day,
    "budget": _budget,
    "plan": _plan,
}


def _moment(text: str) -> str:
    return formats.moment(
        timezone.localtime(datetime.fromisoformat(text)), _language(), timezone.localtime(clock.now()).date()
    )


def _pools(pools: list[dict[str, Any]]) -> str:
    told = gettext("{name}：{sponsor}出资 {sum}，规则 {rule}")
    return "\n".join(
        told.format(
            name=pick(pool, "name"), sponsor=pick(pool, "sponsor"), sum=_yuan(pool["budget_minor"]), rule=pool["preset"]
        )
        for pool in pools
    )


_SAYERS_OF_FESTIVALS: dict[str, Callable[[Any], str]] = {
    "opens_at": _moment,
    "closes_at": _moment,
    "beacon": name_beacon,
    "pools": _pools,
}

"""A campaign of deeds, as operators write it down: what it is called, when it is open, whose money stands behind it, by which rule."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as lazy

from redflower.domains.projects.selectors import list_projects_for_operators
from redflower.domains.scenes.selectors.partners import list_partners
from redflower.domains.scenes.types import CampaignView, Limits, NewCampaign
from redflower.faces.shared.file_forms import ask_moment, ask_text, ask_yuan, write_yuan
from redflower.faces.shared.jinja import pick
from redflower.kernel import clock

_RULE_MAX = 8_000
_LIMITS = ("person_day_flowers", "person_day_minor", "day_minor")
_TEXTS = ("title_zh", "title_en", "summary_zh", "summary_en", "sponsor_zh", "sponsor_en", "slug")


class CampaignForm(forms.Form):
    """A campaign in both languages; the rule's numbers are its data, as they will be published."""

    title_zh = ask_text(lazy("名称（中文）"), 40)
    title_en = ask_text(lazy("名称（英文）"), 80)
    summary_zh = ask_text(lazy("一句话介绍（中文）"), 200, long=True)
    summary_en = ask_text(lazy("一句话介绍（英文）"), 400, long=True)
    opens_at = ask_moment(lazy("开始"))
    closes_at = ask_moment(lazy("结束"))
    partner_id = forms.ChoiceField(
        label=lazy("在哪里"),
        required=False,
        choices=lambda: [
            ("", gettext("自己的页面，和所有合作方的应用")),
            *((str(each.id), pick(each, "name")) for each in list_partners()),
        ],
    )
    sponsor_zh = ask_text(lazy("出资方（中文）"), 60, lazy("只送小红花的活动，不用填"), required=False)
    sponsor_en = ask_text(lazy("出资方（英文）"), 120, required=False)
    budget_minor = ask_yuan(
        lazy("预算（元）"), lazy("开放的时候记入账本，从不超支，用不完的退回出资方"), required=False
    )
    project_ids = forms.MultipleChoiceField(
        label=lazy("善款或小红花去哪些项目"),
        required=False,
        choices=lambda: [
            (str(each.id), f"{pick(each, 'title')} · {pick(each, 'charity_name')}")
            for each in list_projects_for_operators("published")
        ],
    )
    person_day_flowers = forms.IntegerField(label=lazy("每人每天最多几朵"), required=False, min_value=0)
    person_day_minor = ask_yuan(lazy("每人每天的善款，最多（元）"), required=False)
    day_minor = ask_yuan(lazy("所有人每天的善款，最多（元）"), required=False)
    rule = ask_text(
        lazy("规则"),
        _RULE_MAX,
        lazy("数字以分、步、朵、秒计；words 是给大家看的话。公布以后，这一版再也不变"),
        long=True,
    )
    slug = ask_text(lazy("网址"), 60, lazy("小写英文、数字和短横线；留空就由英文名生成"), required=False)

    def clean_rule(self) -> dict[str, Any]:
        """The rule as data; what its numbers may be is the kind's to say."""
        try:
            rule = json.loads(self.cleaned_data["rule"])
        except ValueError:
            rule = None
        if not isinstance(rule, dict):
            raise forms.ValidationError(gettext("读不懂：要的是一个 JSON 对象，引号和逗号都要写全"))
        return rule

    def read(self, kind: str, rule_set_id: UUID, campaign_id: UUID | None) -> NewCampaign:
        """The campaign as the room takes it. Limits left empty, or 0 yuan, are no limits.

        Needs: a valid form.
        """
        facts = dict(self.cleaned_data)
        del facts["rule"]
        flowers, person_minor, day_minor = (facts.pop(name) for name in _LIMITS)
        partner = facts.pop("partner_id")
        facts["slug"] = facts["slug"] or slugify(facts["title_en"])[:60].strip("-")
        facts["project_ids"] = tuple(UUID(each) for each in facts["project_ids"])
        return NewCampaign(
            kind=kind,
            rule_set_id=rule_set_id,
            limits=Limits(flowers, person_minor or None, day_minor=day_minor or None),
            partner_id=UUID(partner) if partner else None,
            id=campaign_id,
            **facts,
        )

    @staticmethod
    def write(campaign: CampaignView) -> dict[str, Any]:
        """A campaign written before, as the form shows it."""
        limits = campaign.limits
        facts: dict[str, Any] = {name: getattr(campaign, name) for name in _TEXTS}
        return facts | {
            "opens_at": _local(campaign.opens_at),
            "closes_at": _local(campaign.closes_at),
            "partner_id": campaign.partner_id or "",
            "budget_minor": write_yuan(campaign.budget_minor),
            "project_ids": [str(each) for each in campaign.project_ids],
            "person_day_flowers": limits.person_day_flowers,
            "person_day_minor": _yuan(limits.person_day_minor),
            "day_minor": _yuan(limits.day_minor),
            "rule": write_rule(campaign.rule_body),
        }


def write_rule(body: dict[str, Any]) -> str:
    """A rule's data as operators read and change it."""
    return json.dumps(body, ensure_ascii=False, indent=2)


def propose_hours() -> dict[str, str]:
    """Hours for a campaign nobody has given any: from tomorrow, for thirty days."""
    tomorrow = timezone.localtime(clock.now() + timedelta(days=1)).replace(hour=0, minute=0)
    return {"opens_at": _local(tomorrow), "closes_at": _local(tomorrow + timedelta(days=30))}


def _yuan(minor: int | None) -> str:
    return "" if minor is None else write_yuan(minor)


def _local(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%dT%H:%M}"

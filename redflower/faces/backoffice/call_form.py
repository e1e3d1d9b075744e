"""A call for dreams, as operators write it down."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as lazy

from redflower.domains.dreams.types import NewCall
from redflower.faces.shared.causes import list_causes
from redflower.faces.shared.file_forms import ask_day, ask_text, ask_yuan, write_yuan

_ALL = lazy("一项都不选，就是什么方向都可以")


class CallForm(forms.Form):
    """A call, in both languages; its days are whole days of the site's time zone."""

    title_zh = ask_text(lazy("名称（中文）"), 40)
    title_en = ask_text(lazy("名称（英文）"), 80)
    brief_zh = ask_text(lazy("想请大家写什么（中文）"), 600, lazy("写给第一次提案的人：写清楚哪几件事就够"), long=True)
    brief_en = ask_text(lazy("想请大家写什么（英文）"), 1200, long=True)
    eligible_zh = ask_text(lazy("谁可以写（中文）"), 120, lazy("一句话"))
    eligible_en = ask_text(lazy("谁可以写（英文）"), 240)
    themes = forms.MultipleChoiceField(
        label=lazy("方向"), choices=lambda: [(each.code, each.name) for each in list_causes()], required=False, help_text=_ALL
    )  # fmt: skip
    opens_on = ask_day(lazy("开始收的那天"))
    closes_on = ask_day(lazy("最后一天"), lazy("这一天结束时不再收新的提案"))
    sponsor_zh = ask_text(lazy("出资方（中文）"), 60)
    sponsor_en = ask_text(lazy("出资方（英文）"), 120)
    fund_minor = ask_yuan(lazy("资助金（元）"), lazy("公布的时候记入账本，每一轮从里面留出"))
    grant_min_minor = ask_yuan(lazy("一个梦想最少（元）"))
    grant_max_minor = ask_yuan(lazy("一个梦想最多（元）"))
    slug = ask_text(lazy("网址"), 60, lazy("小写英文、数字和短横线；留空就由英文名生成"), required=False)

    def read(self) -> NewCall:
        """The call as the room takes it.

        Needs: a valid form.
        """
        facts = dict(self.cleaned_data)
        facts["slug"] = facts["slug"] or slugify(facts["title_en"])[:60].strip("-")
        facts["themes"] = tuple(facts["themes"])
        facts["opens_at"] = timezone.make_aware(datetime.combine(facts.pop("opens_on"), time.min))
        facts["closes_at"] = timezone.make_aware(datetime.combine(facts.pop("closes_on"), time(23, 59, 59)))
        return NewCall(**facts)

    @staticmethod
    def write(call: NewCall) -> dict[str, Any]:
        """A call written before, as the form shows it."""
        facts = {name: getattr(call, name, None) for name in CallForm.base_fields}
        facts |= {name: write_yuan(facts[name]) for name in ("fund_minor", "grant_min_minor", "grant_max_minor")}
        facts["opens_on"] = timezone.localtime(call.opens_at).date()
        facts["closes_on"] = timezone.localtime(call.closes_at).date()
        return facts

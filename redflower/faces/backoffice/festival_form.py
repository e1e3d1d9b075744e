"""A festival, as operators write it down: its hours, how it draws, and the pools behind it."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as lazy

from redflower.domains.festivals.rules.announcing import ALLOWANCE_SECONDS_MAX, SLICE_SECONDS_MAX
from redflower.domains.festivals.services import read_preset
from redflower.domains.festivals.services.announcing import list_beacons, list_presets
from redflower.domains.festivals.types import PlannedFestival, PlannedPool
from redflower.faces.shared.beacon_names import name_beacon
from redflower.faces.shared.file_forms import ask_moment, ask_text, ask_yuan, write_yuan

POOLS = 2  # more are written as a second festival, or by code
_POOL = ("name_zh", "name_en", "sponsor_zh", "sponsor_en", "preset", "budget_minor")
_TYPED = ("name_zh", "name_en", "sponsor_zh", "sponsor_en", "budget_minor")


def _ask_seconds(label: Any, usual: int, most: int, hint: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, initial=usual, min_value=1, max_value=most, help_text=hint)


class FestivalForm(forms.Form):
    """A festival in both languages, with one pool or two; the second is left out where nothing is typed."""

    name_zh = ask_text(lazy("名称（中文）"), 40)
    name_en = ask_text(lazy("名称（英文）"), 80)
    summary_zh = ask_text(lazy("一句话介绍（中文）"), 120)
    summary_en = ask_text(lazy("一句话介绍（英文）"), 240)
    opens_at = ask_moment(lazy("开始"))
    closes_at = ask_moment(lazy("结束"))
    slice_seconds = _ask_seconds(lazy("一片多少秒"), 5, SLICE_SECONDS_MAX, lazy("同一片里的捐赠不分先后，一起抽"))
    allowance_seconds = _ask_seconds(
        lazy("等支付通知多少秒"), 8, ALLOWANCE_SECONDS_MAX, lazy("一片结束以后，等这么久再抽")
    )
    beacon = forms.ChoiceField(
        label=lazy("公共随机信标"),
        required=False,
        choices=lambda: [
            ("", lazy("不用：种子只由秘密和名单算出")),
            *((each, name_beacon(each)) for each in list_beacons()),
        ],
        help_text=lazy("用了它，连知道秘密的人也猜不到种子；每一片要多等它几秒"),
    )
    slug = ask_text(lazy("网址"), 60, lazy("小写英文、数字和短横线；留空就由英文名生成"), required=False)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        presets = [(each, each) for each in list_presets()]
        for place in range(POOLS):
            needed = place == 0
            own: dict[str, forms.Field] = {
                "preset": forms.ChoiceField(label=lazy("规则"), choices=presets, required=needed),
                "name_zh": ask_text(lazy("名称（中文）"), 40, required=needed),
                "name_en": ask_text(lazy("名称（英文）"), 80, required=needed),
                "sponsor_zh": ask_text(lazy("出资方（中文）"), 60, required=needed),
                "sponsor_en": ask_text(lazy("出资方（英文）"), 120, required=needed),
                "budget_minor": ask_yuan(
                    lazy("额度（元）"), lazy("公布的时候记入账本，没配完的退回出资方"), required=needed
                ),
            }
            self.fields |= {f"pool{place}_{name}": field for name, field in own.items()}

    @property
    def pools(self) -> list[list[forms.BoundField]]:
        """The fields of each pool, for the template."""
        return [[self[f"pool{place}_{name}"] for name in _POOL] for place in range(POOLS)]

    @property
    def rules(self) -> list[tuple[str, list[str]]]:
        """Each rule that can be chosen, with what it says to the public."""
        said = "words_en" if (get_language() or "").startswith("en") else "words_zh"
        return [(code, read_preset(code)["body"][said]) for code in list_presets()]

    def read(self) -> PlannedFestival:
        """The festival as the room takes it.

        Needs: a valid form.
        """
        facts = dict(self.cleaned_data)
        pools = [{name: facts.pop(f"pool{place}_{name}") for name in _POOL} for place in range(POOLS)]
        facts["slug"] = facts["slug"] or slugify(facts["name_en"])[:60].strip("-")
        kept = [
            PlannedPool(**pool) for place, pool in enumerate(pools) if place == 0 or any(pool[name] for name in _TYPED)
        ]
        return PlannedFestival(**facts, pools=tuple(kept))

    @staticmethod
    def write(plan: PlannedFestival) -> dict[str, Any]:
        """A festival written before, as the form shows it."""
        facts: dict[str, Any] = {name: getattr(plan, name) for name in FestivalForm.base_fields}
        facts |= {name: _local(facts[name]) for name in ("opens_at", "closes_at")}
        for place, pool in enumerate(plan.pools[:POOLS]):
            facts |= {f"pool{place}_{name}": getattr(pool, name) for name in _POOL}
            facts[f"pool{place}_budget_minor"] = write_yuan(pool.budget_minor)
        return facts


def _local(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%dT%H:%M}"

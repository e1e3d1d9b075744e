"""The files of charities and projects, as operators fill them in: the guide of a new site and the back office share them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as lazy

from redflower.domains.organizations.types import CharityKind, CharityView, NewCharity
from redflower.domains.people.rules import REASON_MAX_CHARS
from redflower.domains.people.types import Reason
from redflower.domains.projects.types import BudgetLine, NewProject, PlanStep, ProjectView
from redflower.faces.shared.causes import list_causes
from redflower.faces.shared.picture_names import MOTIF_CHOICES, PALETTE_CHOICES
from redflower.faces.shared.refusals import tell
from redflower.faces.shared.regions import REGIONS
from redflower.kernel.errors import Refusal
from redflower.kernel.money import parse_yuan

CHARITY_KINDS = {
    CharityKind.FOUNDATION: lazy("基金会"),
    CharityKind.ASSOCIATION: lazy("社会团体"),
    CharityKind.SERVICE: lazy("社会服务机构"),
}
# Which field a refusal is about, when it does not say so itself.
_FIELD_OF_CODE = {
    "uscc_invalid": "uscc",
    "uscc_taken": "uscc",
    "charity_slug_taken": "slug",
    "project_slug_taken": "slug",
    "charity_not_published": "charity_id",
    "call_taken": "slug",
    "festival_taken": "slug",
    "campaign_slug_taken": "slug",
    "festival_hours_invalid": "closes_at",
}
# What a room calls a field that the form asks for in another way.
_ASKED_AS = {
    "starts_at": "starts_on", "ends_at": "ends_on", "goal_minor": "budget", "opens_at": "opens_on", "closes_at": "closes_on",
}  # fmt: skip
_SLUG_HINT = lazy("小写英文、数字和短横线；留空就由英文名生成")
Choices = list[tuple[str, str]]


def explain(form: forms.Form, refusal: Refusal) -> None:
    """Puts a room's refusal beside the field it is about, else above the form."""
    named = refusal.facts.get("field")
    field = (named if named in form.fields else _ASKED_AS.get(named, named)) or _FIELD_OF_CODE.get(refusal.code)
    sentence = gettext("请检查这一项") if named else tell(refusal)
    form.add_error(field if field in form.fields else None, sentence)


def _regions() -> Choices:
    english = (get_language() or "").startswith("en")
    return [(region.code, region.name_en if english else region.name_zh) for region in REGIONS]


class _Prose(forms.CharField):
    """Text whose lines end as they do everywhere else; browsers send forms with carriage returns."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)


def ask_text(
    label: Any, max_length: int, hint: Any = "", *, long: bool = False, required: bool = True
) -> forms.CharField:
    """A field for text, one line or (`long`) many; control characters are the rooms' to refuse."""
    widget = forms.Textarea if long else forms.TextInput
    return _Prose(label=label, max_length=max_length, help_text=hint, widget=widget, required=required)


def ask_day(label: Any, hint: Any = "") -> forms.DateField:
    """A field for a day."""
    return forms.DateField(label=label, help_text=hint, widget=forms.DateInput(attrs={"type": "date"}))


def ask_moment(label: Any, hint: Any = "") -> forms.DateTimeField:
    """A field for a minute of the site's time zone."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, help_text=hint, widget=widget)


class _Yuan(forms.CharField):
    """A sum typed in yuan, read as fen."""

    def clean(self, value: Any) -> int:
        text = super().clean(value)
        try:
            return parse_yuan(text) if text.strip() else 0
        except Refusal as refusal:
            raise forms.ValidationError(tell(refusal)) from None


def ask_yuan(label: Any, hint: Any = "", *, required: bool = True) -> forms.CharField:
    """A field for a sum in yuan; the form reads fen, and 0 where nothing was typed."""
    widget = forms.TextInput(attrs={"inputmode": "decimal"})
    return _Yuan(label=label, max_length=20, help_text=hint, widget=widget, required=required)


class CharityForm(forms.Form):
    """A charity's file."""

    name_zh = ask_text(lazy("机构名称（中文）"), 60, lazy("与登记证书一致"))
    name_en = ask_text(lazy("机构名称（英文）"), 120)
    slug = ask_text(lazy("网址"), 60, _SLUG_HINT, required=False)
    kind = forms.ChoiceField(label=lazy("登记类型"), choices=lambda: list(CHARITY_KINDS.items()))
    region = forms.ChoiceField(label=lazy("所在省份"), choices=_regions)
    uscc = ask_text(lazy("统一社会信用代码"), 24, lazy("18 位，社会组织以 5 开头"))
    certificate_no = ask_text(lazy("公开募捐资格证书编号"), 60, required=False)
    founded_on = ask_day(lazy("成立日期"))
    mission_zh = ask_text(lazy("使命（中文）"), 300, lazy("一两句话，说清楚为谁、做什么"), long=True)
    mission_en = ask_text(lazy("使命（英文）"), 600, long=True)
    palette = forms.ChoiceField(label=lazy("标志的颜色"), choices=PALETTE_CHOICES)

    def read(self, charity_id: UUID | None = None) -> NewCharity:
        """The file as the room takes it.

        Needs: a valid form.
        """
        facts = {name: self.cleaned_data[name] for name in CharityForm.base_fields}
        facts["slug"] = facts["slug"] or slugify(facts["name_en"])[:60].strip("-")
        return NewCharity(id=charity_id, **facts)

    @staticmethod
    def write(charity: CharityView) -> dict[str, Any]:
        """A standing file, as the form shows it."""
        return {name: getattr(charity, name) for name in CharityForm.base_fields}


class Rows(forms.Widget):
    """Lines of several inputs each, sent as one list per column; lines left empty do not count."""

    def __init__(self, columns: Sequence[str]) -> None:
        super().__init__()
        self.columns = tuple(columns)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, str]]:
        """The lines that hold something."""
        columns = [data.getlist(f"{name}_{column}") for column in self.columns]
        rows = [dict(zip(self.columns, row, strict=True)) for row in zip(*columns, strict=False)]
        return [row for row in rows if any(value.strip() for value in row.values())]


class RowsField(forms.Field):
    """A list of lines, each read by one function."""

    def __init__(self, columns: Sequence[str], read: Callable[[Mapping[str, str]], Any], **options: Any) -> None:
        super().__init__(widget=Rows(columns), **options)
        self._read = read

    def clean(self, value: list[dict[str, str]]) -> tuple[Any, ...]:
        """The lines as values.

        Errors: ValidationError naming the first line that cannot be read.
        """
        if not value:
            raise forms.ValidationError(gettext("至少写一行"))
        lines = []
        for place, row in enumerate(value, start=1):
            try:
                lines.append(self._read(row))
            except Refusal as refusal:
                raise forms.ValidationError(_of_line(place, tell(refusal))) from None
            except ValueError:
                raise forms.ValidationError(_of_line(place, gettext("每一格都要填，日期写成 2026-09-09"))) from None
        return tuple(lines)


def _of_line(place: int, sentence: str) -> str:
    return gettext("第 {place} 行：{sentence}").format(place=place, sentence=sentence)


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("empty")
    return text.strip()


def _budget_line(row: Mapping[str, str]) -> BudgetLine:
    return BudgetLine(_filled(row["zh"]), _filled(row["en"]), parse_yuan(row["yuan"]))


def _plan_step(row: Mapping[str, str]) -> PlanStep:
    return PlanStep(_filled(row["zh"]), _filled(row["en"]), _local(date.fromisoformat(row["day"]), time(12)))


def _local(day: date, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, at))


class ProjectForm(forms.Form):
    """A project's file; its goal is what the budget adds up to."""

    charity_id = forms.TypedChoiceField(label=lazy("执行机构"), coerce=UUID)
    title_zh = ask_text(lazy("项目名称（中文）"), 40)
    title_en = ask_text(lazy("项目名称（英文）"), 80)
    slug = ask_text(lazy("网址"), 60, _SLUG_HINT, required=False)
    filing_no = ask_text(lazy("募捐备案编号"), 60, lazy("在民政部门备案后取得"))
    cause = forms.ChoiceField(label=lazy("领域"), choices=lambda: [(cause.code, cause.name) for cause in list_causes()])
    region = forms.ChoiceField(label=lazy("帮助的地方"), choices=_regions)
    summary_zh = ask_text(lazy("一句话介绍（中文）"), 60, lazy("为谁，做什么"))
    summary_en = ask_text(lazy("一句话介绍（英文）"), 160)
    story_zh = ask_text(
        lazy("项目故事（中文）"), 5000, lazy("写清楚现状、做法、怎样知道有没有用；人物用化名"), long=True
    )
    story_en = ask_text(lazy("项目故事（英文）"), 10000, long=True)
    starts_on = ask_day(lazy("开始日期"))
    ends_on = ask_day(lazy("结束日期"), lazy("当天结束时停止接受捐赠"))
    budget = RowsField(("zh", "en", "yuan"), _budget_line, label=lazy("预算"), help_text=lazy("各项相加就是筹款目标"))
    plan = RowsField(("zh", "en", "day"), _plan_step, label=lazy("计划"), help_text=lazy("每一步做什么，什么时候做完"))
    unit_minor = ask_yuan(lazy("一份多少钱（元）"), required=False)
    unit_zh = ask_text(lazy("一份能做到的事（中文）"), 40, lazy("比如：一顿午饭"), required=False)
    unit_en = ask_text(lazy("一份能做到的事（英文）"), 80, required=False)
    achieved_zh = ask_text(
        lazy("到现在做到了什么（中文）"), 600, lazy("只写已经做到、查得到的"), long=True, required=False
    )
    achieved_en = ask_text(lazy("到现在做到了什么（英文）"), 1200, long=True, required=False)
    motif = forms.ChoiceField(label=lazy("配图的主题"), choices=MOTIF_CHOICES)
    palette = forms.ChoiceField(label=lazy("配图的颜色"), choices=PALETTE_CHOICES)
    picture_seed = forms.IntegerField(
        label=lazy("配图的变化"), min_value=1, max_value=9999, initial=1, help_text=lazy("换一个数，换一张图")
    )

    def __init__(self, *args: Any, charities: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["charity_id"].choices = charities  # type: ignore[attr-defined]

    def read(self, project_id: UUID | None = None) -> NewProject:
        """The file as the room takes it.

        Needs: a valid form.
        """
        facts = {name: self.cleaned_data[name] for name in ProjectForm.base_fields}
        facts["slug"] = facts["slug"] or slugify(facts["title_en"])[:60].strip("-")
        facts["starts_at"] = _local(facts.pop("starts_on"), time.min)
        facts["ends_at"] = _local(facts.pop("ends_on"), time(23, 59, 59))
        facts["goal_minor"] = sum(line.amount_minor for line in facts["budget"])
        return NewProject(id=project_id, **facts)

    @staticmethod
    def write(project: ProjectView, budget: Sequence[BudgetLine], plan: Sequence[PlanStep]) -> dict[str, Any]:
        """A standing file, as the form shows it."""
        facts = {name: getattr(project, name, None) for name in ProjectForm.base_fields}
        facts["starts_on"] = timezone.localtime(project.starts_at).date()
        facts["ends_on"] = timezone.localtime(project.ends_at).date()
        facts["unit_minor"] = write_yuan(project.unit_minor) if project.unit_minor else ""
        facts["budget"] = [
            {"zh": line.label_zh, "en": line.label_en, "yuan": write_yuan(line.amount_minor)} for line in budget
        ]
        facts["plan"] = [
            {"zh": step.text_zh, "en": step.text_en, "day": timezone.localtime(step.due_at).date().isoformat()}
            for step in plan
        ]
        return facts


class ReasonForm(forms.Form):
    """Why something the public has read is changed."""

    reason_zh = ask_text(lazy("为什么改（中文）"), REASON_MAX_CHARS, lazy("会和改动一起公开"), long=True)
    reason_en = ask_text(lazy("为什么改（英文）"), REASON_MAX_CHARS, long=True)

    def read_reason(self) -> Reason:
        """The reason as the rooms take it.

        Needs: a valid form.
        """
        return Reason(self.cleaned_data["reason_zh"], self.cleaned_data["reason_en"])


class CharityChangeForm(CharityForm, ReasonForm):
    """Another file for a charity the public reads; what cannot change is shown, not asked."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("slug", "uscc"):
            self.fields[name].disabled = True


class ProjectChangeForm(ProjectForm, ReasonForm):
    """Another file for a project the public reads; what cannot change is shown, not asked."""

    def __init__(self, *args: Any, current: ProjectView, plan: Sequence[PlanStep], **options: Any) -> None:
        super().__init__(*args, **options)
        self._current = current
        self._hours = {timezone.localtime(each).date(): each for each in (current.ends_at, *(s.due_at for s in plan))}
        for name in ("slug", "charity_id", "starts_on"):
            self.fields[name].disabled = True

    def read(self, project_id: UUID | None = None) -> NewProject:
        """The file as the room takes it; a day that was not changed keeps its hour."""
        read = super().read(project_id)
        plan = tuple(replace(step, due_at=self._keep(step.due_at)) for step in read.plan)
        return replace(read, starts_at=self._current.starts_at, ends_at=self._keep(read.ends_at), plan=plan)

    def _keep(self, at: datetime) -> datetime:
        return self._hours.get(timezone.localtime(at).date(), at)


def write_yuan(fen: int) -> str:
    """A sum as a form's field holds it: yuan, with fen only where there are some."""
    whole, rest = divmod(fen, 100)
    return f"{whole}.{rest:02}" if rest else str(whole)

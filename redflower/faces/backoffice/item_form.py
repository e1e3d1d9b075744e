"""What a campaign's deeds are about, as operators write it down: a question, an article, an event, a story."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as lazy

from redflower.domains.projects.selectors import find_projects_by_id
from redflower.domains.scenes.services.together import NewItem
from redflower.domains.scenes.types import CampaignView
from redflower.faces.shared.file_forms import ask_text
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.picture_names import MOTIF_CHOICES, PALETTE_CHOICES
from redflower.kernel.ids import new_id

_OPTIONS, _FRAMES = range(2, 7), range(1, 9)
_A_LINE_EACH = lazy("一行一个，中英文一样多")


class _ItemForm(forms.Form):
    title_zh = ask_text(lazy("题目（中文）"), 80)
    title_en = ask_text(lazy("题目（英文）"), 160)

    def __init__(self, *args: Any, campaign: CampaignView, **named: Any) -> None:
        super().__init__(*args, **named)
        self.campaign = campaign

    def read(self, author_id: UUID) -> NewItem:
        """The item as the room takes it.

        Needs: a valid form.
        """
        told = self.cleaned_data
        code = f"{slugify(told['title_en'])[:50].strip('-') or 'item'}-{new_id().hex[-6:]}"
        return NewItem(
            self.campaign.id,
            code,
            told["title_zh"],
            told["title_en"],
            self.read_body(),
            author_id=author_id,
            **self.read_more(),
        )

    def read_body(self) -> dict[str, Any]:
        """What the kind asks for."""
        raise NotImplementedError

    def read_more(self) -> dict[str, Any]:
        """Who made it and which project it is about, where that is asked."""
        return {}

    def match_lines(self, name: str, allowed: range) -> tuple[list[str], list[str]]:
        """A list written in both languages, a line each."""
        zh, en = (_lines(self.cleaned_data.get(f"{name}_{tag}", "")) for tag in ("zh", "en"))
        if len(zh) not in allowed or len(zh) != len(en):
            text = gettext("要 {low} 到 {high} 行，中英文一样多").format(low=allowed[0], high=allowed[-1])
            self.add_error(f"{name}_zh", text)
        return zh, en


class QuestionForm(_ItemForm):
    """A question of the daily quiz."""

    options_zh = ask_text(lazy("选项（中文）"), 400, _A_LINE_EACH, long=True)
    options_en = ask_text(lazy("选项（英文）"), 800, long=True)
    answer = forms.IntegerField(label=lazy("第几个选项是对的"), min_value=1)
    why_zh = ask_text(lazy("为什么（中文）"), 200, lazy("答完以后，答对答错的人都会看到"), long=True)
    why_en = ask_text(lazy("为什么（英文）"), 400, long=True)

    def clean(self) -> dict[str, Any]:
        zh, _ = self.match_lines("options", _OPTIONS)
        if self.cleaned_data.get("answer", 1) > max(len(zh), 1):
            self.add_error("answer", gettext("没有这么多选项"))
        return self.cleaned_data

    def read_body(self) -> dict[str, Any]:
        told = self.cleaned_data
        lines = {f"options_{tag}": _lines(told[f"options_{tag}"]) for tag in ("zh", "en")}
        return {**lines, "answer": told["answer"] - 1, "why_zh": told["why_zh"], "why_en": told["why_en"]}


class ArticleForm(_ItemForm):
    """Something to read; the time it takes follows from its length."""

    text_zh = ask_text(lazy("正文（中文）"), 4_000, lazy("空一行，就是新的一段"), long=True)
    text_en = ask_text(lazy("正文（英文）"), 12_000, long=True)

    def read_body(self) -> dict[str, Any]:
        texts = {name: self.cleaned_data[name].strip() for name in ("text_zh", "text_en")}
        return {**texts, "characters": len(texts["text_zh"])}


class EventForm(_ItemForm):
    """An event people check in at; its screen and its codes come by themselves."""

    place_zh = ask_text(lazy("时间和地点（中文）"), 120)
    place_en = ask_text(lazy("时间和地点（英文）"), 240)

    def read_body(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("place_zh", "place_en")}


class StoryForm(_ItemForm):
    """A story to like, told frame by frame."""

    author_name = ask_text(lazy("谁讲的"), 40)
    project_id = forms.ChoiceField(label=lazy("讲的是哪个项目"))
    lines_zh = ask_text(lazy("每一格的话（中文）"), 800, _A_LINE_EACH, long=True)
    lines_en = ask_text(lazy("每一格的话（英文）"), 1_600, long=True)
    motif = forms.ChoiceField(label=lazy("画什么"), choices=MOTIF_CHOICES)
    palette = forms.ChoiceField(label=lazy("颜色"), choices=PALETTE_CHOICES)

    def __init__(self, *args: Any, campaign: CampaignView, **named: Any) -> None:
        super().__init__(*args, campaign=campaign, **named)
        known = find_projects_by_id(campaign.project_ids)
        field = self.fields["project_id"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - as declared above
        field.choices = [(str(each), pick(known[each], "title")) for each in campaign.project_ids if each in known]

    def clean(self) -> dict[str, Any]:
        self.match_lines("lines", _FRAMES)
        return self.cleaned_data

    def read_body(self) -> dict[str, Any]:
        told = self.cleaned_data
        lines = zip(_lines(told["lines_zh"]), _lines(told["lines_en"]), strict=True)
        look = {"motif": told["motif"], "palette": told["palette"]}
        return {"frames": [{**look, "seed": place, "zh": zh, "en": en} for place, (zh, en) in enumerate(lines, 1)]}

    def read_more(self) -> dict[str, Any]:
        told = self.cleaned_data
        return {"author_name": told["author_name"], "project_id": UUID(told["project_id"])}


FORMS: dict[str, type[_ItemForm]] = {
    "quiz": QuestionForm, "read": ArticleForm, "checkin": EventForm, "like": StoryForm,
}  # fmt: skip


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]

"""What a charity tells the public, as operators write it down: reports and answers."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as lazy

from redflower.domains.disclosures.types import Answer, Report, ReportDraft
from redflower.faces.shared.file_forms import ask_text
from redflower.faces.shared.labels import REPORT_KINDS


class ReportForm(forms.Form):
    """A report, in both languages."""

    kind = forms.ChoiceField(
        label=lazy("类型"), choices=lambda: [(kind, each.here) for kind, each in REPORT_KINDS.items()]
    )
    title_zh = ask_text(lazy("标题（中文）"), 60)
    title_en = ask_text(lazy("标题（英文）"), 120)
    body_zh = ask_text(lazy("正文（中文）"), 8000, lazy("写做了什么、花了多少、还差什么；空一行分段"), long=True)
    body_en = ask_text(lazy("正文（英文）"), 16000, long=True)

    def read(self, project_id: UUID, report_id: UUID | None = None) -> ReportDraft:
        """The report as the room takes it.

        Needs: a valid form.
        """
        return ReportDraft(project_id=project_id, id=report_id, **self.cleaned_data)

    @staticmethod
    def write(report: Report) -> dict[str, Any]:
        """A published report, as the form shows it."""
        return {name: getattr(report, name) for name in ReportForm.base_fields}


class AnswerForm(forms.Form):
    """An answer, in both languages."""

    answer_zh = ask_text(lazy("回答（中文）"), 1000, long=True)
    answer_en = ask_text(lazy("回答（英文）"), 2000, long=True)

    def read(self) -> Answer:
        """The answer as the room takes it.

        Needs: a valid form.
        """
        return Answer(self.cleaned_data["answer_zh"], self.cleaned_data["answer_en"])

"""How a state is named on a page: text, and the tone and icon of its badge."""

from typing import NamedTuple

from django.utils.translation import gettext

from redflower.domains.disclosures.types import ReportKind
from redflower.kernel.text import N_


class Label(NamedTuple):
    """A state as a badge shows it."""

    text: str
    tone: str = ""
    icon: str = ""

    @property
    def here(self) -> str:
        """The text in the page's language."""
        return gettext(self.text)


REPORT_KINDS = {
    ReportKind.PROGRESS: Label(N_("进展报告"), "", "sprout"),
    ReportKind.FINANCE: Label(N_("财务报告"), "", "receipt-text"),
    ReportKind.FINAL: Label(N_("结项报告"), "", "flag"),
}

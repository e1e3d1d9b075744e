"""How a state is named on a page: text, and the tone and icon of its badge."""

from typing import NamedTuple

from django.utils.translation import gettext


class Label(NamedTuple):
    """A state as a badge shows it."""

    text: str
    tone: str = ""
    icon: str = ""

    @property
    def here(self) -> str:
        """The text in the page's language."""
        return gettext(self.text)

"""A refusal is a normal answer: it has a code, facts, and a sentence in the reader's language."""

from typing import Any, ClassVar

from redflower.kernel.text import N_


class Refusal(Exception):
    """Base of every named refusal.

    Subclasses set `code` (stable, snake_case), `sentence` (Chinese, `{fact}` placeholders, marked with `N_`)
    and `status` (the HTTP status a face answers with). Facts are keyword arguments and must be safe to show.
    """

    code: ClassVar[str] = "refused"
    sentence: ClassVar[str] = N_("这个请求没有被接受")
    status: ClassVar[int] = 400

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code, facts)
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.code} {self.facts}" if self.facts else self.code

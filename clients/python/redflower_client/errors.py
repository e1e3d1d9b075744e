"""What can go wrong, as the caller needs to tell it apart."""

from collections.abc import Mapping
from typing import Any


class RedFlowerError(Exception):
    """Base of everything this client raises."""


class Unreachable(RedFlowerError):
    """Nobody answered, or nobody could answer now (5xx). The same request may be sent again: nothing counts twice."""


class Problem(RedFlowerError):
    """The platform refused the whole request (RFC 9457). `code` is stable; `title` is a sentence for people."""

    def __init__(self, status: int, code: str, title: str, facts: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {code}: {title}")
        self.status = status
        self.code = code
        self.title = title
        self.facts = dict(facts)


class WebhookForged(RedFlowerError):
    """A delivery that is not from the platform, not for this endpoint, or too old to be believed."""

"""Mail: sending a list of letters, and reading those that a demo instance has written to files instead."""

import email
import email.policy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.core.mail import EmailMessage, get_connection

_CODE = re.compile(r"^\s*([0-9A-Z]{6,9}|[0-9A-Z]{3,4}-[0-9A-Z]{3,4})\s*$", re.MULTILINE)
_BETWEEN_LETTERS = re.compile(r"^-{79}\n", re.MULTILINE)
_FILES_READ = 40


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail. `code` is the one-time code it carries on a line of its own, or empty."""

    to: str
    subject: str
    body: str
    sent_at: datetime
    code: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One e-mail to send."""

    to: str
    subject: str
    body: str


def send_letters(letters: Sequence[Outgoing]) -> None:
    """Sends letters over one connection to the mail server.

    Errors: OSError (smtplib's too) when the server cannot be reached or takes one of them not.
    """
    get_connection().send_messages([EmailMessage(each.subject, each.body, to=[each.to]) for each in letters])


def list_letters(folder: Path, limit: int = 20) -> list[Letter]:
    """The newest letters in a folder of Django's file-based e-mail backend; the latest first."""
    files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True)[:_FILES_READ]
    letters = [letter for file in files for letter in _read(file)]
    return sorted(letters, key=lambda letter: letter.sent_at, reverse=True)[:limit]


def _read(file: Path) -> list[Letter]:
    texts = _BETWEEN_LETTERS.split(file.read_text("utf-8", errors="replace"))
    return [_parse(text) for text in texts if text.strip()]


def _parse(text: str) -> Letter:
    message = email.message_from_string(text, policy=email.policy.default)
    body = message.get_content() if message.get_content_type() == "text/plain" else ""
    code = _CODE.search(body)
    return Letter(
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        body=body.strip(),
        sent_at=parsedate_to_datetime(str(message["Date"])).replace(tzinfo=UTC),  # Django dates letters in UTC
        code=code[1] if code else "",
    )

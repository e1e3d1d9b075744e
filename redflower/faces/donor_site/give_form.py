"""The giving form as a donor fills it in: read as typed, checked as a whole, never corrected behind their back."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from redflower.domains.donations.rules import check_gift
from redflower.domains.donations.types import GiftRequest, GiftView, ShownAs
from redflower.kernel.errors import Refusal
from redflower.kernel.money import FEN_PER_YUAN, parse_yuan
from redflower.kernel.text import has_forbidden_characters

PRESETS_MINOR = (1_000, 5_000, 10_000, 50_000)
AMOUNT_MAX_CHARS = 16  # of an amount handed over by a link; more is no amount
# Beside which field a refusal is shown; everything else stands above the form.
_FIELD_OF = {
    "shown_as_unknown": "shown_as",
    "name_missing": "shown_name",
    "name_too_long": "shown_name",
    "message_too_long": "message",
}
# What a field is taken to hold once its fault is told, so that the faults of the others are found too.
_FAULTLESS = {
    "shown_as": {"shown_as": ShownAs.ANONYMOUS},
    "shown_name": {"shown_name": "-"},
    "message": {"message": ""},
    "form": {"idempotency_key": "-"},
}
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class GiveForm:
    """What stands in the form. `preset` is the chip chosen; an amount that was typed outranks it."""

    amount: str = ""
    preset: str = ""
    shown_as: str = ShownAs.ANONYMOUS
    shown_name: str = ""
    message: str = ""
    key: str = ""
    confirmed: str = ""

    @property
    def amount_text(self) -> str:
        return self.amount if self.amount.strip() else self.preset

    def ask(self, donor_id: UUID, project_id: UUID, amount_minor: int) -> GiftRequest:
        """The gift this form asks for. A name typed before choosing to stay anonymous is not sent along."""
        return GiftRequest(
            idempotency_key=self.key,
            donor_id=donor_id,
            project_id=project_id,
            amount_minor=amount_minor,
            shown_as=self.shown_as,
            shown_name="" if self.shown_as == ShownAs.ANONYMOUS else self.shown_name.strip(),
            message=self.message.strip(),
        )


def fresh_key() -> str:
    """A new idempotency key: one form, one gift, however often it is sent."""
    return secrets.token_urlsafe(18)


def read_form(fields: Mapping[str, str]) -> GiveForm:
    """What was sent, as typed; browsers send line breaks as two characters, which count as one here."""
    names = ("amount", "preset", "shown_as", "shown_name", "message", "key", "confirmed")
    return GiveForm(**{name: fields.get(name, "").replace("\r\n", "\n") for name in names})


def start_form(amount: str, shown_name: str) -> GiveForm:
    """A fresh form, with the amount chosen on an earlier page and the name used before."""
    return _with_amount(GiveForm(shown_name=shown_name, key=fresh_key()), amount)


def repeat_form(gift: GiftView) -> GiveForm:
    """A fresh form that asks for an earlier gift once more."""
    yuan, fen = divmod(gift.amount_minor, FEN_PER_YUAN)
    form = GiveForm(shown_as=gift.shown_as, shown_name=gift.shown_name, message=gift.message, key=fresh_key())
    return _with_amount(form, f"{yuan}.{fen:02d}" if fen else str(yuan))


def check_form(form: GiveForm, project_id: UUID) -> tuple[int, dict[str, Refusal]]:
    """The amount in fen, and all that is wrong by field (`form` for what belongs to none); empty when all is well.

    Units: fen.
    """
    faults: dict[str, Refusal] = {}
    amount_minor = 1
    try:
        amount_minor = parse_yuan(form.amount_text)
    except Refusal as refusal:
        faults["amount"] = refusal
    asked = form.ask(_NOBODY, project_id, amount_minor)
    while (refusal := _find_refusal(asked)) is not None:
        field = _find_field(asked, refusal)
        faults[field] = refusal
        asked = asked._replace(**_FAULTLESS[field])
    return amount_minor, faults


def _find_refusal(asked: GiftRequest) -> Refusal | None:
    try:
        check_gift(asked)
    except Refusal as refusal:
        return refusal
    return None


def _find_field(asked: GiftRequest, refusal: Refusal) -> str:
    if refusal.code == "text_unreadable":
        return "message" if has_forbidden_characters(asked.message) else "shown_name"
    return _FIELD_OF.get(refusal.code, "form")


def _with_amount(form: GiveForm, amount: str) -> GiveForm:
    chips = {str(minor // FEN_PER_YUAN) for minor in PRESETS_MINOR}
    return replace(form, preset=amount) if amount in chips else replace(form, amount=amount)

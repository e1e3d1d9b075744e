"""Pure decisions about gifts."""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import blake2b
from statistics import median_low
from typing import Any
from uuid import UUID

from redflower.domains.donations import errors
from redflower.domains.donations.types import (
    AskedGift,
    GiftCode,
    GiftColumns,
    GiftRequest,
    GiftState,
    MessageState,
    RefundPolicy,
    RefundReason,
    RefundRequest,
    RefundState,
    ShownAs,
)
from redflower.kernel.errors import Refusal
from redflower.kernel.ids import derive_id
from redflower.kernel.limits import AMOUNT_MAX_MINOR, IDEMPOTENCY_KEY_MAX_CHARS, MESSAGE_MAX_CHARS, NAME_MAX_CHARS
from redflower.kernel.money import check_amount
from redflower.kernel.text import has_forbidden_characters

GIVEN = "gift"  # the kind of the transfer that a settled gift is, and what its id is derived for
_WAYS_TO_BE_SHOWN = frozenset(way.value for way in ShownAs)
_NOTHING_SAID = (ShownAs.ANONYMOUS.value, "", "")  # how to be shown, name, message: as they stand in a GiftRequest


@dataclass(frozen=True, slots=True)
class GivingPolicy:
    """The operator's numbers around a gift, read from data. Units: fen, minutes."""

    order_minutes: int = 30
    first_gift_minor: int = 100_000
    gifts_an_hour: int = 4
    times_median: int = 10
    far_above_from_minor: int = 10_000  # somebody used to giving ¥0.50 is not asked twice about ¥10
    held_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GivingHistory:
    """What a donor has given before, as far as a confirmation needs it. Units: fen."""

    settled_amounts: Sequence[int]  # the latest first, at most 50
    gifts_last_hour: int


def check_gift(request: GiftRequest) -> None:
    """Refuses a gift that cannot be written.

    Errors: IdempotencyKeyInvalid, AmountUnreadable, AmountTooSmall, AmountTooLarge, ShownAsUnknown, TextUnreadable,
    NameMissing, NameTooLong, MessageTooLong.
    """
    if not 0 < len(request.idempotency_key) <= IDEMPOTENCY_KEY_MAX_CHARS or has_forbidden_characters(
        request.idempotency_key
    ):
        raise errors.IdempotencyKeyInvalid
    check_amount(request.amount_minor)
    if request[4:7] == _NOTHING_SAID:  # most say nothing, and nothing is in order
        return
    if request.shown_as not in _WAYS_TO_BE_SHOWN:
        raise errors.ShownAsUnknown
    if has_forbidden_characters(request.shown_name) or has_forbidden_characters(request.message):
        raise errors.TextUnreadable
    if request.shown_name and set(request.shown_name) & set("\n\r\t"):  # a name is one line
        raise errors.TextUnreadable
    if request.shown_as != ShownAs.ANONYMOUS and not request.shown_name.strip():
        raise errors.NameMissing
    if len(request.shown_name) > NAME_MAX_CHARS:
        raise errors.NameTooLong(limit=NAME_MAX_CHARS)
    if len(request.message) > MESSAGE_MAX_CHARS:
        raise errors.MessageTooLong(limit=MESSAGE_MAX_CHARS, length=len(request.message))


def find_refused(requests: Sequence[GiftRequest]) -> dict[int, Refusal]:
    """Those of a list that `check_gift` refuses, by place. A list that is in order, as nearly all are, is seen at a glance."""
    if not requests:
        return {}
    keys, _, _, amounts, ways, names, messages, _ = zip(*requests, strict=True)
    in_order = (
        all(keys)
        and len(max(keys, key=len)) <= IDEMPOTENCY_KEY_MAX_CHARS
        and not has_forbidden_characters(" ".join(keys))
        and set(map(type, amounts)) == {int}
        and min(amounts) >= 1
        and max(amounts) <= AMOUNT_MAX_MINOR
        and set(zip(ways, names, messages, strict=True)) == {_NOTHING_SAID}
    )
    refused: dict[int, Refusal] = {}
    for place, request in enumerate(() if in_order else requests):
        try:
            check_gift(request)
        except Refusal as refusal:
            refused[place] = refusal
    return refused


def compute_request_hashes(gifts: GiftColumns) -> list[bytes]:
    """What must be equal for a second request with the same key to be the same request; 16 bytes each."""
    return [
        # The length of the one free text before the other, so that no other request spells the same.
        blake2b(project + f"{amount} {way} {len(name)} {name} {message}".encode(), digest_size=16).digest()
        for project, amount, way, name, message in zip(
            gifts.project_ids, gifts.amounts, gifts.ways, gifts.names, gifts.messages, strict=True
        )
    ]


def moderate_message(message: str, held_words: Collection[str]) -> MessageState:
    """Whether a message is shown at once or waits for a moderator: links, contact details and listed words wait."""
    text = message.strip().lower()
    if not text:
        return MessageState.NONE
    digits = sum(char.isdigit() for char in text)
    suspicious = "://" in text or "www." in text or "<" in text or digits >= 7
    if suspicious or any(word in text for word in held_words):
        return MessageState.HELD
    return MessageState.SHOWN


def find_confirmation_reason(amount_minor: int, history: GivingHistory, policy: GivingPolicy) -> str | None:
    """Why a donor is asked once more before this gift, or None: 'first_large', 'many_in_hour', 'far_above_usual'.

    Source: the platform's calm-down rules, `mechanics.md`.
    """
    if not history.settled_amounts and amount_minor >= policy.first_gift_minor:
        return "first_large"
    if history.gifts_last_hour >= policy.gifts_an_hour:
        return "many_in_hour"
    usual = median_low(history.settled_amounts) if history.settled_amounts else 0
    if usual and amount_minor >= max(policy.times_median * usual, policy.far_above_from_minor):
        return "far_above_usual"
    return None


def compute_state(
    captured: bool, ended: str | None, expires_at: datetime, now: datetime, refunded: bool = False
) -> GiftState:
    """A gift's state from the facts that followed it. Where money has moved last outranks everything."""
    if refunded:
        return GiftState.REFUNDED
    if captured:
        return GiftState.SETTLED
    if ended is not None:
        return GiftState(ended)
    return GiftState.EXPIRED if now > expires_at else GiftState.PENDING


# --- verification codes ---------------------------------------------------------------------------

# Base 32 without the letters that are taken for digits, or for each other.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OIL", "011", " -\t\u3000")
_CODE_LETTERS = 14
_HASH_BITS = 26


def write_code(gift_id: UUID) -> str:
    """The code on a receipt by which anybody finds a gift's public facts: XXXX-XXXXX-XXXXX.

    It holds the gift's millisecond and 26 bits of a hash of its id, so nothing has to be stored to find the gift again.
    """
    number = (gift_id.int >> 80) << _HASH_BITS & (1 << 70) - 1 | _hash_id(gift_id)
    letters = "".join(_LETTERS[number >> 5 * place & 31] for place in reversed(range(_CODE_LETTERS)))
    return f"{letters[:4]}-{letters[4:9]}-{letters[9:]}"


def read_code(text: str) -> GiftCode:
    """Where to look for the gift of a code; small letters, spaces and the usual slips of the eye are forgiven.

    Errors: CodeUnreadable.
    """
    letters = unicodedata.normalize("NFKC", text).upper().translate(_MISREAD)
    if len(letters) != _CODE_LETTERS or set(letters) - set(_LETTERS):
        raise errors.CodeUnreadable
    number = 0
    for letter in letters:
        number = number << 5 | _LETTERS.index(letter)
    millisecond = number >> _HASH_BITS
    return GiftCode(UUID(int=millisecond << 80), UUID(int=(millisecond + 1) << 80), number & (1 << _HASH_BITS) - 1)


def is_coded(gift_id: UUID, code: GiftCode) -> bool:
    """Whether a gift of the code's millisecond is the one it means."""
    return _hash_id(gift_id) == code.hash


def _hash_id(gift_id: UUID) -> int:
    return int.from_bytes(blake2b(gift_id.bytes, digest_size=4, person=b"gift-code").digest(), "big") >> 32 - _HASH_BITS


# --- giving gifts back ----------------------------------------------------------------------------

REFUND_GIFTS_MAX = 100  # of one case


def read_refund_policy(version: int, body: Mapping[str, Any]) -> RefundPolicy:
    """Reads the rule about giving gifts back from its data.

    Errors: RefundRuleInvalid naming the first field that is missing, of the wrong type, or out of range.
    """

    def whole(field: str) -> int:
        value = body.get(field)
        if type(value) is not int or value < 0:
            raise errors.RefundRuleInvalid(field=field)
        return value

    def days(field: str) -> frozenset[date]:
        try:
            return frozenset(date.fromisoformat(day) for day in body[field])
        except (KeyError, TypeError, ValueError):
            raise errors.RefundRuleInvalid(field=field) from None

    return RefundPolicy(
        version,
        whole("ask_days"),
        whole("answer_working_days"),
        whole("regret_hours"),
        whole("unchecked_max_minor"),
        days("days_off"),
        days("worked_weekends"),
    )


def is_working_day(day: date, policy: RefundPolicy) -> bool:
    """Whether offices work on a day.

    Source: the State Council's notice on the public holidays of 2026; other years and countries ship theirs as data.
    """
    return day in policy.worked_weekends or (day.weekday() < 5 and day not in policy.days_off)


def compute_due_on(opened_on: date, policy: RefundPolicy) -> date:
    """The last day on which a charity answers in time: so many working days after the one on which it was asked."""
    day, left = opened_on, policy.answer_working_days
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day, policy)
    return day


def check_refund_request(request: RefundRequest) -> None:
    """Refuses a request that cannot be written.

    Errors: RefundNothingChosen, RefundTooMany, RefundReasonUnknown, TextUnreadable, MessageTooLong.
    """
    if not request.gift_ids:
        raise errors.RefundNothingChosen
    if len(set(request.gift_ids)) > REFUND_GIFTS_MAX:
        raise errors.RefundTooMany(limit=REFUND_GIFTS_MAX)
    if request.reason not in tuple(RefundReason):
        raise errors.RefundReasonUnknown
    if has_forbidden_characters(request.note):
        raise errors.TextUnreadable
    if len(request.note) > MESSAGE_MAX_CHARS:
        raise errors.MessageTooLong(limit=MESSAGE_MAX_CHARS, length=len(request.note))


def check_askable(gift: AskedGift, policy: RefundPolicy, now: datetime) -> None:
    """Refuses to ask for a gift back that never arrived, or arrived too long ago.

    Errors: RefundGiftNotSettled, RefundTooLate.
    """
    if gift.paid_at is None:
        raise errors.RefundGiftNotSettled
    if now - gift.paid_at > timedelta(days=policy.ask_days):
        raise errors.RefundTooLate(days=policy.ask_days)


def is_given_back_at_once(gift: AskedGift, policy: RefundPolicy, now: datetime) -> bool:
    """True when the rule accepts by itself, because the donor asks so soon after paying."""
    return gift.paid_at is not None and now - gift.paid_at <= timedelta(hours=policy.regret_hours)


def compute_refund_state(is_accepted: bool | None, is_sent: bool, ended: str | None) -> RefundState:
    """Where a gift of a case stands, from the facts that followed: the decision, the last attempt and its end."""
    if is_accepted is None:
        return RefundState.ASKED
    if not is_accepted:
        return RefundState.DECLINED
    if not is_sent:
        return RefundState.ACCEPTED
    if ended is None:
        return RefundState.SENT
    return RefundState.RETURNED if ended == "done" else RefundState.FAILED


def gift_transfer_id(gift_id: UUID) -> UUID:
    """The transfer that a settled gift is in the ledger."""
    return derive_id(gift_id, GIVEN)

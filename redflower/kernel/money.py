"""Money is a whole number of fen. Yuan exist only where people type and read them."""

import re

from redflower.kernel.errors import Refusal
from redflower.kernel.limits import AMOUNT_MAX_MINOR
from redflower.kernel.text import N_

CNY = "CNY"
FEN_PER_YUAN = 100

_YUAN = re.compile(r"(0|[1-9][0-9]{0,29})(?:\.([0-9]{1,2}))?", re.ASCII)


class AmountUnreadable(Refusal):
    code = "amount_unreadable"
    sentence = N_("请用数字填写金额，例如 10 或 10.50，最多两位小数")
    status = 422


class AmountTooSmall(Refusal):
    code = "amount_too_small"
    sentence = N_("金额至少是 0.01 元")
    status = 422


class AmountTooLarge(Refusal):
    code = "amount_too_large"
    sentence = N_("一笔最多 {limit_yuan} 元；更大的善意，请与我们联系")
    status = 422


def parse_yuan(text: str) -> int:
    """Reads an amount as a person types it and returns fen.

    Plain ASCII digits with at most two decimals; no sign, exponent, grouping or full-width digits, so that what the
    donor sees is what is charged.
    Units: yuan in, fen out.
    Errors: AmountUnreadable, AmountTooSmall, AmountTooLarge.
    """
    match = _YUAN.fullmatch(text.strip(" \t\r\n"))
    if match is None:
        raise AmountUnreadable
    fen = int(match[1]) * FEN_PER_YUAN + int((match[2] or "").ljust(2, "0"))
    return check_amount(fen)


def check_amount(fen: int) -> int:
    """Returns the amount unchanged when one transfer may carry it.

    Units: fen.
    Errors: AmountUnreadable (not an integer), AmountTooSmall, AmountTooLarge.
    """
    if type(fen) is not int:
        raise AmountUnreadable
    if fen < 1:
        raise AmountTooSmall
    if fen > AMOUNT_MAX_MINOR:
        raise AmountTooLarge(limit_yuan=f"{AMOUNT_MAX_MINOR // FEN_PER_YUAN:,}")
    return fen

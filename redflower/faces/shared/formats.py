"""Numbers, money and time as people read them in each language.

Pure functions: amounts are whole fen, instants are aware datetimes already in the zone to be shown, the language is an
argument. Totals are always rounded down, so that no page says more than the ledger holds.
"""

import re
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.numbers import format_compact_decimal, format_decimal

FEN_PER_YUAN = 100
MINUS = "\N{MINUS SIGN}"
_SHORT_FROM = 10_000
_KEPT = 8192  # numbers whose text is remembered: Babel takes longer than the page around it
_LOCALES = {"zh": Locale("zh", script="Hans"), "en": Locale("en")}
_JUST_NOW = {"zh": "刚刚", "en": "just now"}
# A date that is not of this year says its year.
_DAY_SKELETONS = {True: "MMMd", False: "yMMMd"}
_FIGURES = re.compile(r"[0-9.]+")
_BETWEEN_DIGIT_AND_HAN = re.compile(r"(?<=[0-9])(?=[\u4e00-\u9fff])")


def get_locale(language: str) -> Locale:
    """The Babel locale of a language tag such as `zh-hans` or `en`; Chinese when it is neither."""
    return _LOCALES.get(language.split("-")[0].lower(), _LOCALES["zh"])


@lru_cache(_KEPT)
def yuan(fen: int, language: str) -> str:
    """¥128,406.39; whole yuan without decimals.

    Units: fen in.
    """
    sign = MINUS if fen < 0 else ""
    pattern = "#,##0.00" if fen % FEN_PER_YUAN else "#,##0"
    return f"{sign}¥{format_decimal(_yuan(abs(fen)), pattern, get_locale(language))}"


@lru_cache(_KEPT)
def yuan_short(fen: int, language: str) -> str:
    """¥1.28 亿 or ¥128M: three figures, for headlines; small amounts as `yuan` without fen.

    Units: fen in.
    """
    sign = MINUS if fen < 0 else ""
    return f"{sign}¥{_short(abs(fen) // FEN_PER_YUAN, language)}"


@lru_cache(_KEPT)
def num(number: int, language: str) -> str:
    """73,953."""
    return format_decimal(number, locale=get_locale(language)).replace("-", MINUS)


@lru_cache(_KEPT)
def num_short(number: int, language: str) -> str:
    """12.8 万 or 128K: three figures, for headlines."""
    sign = MINUS if number < 0 else ""
    return f"{sign}{_short(abs(number), language)}"


def pct(part: int | Decimal | Fraction, whole: int | None = None) -> str:
    """How much of a whole, as 60%; one decimal below 10 %, never rounded up, so 100% means reached, and 0% means nothing yet.

    Shape: `pct(part, whole)` with integers, or `pct(share)` with a share of 1.
    """
    if whole == 0:
        return "0%"
    share = Fraction(part) / (1 if whole is None else whole)
    tenths = int(share * 1000)
    if share > 0 and tenths == 0:
        return "<0.1%"
    if 0 < tenths < 100 and tenths % 10:
        return f"{tenths // 10}.{tenths % 10}%"
    return f"{int(share * 100)}%"


def day(at: date, language: str, today: date) -> str:
    """9月9日 or Sep 9; with the year when it is not this year."""
    locale = get_locale(language)
    same_year = at.year == today.year
    if locale.language == "zh":
        return format_date(at, "M月d日" if same_year else "y年M月d日", locale)
    return format_skeleton(_DAY_SKELETONS[same_year], at, locale=locale)


def clock(at: datetime, language: str) -> str:
    """19:42."""
    return format_time(at, "HH:mm", locale=get_locale(language))


def moment(at: datetime, language: str, today: date) -> str:
    """9月9日 19:42 or Sep 9, 19:42."""
    joint = " " if get_locale(language).language == "zh" else ", "
    return f"{day(at, language, today)}{joint}{clock(at, language)}"


def ago(at: datetime, now: datetime, language: str) -> str:
    """3 分钟前 or 3 minutes ago; a future instant as 3 分钟后 or in 3 minutes."""
    if abs((at - now).total_seconds()) < 60:
        return _JUST_NOW[get_locale(language).language]
    words = format_timedelta(at - now, add_direction=True, threshold=0.99, locale=get_locale(language))
    return _BETWEEN_DIGIT_AND_HAN.sub(" ", words)


def _yuan(fen: int) -> Decimal:
    return Decimal(fen) / FEN_PER_YUAN


def _short(number: int, language: str) -> str:
    locale = get_locale(language)
    if number < _SHORT_FROM:
        return format_decimal(number, locale=locale)
    unit = _unit_below(number, 4 if locale.language == "zh" else 3)
    figures = Decimal(number) / unit
    decimals = max(0, 3 - len(str(int(figures))))
    shown = figures.quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN)
    compact = format_compact_decimal(shown * unit, locale=locale, fraction_digits=decimals)
    # Babel says the unit; it does not group the figures before it (3,720 万).
    grouped = _FIGURES.sub(format_decimal(shown, locale=locale), compact)
    return _BETWEEN_DIGIT_AND_HAN.sub("\N{NO-BREAK SPACE}", grouped)


def _unit_below(number: int, step: int) -> int:
    """The counting unit a language says: every 10^4 in Chinese (万, 亿), every 10^3 in English (K, M)."""
    power = (len(str(number)) - 1) // step * step
    return 10**power

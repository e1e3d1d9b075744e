"""Reading one step of a proposal out of a form, into what the author has written so far."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext

from redflower.domains.dreams.rules import BUDGET_MAX_LINES
from redflower.domains.dreams.types import BudgetItem, Wish
from redflower.faces.shared.pictures import MOTIFS, PALETTES
from redflower.faces.shared.refusals import tell
from redflower.faces.shared.regions import find_region
from redflower.kernel.errors import Refusal
from redflower.kernel.money import parse_yuan
from redflower.kernel.text import N_

STEPS = (N_("梦想"), N_("故事"), N_("受益与预算"), N_("你"))
# Which texts each step asks for, and how many characters are read of each: more is refused, not cut, by the rules.
_TEXTS = {1: ("title", "summary"), 2: ("need", "story"), 3: ("helped",), 4: ("about",)}
_PEOPLE_DIGITS = 8
_READ_MAX = 8_000


def read_step(wish: Wish, step: int, fields: Mapping[str, Any], language: str) -> tuple[Wish, dict[str, str]]:
    """What the author has written after this step, and what could not be read, by field.

    Texts are kept in the language of the page.
    """
    tag = "en" if language.startswith("en") else "zh"
    read: dict[str, Any] = {f"{name}_{tag}": fields.get(name, "").strip()[:_READ_MAX] for name in _TEXTS[step]}
    faults: dict[str, str] = {}
    if step == 1:
        read |= {"cause": fields.get("cause", ""), "region": _read_region(fields.get("region", ""))}
        read |= _read_picture(wish, fields)
    if step == 3:
        read["people"], faults = _read_people(wish, fields.get("people", ""))
        read["budget"] = _read_budget(wish, fields, tag, faults)
    if step == 4:
        read |= {
            "author_name": fields.get("author_name", "").strip()[:_READ_MAX],
            "email": fields.get("email", "").strip()[:254],
        }
    return replace(wish, **read), faults


def _read_region(code: str) -> str:
    return code if find_region(code) else ""


def _read_picture(wish: Wish, fields: Mapping[str, Any]) -> dict[str, Any]:
    motif, palette = fields.get("motif", ""), fields.get("palette", "")
    return {
        "motif": motif if motif in MOTIFS else wish.motif,
        "palette": palette if palette in PALETTES else wish.palette,
    }


def _read_people(wish: Wish, text: str) -> tuple[int, dict[str, str]]:
    if not text.strip():
        return 0, {}
    if text.isascii() and text.isdigit() and len(text) <= _PEOPLE_DIGITS:
        return int(text), {}
    return wish.people, {"people": gettext("请写一个整数")}


def _read_budget(wish: Wish, fields: Mapping[str, Any], tag: str, faults: dict[str, str]) -> tuple[BudgetItem, ...]:
    lines = []
    for place in range(BUDGET_MAX_LINES):
        label, amount = fields.get(f"label_{place}", "").strip()[:200], fields.get(f"amount_{place}", "").strip()
        if not label and not amount:
            continue
        try:
            minor = parse_yuan(amount) if amount else 0
        except Refusal as refusal:
            faults[f"amount_{place}"] = tell(refusal)
            minor = 0
        before = wish.budget[place] if place < len(wish.budget) else BudgetItem("", "", 0)
        zh, en = (label, before.label_en) if tag == "zh" else (before.label_zh, label)
        lines.append(BudgetItem(zh, en, minor))
    return tuple(lines)

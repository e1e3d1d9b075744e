"""Operators read acts as sentences: none is written into the audit trail without words for it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from redflower.faces.backoffice.labels import ACTS

HOUSE = Path(__file__).resolve().parents[2] / "redflower"


def list_acts(tree: ast.AST) -> Iterator[ast.expr]:
    """What is handed to the audit trail as an act, as the code spells it."""
    for node in ast.walk(tree):
        name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and name in ("write_audit_row", "write_audit_rows") and len(node.args) > 1:
            act = node.args[1]
            yield from (act.body, act.orelse) if isinstance(act, ast.IfExp) else (act,)


def as_pattern(act: ast.expr) -> str | None:
    """The acts an expression can stand for; None for a name, whose value is spelled elsewhere."""
    if isinstance(act, ast.Constant):
        return re.escape(str(act.value))
    if isinstance(act, ast.JoinedStr):
        return "".join(
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z_]+" for part in act.values
        )
    return None


def test_every_act_has_its_words() -> None:
    found = [as_pattern(act) for path in HOUSE.rglob("*.py") for act in list_acts(ast.parse(path.read_text("utf-8")))]
    patterns = {pattern for pattern in found if pattern}
    assert len(patterns) > 25
    assert [each for each in sorted(patterns) if not any(re.fullmatch(each, act) for act in ACTS)] == []

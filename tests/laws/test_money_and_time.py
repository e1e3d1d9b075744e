"""Money is counted, never measured; and one file reads the clock."""

import ast
import re
from collections.abc import Iterable, Iterator

import pytest

from tests.laws.house import Module, breaches_in, calls, dotted, hold, imported_names, read_house, strings

# --- no float near money --------------------------------------------------------------------------

COUNTING_PARTS = ("rules", "types", "posting", "services", "audit")


def find_floats(modules: Iterable[Module]) -> Iterator[str]:
    """Float literals, `float(…)`, true division and `round(…)` where money and flowers are decided and moved."""
    for module in modules:
        if not (
            module.name in ("redflower.kernel.money", "redflower.kernel.draw")
            or module.floor == "engine"
            or (module.floor == "domains" and module.part in COUNTING_PARTS)
        ):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
                yield f"{module.at(node)}: the literal {node.value}"
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and not _is_path(node):
                yield f"{module.at(node)}: true division makes a float"
            elif isinstance(node, ast.Name) and node.id == "float":
                yield f"{module.at(node)}: float"
            elif isinstance(node, ast.Call) and dotted(node.func) == "round":
                yield f"{module.at(node)}: round"


def _is_path(division: ast.BinOp) -> bool:
    """`folder / "presets" / name`: a slash between texts joins paths."""
    sides = (division.left, division.right)
    return any(
        isinstance(side, ast.JoinedStr)
        or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        or (isinstance(side, ast.BinOp) and isinstance(side.op, ast.Div) and _is_path(side))
        for side in sides
    )


def test_no_float_comes_near_money():
    hold(
        find_floats(read_house()),
        "0.1 + 0.2 is not 0.3: a fen that appears from nowhere is a pool that never closes to zero",
        "integers of the smallest unit: fen, flowers, basis points; divide by `//` and say where the rest goes "
        "(kernel.draw.split_by_weight)",
    )


@pytest.mark.parametrize(
    "source",
    [
        "half = 0.5",
        "def f(fen: float): ...",
        "yuan = float(text)",
        "share = budget / 3",
        "fen = round(x)",
        "small = 1e-9",
    ],
)
def test_floats_are_caught(source):
    assert breaches_in(find_floats, "redflower.domains.festivals.rules", source)
    assert breaches_in(find_floats, "redflower.engine.settle", source)


def test_paths_are_no_divisions():
    source = 'text = (resources.files("x") / "presets" / f"{code}.json").read_text()'
    assert breaches_in(find_floats, "redflower.domains.festivals.services", source) == []


# --- one clock ------------------------------------------------------------------------------------

CLOCK = "redflower.kernel.clock"
# An id's own time orders the index; nobody decides by it.
MAY_READ_TIME = {"redflower.kernel.ids": {"time.time_ns"}}
READS_THE_CLOCK = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now", "datetime.date.today",
    "time.time", "time.time_ns", "time.localtime", "time.gmtime", "timezone.now", "timezone.localdate",
}  # fmt: skip
# How long something took is nobody's date: time.monotonic and time.perf_counter stay allowed everywhere.
CLOCK_NAMES = {
    ("time", "time"),
    ("time", "time_ns"),
    ("django.utils.timezone", "now"),
    ("django.utils.timezone", "localdate"),
}
SQL_CLOCK = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp)\s*\(\)|\bCURRENT_(DATE|TIME|TIMESTAMP)\b|\bLOCALTIMESTAMP\b"
)


def find_clocks(modules: Iterable[Module]) -> Iterator[str]:
    """Everything that reads the wall clock, in Python, in models and in SQL."""
    for module in modules:
        if module.name == CLOCK:
            continue
        allowed = MAY_READ_TIME.get(module.name, set())
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and dotted(node) in READS_THE_CLOCK - allowed:
                yield f"{module.at(node)}: {dotted(node)}"
            elif isinstance(node, ast.keyword) and node.arg in ("auto_now", "auto_now_add"):
                yield f"{module.at(node)}: {node.arg}"
            elif isinstance(node, ast.Call) and dotted(node.func) == "timezone.localtime" and not node.args:
                yield f"{module.at(node)}: timezone.localtime() without an instant"
        for name, thing, node in imported_names(module.tree):
            if (name, thing) in CLOCK_NAMES:
                yield f"{module.at(node)}: imports {name}.{thing}"
        for text, node in strings(module.tree):
            if SQL_CLOCK.search(text):
                yield f"{module.at(node)}: SQL that reads the server's clock"


def find_impatient_rooms(modules: Iterable[Module]) -> Iterator[str]:
    """Rooms, engine and flows that ask what time it is instead of being told."""
    for module in modules:
        if module.floor in ("domains", "engine", "flows"):
            for name, call in calls(module.tree):
                if name in ("now", "clock.now"):
                    yield f"{module.at(call)}: {name}()"


def test_only_the_kernel_clock_reads_the_time():
    hold(
        find_clocks(read_house()),
        "a decision that reads the clock cannot be repeated: not by a test, not by an auditor, not after a retry",
        "take `now: datetime` as an argument; a face calls kernel.clock.now() once, at its door",
    )


def test_rooms_engine_and_flows_are_told_the_time():
    hold(
        find_impatient_rooms(read_house()),
        "a command may be retried and a draw replayed: both must see the instant of the first try",
        "take `now: datetime` as an argument and let the face ask the clock, once",
    )


@pytest.mark.parametrize(
    "source",
    [
        "at = datetime.now(UTC)",
        "at = datetime.datetime.now()",
        "day = date.today()",
        "seconds = time.time()",
        "from django.utils.timezone import now",
        "at = models.DateTimeField(default=timezone.now)",
        "at = models.DateTimeField(auto_now_add=True)",
        "day = timezone.localtime().date()",
        "sql = 'UPDATE x SET at = now()'",
        "sql = f'SELECT * FROM {x} WHERE day = CURRENT_DATE'",
    ],
)
def test_clocks_are_caught(source):
    assert breaches_in(find_clocks, "redflower.domains.people.services", source)


def test_a_room_that_asks_the_kernel_clock_is_caught():
    assert breaches_in(find_impatient_rooms, "redflower.flows.checkout", "def f():\n    return clock.now()")
    assert not breaches_in(find_impatient_rooms, "redflower.faces.donor_site.views", "clock.now()")
    assert not breaches_in(find_clocks, "redflower.project.children", "started = time.monotonic()")
    assert breaches_in(find_clocks, "redflower.kernel.ids", "time.time()")  # only what is named there is excepted

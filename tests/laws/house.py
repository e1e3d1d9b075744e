"""The house as its laws read it: every module parsed once, who imports whom, and how a breach is told.

A law is a function from modules, or from an import graph, to breaches. It is held against the house, and against a
snippet that breaks it: a law nobody has seen fail is a hope.
"""

import ast
import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "redflower"

# Upstream first: a room knows only rooms to its left.
RIVER = (
    "people", "ledger", "organizations", "projects", "payments", "scenes", "partners", "donations", "festivals", "flowers",
    "dreams", "disbursements", "disclosures", "communities", "proofs", "insights",
)  # fmt: skip


@dataclass(frozen=True)
class Module:
    """One module: its dotted name, where it stands, and what it says."""

    name: str
    path: str
    tree: ast.Module

    @property
    def floor(self) -> str:
        """`domains` for redflower.domains.ledger.rules; empty for redflower itself."""
        return ".".join(self.name.split(".")[1:2])

    @property
    def house(self) -> str:
        """The room or face a module belongs to: `ledger` for redflower.domains.ledger.rules."""
        return ".".join(self.name.split(".")[2:3])

    @property
    def part(self) -> str:
        """A room's part, file or folder: `services` for redflower.domains.ledger.services.post."""
        return ".".join(self.name.split(".")[3:4])

    def at(self, node: ast.AST) -> str:
        """Where a node stands, as editors and terminals link it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


Law = Callable[[Iterable[Module]], Iterator[str]]


@functools.cache
def read_house() -> tuple[Module, ...]:
    """Every module of redflower, migrations aside: those are written by Django."""
    paths = sorted(path for path in PACKAGE.glob("**/*.py") if "migrations" not in path.parts)
    return tuple(read_module(dotted_name(path), path.read_text("utf-8"), path) for path in paths)


def dotted_name(path: Path) -> str:
    """redflower.kernel.money for redflower/kernel/money.py; a package for its __init__."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def read_module(name: str, source: str, path: Path | None = None) -> Module:
    """Parses one module; without a path, a snippet that poses as one."""
    shown = str(path.relative_to(ROOT)) if path else name.replace(".", "/") + ".py"
    return Module(name, shown, ast.parse(source))


def breaches_in(law: Law, name: str, source: str) -> list[str]:
    """What a law says of a snippet posing as a module of this name."""
    return list(law([read_module(name, source)]))


def hold(breaches: Iterable[str], why: str, instead: str) -> None:
    """Fails with every breach, why it matters, and what to do instead."""
    found = sorted(set(breaches))
    if found:
        places = "\n".join(f"  {breach}" for breach in found)
        pytest.fail(f"\n{places}\n\nWhy: {why}\nInstead: {instead}", pytrace=False)


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the dotted name it is made by: `models.ForeignKey`, `float`, `now`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def dotted(node: ast.AST) -> str:
    """`a.b.c` for names and attributes, whatever stands before the first one left out; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return ""


def imported_names(tree: ast.AST) -> Iterator[tuple[str, str, ast.stmt]]:
    """(module, name, statement) of every import, lazy ones too; the name is empty for `import module`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "", node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from ((node.module or "", alias.name, node) for alias in node.names)


def strings(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Every string a module holds that is not a docstring; an f-string in one piece, with `{}` for what it fills in."""
    parts: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if node.body and isinstance(node.body[0], ast.Expr):
                parts.add(id(node.body[0].value))
        elif isinstance(node, ast.JoinedStr):
            pieces = [value.value if isinstance(value, ast.Constant) else "{}" for value in node.values]
            parts.update(id(value) for value in node.values)
            yield "".join(map(str, pieces)), node
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.value, node


@functools.cache
def read_imports() -> grimp.ImportGraph:
    """Who imports whom in the house; imports inside functions count like any other."""
    return grimp.build_graph("redflower", include_external_packages=True, cache_dir=None)


def find_way(graph: grimp.ImportGraph, start: str, targets: Iterable[str]) -> str:
    """How a module comes to load one of the targets, as `a → b → c`; empty when it never does.

    Importing a.b.c runs a and a.b first, so their imports count as well.
    """
    wanted = set(targets)
    came_from = {start: ""}
    waiting = [start]
    for module in waiting:
        if module in wanted:
            return _tell_way(came_from, module)
        for needed in _loads(graph, module) - came_from.keys():
            came_from[needed] = module
            waiting.append(needed)
    return ""


def _loads(graph: grimp.ImportGraph, module: str) -> set[str]:
    if module not in graph.modules or graph.is_module_squashed(module):
        return set()
    parent = module.rpartition(".")[0]
    return graph.find_modules_directly_imported_by(module) | ({parent} & graph.modules)


def _tell_way(came_from: dict[str, str], module: str) -> str:
    way = [module]
    while came_from[way[0]]:
        way.insert(0, came_from[way[0]])
    return " → ".join(way)

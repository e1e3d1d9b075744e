"""Who may know whom. What import-linter can say stands in pyproject.toml; this file holds it to that, and says the rest."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import grimp
import pytest

from tests.laws.house import ROOT, find_way, hold, read_house, read_imports

FRAMEWORKS = ("django", "ninja", "allauth", "csp", "django_htmx", "whitenoise")
OUTSIDE = (*FRAMEWORKS, "psycopg", "psycopg_pool", "httpx", "requests", "urllib3")
PURE_PARTS = ("rules", "types", "errors")


# --- import-linter: floors, river, rooms ----------------------------------------------------------


def lint(config: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).parent / "lint-imports", "--config", config, "--no-logo", "--no-cache"]
    # PYTHONPATH: the house under judgement is the one in `cwd`, whatever else is installed.
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={"PYTHONPATH": str(cwd)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_floors_river_and_rooms_as_import_linter_draws_them():
    judged = lint(ROOT / "pyproject.toml", ROOT)
    hold(
        [] if judged.returncode == 0 else [judged.stdout + judged.stderr],
        "every floor rests on those below it, and a room only knows rooms whose facts exist earlier",
        "move what is shared down (kernel, plumbing), or let the later room ask the earlier one; 'when X then Y' "
        "belongs to faces/followers",
    )


# The smallest house in which every contract of pyproject.toml is broken once.
CROOKED_HOUSE = {
    "kernel/money.py": "import django",
    "kernel/clock.py": "from redflower.project import settings",
    "adapters/mail.py": "",
    "flows/checkout.py": "from redflower.domains.people import models",
    "plumbing/db.py": "",
    "project/settings.py": "",
    "engine/settle.py": "def settle():\n    import django",
    "faces/donor_site/views.py": "from redflower.faces.public_api import urls\nfrom redflower.domains.people import models",
    "faces/public_api/urls.py": "",
    "domains/people/models.py": "",
    "domains/people/selectors.py": "from redflower.domains.people import services",
    "domains/people/services.py": "import httpx",
    "domains/people/rules.py": "from redflower.domains.insights import types",
    "domains/insights/types.py": "import psycopg",
}


def test_import_linter_catches_a_crooked_house(tmp_path: Path):
    for name, source in CROOKED_HOUSE.items():
        file = tmp_path / "redflower" / name
        for folder in (file.parent, *file.parent.parents):
            if folder == tmp_path:
                break
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "__init__.py").touch()
        file.write_text(source)
    judged = lint(ROOT / "pyproject.toml", tmp_path)
    verdicts = [line for line in judged.stdout.splitlines() if line.endswith((" KEPT", " BROKEN"))]
    assert verdicts, judged.stdout + judged.stderr
    assert [line for line in verdicts if line.endswith("KEPT")] == []


# --- purity ---------------------------------------------------------------------------------------


def find_ways(graph: grimp.ImportGraph, starts: Iterable[str], targets: Iterable[str]) -> Iterator[str]:
    """One way from each start that comes to load a target."""
    yield from filter(None, (find_way(graph, start, targets) for start in sorted(starts)))


def is_pure(module: str) -> bool:
    """The kernel, and a room's rules, types and errors."""
    _, floor, _, part = (*module.split("."), "", "", "", "")[:4]
    return floor == "kernel" or (floor == "domains" and part in PURE_PARTS)


def is_shared_with_the_engine(module: str) -> bool:
    """The engine, and the posting of rooms that it calls."""
    _, floor, _, part = (*module.split("."), "", "", "", "")[:4]
    return floor == "engine" or (floor == "domains" and part == "posting")


def find_impure(graph: grimp.ImportGraph) -> Iterator[str]:
    """Ways on which something pure comes to load a framework, a driver or a client."""
    return find_ways(graph, filter(is_pure, graph.modules), OUTSIDE)


def find_django_in_the_engine(graph: grimp.ImportGraph) -> Iterator[str]:
    """Ways on which the engine, or posting, comes to load Django or anything built on it."""
    return find_ways(graph, filter(is_shared_with_the_engine, graph.modules), FRAMEWORKS)


def test_rules_types_errors_and_kernel_are_pure():
    hold(
        find_impure(read_imports()),
        "a decision that needs a database or a framework cannot be replayed by a stranger, nor tested by the thousand",
        "take what is needed (time, rows, seeds, amounts) as arguments, and let selectors or services fetch it",
    )


def test_the_engine_and_what_it_shares_carry_no_django():
    hold(
        find_django_in_the_engine(read_imports()),
        "the engine settles festivals from a bare psycopg connection; Django costs it its speed",
        "put the statement in the room's posting.py, which takes a connection, and its decision in rules.py",
    )


def test_purity_laws_catch_ways_around_corners():
    graph = grimp.ImportGraph()
    for name in ("redflower", "redflower.kernel", "redflower.engine", "redflower.plumbing"):
        graph.add_module(name)
    graph.add_module("django", is_squashed=True)
    graph.add_import(importer="redflower.kernel.money", imported="redflower.plumbing.db")
    graph.add_import(importer="redflower.plumbing", imported="django")  # by its __init__, before plumbing.db runs
    graph.add_import(importer="redflower.domains.people.rules", imported="redflower.domains.people.posting")
    graph.add_import(importer="redflower.domains.people.posting", imported="redflower.plumbing.db")
    graph.add_import(importer="redflower.engine.settle", imported="redflower.domains.people.posting")
    assert len(list(find_impure(graph))) == 2
    around = "redflower.domains.people.posting → redflower.plumbing.db → redflower.plumbing → django"
    assert list(find_django_in_the_engine(graph)) == [around, f"redflower.engine.settle → {around}"]


def test_what_is_pure_on_paper_is_pure_when_it_runs():
    """Third parties may import more than they say: load everything pure in a fresh interpreter and look."""
    pure = [module.name for module in read_house() if is_pure(module.name)]
    look = (
        f"import importlib, sys\nfor name in {pure!r}: importlib.import_module(name)\n"
        f"print(*sorted(set({OUTSIDE!r}) & sys.modules.keys()))\n"
        f"import redflower.engine.settle\nprint(*sorted(set({FRAMEWORKS!r}) & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    hold(
        [
            f"after rules, types, errors and kernel, then the engine, there is also {name}"
            for name in done.stdout.split()
        ],
        "a pure module that loads a framework through a third party is not pure",
        "call the third party from a selector or service, or write the few lines of it that are needed",
    )


# --- circles --------------------------------------------------------------------------------------


def find_circles(graph: grimp.ImportGraph) -> Iterator[str]:
    """Neighbours, at any depth, that lean on each other; a package's own __init__ is one of its neighbours."""
    inside = {module for module in graph.modules if not graph.is_module_squashed(module)}
    # package → neighbour → neighbour it needs → an import that says so
    edges: dict[str, dict[str, dict[str, str]]] = {}
    for importer in inside:
        for imported in graph.find_modules_directly_imported_by(importer) & inside:
            package, one, other = _where_they_part(importer, imported)
            edges.setdefault(package, {}).setdefault(one, {})[other] = f"{importer} → {imported}"
    for package, needs in edges.items():
        circle = _find_circle(needs)
        if circle:
            told = ", ".join(needs[one][other] for one, other in zip(circle, [*circle[1:], circle[0]], strict=True))
            yield f"{package}: {' → '.join([*circle, circle[0]])} ({told})"


def _where_they_part(importer: str, imported: str) -> tuple[str, str, str]:
    one, other = importer.split("."), imported.split(".")
    depth = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    name = lambda parts: parts[depth] if depth < len(parts) else "__init__"  # noqa: E731
    return ".".join(one[:depth]), name(one), name(other)


def _find_circle(needs: dict[str, dict[str, str]]) -> list[str]:
    done: set[str] = set()

    def visit(node: str, path: list[str]) -> list[str]:
        if node in path:
            return path[path.index(node) :]
        if node in done:
            return []
        found = next(filter(None, (visit(needed, [*path, node]) for needed in sorted(needs.get(node, ())))), [])
        done.add(node)
        return found

    return next(filter(None, (visit(node, []) for node in sorted(needs))), [])


def test_no_circles_at_any_depth():
    hold(
        find_circles(read_imports()),
        "two modules that need each other are one module in two files: neither can be read, tested or moved alone",
        "move what both need into a third, below them; a lazy import hides the circle and breaks later",
    )


def test_circles_are_found_lazy_deep_and_through_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    house = tmp_path / "crooked_house_of_circles"
    for name, source in {
        "__init__.py": "",
        "east/__init__.py": "",
        "east/morning.py": "def wake():\n    from crooked_house_of_circles.west import evening",
        "west/__init__.py": "",
        "west/evening.py": "from crooked_house_of_circles.east import noon",
        "east/noon.py": "",
        "hall/__init__.py": "from crooked_house_of_circles.hall.door import open",
        "hall/door.py": "import crooked_house_of_circles.hall\nopen = 1",
    }.items():
        (house / name).parent.mkdir(parents=True, exist_ok=True)
        (house / name).write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    graph = grimp.build_graph(house.name, cache_dir=None)
    assert sorted(found.split(" (")[0] for found in find_circles(graph)) == [
        f"{house.name}.hall: __init__ → door → __init__",
        f"{house.name}: east → west → east",
    ]

"""Who may know whom. What import-linter can say stands in pyproject.toml; this file holds it to that, and says the rest."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import grimp
import pytest

from tests.laws.house import (
    RIVER,
    ROOT,
    Module,
    breaches_in,
    find_way,
    hold,
    imported_names,
    read_house,
    read_imports,
)

FRAMEWORKS = ("django", "ninja", "allauth", "csp", "django_htmx", "whitenoise")
NETWORK = ("httpx", "requests", "urllib", "urllib3", "http", "socket", "smtplib", "ftplib", "ssl", "asyncio")
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


def find_impure(graph: grimp.ImportGraph) -> Iterator[str]:
    """Ways on which the kernel, or a room's rules, types and errors, come to load a framework, a driver or a client."""
    for module in sorted(graph.modules):
        parts = module.split(".")
        if parts[:2] == ["redflower", "kernel"] or (parts[1:2] == ["domains"] and parts[3:4] and parts[3] in PURE_PARTS):
            yield from filter(None, [find_way(graph, module, (*FRAMEWORKS, "psycopg", "psycopg_pool", "httpx", "requests"))])


def find_framework_in_engine(graph: grimp.ImportGraph) -> Iterator[str]:
    """Ways on which the engine comes to load Django or anything built on it."""
    for module in sorted(graph.modules):
        if module.split(".")[:2] == ["redflower", "engine"]:
            yield from filter(None, [find_way(graph, module, FRAMEWORKS)])


def find_framework_in_posting(graph: grimp.ImportGraph) -> Iterator[str]:
    """Ways on which a room's posting, which the engine shares, comes to load Django."""
    for module in sorted(graph.modules):
        if module.split(".")[1:2] == ["domains"] and module.split(".")[3:4] == ["posting"]:
            yield from filter(None, [find_way(graph, module, FRAMEWORKS)])


def test_rules_types_errors_and_kernel_are_pure():
    hold(
        find_impure(read_imports()),
        "a decision that needs a database or a framework cannot be replayed by a stranger, nor tested by the thousand",
        "take what is needed (time, rows, seeds, amounts) as arguments, and let selectors or services fetch it",
    )


def test_the_engine_and_what_it_shares_carry_no_django():
    hold(
        [*find_framework_in_engine(read_imports()), *find_framework_in_posting(read_imports())],
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
    assert [*find_framework_in_engine(graph)] == [
        "redflower.engine.settle → redflower.domains.people.posting → redflower.plumbing.db → redflower.plumbing → django"
    ]
    assert len(list(find_framework_in_posting(graph))) == 1


def test_what_is_pure_on_paper_is_pure_when_it_runs():
    """Third parties may import more than they say: load everything pure in a fresh interpreter and look."""
    pure = [
        module.name
        for module in read_house()
        if module.floor == "kernel" or (module.floor == "domains" and module.part in PURE_PARTS)
    ]
    look = (
        f"import importlib, sys\nfor name in {pure!r}: importlib.import_module(name)\n"
        f"print(*sorted({{*{FRAMEWORKS!r}, 'psycopg', 'httpx', 'requests', 'urllib3'}} & sys.modules.keys()))\n"
        "import redflower.engine.settle\n"
        f"print(*sorted(set({FRAMEWORKS!r}) & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    hold(
        [f"importing rules, types, errors and kernel, then the engine, has loaded: {done.stdout}"] if done.stdout.strip() else [],
        "a pure module that loads a framework through a third party is not pure",
        "call the third party from a selector or service, or write the few lines of it that are needed",
    )


# --- circles --------------------------------------------------------------------------------------


def find_circles(graph: grimp.ImportGraph) -> Iterator[str]:
    """Neighbours, at any depth, that lean on each other; a package's own __init__ is one of its neighbours."""
    inside = {module for module in graph.modules if not graph.is_module_squashed(module)}
    edges: dict[str, dict[str, dict[str, str]]] = {}  # package → neighbour → neighbour it needs → an import that says so
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


# --- rooms ----------------------------------------------------------------------------------------

ROOM_PARTS = {"apps", "models", "types", "errors", "rules", "selectors", "services", "posting", "audit", "migrations"}
# What a part may use of its own room, and of rooms upstream.
OWN = {
    "errors": set(),
    "types": {"errors"},
    "rules": {"types", "errors"},
    "models": {"types", "errors", "rules"},
    "posting": {"types", "errors", "rules"},
    "selectors": {"types", "errors", "rules", "posting"},
    "audit": {"types", "errors", "rules", "selectors"},
    "services": {"types", "errors", "rules", "posting", "selectors", "models"},
    "apps": set(),
}
UPSTREAM = {
    "errors": {"errors", "types"},
    "types": {"types"},
    "rules": {"types", "errors", "rules"},
    "models": {"types"},
    "posting": {"types", "errors", "rules", "posting"},
    "selectors": {"types", "errors", "rules", "selectors"},
    "audit": {"types", "errors", "rules", "selectors"},
    "services": {"types", "errors", "rules", "posting", "selectors", "services"},
    "apps": set(),
}


def find_misshapen_rooms(modules: Iterable[Module]) -> Iterator[str]:
    """Parts a room does not have, and imports between parts that point the wrong way."""
    for module in modules:
        if module.floor != "domains" or not module.part:
            continue
        if module.part not in ROOM_PARTS:
            yield f"{module.path}: a room has no part called {module.part}"
            continue
        for name, thing, node in imported_names(module.tree):
            parts = (f"{name}.{thing}" if thing else name).split(".")
            if parts[:2] == ["redflower", "domains"] and len(parts) > 3:
                room, part = parts[2], parts[3]
                if room == module.house:
                    fine = part in OWN[module.part] or part == module.part
                else:
                    fine = part in UPSTREAM[module.part] and RIVER.index(room) < RIVER.index(module.house)
                if not fine:
                    yield f"{module.at(node)}: {module.house}.{module.part} uses {room}.{part}"


def test_rooms_keep_their_shape():
    hold(
        find_misshapen_rooms(read_house()),
        "services > selectors > models > rules > types | errors, posting beside models for the engine: so everybody "
        "knows where to look, and no table is read through another room's model",
        "put the decision into rules, the read into selectors, the write into services; ask another room through its "
        "selectors, services or posting, with ids and frozen values",
    )


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("domains.ledger.rules", "from redflower.domains.ledger import selectors"),
        ("domains.ledger.posting", "def lazily():\n    from redflower.domains.ledger.services import x"),
        ("domains.donations.services", "from redflower.domains.projects.models import Project"),
        ("domains.donations.posting", "from redflower.domains.projects.selectors import find"),
        ("domains.people.rules", "from redflower.domains.projects.rules import x"),
        ("domains.people.mailbox", ""),
    ],
)
def test_misshapen_rooms_are_caught(name, source):
    assert len(breaches_in(find_misshapen_rooms, f"redflower.{name}", source)) == 1


# --- doors ----------------------------------------------------------------------------------------


def find_network_in_rooms(modules: Iterable[Module]) -> Iterator[str]:
    """Imports of anything that can open a connection, in rooms and in what they stand on besides plumbing."""
    for module in modules:
        if module.floor in ("domains", "kernel", "engine"):
            for name, _, node in imported_names(module.tree):
                if name.split(".")[0] in NETWORK:
                    yield f"{module.at(node)}: imports {name}"


def test_rooms_never_speak_to_the_network():
    hold(
        find_network_in_rooms(read_house()),
        "rooms work inside transactions; a slow answer from outside would hold their locks",
        "write an adapter, and a flow that goes command → adapter → command",
    )


@pytest.mark.parametrize(
    "source", ["import httpx", "from urllib.request import urlopen", "def f():\n    import socket", "import http.client"]
)
def test_network_in_rooms_is_caught(source):
    assert breaches_in(find_network_in_rooms, "redflower.domains.payments.services", source)
    assert not breaches_in(find_network_in_rooms, "redflower.adapters.mail", source)


# `commands` starts the others: the worker turns the followers' crank, the simulator and the seeder are the demo's.
FACES_THAT_COMPOSE = {"commands": {"followers", "demo"}}


def find_leaning_faces(modules: Iterable[Module]) -> Iterator[str]:
    """Imports from one face to another, `shared` aside."""
    for module in modules:
        if module.floor != "faces" or not module.house:
            continue
        for name, thing, node in imported_names(module.tree):
            parts = (f"{name}.{thing}" if thing else name).split(".")
            if parts[:2] == ["redflower", "faces"] and len(parts) > 2:
                if parts[2] not in {module.house, "shared", *FACES_THAT_COMPOSE.get(module.house, ())}:
                    yield f"{module.at(node)}: {module.house} leans on {parts[2]}"


def test_faces_lean_only_on_what_they_share():
    hold(
        find_leaning_faces(read_house()),
        "each audience's pages change on their own; a face that leans on another breaks when that one is redone",
        "move what both need to faces/shared, or down into a selector",
    )


@pytest.mark.parametrize(
    ("name", "source", "caught"),
    [
        ("faces.donor_site.views", "from redflower.faces.public_api.problems import x", True),
        ("faces.shared.views", "def f():\n    from redflower.faces import donor_site", True),
        ("faces.commands.worker", "from redflower.faces.donor_site.views import home", True),
        ("faces.commands.worker", "from redflower.faces.followers import insights", False),
        ("faces.donor_site.views", "from redflower.faces.shared import formats", False),
    ],
)
def test_leaning_faces_are_caught(name, source, caught):
    assert bool(breaches_in(find_leaning_faces, f"redflower.{name}", source)) == caught

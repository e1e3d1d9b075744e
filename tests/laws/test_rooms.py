"""What stands in a room, what a room may use of others, and that faces and rooms keep to their side of the door."""

from collections.abc import Iterable, Iterator

import pytest

from tests.laws.house import RIVER, Module, breaches_in, hold, imported_names, read_house

NETWORK = ("httpx", "requests", "urllib", "urllib3", "http", "socket", "smtplib", "ftplib", "ssl", "asyncio")
SPELLS_ONLY = "urllib.parse"  # addresses as text; it opens nothing
# The engine's door and batcher wait for those who come in; neither calls anybody.
WAIT_AT_THE_DOOR = {"redflower.engine.door": "asyncio", "redflower.engine.batch": "asyncio"}

# --- the shape of a room --------------------------------------------------------------------------

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
                if name in (SPELLS_ONLY, WAIT_AT_THE_DOOR.get(module.name)):
                    continue
                if name.split(".")[0] in NETWORK:
                    yield f"{module.at(node)}: imports {name}"


def test_rooms_never_speak_to_the_network():
    hold(
        find_network_in_rooms(read_house()),
        "rooms work inside transactions; a slow answer from outside would hold their locks",
        "write an adapter, and a flow that goes command → adapter → command",
    )


@pytest.mark.parametrize(
    "source",
    ["import httpx", "from urllib.request import urlopen", "def f():\n    import socket", "import http.client"],
)
def test_network_in_rooms_is_caught(source):
    assert breaches_in(find_network_in_rooms, "redflower.domains.payments.services", source)
    assert not breaches_in(find_network_in_rooms, "redflower.adapters.mail", source)


def test_a_door_may_wait_and_an_address_be_spelled():
    assert not breaches_in(find_network_in_rooms, "redflower.engine.door", "import asyncio")
    assert breaches_in(find_network_in_rooms, "redflower.engine.door", "import socket")
    assert breaches_in(find_network_in_rooms, "redflower.engine.settle", "import asyncio")
    assert not breaches_in(find_network_in_rooms, "redflower.domains.scenes.rules", "from urllib.parse import quote")


# `commands` starts the others: the worker turns the followers' crank, the simulator and the seeder are the demo's.
FACES_THAT_COMPOSE = {"commands": {"followers", "demo"}}


def find_leaning_faces(modules: Iterable[Module]) -> Iterator[str]:
    """Imports from one face to another, `shared` aside."""
    for module in modules:
        if module.floor != "faces" or not module.house:
            continue
        for name, thing, node in imported_names(module.tree):
            parts = (f"{name}.{thing}" if thing else name).split(".")
            known = {module.house, "shared", *FACES_THAT_COMPOSE.get(module.house, ())}
            if parts[:2] == ["redflower", "faces"] and len(parts) > 2 and parts[2] not in known:
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

"""Who may open a table, how tables point at each other, and which of them have a past nobody can change."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from redflower.plumbing.append_only import APP_ROLE, secure_tables
from tests.laws.house import (
    PACKAGE,
    RIVER,
    Module,
    breaches_in,
    calls,
    dotted,
    hold,
    imported_names,
    read_house,
    read_module,
    strings,
)

# --- faces, flows and adapters never open tables --------------------------------------------------

# What a face may know of django.db: that the database is away, and that a broken connection is let go.
HARMLESS = {"Error", "DatabaseError", "OperationalError", "InterfaceError", "close_old_connections"}
# What a face may take from plumbing.db: transactions to hand on, never rows.
TRANSACTIONS = {
    "command", "raw_connection", "snapshot", "check_database", "wait_for_disk", "prepare_statements",
    "close_connection", "refresh_statistics", "DATABASE_ERRORS",
}  # fmt: skip
# The sandbox provider keeps books of its own (SQLite), as any provider would; ours stay shut to it.
OTHER_PEOPLES_BOOKS = "redflower.adapters.sandbox_bank"
SQL = re.compile(r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|TRUNCATE)\b", re.DOTALL)


def find_opened_tables(modules: Iterable[Module]) -> Iterator[str]:
    """Models, the ORM, cursors and SQL above the rooms."""
    for module in modules:
        if module.floor not in ("faces", "flows", "adapters") or module.name.startswith(OTHER_PEOPLES_BOOKS):
            continue
        for name, thing, node in imported_names(module.tree):
            if _opens_tables(name, thing):
                yield f"{module.at(node)}: imports {f'{name}.{thing}' if thing else name}"
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and node.attr in (
                "objects",
                "_default_manager",
                "execute",
                "executemany",
            ):
                yield f"{module.at(node)}: uses {dotted(node)}"
        for text, node in strings(module.tree):
            if SQL.search(text):
                yield f"{module.at(node)}: speaks SQL"


def _opens_tables(name: str, thing: str) -> bool:
    parts = [*name.split("."), *([thing] if thing else [])]
    if parts[:2] == ["redflower", "domains"]:
        return "models" in parts
    if name.startswith("django.db"):
        return name != "django.db" or thing not in HARMLESS
    if name == "redflower.plumbing.db":
        return thing not in TRANSACTIONS
    return name in ("redflower.plumbing.models", "django.contrib.auth.models") or thing in (
        "get_user_model",
        "get_model",
    )


def test_faces_flows_and_adapters_never_open_tables():
    hold(
        find_opened_tables(read_house()),
        "a page that reads tables copies a rule it does not know, and breaks when the table moves",
        "ask the room's selectors, and write through its services; what is missing there is added there",
    )


@pytest.mark.parametrize(
    "source",
    [
        "from redflower.domains.donations.models import Gift",
        "from redflower.domains.donations import models",
        "from django.db import models",
        "from django.db.models import Q",
        "from redflower.plumbing.db import fetch_all",
        "def f():\n    from django.contrib.auth import get_user_model",
        "User.objects.get(id=1)",
        "conn.execute(sql)",
        "QUERY = f'SELECT {name} FROM donations_gift'",
    ],
)
def test_opened_tables_are_caught(source):
    assert breaches_in(find_opened_tables, "redflower.faces.donor_site.views.home", source)
    assert breaches_in(find_opened_tables, "redflower.flows.checkout", source)


# --- relations ------------------------------------------------------------------------------------

USER = "settings.AUTH_USER_MODEL"  # Django's own way of saying "people.User"


def find_loose_relations(modules: Iterable[Module]) -> Iterator[str]:
    """Relations that can be walked backwards, take rows with them, or point at a room downstream."""
    for module in modules:
        if module.floor != "domains" or module.part != "models":
            continue
        for name, call in calls(module.tree):
            if name.split(".")[-1] in ("ForeignKey", "OneToOneField", "ManyToManyField"):
                yield from (f"{module.at(call)}: {fault}" for fault in _faults_of(module, name.split(".")[-1], call))


def _faults_of(module: Module, kind: str, call: ast.Call) -> Iterator[str]:
    options = {keyword.arg: keyword.value for keyword in call.keywords}
    if kind == "ManyToManyField":
        yield "a many-to-many field hides a table; write the table between"
    related = options.get("related_name")
    if not (isinstance(related, ast.Constant) and related.value == "+"):
        yield 'related_name is not "+"'
    if dotted(options.get("on_delete", ast.Constant(None))).split(".")[-1] != "PROTECT":
        yield "on_delete is not PROTECT"
    target = call.args[0] if call.args else options.get("to")
    if isinstance(target, ast.Constant) and isinstance(target.value, str):
        room = target.value.split(".")[0] if "." in target.value else module.house
    elif dotted(target or call) == USER:
        room = "people"
    else:
        own = {node.name for node in module.tree.body if isinstance(node, ast.ClassDef)}
        if dotted(target or call) not in own:
            yield "another room's table is named by its model, not by a string"
        return
    if RIVER.index(room) > RIVER.index(module.house):
        yield f"{module.house} points downstream, at {room}"


def test_relations_are_hidden_protected_and_point_upstream():
    hold(
        find_loose_relations(read_house()),
        "rows of the past must not vanish with what they point at, and a room must not be read through another's model",
        'models.ForeignKey("projects.Project", on_delete=models.PROTECT, related_name="+"), pointing upstream',
    )


@pytest.mark.parametrize(
    "field",
    [
        'models.ForeignKey("projects.Project", on_delete=models.PROTECT)',
        'models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+")',
        'models.OneToOneField(Project, on_delete=models.PROTECT, related_name="+")',
        'models.ForeignKey("festivals.Pool", on_delete=models.PROTECT, related_name="+")',
        'models.ManyToManyField("projects.Project", related_name="+")',
    ],
)
def test_loose_relations_are_caught(field):
    assert breaches_in(find_loose_relations, "redflower.domains.donations.models", f"x = {field}")


def test_a_sound_relation_is_let_through():
    source = """
class Order(models.Model): ...
class Capture(models.Model):
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="+")
    donor = models.ForeignKey("people.Donor", on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
"""
    assert breaches_in(find_loose_relations, "redflower.domains.payments.models", source) == []


# --- the past -------------------------------------------------------------------------------------

# What must never change, whatever a docstring says (docs/decisions/0007-append-only-by-trigger-and-role.md).
APPEND_ONLY = {
    "plumbing_event",
    "people_audit_row",
    "people_change",
    "people_change_decision",
    "ledger_transfer",
    "payments_order",
    "payments_capture",
    "payments_end",
    "festivals_rule_set",
    "festivals_ticket",
    "festivals_slice",
    "festivals_award",
    "flowers_earning",
}


@dataclass(frozen=True)
class Table:
    """A table as its model tells it."""

    name: str
    path: str
    is_append_only: bool


def read_tables(modules: Iterable[Module]) -> Iterator[Table]:
    """Every table whose model is written down, and whether its docstring promises that it is insert-only."""
    for module in modules:
        for node in ast.walk(module.tree):
            name = _table_of(node) if isinstance(node, ast.ClassDef) else ""
            if name:
                promise = (ast.get_docstring(node) or "").lower()
                yield Table(name, module.at(node), "insert-only" in promise or "append-only" in promise)


def _table_of(model: ast.ClassDef) -> str:
    for meta in model.body:
        for node in meta.body if isinstance(meta, ast.ClassDef) and meta.name == "Meta" else ():
            if isinstance(node, ast.Assign) and dotted(node.targets[0]) == "db_table":
                return str(ast.literal_eval(node.value))
    return ""


def tables_made_append_only() -> set[str]:
    """The tables some migration guards."""
    written = "".join(path.read_text("utf-8") for path in PACKAGE.glob("**/migrations/*.py"))
    return set(re.findall(r'append_only\("(\w+)"\)', written))


def find_broken_promises(tables: Iterable[Table], guarded: set[str]) -> Iterator[str]:
    """Tables that say they are insert-only and are not guarded, or are guarded and do not say so."""
    for table in tables:
        if table.is_append_only != (table.name in guarded):
            yield f"{table.path}: {table.name} {'promises' if table.is_append_only else 'does not say'} to be insert-only"


def test_what_is_told_insert_only_is_guarded_and_the_other_way_round():
    tables = list(read_tables(read_house()))
    hold(
        [*find_broken_promises(tables, tables_made_append_only()), *sorted(APPEND_ONLY - tables_made_append_only())],
        "a promise about the past that only a docstring keeps is not kept",
        'add `append_only("the_table")` to the room\'s migrations, and "insert-only" to the model\'s first line',
    )


def test_a_broken_promise_is_caught():
    model = 'class Proof(models.Model):\n    """A proof; insert-only."""\n    class Meta:\n        db_table = "proofs_proof"'
    tables = list(read_tables([read_module("redflower.domains.proofs.models", model)]))
    assert list(find_broken_promises(tables, set()))
    assert not list(find_broken_promises(tables, {"proofs_proof"}))


def changes_of(table: str) -> list[str]:
    """The three ways to change the past of a table, each of which finds no row to change."""
    with connection.cursor() as cursor:
        column = connection.introspection.get_table_description(cursor, table)[0].name
    return [
        f"UPDATE {table} SET {column} = {column} WHERE false",
        f"DELETE FROM {table} WHERE false",
        f"TRUNCATE {table} CASCADE",
    ]


def find_changeable(table: str, role: str | None = None) -> list[str]:
    """The changes a table lets through, to its owner (whom a trigger stops) or to a role (whom rights stop)."""
    let_through = []
    for change in changes_of(table):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                if role:
                    # Without the triggers, so that what refuses is the role's want of rights.
                    cursor.execute("SET LOCAL session_replication_role = replica")
                    cursor.execute(f"SET LOCAL ROLE {role}")
                cursor.execute(change)
                let_through.append(change)
                transaction.set_rollback(True)
        except DatabaseError as refusal:
            assert (
                isinstance(refusal.__cause__, psycopg.errors.InsufficientPrivilege)
                if role
                else "append-only" in str(refusal)
            )
    return let_through


@pytest.mark.django_db
def test_the_past_is_closed_to_its_owner_by_trigger_and_to_the_application_by_role():
    with connection.cursor() as cursor:
        assert secure_tables(cursor), "this database user may not make roles: the tests need one that may"
    open_to_owner = [change for table in sorted(APPEND_ONLY) for change in find_changeable(table)]
    open_to_application = [change for table in sorted(APPEND_ONLY) for change in find_changeable(table, APP_ROLE)]
    hold(
        [*open_to_owner, *(f"as {APP_ROLE}: {change}" for change in open_to_application)],
        "whoever can change yesterday's rows can change what was given to whom",
        "correct by a new row; guard the table with plumbing.append_only in a migration",
    )


@pytest.mark.django_db
def test_a_table_with_an_open_past_is_caught():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE open_past (id int)")
        secure_tables(cursor)
    assert len(find_changeable("open_past")) == 3
    assert len(find_changeable("open_past", APP_ROLE)) == 2  # the role never truncates

"""Open data: the tables are the log told as rows, the standards' schemas accept the rest, and nothing tells who gave."""

import csv
import gzip
import hashlib
import io
import itertools
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.db import connection
from django.test import Client
from lxml import etree
from pyarrow import parquet
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from redflower.domains.festivals.selectors import list_wanted_rounds
from redflower.domains.festivals.services import close_pools, draw_due_slices, record_rounds
from redflower.domains.festivals.types import BeaconRound
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.domains.people.models import Donor
from redflower.domains.proofs.selectors import list_entries
from redflower.faces.followers import proofs
from redflower.faces.shared.exports import builder, shelf, tables
from redflower.faces.shared.exports.iati import split_by_year
from redflower.faces.shared.exports.writers import TableWriter
from redflower.kernel import clock
from tests.beacons import CHAIN, sign_round
from tests.factories import NOON, give, make_charity, make_festival, make_project
from tests.faults.processes import eventually

pytestmark = pytest.mark.django_db(transaction=True)
SCHEMAS = Path(__file__).parents[1] / "standards"
FORMATS = jsonschema.FormatChecker([])
FORMATS.checks("date-time")(
    lambda text: re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text) is not None
)
WIDE = {"title_zh": "=午餐", "title_en": 'Lunch & <b>"tea"</b></script>', "summary_zh": "一、二，三"}


def one(sql: str, *params: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return cursor.fetchone()[0]


def follow() -> None:
    unread = """SELECT count(*) FROM plumbing_event e LEFT JOIN plumbing_cursor c ON c.follower = 'proofs'
                WHERE c.follower IS NULL OR (e.xid, e.id) > (c.xid, c.event_id)"""
    assert eventually(lambda: proofs.follow_once() == 0 and one(unread) == 0, 30)


@pytest.fixture
def data(settings: Any, tmp_path: Path) -> Path:
    settings.REDFLOWER_DATA = tmp_path
    settings.REDFLOWER_BASE_URL = "https://flowers.example"
    return tmp_path


@pytest.fixture
def world(data: Path) -> list[Any]:
    """Two projects of one charity, eight gifts by people with names and messages, one festival drawn and closed."""
    make_festival(presets=("surprise-2024",), slice_seconds=5)
    charity = make_charity()
    projects = [
        make_project(charity=charity, slug="wide", cause="disaster", ends_at=NOON + timedelta(days=900), **WIDE),
        make_project(
            charity=charity, slug="done", starts_at=NOON - timedelta(days=400), ends_at=NOON + timedelta(days=1)
        ),
    ]
    for number in range(8):
        give(
            projects[number % 2].id, 901 + number, NOON + timedelta(seconds=number),
            shown_as="named", shown_name="王小明", message="一点心意",
        )  # fmt: skip
    festival = one("SELECT id FROM festivals_festival")
    draw_due_slices(festival, "Asia/Shanghai", NOON + timedelta(hours=3))
    close_pools(festival, NOON + timedelta(hours=3))
    follow()
    return projects


@pytest.fixture
def export(world: list[Any]) -> shelf.Export:
    builder.build_all(shelf.folder(), clock.now())
    found = shelf.find_export()
    assert found is not None
    return found


def text_of(export: shelf.Export, name: str) -> str:
    return b"".join(export.files[name].read(plain=True)).decode()


def rows_of(export: shelf.Export, table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of(export, f"{table}.csv").removeprefix("\ufeff"))))


# --- what is in it ---------------------------------------------------------------------------------


def test_the_tables_add_up_to_the_ledger(export, world):
    gifts, awards, projects = (rows_of(export, name) for name in ("gifts", "awards", "projects"))
    assert len(gifts) == 8
    for project in world:
        given = sum(int(row["amount_minor"]) for row in gifts if row["project_id"] == str(project.id))
        matched = sum(int(row["amount_minor"]) for row in awards if row["project_id"] == str(project.id))
        told = next(row for row in projects if row["slug"] == project.slug)
        assert (given, matched) == (int(told["given_minor"]), int(told["matched_minor"]))
        assert given + matched == get_balance(AccountKind.PROJECT, project.id)
    assert export.given_minor == sum(int(row["amount_minor"]) for row in gifts)
    assert export.matched_minor == sum(int(row["amount_minor"]) for row in awards) > 0


def test_every_row_is_an_entry_of_the_log_at_its_place(export):
    entries = {entry.index: json.loads(entry.body) for entry in list_entries(0, 10_000)}
    assert export.log_size == len(entries)
    for table, kind, key in (("gifts", "gift", "gift_id"), ("awards", "award", "award_id")):
        rows = rows_of(export, table)
        assert len(rows) == sum(entry["kind"] == kind for entry in entries.values())
        for row in rows:
            entry = entries[int(row["log_index"])]
            assert (entry["id"], entry["amount"]) == (row[key], int(row["amount_minor"]))
    pool = rows_of(export, "pools")[0]
    assert int(pool["granted_minor"]) == export.matched_minor
    assert int(pool["budget_minor"]) == export.matched_minor + int(pool["returned_minor"])
    assert hashlib.sha256(bytes.fromhex(pool["secret"])).hexdigest() == pool["secret_sha256"]


def test_what_fixes_a_draw_in_time_is_told_to_programs_too(data):
    """When a pool has to have drawn, and the public beacon of its slices, as the log has them."""
    festival = make_festival(presets=("surprise-2024",), slice_seconds=5, beacon=CHAIN)
    project = make_project(ends_at=NOON + timedelta(days=900))
    give(project.id, 500, NOON)
    due = NOON + timedelta(hours=3)
    assert draw_due_slices(festival, "Asia/Shanghai", due) == 0  # it waits for its round
    wanted = [each.number for each in list_wanted_rounds(due, 100)]
    record_rounds([BeaconRound(CHAIN.chain_hash, number, sign_round(number)) for number in wanted], NOON)
    draw_due_slices(festival, "Asia/Shanghai", due)
    follow()
    builder.build_all(shelf.folder(), clock.now())
    export = shelf.find_export()
    assert export is not None
    entries = [json.loads(entry.body) for entry in list_entries(0, 10_000)]
    [announced] = [entry for entry in entries if entry["kind"] == "pool_announced"]
    [drawn] = [entry for entry in entries if entry["kind"] == "slice"]
    [pool], [piece] = rows_of(export, "pools"), rows_of(export, "slices")
    assert pool["reveal_by"] == announced["reveal_by"]
    described = CHAIN.describe()
    for name in ("chain_hash", "public_key", "genesis_seconds", "period_seconds"):
        assert pool[f"beacon_{name}"] == str(described[name])
    assert (piece["beacon_round"], piece["beacon_signature"]) == (
        str(drawn["beacon"]["round"]),
        drawn["beacon"]["signature"],
    )


def test_nothing_tells_who_gave(export):
    people = {str(donor) for donor in Donor.objects.values_list("id", flat=True)}
    commitments = {json.loads(entry.body).get("donor") for entry in list_entries(0, 10_000)} - {None}
    assert people
    assert commitments
    for name, file in export.files.items():
        told = b"".join(file.read(plain=True)).decode("utf-8", "replace")
        for secret in people | commitments | {"王小明", "一点心意"}:
            assert secret not in told, name
    assert {"donor_id", "person_id", "shown_name", "message", "channel"}.isdisjoint(
        column.name for table in tables.TABLES for column in table.columns
    )


def test_the_three_formats_say_the_same(export):
    for table in tables.TABLES:
        lines = [json.loads(line) for line in text_of(export, f"{table.name}.jsonl").splitlines()]
        typed = parquet.read_table(export.files[f"{table.name}.parquet"].path)
        plain = rows_of(export, table.name)
        assert [column.name for column in table.columns] == typed.column_names == list(plain[0])
        assert len(lines) == typed.num_rows == len(plain) == export.files[f"{table.name}.csv"].rows
        for column in table.columns:
            for line, cell, told in zip(lines, typed[column.name].to_pylist(), plain, strict=True):
                value = line[column.name]
                if isinstance(cell, datetime):
                    assert cell == datetime.fromisoformat(value)
                    assert cell.tzinfo is not None
                else:
                    assert str(cell) == str(value)
                assert told[column.name].removeprefix("'") == ("" if value is None else str(value))


def test_a_spreadsheet_runs_nothing(export):
    row = next(row for row in rows_of(export, "projects") if row["slug"] == "wide")
    assert row["title_zh"] == "'=午餐"
    assert "=午餐" in {json.loads(line)["title_zh"] for line in text_of(export, "projects.jsonl").splitlines()}


# --- other people's standards ----------------------------------------------------------------------


def iati_schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / "iati-2.03" / name))


@pytest.mark.parametrize("kind", ["activities", "organisations"])
def test_iati_is_valid(export, kind):
    document = etree.fromstring(text_of(export, f"iati-{kind}.xml").encode())
    iati_schema(f"iati-{kind}-schema.xsd").assertValid(document)
    assert document.get("version") == "2.03"


def test_iati_tells_what_each_project_received(export, world):
    document = etree.fromstring(text_of(export, "iati-activities.xml").encode())
    for activity in document.findall("iati-activity"):
        project = next(each for each in world if activity.findtext("iati-identifier").endswith(str(each.id)))
        told = sum(int(value.text.replace(".", "")) for value in activity.findall("transaction/value"))
        assert told == get_balance(AccountKind.PROJECT, project.id)
        budget = sum(int(value.text.replace(".", "")) for value in activity.findall("budget/value"))
        assert budget == project.goal_minor
    titles = {each.text for each in document.iterfind(".//title/narrative")}
    assert WIDE["title_en"] in titles


def test_a_budget_is_split_into_years_to_the_fen():
    start, end = datetime(2024, 2, 29, tzinfo=UTC).date(), datetime(2026, 5, 1, tzinfo=UTC).date()
    parts = split_by_year(1_000_001, start, end)
    assert sum(minor for _, _, minor in parts) == 1_000_001
    assert parts[0][0] == start
    assert parts[-1][1] == end
    for (first, last, _), (following, _, _) in itertools.pairwise(parts):
        assert following == last + timedelta(days=1)
        assert (last - first).days < 366
    assert split_by_year(7, start, start) == [(start, start, 7)]


def test_360giving_is_valid_and_tells_what_pools_gave(export):
    grant = json.loads((SCHEMAS / "360giving-1.4.3" / "360-giving-schema.json").read_text("utf-8"))
    package = json.loads((SCHEMAS / "360giving-1.4.3" / "360-giving-package-schema.json").read_text("utf-8"))
    address = package["properties"]["grants"]["items"]["$ref"]
    registry = Registry().with_resource(address, DRAFT202012.create_resource(grant))
    document = json.loads(text_of(export, "360giving.json"), parse_float=str)
    validator = jsonschema.Draft202012Validator(package, registry=registry, format_checker=FORMATS)
    validator.validate(json.loads(text_of(export, "360giving.json")))
    granted = sum(_fen(each["amountAwarded"]) for each in document["grants"])
    assert granted == export.matched_minor
    with pytest.raises(jsonschema.ValidationError):  # the schema is at work: a grant without a funder is refused
        validator.validate({"grants": [{**document["grants"][0], "amountAwarded": 1, "fundingOrganization": []}]})


def _fen(amount: int | str) -> int:
    yuan, _, rest = str(amount).partition(".")
    return int(yuan) * 100 + int(rest.ljust(2, "0") or 0)


# --- how it is made --------------------------------------------------------------------------------


def test_an_empty_log_exports_empty_tables(data):
    follow()
    builder.build_all(shelf.folder(), clock.now())
    export = shelf.find_export()
    assert export.gifts == export.log_size == 0
    assert rows_of(export, "gifts") == []
    assert parquet.read_table(export.files["gifts.parquet"].path).num_rows == 0
    assert not {"360giving.json", "iati-activities.xml", "iati-organisations.xml"} & export.files.keys()


def test_making_goes_on_a_little_at_a_time_and_is_seen_only_when_done(world, monkeypatch):
    monkeypatch.setattr(builder, "ENTRIES_AT_ONCE", 3)
    making = builder.OpenData()
    steps = 0
    while making.build_once():
        assert shelf.find_export() is None
        steps += 1
    export = shelf.find_export()
    assert steps > export.log_size / 3
    assert len(rows_of(export, "gifts")) == 8
    assert making.build_once() == 0  # nothing new, and too early
    assert [path.name[:6] for path in shelf.folder().iterdir() if path.is_dir() and not path.is_symlink()] == ["build-"]


def test_an_interrupted_export_leaves_nothing_and_is_made_again(world, monkeypatch):
    making = builder.OpenData()

    def fail(*_: object) -> list[Any]:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(builder, "list_entries", fail)
        with pytest.raises(OSError, match="full"):
            while making.build_once():
                pass
    assert shelf.find_export() is None
    assert not list(shelf.folder().glob("making-*"))
    assert making.build_once() == 0  # not at once again
    monkeypatch.setattr(making, "_not_before", clock.now())
    while making.build_once():
        pass
    assert shelf.find_export().gifts == 8


def test_two_workers_make_one_export(world):
    first, second = builder.build(shelf.folder(), clock.now()), builder.build(shelf.folder(), clock.now())
    next(first)
    assert list(second) == []
    for _ in first:
        pass
    assert shelf.find_export().gifts == 8


def test_rows_waiting_in_memory_are_bounded(tmp_path):
    writer = TableWriter(tables.CHARITIES, tmp_path)
    row = ["x" if column.kind == tables.Kind.TEXT else "2026-01-01" for column in tables.CHARITIES.columns]
    for _ in range(25_000):
        writer.add(row)
        assert len(writer._waiting) < 10_000
    assert [line["rows"] for line in writer.close()] == [25_000] * 3


# --- how it is served ------------------------------------------------------------------------------


def test_files_are_served_compressed_or_plain_with_one_truth(client: Client, export):
    plain = client.get("/open/gifts.csv")
    body = b"".join(plain.streaming_content)
    assert plain["Content-Type"] == "text/csv; charset=utf-8"
    assert "Content-Encoding" not in plain
    assert int(plain["Content-Length"]) == len(body)
    assert hashlib.sha256(body).hexdigest() == export.files["gifts.csv"].sha256
    squeezed = client.get("/open/gifts.csv", headers={"accept-encoding": "gzip, br"})
    assert squeezed["Content-Encoding"] == "gzip"
    assert gzip.decompress(b"".join(squeezed.streaming_content)) == body
    assert squeezed["ETag"] != plain["ETag"]
    assert squeezed["Cache-Control"] == "public, max-age=300"
    assert "Cookie" not in squeezed["Vary"]
    assert squeezed["X-Log-Root"] == export.root


def test_what_has_not_changed_is_not_sent_again(client: Client, export):
    tag = client.get("/open/gifts.parquet")["ETag"]
    answer = client.get("/open/gifts.parquet", headers={"if-none-match": f"W/{tag}"})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer["ETag"] == tag


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-3", 206, 0, 4),
        ("bytes=4-", 206, 4, None),
        ("bytes=-8", 206, -8, None),
        ("bytes=3-99999999999", 206, 3, None),
        ("bytes=99999999999-", 416, 0, 0),
        ("bytes=5-2", 416, 0, 0),
        ("bytes=-", 200, 0, None),
        ("bytes=0-1,3-4", 200, 0, None),
        ("lines=0-3", 200, 0, None),
        ("bytes=٣-٤", 200, 0, None),
    ],
)
def test_parquet_can_be_read_in_parts(client: Client, export, asked, status, start, end):
    whole = export.files["gifts.parquet"].path.read_bytes()
    answer = client.get("/open/gifts.parquet", headers={"range": asked, "accept-encoding": "gzip"})
    assert answer.status_code == status
    if status != 416:
        assert b"".join(answer.streaming_content) == whole[start:end]
        assert "Content-Encoding" not in answer


@pytest.mark.parametrize("name", ["nothing.csv", "..", "manifest", "gifts.csv.gz", "%2e%2e%2fsecret-key", "lock"])
def test_only_files_of_the_export_are_served(client: Client, export, name):
    assert client.get(f"/open/{name}").status_code == 404


def test_before_the_first_export_people_are_told_to_wait(client: Client, data):
    answer = client.get("/open/gifts.csv")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert client.get("/open/nothing.csv").status_code == 404
    assert client.get("/open/manifest.json").status_code == 503
    assert "第一份数据还在准备" in client.get("/open").content.decode()


def test_the_page_costs_the_same_however_much_there_is(client: Client, export, django_assert_max_num_queries):
    client.get("/open")
    with django_assert_max_num_queries(1):  # the site's name
        page = client.get("/open").content.decode()
    assert "gifts.parquet" in page
    assert export.root[:16] in page


def test_the_schema_names_every_column_in_both_languages(client: Client):
    facts = client.get("/open/schema.json").json()
    assert [table["name"] for table in facts["tables"]] == [
        "gifts",
        "awards",
        "slices",
        "pools",
        "projects",
        "charities",
    ]
    for table in facts["tables"]:
        assert len({column["name"] for column in table["columns"]}) == len(table["columns"])
        assert all(column["meaning"]["zh"] and column["meaning"]["en"] for column in table["columns"])
    page = client.get("/open/schema", headers={"accept-language": "en"}).content.decode()
    assert "Place in the public log, from 0" in page


def test_column_names_are_for_ever():
    """Other people's programs read these by name: a change here is a change of `tables.VERSION`."""
    told = {table.name: " ".join(column.name for column in table.columns) for table in tables.TABLES}
    assert tables.VERSION == 1
    assert told["gifts"] == "log_index gift_id code project_id project_slug amount_minor currency paid_at settled_at"
    assert told["awards"] == (
        "log_index award_id gift_id pool_id project_id slice_no amount_minor currency reason rule awarded_on drawn_at"
    )
    assert told["slices"] == (
        "log_index pool_id slice_no gifts_root tickets eligible available_minor granted_minor drawn_at"
        " beacon_round beacon_signature"
    )
    assert told["pools"].endswith(
        " closed_at reveal_by beacon_chain_hash beacon_public_key beacon_genesis_seconds beacon_period_seconds"
    )

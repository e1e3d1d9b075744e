"""Whatever an administrator does to a row behind the application's back, the audit against the log finds and names it.

The statements run as the database's owner with the triggers off: nothing but the log stands in their way.
"""

from datetime import timedelta

import pytest
from django.db import connection

from redflower.domains.festivals.services import close_pools, draw_due_slices
from redflower.domains.proofs import selectors
from redflower.domains.proofs.audit import INVARIANTS
from redflower.domains.proofs.services import erase_people
from redflower.faces.commands import audit
from redflower.faces.followers import proofs
from redflower.plumbing.db import snapshot
from tests.factories import NOON, give, make_festival, make_project
from tests.rooms.test_proofs import follow, one

pytestmark = pytest.mark.django_db(transaction=True)


def found() -> dict[str, list[str]]:
    with snapshot():
        named = {invariant.code: list(invariant.name_differences()) for invariant in INVARIANTS}
    return {code: names for code, names in named.items() if names}


@pytest.fixture
def world():
    make_festival(presets=("surprise-2024", "random-2018"), hours=2)
    project = make_project()
    for number in range(6):
        give(project.id, 900 + number, NOON + timedelta(seconds=number))
    festival = one("SELECT id FROM festivals_festival")
    later = NOON + timedelta(hours=3)
    while draw_due_slices(festival, "Asia/Shanghai", later):
        pass
    close_pools(festival, later)
    follow()


def tamper(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql)
        assert cursor.rowcount > 0
        cursor.execute("SET session_replication_role = origin")


FIRST_GIFT = "(SELECT min(id::text)::uuid FROM donations_gift)"
FACTS, LOGGED, ROOTS = (
    "proofs.entries_equal_the_facts",
    "proofs.every_fact_is_logged",
    "proofs.tickets_give_the_logged_root",
)
SIGNED, FILES = "proofs.entries_give_the_signed_roots", "proofs.files_are_what_was_signed"


def test_an_honest_log_has_no_differences(world):
    assert found() == {}


@pytest.mark.parametrize(
    ("sql", "code", "names"),
    [
        # edited
        (f"UPDATE donations_gift SET amount_minor = amount_minor + 1 WHERE id = {FIRST_GIFT}", FACTS, "gift"),
        (f"UPDATE donations_gift SET donor_id = gen_random_uuid() WHERE id = {FIRST_GIFT}", FACTS, "contradict"),
        (f"UPDATE donations_gift SET project_id = gen_random_uuid() WHERE id = {FIRST_GIFT}", FACTS, "project"),
        (f"UPDATE payments_capture SET amount_minor = 1 WHERE order_id = {FIRST_GIFT}", FACTS, "amount"),
        (f"UPDATE payments_capture SET provider_txn = 'x' WHERE order_id = {FIRST_GIFT}", FACTS, "payment"),
        ("UPDATE ledger_transfer SET amount = amount + 1 WHERE kind = 'gift'", FACTS, "contradict"),
        ("UPDATE ledger_transfer SET credit_id = gen_random_uuid() WHERE kind = 'award'", FACTS, "credit"),
        ("UPDATE festivals_award SET amount_minor = amount_minor + 1", FACTS, "award"),
        ("UPDATE festivals_award SET reason = 'below_minimum'", FACTS, "reason"),
        ("UPDATE festivals_award SET person_id = gen_random_uuid()", FACTS, "contradict"),
        ("UPDATE flowers_earning SET donor_id = gen_random_uuid()", FACTS, "contradict"),
        ("UPDATE flowers_earning SET subject_id = gen_random_uuid()", FACTS, "items"),
        (f"""UPDATE donations_gift SET donor_id = (SELECT g.donor_id FROM donations_gift g
              WHERE g.donor_id <> donations_gift.donor_id LIMIT 1) WHERE id = {FIRST_GIFT}""",
         FACTS, "donor"),
        ("UPDATE flowers_earning SET amount = 7", FACTS, "flower"),
        ("UPDATE festivals_pool SET budget_minor = budget_minor + 100, returned_minor = returned_minor + 100", FACTS, "pool_announced"),
        ("UPDATE festivals_pool SET secret_sha256 = repeat('0', 64)", FACTS, "secret_sha256"),
        (r"UPDATE festivals_pool SET secret = '\x00'", FACTS, "secret"),
        ("UPDATE festivals_pool SET granted_minor = granted_minor - 1, returned_minor = returned_minor + 1", FACTS, "pool_closed"),
        ("UPDATE festivals_rule_set SET body = body || '{\"award_max_minor\": 1}'", FACTS, "body"),
        (r"UPDATE festivals_slice SET gifts_root = '\x00'", FACTS, "gifts_root"),
        ("UPDATE festivals_ticket SET amount_minor = amount_minor + 1", ROOTS, "tickets were changed"),
        ("UPDATE festivals_ticket SET person_id = gen_random_uuid()", ROOTS, "tickets were changed"),
        (r"UPDATE proofs_entry SET body = body || '\x20' WHERE index = 3", SIGNED, "signed root"),
        ("UPDATE proofs_entry SET body = convert_to(replace(convert_from(body, 'UTF8'), '900', '901'), 'UTF8')"
         " WHERE kind = 'gift'", FACTS, "changed"),
        # deleted
        (f"DELETE FROM donations_gift WHERE id = {FIRST_GIFT}", FACTS, "deleted"),
        (f"DELETE FROM payments_capture WHERE order_id = {FIRST_GIFT}", FACTS, "deleted"),
        ("DELETE FROM ledger_transfer WHERE kind = 'gift'", FACTS, "transfer"),
        ("DELETE FROM festivals_award", FACTS, "deleted"),
        ("DELETE FROM festivals_ticket", ROOTS, "tickets were changed"),
        ("DELETE FROM festivals_slice", FACTS, "deleted"),
        ("DELETE FROM flowers_earning", FACTS, "deleted"),
        ("DELETE FROM proofs_entry WHERE index = 4", SIGNED, "#4: missing"),
        ("DELETE FROM proofs_entry WHERE index = (SELECT max(index) FROM proofs_entry)", SIGNED, "missing"),
        ("DELETE FROM proofs_checkpoint", FILES, "never signed"),
        ("DELETE FROM proofs_entry WHERE kind = 'gift'", LOGGED, "not in the log"),
        # added
        ("INSERT INTO payments_capture SELECT gen_random_uuid(), provider, provider_txn || 'x', amount_minor, payer_id,"
         f" paid_at, noticed_at FROM payments_capture WHERE order_id = {FIRST_GIFT}", LOGGED, "gift"),
        ("INSERT INTO festivals_award (id, pool_id, gift_id, slice_no, person_id, awarded_on, amount_minor, reason, drawn_at)"
         " SELECT gen_random_uuid(), pool_id, gen_random_uuid(), slice_no, person_id, awarded_on,"
         " amount_minor, reason, drawn_at FROM festivals_award LIMIT 1", LOGGED, "award"),
        ("INSERT INTO proofs_entry SELECT (SELECT max(index) + 1 FROM proofs_entry), 'gift', gen_random_uuid(), NULL, body"
         " FROM proofs_entry WHERE index = 4", SIGNED, "without a checkpoint"),
        # reordered
        ("UPDATE proofs_entry SET index = 1009 - index WHERE index IN (4, 5);"
         "UPDATE proofs_entry SET index = index - 1000 WHERE index > 1000", SIGNED, "signed root"),
        ("UPDATE festivals_ticket SET slice_no = slice_no + 1", ROOTS, "tickets were changed"),
        # backdated
        (f"UPDATE donations_gift SET made_at = made_at - interval '1 day' WHERE id = {FIRST_GIFT}", FACTS, "made_at"),
        ("UPDATE payments_capture SET paid_at = paid_at - interval '1 day'", FACTS, "paid_at"),
        ("UPDATE payments_capture SET noticed_at = noticed_at - interval '1 day'", FACTS, "at"),
        ("UPDATE ledger_transfer SET booked_at = booked_at - interval '1 day' WHERE kind = 'award'", FACTS, "contradict"),
        ("UPDATE festivals_award SET drawn_at = drawn_at - interval '1 day'", FACTS, "at"),
        ("UPDATE festivals_pool SET closed_at = closed_at - interval '1 day'", FACTS, "pool_closed"),
        ("UPDATE festivals_festival SET opens_at = opens_at - interval '1 day'", FACTS, "opens_at"),
        ("UPDATE flowers_earning SET earned_at = earned_at - interval '1 day'", FACTS, "flower"),
        ("UPDATE proofs_total SET amount_minor = amount_minor + 1", "proofs.totals_add_up", "total of"),
    ],
)  # fmt: skip
def test_tampering_is_found_and_named(world, sql, code, names):
    tamper(sql)
    said = found()
    assert code in said, said
    assert any(names in name for name in said[code]), said[code]


def test_a_changed_file_is_named(world):
    folder = selectors.log_files().folder
    for path in (folder / "tile").rglob("*"):
        if path.is_file():
            whole = path.read_bytes()
            path.write_bytes(whole[:40] + bytes([whole[40] ^ 1]) + whole[41:] if len(whole) > 40 else whole[:-1])
            said = found()
            assert any(str(path.relative_to(folder)) in name for name in said.get(FILES, [])), (path, said)
            path.write_bytes(whole)
    note = (folder / "checkpoint").read_bytes()
    (folder / "checkpoint").write_bytes(note.replace(b"\n\n", b"\nextension\n\n"))
    assert "signature_wrong" in found()[FILES][0]


def test_the_audit_prints_the_names(world, capsys):
    tamper(f"UPDATE payments_capture SET amount_minor = 1 WHERE order_id = {FIRST_GIFT}")
    assert audit.run(["--language", "en"]) == 1
    said = capsys.readouterr().out
    assert f"gift {one('SELECT min(id::text) FROM donations_gift')}" in said
    assert "Every entry of the public log says what" in said


def test_erased_people_are_no_difference_but_other_changes_of_their_gifts_are(world):
    erase_people([one(f"SELECT donor_id FROM donations_gift WHERE id = {FIRST_GIFT}")], NOON)
    assert found() == {}
    tamper(f"UPDATE payments_capture SET amount_minor = 1 WHERE order_id = {FIRST_GIFT}")
    assert FACTS in found()


def test_what_waits_for_more_than_a_minute_is_late(world):
    tamper(f"UPDATE proofs_checkpoint SET signed_at = '{NOON.isoformat()}'")  # the tests' clock is not the wall's
    give(one("SELECT id FROM projects_project"), 100, NOON + timedelta(minutes=1))
    assert "proofs.log_keeps_up" in found()
    follow()
    proofs.follow_once()
    assert found() == {}


def test_what_happened_before_the_log_began_has_a_minute_from_then(monkeypatch):
    project = make_project()
    give(project.id, 900, NOON)
    assert found() == {}  # nothing is promised yet
    began_at = NOON + timedelta(days=30)
    monkeypatch.setattr(proofs.clock, "now", lambda: began_at)
    proofs.begin_log()
    give(project.id, 800, began_at + timedelta(seconds=59))
    assert found() == {}
    give(project.id, 700, began_at + timedelta(seconds=61))
    assert found().keys() == {"proofs.log_keeps_up"}
    follow()
    proofs.follow_once()
    assert found() == {}

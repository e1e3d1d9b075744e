"""A database older than what it has made public must not go on: neither the start nor the signer lets it."""

import shutil
from datetime import timedelta

import pytest
from django.db import connection

from redflower.domains.proofs import selectors
from redflower.domains.proofs.errors import LogAheadOfDatabase, LogContradictsDatabase, LogKeyMissing
from redflower.faces.commands import rebuild_log
from redflower.faces.followers import proofs
from redflower.kernel.note import SignerUnknown
from redflower.project.log_guard import DatabaseOlderThanLog, check_log
from tests.factories import NOON, give, make_project
from tests.rooms.test_proofs import follow, one

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def keeper():
    """A log that has grown twice."""
    project = make_project()
    for number in (1, 2):
        give(project.id, 900, NOON + timedelta(seconds=number))
        follow()
    return proofs.LogKeeper(selectors.log_files().folder)


def check() -> None:
    parts = connection.get_connection_params()
    dsn = " ".join(
        f"{name}='{parts[name]}'" for name in ("host", "port", "dbname", "user", "password") if parts.get(name)
    )
    check_log(selectors.log_files().folder.parent, dsn)


def restore_older() -> None:
    """What a backup from before the second gift holds."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM proofs_checkpoint WHERE size = (SELECT max(size) FROM proofs_checkpoint)")
        cursor.execute("DELETE FROM proofs_entry WHERE index >= (SELECT max(size) FROM proofs_checkpoint)")
        cursor.execute("SET session_replication_role = origin")


def test_a_log_that_fits_its_database_may_go_on(keeper):
    check()
    keeper.catch_up()


def test_an_older_database_beside_a_newer_log_is_refused(keeper):
    size = selectors.get_checkpoint().size
    restore_older()
    with pytest.raises(DatabaseOlderThanLog, match=f"signed up to entry {size}, but the database only reaches entry 2"):
        check()
    with pytest.raises(LogAheadOfDatabase):
        keeper.catch_up()
    give(one("SELECT id FROM projects_project"), 700, NOON + timedelta(seconds=9))
    assert proofs.LogKeeper(keeper.files.folder).files.read_checkpoint() == keeper.files.read_checkpoint()
    proofs._keeper.cache_clear()
    assert proofs.follow_once() == 0  # said once a minute; nothing is signed
    assert one("SELECT max(size) FROM proofs_checkpoint") == 2


def test_an_older_database_that_has_grown_again_is_refused(keeper):
    """Restored and gone on elsewhere: as long as the log, but with another history."""
    size = selectors.get_checkpoint().size
    restore_older()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("INSERT INTO proofs_checkpoint SELECT %s, sha256('another'), note, signed_at FROM proofs_checkpoint"
                       " ORDER BY size DESC LIMIT 1", [size])  # fmt: skip
        cursor.execute("SET session_replication_role = origin")
    with pytest.raises(DatabaseOlderThanLog, match="different histories"):
        check()
    with pytest.raises(LogContradictsDatabase):
        keeper.catch_up()


def test_a_damaged_checkpoint_is_refused_and_written_again(keeper, capsys):
    path = keeper.files.folder / "checkpoint"
    note = path.read_bytes()
    path.write_bytes(note[:30])
    with pytest.raises(DatabaseOlderThanLog, match="rebuild-log"):
        check()
    assert rebuild_log.run(["--replace"]) == 0
    assert path.read_bytes() == note
    check()


def test_another_key_is_refused(keeper):
    key = keeper.files.folder.with_name("log-key")
    kept = key.read_text()
    key.write_text(kept.split()[0] + "\n" + "07" * 32 + "\n")
    with pytest.raises(SignerUnknown):
        proofs.LogKeeper(keeper.files.folder).catch_up()
    key.unlink()
    with pytest.raises(LogKeyMissing):
        proofs.LogKeeper(keeper.files.folder).catch_up()


def test_the_key_is_for_this_user_alone(keeper):
    assert keeper.files.folder.with_name("log-key").stat().st_mode & 0o077 == 0
    assert not (keeper.files.folder / "log-key").exists()


def test_files_are_rebuilt_identically_from_entries_alone(keeper, capsys):
    assert rebuild_log.run([]) == 0
    assert rebuild_log.run(["--replace"]) == 0
    leaf = next(path for path in (keeper.files.folder / "tile" / "0").rglob("*") if path.is_file())
    leaf.write_bytes(b"\0" * len(leaf.read_bytes()))
    assert rebuild_log.run([]) == 1
    assert str(leaf.relative_to(keeper.files.folder)) in capsys.readouterr().out


def test_files_that_fall_behind_catch_up(keeper):

    whole = {path.name: path.read_bytes() for path in keeper.files.folder.rglob("*") if path.is_file()}
    shutil.rmtree(keeper.files.folder)
    proofs.LogKeeper(keeper.files.folder).catch_up()
    size = selectors.get_checkpoint().size
    assert (keeper.files.folder / "checkpoint").read_bytes() == whole["checkpoint"]
    assert (keeper.files.folder / f"tile/0/000.p/{size}").read_bytes()

"""The embedded server under the blows it is promised to survive."""

import os
import pwd
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from redflower.plumbing import postgres, postgres_host
from redflower.plumbing.postgres import DataInUse, EmbeddedPostgres, reached, running_dsn
from redflower.plumbing.postgres_host import PostgresRefusal
from tests.faults.processes import eventually, is_gone

HOLDER = """
import sys, time
from pathlib import Path
from redflower.plumbing.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
time.sleep(600)
"""


def remember(dsn: str, word: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [word])


def remembered(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        return [word for (word,) in connection.execute("SELECT word FROM kept").fetchall()]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("server")) as running:
        yield running


def test_it_is_postgres_18_with_utf8_and_utc(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.dsn) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding'),"
            " current_setting('TimeZone'), current_setting('fsync'), current_setting('synchronous_commit'), lower('É')"
        ).fetchone()
    assert row == (18, "UTF8", "UTC", "on", "on", "é")


def test_it_listens_on_no_network_address(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.dsn) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_it_wants_the_password_and_keeps_it_private(server: EmbeddedPostgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(server.dsn, password="guess").close()
    for name in ("postgres.password", "postgres.json"):
        assert stat.S_IMODE((server.data_dir / name).stat().st_mode) == 0o600


def test_the_owner_may_act_as_the_application(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.dsn) as connection:
        connection.execute("SET ROLE redflower_app")
        assert connection.execute("SELECT current_user").fetchone() == ("redflower_app",)


def test_a_second_server_on_the_same_folder_is_refused_and_the_first_goes_on(server: EmbeddedPostgres) -> None:
    second = EmbeddedPostgres(server.data_dir)
    with pytest.raises(DataInUse) as refusal:
        second.start()
    second.stop()
    assert str(server.data_dir) in refusal.value.zh and str(server.data_dir) in refusal.value.en
    assert running_dsn(server.data_dir) == server.dsn
    psycopg.connect(server.dsn).close()


def test_other_commands_find_the_running_server(server: EmbeddedPostgres) -> None:
    with reached(server.data_dir) as dsn:
        assert dsn == server.dsn


def test_it_stops_and_comes_back_with_its_data(tmp_path: Path) -> None:
    with reached(tmp_path) as dsn:
        remember(dsn, "花")
    assert running_dsn(tmp_path) is None
    with EmbeddedPostgres(tmp_path) as again:
        pid = again.pid
        assert remembered(again.dsn) == ["花"]
    assert pid is not None and is_gone(pid)


def test_it_comes_back_after_its_own_kill_9(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as server:
        remember(server.dsn, "花")
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        assert eventually(lambda: server.pid is None)
        server.start()
        assert remembered(server.dsn) == ["花"]


def test_it_dies_with_its_holder_and_reopens_at_once(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    pid = int(holder.stdout.readline())
    dsn = running_dsn(tmp_path)
    assert dsn is not None
    remember(dsn, "花")
    holder.kill()
    holder.wait()
    with EmbeddedPostgres(tmp_path) as server:  # at once: it waits for the old one to leave
        assert is_gone(pid)
        assert remembered(server.dsn) == ["花"]


def test_a_server_that_outlives_its_holder_and_will_not_leave_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_STOP_SECONDS", 1)
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    pid = int(holder.stdout.readline())
    dsn = running_dsn(tmp_path)
    assert dsn is not None
    remember(dsn, "花")
    os.kill(pid, signal.SIGSTOP)  # it hears nothing any more
    with pytest.raises(DataInUse):  # while its holder lives, it is nobody else's to end
        EmbeddedPostgres(tmp_path).start()
    holder.kill()
    holder.wait()
    with EmbeddedPostgres(tmp_path) as server:
        assert is_gone(pid) and remembered(server.dsn) == ["花"]


def test_a_pid_file_whose_number_is_somebody_else_now_does_not_stop_it(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as server:
        cluster = server.cluster
    (cluster / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster}\n")
    with EmbeddedPostgres(tmp_path) as server:
        psycopg.connect(server.dsn).close()


def test_a_path_too_long_for_a_socket_is_no_obstacle(tmp_path: Path) -> None:
    deep = tmp_path / ("很深的文件夹" * 6) / ("d" * 60)
    with EmbeddedPostgres(deep) as server:
        psycopg.connect(server.dsn).close()


def test_a_cluster_of_another_version_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(PostgresRefusal, match="PostgreSQL 15"):
        EmbeddedPostgres(tmp_path).start()


def test_it_says_where_it_will_be_reached_before_it_is_there(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    try:
        promised = server.claim()
        assert promised == server.claim()
        with pytest.raises(DataInUse):
            EmbeddedPostgres(tmp_path).claim()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(promised).close()
        server.start()
        psycopg.connect(promised).close()
    finally:
        server.stop()


def test_a_set_up_cut_short_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres.unfinished").mkdir()
    (tmp_path / "postgres.unfinished" / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(tmp_path) as server:
        psycopg.connect(server.dsn).close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another identity")
def test_root_without_user_namespaces_runs_it_as_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with EmbeddedPostgres(closed / "data") as server:  # born in a user namespace where there is one
        remember(server.dsn, "花")
    monkeypatch.setattr(postgres_host, "_namespaces_allowed", lambda: False)
    with EmbeddedPostgres(closed / "data") as server:
        assert remembered(server.dsn) == ["花"]
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another identity")
def test_the_other_user_finds_programs_below_folders_that_are_closed_to_it(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "program").touch(mode=0o755)
    nobody = pwd.getpwnam("nobody")
    look = "import os, sys; sys.exit(0 if os.geteuid() and os.access(sys.argv[1], os.R_OK | os.X_OK) else 1)"
    command = [sys.executable, "-I", "-S", "-c", look, str(closed / "program")]
    identity = ["--as", f"{nobody.pw_uid}:{nobody.pw_gid}"]
    assert subprocess.run(postgres_host.leashed(command, identity), check=False).returncode == 0

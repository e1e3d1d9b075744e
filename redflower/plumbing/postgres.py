"""The embedded PostgreSQL: the wheel's binaries under our own small supervisor.

One server per data folder, reached only through a private socket with a password nobody else knows. It dies with the
process that started it, even by kill -9, and comes back from that by its own write-ahead log.

In the data folder: `postgres/` the cluster, `postgres.password`, `postgres.lock` held for as long as any process of
the server lives and naming who took it, `postgres.json` telling other commands how to reach a server that runs.
"""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

import psycopg

from redflower.plumbing.postgres_host import (
    MAJOR,
    PostgresRefusal,
    clean_environment,
    find_binaries,
    identity_for,
    leashed,
    make_socket_dir,
    memory_bytes,
    settings_for,
)

OWNER = "redflower"
DATABASE = "redflower"
APP_ROLE = "redflower_app"

_START_SECONDS = 120  # redo after a crash takes what it takes
_STOP_SECONDS = 10
_STEP_SECONDS = 0.02


class DataInUse(PostgresRefusal):
    """Another process runs a server on this data folder."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(
            f"{data_dir} 正被另一个小红花使用。请先停止它，或用 --data 另选一个文件夹。",
            f"{data_dir} is in use by another Red Flower. Stop that one first, or choose another folder with --data.",
        )


class EmbeddedPostgres:
    """A PostgreSQL 18 on one data folder: `with EmbeddedPostgres(data_dir) as server: server.dsn`.

    Needs: the calling thread lives as long as the server should (the kernel ties the two together).
    Errors: DataInUse; PostgresRefusal (no binaries, cluster of another version, the server does not come up).
    """

    def __init__(self, data_dir: Path, *, settings: Mapping[str, str] | None = None) -> None:
        self.data_dir = data_dir.resolve()
        self.cluster = self.data_dir / "postgres"
        self._password_file = self.data_dir / "postgres.password"
        self.log = self.data_dir / "logs" / "postgres.log"
        self._settings = {**settings_for(memory_bytes()), **(settings or {})}
        self._binaries = find_binaries()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock_fd: int | None = None
        self._socket_dir: Path | None = None

    @property
    def dsn(self) -> str:
        """How to reach the database, as a libpq URL."""
        if self._socket_dir is None:
            raise RuntimeError("the embedded server has not been started")
        return self._dsn_to(DATABASE)

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def __enter__(self) -> "EmbeddedPostgres":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def claim(self) -> str:
        """Takes the folder for this server alone, and returns how the database will be reached once it has started.

        Errors: DataInUse.
        Replay: the answer stays the same.
        """
        self._take_folder()
        return self.dsn

    def _take_folder(self) -> None:
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.log.parent.mkdir(exist_ok=True)
        if self._lock_fd is None:
            self._lock_fd = _lock(self.data_dir)
        if not (self.cluster.exists() or self._password_file.exists()):
            _write_private(self._password_file, secrets.token_hex(24))
        self._socket_dir = make_socket_dir(self.data_dir)

    def start(self, give_up: Callable[[], bool] = lambda: False) -> None:
        """Brings the server up, creating cluster, database and role where they are missing.

        `give_up` is asked while its log is replayed, which may take minutes.
        Replay: does nothing while it runs; brings it back after it was killed, or after this could not bring it up.
        """
        if self.pid is not None:
            return
        try:
            self._take_folder()
            _state_file(self.data_dir).unlink(missing_ok=True)
            identity = identity_for(self.cluster)
            if not self.cluster.exists():
                self._create_cluster(identity)
            self._check_version()
            _forget_stale_pid(self.cluster, self.data_dir)
            self._launch(identity, give_up)
            self._create_database()
            self._tell_others()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Shuts down fast: running transactions are rolled back, everything committed is kept."""
        if self._lock_fd is None:
            return
        _state_file(self.data_dir).unlink(missing_ok=True)
        if self._process is not None:
            for name, seconds in (("SIGINT", _STOP_SECONDS), ("SIGQUIT", 3), ("SIGKILL", 3)):
                if self._process.poll() is None:
                    self._process.send_signal(signal.Signals[name])
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(seconds)
                    break
            self._process = None
        os.close(self._lock_fd)
        self._lock_fd = None

    def _create_cluster(self, identity: list[str]) -> None:
        """initdb into a folder beside, renamed when whole: a set-up cut short leaves nothing half-made."""
        unfinished = self.data_dir / "postgres.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        command = [
            str(self._binaries / "initdb"), "--pgdata", str(unfinished), "--username", OWNER,
            "--pwfile", str(self._password_file), "--auth", "scram-sha-256", "--encoding", "UTF8",
            "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--no-instructions",
        ]  # fmt: skip
        done = subprocess.run(
            leashed(command, identity),
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            reason = done.stderr.decode(errors="replace").strip()[-2000:]
            raise PostgresRefusal(f"数据库无法初始化：\n{reason}", f"The database could not be created:\n{reason}")
        unfinished.rename(self.cluster)

    def _check_version(self) -> None:
        found = (self.cluster / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise PostgresRefusal(
                f"{self.cluster} 是 PostgreSQL {found} 的数据，这里需要 {MAJOR}。请先导出再导入，或另选文件夹。",
                f"{self.cluster} holds PostgreSQL {found} data; {MAJOR} is needed. Dump and restore, or choose another "
                "folder.",
            )

    def _launch(self, identity: list[str], give_up: Callable[[], bool]) -> None:
        """Starts the postmaster and waits until it answers."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            log_start = self.log.stat().st_size if self.log.exists() else 0
            self._process = self._spawn(identity)
            while self._process.poll() is None:
                if self._answers():
                    return
                if time.monotonic() > deadline or give_up():
                    raise self._not_up(log_start)
                time.sleep(_STEP_SECONDS)
            # Right after a kill -9 the old server's last processes may still be leaving; the folder is ours alone.
            told = self._log_since(log_start)
            is_leaving = "shared memory" in told or "lock file" in told
            if not is_leaving or time.monotonic() > deadline or give_up():
                raise self._not_up(log_start)
            time.sleep(0.2)

    def _spawn(self, identity: list[str]) -> "subprocess.Popen[bytes]":
        settings = self._settings | {"unix_socket_directories": str(self._socket_dir)}
        command = [str(self._binaries / "postgres"), "-D", str(self.cluster)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        assert self._lock_fd is not None  # noqa: S101
        with self.log.open("ab") as log:
            return subprocess.Popen(
                leashed(command, identity, death_signal="SIGINT"),
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C at the terminal is for the one who started us
                pass_fds=(self._lock_fd,),  # so that the lock lasts exactly as long as the server
            )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._dsn_to("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _create_database(self) -> None:
        with psycopg.connect(self._dsn_to("postgres"), autocommit=True) as connection:
            create_database(connection)

    def _dsn_to(self, database: str) -> str:
        password = self._password_file.read_text().strip()
        return f"postgresql://{OWNER}:{password}@/{database}?host={quote(str(self._socket_dir), safe='')}"

    def _tell_others(self) -> None:
        state = {"dsn": self.dsn, "pid": self.pid, "supervisor_pid": os.getpid()}
        _write_private(_state_file(self.data_dir), json.dumps(state))

    def _log_since(self, position: int) -> str:
        with self.log.open("rb") as log:
            log.seek(position)
            return log.read().decode(errors="replace")

    def _not_up(self, log_start: int) -> PostgresRefusal:
        reason = self._log_since(log_start).strip()[-2000:]
        return PostgresRefusal(
            f"数据库没有启动成功（日志：{self.log}）：\n{reason}",
            f"The database did not come up (log: {self.log}):\n{reason}",
        )


def create_database(connection: psycopg.Connection[Any]) -> None:
    """The database and the role that cannot change the past, where they are missing.

    Needs: autocommit, and the right to create both.
    """
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE]).fetchone():
        connection.execute(f"CREATE ROLE {APP_ROLE} NOLOGIN")
        connection.execute(f"GRANT {APP_ROLE} TO {OWNER}")
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
        connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")


def running_dsn(data_dir: Path, *, wait_seconds: float = 15) -> str | None:
    """How to reach the server that runs on this data folder now; None when none does.

    A server that is just coming up is waited for.
    """
    deadline = time.monotonic() + wait_seconds
    while _is_locked(data_dir) and time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
            state = json.loads(_state_file(data_dir).read_text())
            if _is_alive(state["pid"]) and _is_alive(state["supervisor_pid"]):
                return str(state["dsn"])
        time.sleep(0.1)
    return None


@contextlib.contextmanager
def reached(data_dir: Path) -> Iterator[str]:
    """The DSN of the server on this data folder: the one that runs, or one of our own for the duration."""
    dsn = running_dsn(data_dir)
    if dsn is not None:
        yield dsn
        return
    with EmbeddedPostgres(data_dir) as server:
        yield server.dsn


def _state_file(data_dir: Path) -> Path:
    return data_dir / "postgres.json"


def _lock(data_dir: Path) -> int:
    """Takes the folder for us alone; waits for a server that is leaving, refuses beside one that stays.

    A server whose holder was killed leaves by itself. One that does not is told so with more force: whatever it committed
    is in its log. (Asked to leave in the middle of a redo, PostgreSQL 18 was seen to wait for ever.)
    """
    fd = os.open(data_dir / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o600)
    forces = [(_STOP_SECONDS, signal.SIGQUIT), (2 * _STOP_SECONDS, signal.SIGKILL)]
    began = time.monotonic()
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waited = time.monotonic() - began
            if _has_living_supervisor(data_dir) or waited > 3 * _STOP_SECONDS:
                os.close(fd)
                raise DataInUse(data_dir) from None
            if forces and waited > forces[0][0]:
                _signal_server(data_dir / "postgres", forces.pop(0)[1])
            time.sleep(0.05)
        else:
            os.truncate(fd, 0)
            os.pwrite(fd, str(os.getpid()).encode(), 0)
            return fd


def _signal_server(cluster: Path, number: signal.Signals) -> None:
    """Signals the server on this cluster, if it is one and ours to signal."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        pid = int((cluster / "postmaster.pid").read_text().splitlines()[0])
        if Path(f"/proc/{pid}/cwd").readlink() == cluster:
            os.kill(pid, number)


def _is_locked(data_dir: Path) -> bool:
    try:
        fd = os.open(data_dir / "postgres.lock", os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def _has_living_supervisor(data_dir: Path) -> bool:
    """Whether the process that last took the folder still runs."""
    try:
        return _is_alive(int((data_dir / "postgres.lock").read_text()))
    except (FileNotFoundError, ValueError):
        return False


def _is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and only waits to be collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _forget_stale_pid(cluster: Path, data_dir: Path) -> None:
    """Removes a pid file whose process is gone or, its number given out again, is somebody else.

    Errors: DataInUse when the process is a server on this very cluster that was started by other means.
    """
    pid_file = cluster / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().splitlines()[0])
        working_dir = Path(f"/proc/{pid}/cwd").readlink()
    except PermissionError:
        return  # another user's process: PostgreSQL knows what to do
    except (FileNotFoundError, ProcessLookupError, IndexError, ValueError):
        pid_file.unlink(missing_ok=True)
        return
    if working_dir == cluster:
        raise DataInUse(data_dir)
    pid_file.unlink(missing_ok=True)


def _write_private(path: Path, text: str) -> None:
    """Writes a file nobody else can read, whole or not at all."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    fd = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w") as file:
        file.write(text)
    unfinished.replace(path)

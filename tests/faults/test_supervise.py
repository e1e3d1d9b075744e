"""The keeper of the children: what dies comes back, and nothing stays behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from redflower.plumbing.postgres_host import PostgresRefusal
from redflower.plumbing.word import TOLD_TO_WAIT
from redflower.project import children, supervise
from redflower.project.children import Child, ErrorEcho, Keeper
from redflower.project.instance import Instance, ModeRefusal
from tests.faults.processes import eventually, is_gone

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
# A child that has a child of its own, as the pages have.
PARENT = [
    sys.executable,
    "-c",
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "open(sys.argv[1], 'w').write(str(child.pid)); time.sleep(600)",
]
KEEPER = """
import sys
from pathlib import Path
from redflower.project.children import Child, Keeper
sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
family = [Child("one", sleeper), Child("two", sleeper)]
keeper = Keeper(family, Path(sys.argv[1]))
keeper.listen()
keeper.start()
print(*[child.process.pid for child in family], flush=True)
keeper.run()
keeper.stop()
"""


def start_keeper(logs: Path) -> tuple["subprocess.Popen[str]", list[int]]:
    keeper = subprocess.Popen([sys.executable, "-c", KEEPER, str(logs)], stdout=subprocess.PIPE, text=True)
    assert keeper.stdout is not None
    return keeper, [int(pid) for pid in keeper.stdout.readline().split()]


def test_a_killed_child_comes_back(tmp_path: Path) -> None:
    child = Child("one", SLEEPER, pause_seconds=0.05)
    keeper = Keeper([child], tmp_path)
    keeper.start()
    try:
        assert child.process is not None
        first = child.process.pid
        os.kill(first, signal.SIGKILL)

        def is_back() -> bool:
            keeper.tick()
            return child.is_running() and child.process is not None and child.process.pid != first

        assert eventually(is_back)
    finally:
        keeper.stop()
    assert not child.is_running()


WAITER = (
    "import sys\nfrom redflower.plumbing.word import wait_for_word\n"
    "open(sys.argv[1], 'a').write('loaded ')\nopen(sys.argv[1], 'a').write('on' if wait_for_word() else 'left')\n"
    "import time; time.sleep(600)"
)


def test_a_child_started_ahead_goes_on_when_it_is_given_the_word(tmp_path: Path) -> None:
    told = tmp_path / "told"
    child = Child("early", [sys.executable, "-c", WAITER, str(told)], pause_seconds=0.05)
    keeper = Keeper([child], tmp_path)
    keeper.start("early", ahead=True)
    try:
        assert eventually(lambda: told.exists() and told.read_text() == "loaded ")
        keeper.start("early", ahead=True)
        time.sleep(0.3)
        assert told.read_text() == "loaded "  # it waits
        keeper.start()
        assert eventually(lambda: told.read_text() == "loaded on")
        assert child.process is not None
        os.kill(child.process.pid, signal.SIGKILL)

        def is_back() -> bool:
            keeper.tick()
            return told.read_text() == "loaded onloaded on"

        assert eventually(is_back)  # started again, it waits for nothing
    finally:
        keeper.stop()


def test_a_child_started_ahead_leaves_when_nobody_is_there_to_give_the_word(tmp_path: Path) -> None:
    told = tmp_path / "told"
    waiting = subprocess.Popen(
        [sys.executable, "-c", WAITER, str(told)], env=os.environ | TOLD_TO_WAIT, stdin=subprocess.PIPE
    )
    try:
        assert waiting.stdin is not None
        waiting.stdin.close()
        assert eventually(lambda: told.exists() and told.read_text() == "loaded left")
    finally:
        waiting.kill()
        waiting.wait()


def test_a_child_that_keeps_dying_is_tried_ever_more_slowly(tmp_path: Path) -> None:
    child = Child("one", [sys.executable, "-c", "raise SystemExit(3)"], pause_seconds=0.01)
    keeper = Keeper([child], tmp_path)
    keeper.start()

    def has_slowed_down() -> bool:
        keeper.tick()
        return child.pause_seconds >= 0.08

    assert eventually(has_slowed_down)
    keeper.stop()


class FullDisk:
    """A database that cannot come back until somebody has made room."""

    def __init__(self, free_after: int) -> None:
        self.pid: int | None = None
        self.tries = 0
        self._free_after = free_after

    def start(self, give_up: Callable[[], bool]) -> None:
        self.tries += 1
        if self.tries == 1:
            raise PostgresRefusal("没有空间", "no space left on device")
        if self.tries <= self._free_after:
            raise OSError("no space left on device")
        self.pid = 1


def test_a_database_that_cannot_come_back_is_tried_again_and_stops_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "_DATABASE_PAUSE_SECONDS", 0.05)
    server = FullDisk(free_after=3)
    child = Child("one", SLEEPER)
    keeper = Keeper([child], tmp_path, watch=supervise._watch(server))  # type: ignore[arg-type]
    keeper.start()
    try:

        def is_back() -> bool:
            keeper.tick()
            return server.pid is not None

        assert eventually(is_back) and server.tries == 4
        assert child.is_running()
    finally:
        keeper.stop()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_what_cannot_be_said_stops_nothing() -> None:
    speak = "from redflower.plumbing.console import complain, say\nsay('花', 'flower')\ncomplain('花', 'flower')\nraise SystemExit(7)"
    with Path("/dev/full").open("w") as full:
        assert subprocess.run([sys.executable, "-c", speak], stdout=full, stderr=full, check=False).returncode in (
            7,
            120,
        )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything(tmp_path: Path, number: signal.Signals) -> None:
    keeper, pids = start_keeper(tmp_path)
    keeper.send_signal(number)
    assert keeper.wait(10) == 0
    assert all(map(is_gone, pids))


def test_kill_9_of_the_keeper_leaves_nothing_behind(tmp_path: Path) -> None:
    keeper, pids = start_keeper(tmp_path)
    keeper.kill()
    keeper.wait()
    assert eventually(lambda: all(map(is_gone, pids)))


def test_a_child_deaf_to_signals_is_ended_with_its_own_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "_DRAIN_SECONDS", 0.3)
    told = tmp_path / "pid"
    deaf = ["import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + PARENT[2]]
    child = Child("deaf", [*PARENT[:2], *deaf, str(told)])
    keeper = Keeper([child], tmp_path)
    keeper.start()
    assert eventually(lambda: told.exists() and told.read_text() != "")
    keeper.stop()
    assert eventually(lambda: is_gone(int(told.read_text())))


def test_errors_in_a_log_are_repeated_and_the_rest_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "worker.log"
    log.write_text("ERROR before we looked\n")
    echo = ErrorEcho(log)
    with log.open("a") as file:
        file.write("INFO all is well\nERROR the well is dry\nERROR half a li")
    echo.look()
    with log.open("a") as file:
        file.write("ne\n")
    echo.look()
    said = capsys.readouterr().err.splitlines()
    assert [line.split("worker: ")[1] for line in said] == ["ERROR the well is dry", "ERROR half a line"]


def test_a_taken_port_is_told_before_anything_starts(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert not supervise._is_port_free("127.0.0.1", port)
        assert str(port) in capsys.readouterr().err
    assert supervise._is_port_free("127.0.0.1", port)


def test_a_demo_never_becomes_a_real_site_nor_the_other_way_round(tmp_path: Path) -> None:
    demo, real = Instance(tmp_path / "demo"), Instance(tmp_path / "real")
    for instance in (demo, real):
        instance.prepare()
    assert demo.settle_mode(no_demo=False) is True
    assert real.settle_mode(no_demo=True) is False
    with pytest.raises(ModeRefusal):
        demo.settle_mode(no_demo=True)
    assert real.settle_mode(no_demo=False) is False


def test_the_secret_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    instance = Instance(tmp_path / "data")
    instance.prepare()
    key = instance.secret_key()
    assert len(key) > 50 and instance.secret_key() == key
    assert (instance.data_dir / "secret-key").stat().st_mode & 0o077 == 0
    assert instance.data_dir.stat().st_mode & 0o077 == 0

"""Child processes kept alive: started on a leash, restarted with patience, stopped together."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from redflower.plumbing import leash
from redflower.plumbing.console import complain, say
from redflower.plumbing.word import TOLD_TO_WAIT, WORD

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_STEADY_SECONDS = 60.0  # after this long alive, a death is a first death again
_DRAIN_SECONDS = 8.0
_CLEAR_SECONDS = 5.0
_TICK_SECONDS = 0.2
_LOG_LIMIT_BYTES = 10 * 1024 * 1024
_ECHO_LINES = 3
_REPEAT_SECONDS = 60.0
_ERROR = re.compile(r"^(?!.* WARNING ).*\b(ERROR|CRITICAL|FATAL|PANIC)\b|^\w*(Error|Exception): ")


@dataclass
class Child:
    """One program to keep running: its name, its command line, and what is added to its environment.

    `waits` is for one that is started ahead of its time: it loads, and goes on when it is given the word.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    waits: bool = False
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    next_start_at: float = 0.0
    pause_seconds: float = _FIRST_PAUSE_SECONDS

    def is_running(self) -> bool:
        """Whether its process is there now."""
        return self.process is not None and self.process.poll() is None

    def start(self, log: Path) -> None:
        """Starts it in a process group of its own; the kernel kills it if we die."""
        command = [
            sys.executable, "-I", "-S", leash.__file__, "--signal", "SIGKILL", "--parent", str(os.getpid()),
            "--", *self.command,
        ]  # fmt: skip
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, **self.environment, **(TOLD_TO_WAIT if self.waits else {})},
                stdin=subprocess.PIPE if self.waits else subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self.started_at = time.monotonic()

    def give_word(self) -> None:
        """Lets it go on, now and whenever it is started again."""
        self.waits = False
        if self.process is not None and self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError), self.process.stdin as pipe:
                pipe.write(WORD)
            self.process.stdin = None

    def send(self, number: signal.Signals) -> None:
        """Signals its whole process group."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def clear_away(self) -> None:
        """Ends whatever it left in its group, and waits until that is gone: it may hold the port, or serve old code."""
        if self.process is None:
            return
        deadline = time.monotonic() + _CLEAR_SECONDS
        while _has_living_member(self.process.pid) and time.monotonic() < deadline:
            self.send(signal.SIGKILL)
            time.sleep(0.02)


class ErrorEcho:
    """Repeats in the terminal the error lines that a log has gained since the last look.

    A line that keeps coming is said once a minute; a flood is cut short.
    """

    def __init__(self, path: Path) -> None:
        if path.exists() and path.stat().st_size > _LOG_LIMIT_BYTES:
            path.replace(path.with_suffix(".log.1"))
        self._path = path
        self._position = path.stat().st_size if path.exists() else 0
        self._said_at: dict[str, float] = {}

    def look(self) -> None:
        """Reads on from the last whole line."""
        if not self._path.exists() or self._path.stat().st_size <= self._position:
            return
        with self._path.open("rb") as log:
            log.seek(self._position)
            fresh = log.read(256 * 1024)
        whole = fresh[: fresh.rfind(b"\n") + 1] or (fresh if len(fresh) == 256 * 1024 else b"")
        self._position += len(whole)
        lines = filter(_ERROR.search, whole.decode(errors="replace").splitlines())
        for line in [line for line in lines if self._is_news(line)][:_ECHO_LINES]:
            complain(f"{self._path.stem}: {line[:300]}", f"{self._path.stem}: {line[:300]}")

    def _is_news(self, line: str) -> bool:
        essence = re.sub(r"\d+", "", line)  # times and process numbers differ, the trouble does not
        now = time.monotonic()
        if now - self._said_at.get(essence, -_REPEAT_SECONDS) < _REPEAT_SECONDS:
            return False
        self._said_at = {said: at for said, at in self._said_at.items() if now - at < _REPEAT_SECONDS} | {essence: now}
        return True


class Keeper:
    """Keeps the children running until it is told to stop.

    `watch` is called on every tick with this keeper, for what else must be kept alive (the database).
    Needs: the main thread, which also receives the signals.
    """

    def __init__(
        self, children: Sequence[Child], logs: Path, *, watch: Callable[["Keeper"], None] = lambda keeper: None
    ) -> None:
        self._children = children
        self._logs = logs
        self._watch = watch
        self._echoes = {child.name: ErrorEcho(self._log(child)) for child in children}
        self._signals = 0

    def listen(self) -> None:
        """From now on Ctrl-C, SIGTERM and a closed terminal ask for an orderly end; a second one hurries."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def is_stopping(self) -> bool:
        """Whether somebody asked for the end."""
        return self._signals > 0

    def start(self, *names: str, ahead: bool = False) -> None:
        """Starts these children, or all that have not been started yet; those started ahead of their time are given the
        word."""
        for child in self._children:
            if child.name in names or not names:
                child.waits = ahead
                if child.started_at == 0:
                    child.start(self._log(child))
                elif not ahead:
                    child.give_word()

    def run(self) -> None:
        """Restarts what dies, until asked to stop."""
        while not self.is_stopping():
            self.tick()
            time.sleep(_TICK_SECONDS)

    def tick(self) -> None:
        """One look at everything."""
        self._watch(self)
        for child in self._children:
            self._echoes[child.name].look()
            if child.started_at > 0 and not child.is_running():
                self._revive(child)

    def stop(self) -> None:
        """Asks every child to finish, waits a while, ends what is left."""
        for child in self._children:
            child.send(signal.SIGTERM)
        deadline = time.monotonic() + _DRAIN_SECONDS
        while any(child.is_running() for child in self._children):
            if time.monotonic() > deadline or self._signals > 1:
                break
            time.sleep(0.05)
        for child in self._children:
            child.clear_away()
            if child.process is not None:
                child.process.wait()
            self._echoes[child.name].look()

    def _revive(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is not None:  # just died: note it, and choose when to try again
            code = child.process.returncode
            child.clear_away()
            child.process = None
            if now - child.started_at > _STEADY_SECONDS:
                child.pause_seconds = _FIRST_PAUSE_SECONDS
            child.next_start_at = now + child.pause_seconds
            complain(
                f"{child.name} 意外停止（{_why(code)}），{child.pause_seconds:g} 秒后重启。日志：{self._log(child)}",
                f"{child.name} stopped ({_why(code)}); starting again in {child.pause_seconds:g} s. "
                f"Log: {self._log(child)}",
            )
            child.pause_seconds = min(child.pause_seconds * 2, _LONGEST_PAUSE_SECONDS)
        elif now >= child.next_start_at:
            child.start(self._log(child))
            say(f"{child.name} 已重新启动", f"{child.name} is running again", mark="✓")

    def _log(self, child: Child) -> Path:
        return self._logs / f"{child.name}.log"

    def _on_signal(self, number: int, frame: object) -> None:
        self._signals += 1


def _has_living_member(group: int) -> bool:
    """Whether a process of the group still runs; one that only waits to be collected does not."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                return True
    return False


def _why(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit {code}"

"""`redflower serve`: the database, the pages and their companions, started together and stopped together."""

import argparse
import contextlib
import errno
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from http import HTTPStatus

import psycopg

from redflower.plumbing import leash
from redflower.plumbing.console import complain, pick, say, stage
from redflower.plumbing.postgres import EmbeddedPostgres
from redflower.plumbing.postgres_host import PostgresRefusal
from redflower.plumbing.word import TOLD_TO_WAIT, WORD
from redflower.project.children import Child, Keeper
from redflower.project.freshness import fingerprint_of_start
from redflower.project.instance import Instance, default_data_dir
from redflower.project.log_guard import check_log

_READY_SECONDS = 60.0
_DATABASE_PAUSE_SECONDS = 5.0
_DEMO_GIFTS_PER_SECOND = 0.13  # goes on where the seed stops, and what its pools are sized for


def run(arguments: Sequence[str]) -> int:
    """Serves until Ctrl-C or SIGTERM; returns 0 after an orderly end, 1 when it could not start."""
    args = _parser().parse_args(arguments)
    args.door_port = args.door_port or args.port + 1
    instance = Instance(default_data_dir())
    base_url = f"http://{_address_for_people(args.host)}:{args.port}"
    if not _is_port_free(args.host, args.port) or (args.doors and not _is_port_free(args.host, args.door_port)):
        return 1
    instance.prepare()
    demo = instance.settle_mode(no_demo=args.no_demo)
    public_url = os.environ.get("REDFLOWER_BASE_URL") or base_url
    instance.remember(base_url=public_url)
    if args.doors:
        os.environ.setdefault("REDFLOWER_DOOR_URL", f"http://{_address_for_people(args.host)}:{args.door_port}")
    if demo:
        os.environ.setdefault("REDFLOWER_DEMO_PARTNER", f"http://127.0.0.1:{args.port + 2}")
    server = None if os.environ.get("DATABASE_URL") else EmbeddedPostgres(instance.data_dir)
    with contextlib.ExitStack() as stack:
        if server:
            stack.callback(server.stop)
        instance.enter(dsn=server.claim() if server else os.environ["DATABASE_URL"], demo=demo)
        is_first = server is not None and instance.recall("prepared_from") is None
        preparation = stack.enter_context(_start_preparation(demo=demo)) if is_first else None
        _reach_database(server)
        check_log(instance.data_dir, os.environ["DATABASE_URL"])
        keeper = Keeper(_children(args, demo=demo), instance.logs, watch=_watch(server))
        if preparation and demo:
            instance.act_as_application()  # the preparation has its environment already, and is the owner's
        ahead = _pages_ahead(instance, keeper) if preparation and demo else _nothing
        if not _prepare(instance, preparation, ahead, demo=demo):
            keeper.stop()
            return 1
        instance.act_as_application()
        guide = "" if demo else _offer_guide()
        return _serve(keeper, own_url=base_url, public_url=public_url, guide=guide)


def _offer_guide() -> str:
    """The address of an empty site's guide, with the token that proves who started it; nothing once the site is open."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        row = connection.execute("SELECT is_open FROM people_site").fetchone()
    if row is not None and row[0]:
        return ""
    return f"/setup/account/?token={os.environ.setdefault('REDFLOWER_SETUP_TOKEN', secrets.token_urlsafe(12))}"


def _serve(keeper: Keeper, *, own_url: str, public_url: str, guide: str) -> int:
    keeper.listen()
    try:
        keeper.start("pages")  # alone at first, where they do not wait already: a first page sooner, on few cores
        with stage("启动网站", "Starting the site") as outcome:
            ready = _wait_until_ready(keeper, f"{own_url}/readyz")
            if ready:
                _ask(f"{own_url}/")  # the first page itself, before its companions come and want the processor
            else:
                outcome.failed()
        if ready:
            say(f"小红花已开放 → {public_url}", f"Red Flower is open → {public_url}", mark="❀")
            if guide:
                say(
                    f"第一次使用，请从这里开始 → {public_url}{guide}",
                    f"New here? Start with → {public_url}{guide}",
                    mark="❀",
                )
            say("按 Ctrl-C 停止", "Press Ctrl-C to stop")
        elif not keeper.is_stopping():
            complain(
                f"网站在 {_READY_SECONDS:g} 秒内没有就绪，请看日志。仍在继续尝试。",
                f"The site was not ready within {_READY_SECONDS:g} s: see the logs. Still trying.",
            )
        keeper.start()
        keeper.run()
    finally:
        with stage("正在停止", "Stopping"):
            keeper.stop()
    return 0


def _reach_database(server: EmbeddedPostgres | None) -> None:
    """Starts the embedded server, unless the operator has a database of their own."""
    if server is None:
        with stage("连接您的数据库", "Reaching your database"):
            _check_own_database(os.environ["DATABASE_URL"])
    else:
        with stage("启动内置数据库", "Starting the embedded database"):
            server.start()


def _check_own_database(dsn: str) -> None:
    try:
        psycopg.connect(dsn, connect_timeout=10).close()
    except psycopg.Error as error:
        raise PostgresRefusal(
            f"无法连接 DATABASE_URL 指定的数据库：{error}",
            f"The database named in DATABASE_URL cannot be reached: {error}",
        ) from None


def _start_preparation(*, demo: bool) -> "subprocess.Popen[bytes]":
    """Migrations, static files, demo data: in a process that ends, so that this one stays small. It loads, and waits for
    the word that the database is there."""
    command = [*_leashed_redflower("migrate", "--quiet"), *(["--then-seed"] if demo else [])]
    return subprocess.Popen(command, stdin=subprocess.PIPE, env={**os.environ, **TOLD_TO_WAIT})


def _prepare(
    instance: Instance, preparation: "subprocess.Popen[bytes] | None", meanwhile: Callable[[], None], *, demo: bool
) -> bool:
    """Waits for the preparation; skipped when nothing it makes anything from has changed since it last went well."""
    dsn = os.environ["DATABASE_URL"]
    if preparation is None:
        state = fingerprint_of_start(dsn)
        if state is not None and state == instance.recall("prepared_from"):
            return True
        preparation = _start_preparation(demo=demo)
    with preparation:
        assert preparation.stdin is not None  # noqa: S101 - it is a pipe
        with contextlib.suppress(BrokenPipeError), preparation.stdin as pipe:
            pipe.write(WORD)
        while preparation.poll() is None:
            meanwhile()
            time.sleep(0.02)
    if preparation.returncode != 0:
        complain("准备数据时出错，没有启动。", "Preparing the data failed; nothing was started.")
        return False
    instance.remember(prepared_from=fingerprint_of_start(dsn))
    return True


def _pages_ahead(instance: Instance, keeper: Keeper) -> Callable[[], None]:
    """Starts the pages as soon as their static files are there, on a core that the preparation leaves free: they load, and
    wait for the data before they open their port."""
    manifest = instance.data_dir / "static" / "staticfiles.json"

    def look() -> None:
        if manifest.exists():
            keeper.start("pages", ahead=True)

    return look


def _nothing() -> None:
    """There is nothing to do meanwhile."""


def _leashed_redflower(*arguments: str) -> list[str]:
    on_leash = [sys.executable, "-I", "-S", leash.__file__, "--signal", "SIGKILL", "--parent", str(os.getpid()), "--"]
    return [*on_leash, sys.executable, "-m", "redflower", *arguments]


def _children(args: argparse.Namespace, *, demo: bool) -> list[Child]:
    gunicorn = [
        sys.executable, "-m", "gunicorn", "redflower.project.wsgi:application",
        "--config", "python:redflower.project.gunicorn_config",
        "--workers", str(args.workers), "--bind", f"{_bracketed(args.host)}:{args.port}",
    ]  # fmt: skip
    redflower = [sys.executable, "-m", "redflower"]
    # Every door listens on the one port; the kernel shares out who comes.
    door = [*redflower, "door", "--host", args.host, "--port", str(args.door_port)]
    children = [
        Child("pages", gunicorn),
        *(Child(f"door-{number}", door) for number in range(1, args.doors + 1)),
        Child("worker", [*redflower, "worker"]),
        Child("sandbox-post", [*redflower, "sandbox-post"]),
    ]
    if demo:
        url = f"http://{_address_for_people(args.host)}:{args.port}"
        simulate = [*redflower, "simulate", "--rate", str(_DEMO_GIFTS_PER_SECOND), "--url", url]
        children.append(Child("simulate", simulate))
        children.append(Child("demo-partner", [*redflower, "demo-partner", "--url", url]))
    return children


def _watch(server: EmbeddedPostgres | None) -> Callable[[Keeper], None]:
    """What to do on every tick about the database: bring it back if something killed it.

    Where that fails, on a full disk for one, it is tried again: the pages say meanwhile that they will be back.
    """
    next_try_at = 0.0

    def look(keeper: Keeper) -> None:
        nonlocal next_try_at
        if server is None or server.pid is not None or keeper.is_stopping() or time.monotonic() < next_try_at:
            return
        complain("数据库意外停止，正在恢复。", "The database stopped; bringing it back.")
        try:
            server.start(give_up=keeper.is_stopping)
        except (PostgresRefusal, psycopg.Error, OSError) as fault:
            zh, en = (fault.zh, fault.en) if isinstance(fault, PostgresRefusal) else (str(fault), str(fault))
            complain(
                f"数据库未能恢复，{_DATABASE_PAUSE_SECONDS:g} 秒后再试：{zh}",
                f"The database is not back; trying again in {_DATABASE_PAUSE_SECONDS:g} s: {en}",
            )
            next_try_at = time.monotonic() + _DATABASE_PAUSE_SECONDS
        else:
            say("数据库已恢复", "The database is back", mark="✓")

    return look


def _wait_until_ready(keeper: Keeper, url: str) -> bool:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and not keeper.is_stopping():
        if _ask(url):
            return True
        keeper.tick()
        time.sleep(0.05)
    return False


def _ask(url: str) -> bool:
    """Whether a page of ours answers well; no proxy is asked."""
    directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.suppress(OSError), directly.open(url, timeout=5) as answer:
        return bool(answer.status == HTTPStatus.OK)
    return False


def _is_port_free(host: str, port: int) -> bool:
    """Probes before anything is started: a second server must not slip in beside the first."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            complain(
                f"端口 {port} 已被占用。请用 --port 另选一个，例如 --port {port + 1}。",
                f"Port {port} is taken. Choose another, for example --port {port + 1}.",
            )
        else:
            complain(f"无法监听 {host}:{port}：{error.strerror}", f"Cannot listen on {host}:{port}: {error.strerror}")
        return False
    return True


def _address_for_people(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else _bracketed(host)  # noqa: S104 - shown, not bound


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="redflower serve")
    parser.add_argument("--host", default="127.0.0.1", help=pick("监听地址", "address to listen on"))
    parser.add_argument("--port", type=_port, default=8000, metavar="N", help=pick("监听端口", "port to listen on"))
    data_help = pick("数据文件夹（默认 $REDFLOWER_DATA 或 .data）", "data folder (default: $REDFLOWER_DATA or .data)")
    parser.add_argument("--data", metavar="DIR", help=data_help)  # read by the cli, shown here
    parser.add_argument(
        "--no-demo", action="store_true", help=pick("空白站点，没有演示数据", "an empty site without demo data")
    )
    parser.add_argument(
        "--workers", type=_count, default=2, metavar="N", help=pick("网页进程数", "processes serving pages")
    )
    parser.add_argument(
        "--doors",
        type=_count_or_none,
        default=1,
        metavar="N",
        help=pick("引擎入口的进程数", "processes of the engine's door"),
    )
    parser.add_argument(
        "--door-port",
        type=_port,
        metavar="N",
        help=pick("引擎入口的端口（默认 --port + 1）", "the door's port (--port + 1)"),
    )
    return parser


def _port(text: str) -> int:
    number = _count(text)
    if number > 65535:
        raise argparse.ArgumentTypeError(pick("端口应在 1 到 65535 之间", "a port is between 1 and 65535"))
    return number


def _count_or_none(text: str) -> int:
    return 0 if text == "0" else _count(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise argparse.ArgumentTypeError(pick("应为正整数", "a whole number above zero"))
    return int(text)

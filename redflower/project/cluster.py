"""`./dev cluster`: three PostgreSQL kept available by Patroni and etcd, on one machine, to try what three would do.

One leads, two follow, and a commit is acknowledged once one of the two has it as well. When the leader dies, a follower
that has everything acknowledged takes over by itself; the address printed here finds it.
"""

import argparse
import contextlib
import json
import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

from redflower.plumbing.console import complain, pick, say, stage
from redflower.plumbing.postgres import DATABASE, OWNER, create_database
from redflower.plumbing.postgres_host import (
    PostgresRefusal,
    clean_environment,
    find_binaries,
    identity_for,
    leashed,
    memory_bytes,
    settings_for,
)
from redflower.project.children import Child, Keeper
from redflower.project.instance import default_data_dir

NODES = (1, 2, 3)
_READY_SECONDS = 90.0
# Patroni needs loop_wait + 2 × retry_timeout ≤ ttl. A leader that stays silent for `ttl` has lost its office.
_TTL_SECONDS, _LOOP_WAIT_SECONDS, _RETRY_SECONDS = 20, 5, 5


class Ports:
    """Which port is whose, counted from the first."""

    def __init__(self, first: int) -> None:
        self._first = first

    def postgres(self, node: int) -> int:
        """Where a node's PostgreSQL listens."""
        return self._first + node

    def patroni(self, node: int) -> int:
        """Where a node's Patroni tells how it is."""
        return self._first + 10 + node

    def etcd(self, node: int) -> int:
        """Where an etcd member serves."""
        return self._first + 20 + node

    def etcd_peer(self, node: int) -> int:
        """Where an etcd member meets the others."""
        return self._first + 30 + node


def run(arguments: Sequence[str]) -> int:
    """Runs the cluster until Ctrl-C or SIGTERM; returns 0 after an orderly end, 1 when it could not start."""
    args = _parser().parse_args(arguments)
    home = args.data or default_data_dir() / "cluster"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / "logs").mkdir(exist_ok=True)
    ports = Ports(args.port_base)
    if (fault := _what_is_missing()) is not None:
        complain(*fault)
        return 1
    password = _keep_password(home)
    etcd = [_etcd(home, node, ports) for node in NODES]
    patroni = [_patroni(home, node, ports, password, synchronous=not args.asynchronous) for node in NODES]
    keeper = Keeper([*etcd, *patroni], home / "logs")
    keeper.listen()
    url = leader_url(ports, password)
    try:
        keeper.start(*(child.name for child in etcd))
        time.sleep(1)
        keeper.start()
        with stage("启动三个 PostgreSQL 节点", "Starting three PostgreSQL nodes") as outcome:
            if not _wait_for_all(keeper, url):
                outcome.failed()
                return 1
        (home / "database-url").write_text(url + "\n")
        say("数据库集群已就绪。用它启动网站：", "The cluster is ready. To serve the site on it:", mark="❀")
        say(f"DATABASE_URL='{url}' ./dev run", f"DATABASE_URL='{url}' ./dev run")
        keeper.run()
    finally:
        with stage("正在停止", "Stopping"):
            keeper.stop()
            _end_leftovers(home)
    return 0


def leader_url(ports: Ports, password: str) -> str:
    """The address that leads to whichever node may write."""
    hosts = ",".join(f"127.0.0.1:{ports.postgres(node)}" for node in NODES)
    options = "target_session_attrs=read-write&connect_timeout=2"
    return f"postgresql://{OWNER}:{password}@{hosts}/{DATABASE}?{options}"


def _what_is_missing() -> tuple[str, str] | None:
    if shutil.which("etcd") is None:
        return (
            "没有找到 etcd。请先安装：sudo apt install etcd-server",
            "There is no etcd. Install it first: sudo apt install etcd-server",
        )
    with contextlib.suppress(ImportError):
        import patroni  # noqa: F401

        return None
    return ("没有安装 Patroni，请用 ./dev cluster 启动。", "Patroni is not installed; start this by ./dev cluster.")


def _keep_password(home: Path) -> str:
    path = home / "password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(24))
    return path.read_text()


def _etcd(home: Path, node: int, ports: Ports) -> Child:
    members = ",".join(f"etcd{each}=http://127.0.0.1:{ports.etcd_peer(each)}" for each in NODES)
    client, peer = f"http://127.0.0.1:{ports.etcd(node)}", f"http://127.0.0.1:{ports.etcd_peer(node)}"
    command = [
        shutil.which("etcd") or "etcd", "--name", f"etcd{node}", "--data-dir", str(home / f"etcd{node}"),
        "--listen-client-urls", client, "--advertise-client-urls", client,
        "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
        "--initial-cluster", members, "--initial-cluster-token", "redflower", "--logger", "zap",
        # One slow disk under three members: patience keeps them from electing each other all day.
        "--heartbeat-interval", "500", "--election-timeout", "5000", "--auto-compaction-retention", "1h",
    ]  # fmt: skip
    return Child(f"etcd{node}", command)


def _patroni(home: Path, node: int, ports: Ports, password: str, *, synchronous: bool) -> Child:
    folder = home / f"node{node}"
    identity = identity_for(folder / "postgres")
    folder.mkdir(mode=0o700, exist_ok=True)
    if identity and identity[1] != "namespace":
        uid, gid = identity[1].split(":")
        os.chown(folder, int(uid), int(gid))
    config = folder / "patroni.json"  # JSON is YAML
    config.touch(mode=0o600)
    config.write_text(json.dumps(_config(folder, node, ports, password, synchronous=synchronous), indent=1))
    command = leashed([sys.executable, "-m", "patroni", str(config)], identity)
    return Child(f"patroni{node}", command, clean_environment())


def _config(folder: Path, node: int, ports: Ports, password: str, *, synchronous: bool) -> dict[str, Any]:
    own = f"127.0.0.1:{ports.postgres(node)}"
    shared = settings_for(memory_bytes() // len(NODES)) | {
        "listen_addresses": "127.0.0.1",
        "synchronous_commit": "on" if synchronous else "off",
        # Whoever led and comes back is wound back to the last checkpoint before the others went on without it, and asks
        # for the log from there; its slot remembers only how far it had come. A checkpoint is never further away than
        # `max_wal_size`, and as much again is written until it asks.
        "max_wal_size": "1GB",
        "wal_keep_size": "2GB",
    }
    accounts = {
        "superuser": {"username": OWNER, "password": password},
        "replication": {"username": "replicator", "password": password},
        "rewind": {"username": "rewinder", "password": password},
    }
    return {
        "scope": "redflower",
        "name": f"node{node}",
        "restapi": {"listen": f"127.0.0.1:{ports.patroni(node)}", "connect_address": f"127.0.0.1:{ports.patroni(node)}"},
        "etcd3": {"hosts": [f"127.0.0.1:{ports.etcd(each)}" for each in NODES]},
        "bootstrap": {
            "dcs": {
                "ttl": _TTL_SECONDS,
                "loop_wait": _LOOP_WAIT_SECONDS,
                "retry_timeout": _RETRY_SECONDS,
                # Strict: with no follower to confirm, a commit waits. Better late than lost.
                "synchronous_mode": "quorum" if synchronous else "off",
                "synchronous_mode_strict": synchronous,
                "synchronous_node_count": 1,
                "maximum_lag_on_failover": 1048576,
                "postgresql": {"use_pg_rewind": True, "parameters": shared},
            },
            "initdb": [
                {"encoding": "UTF8"}, {"locale": "C"}, {"locale-provider": "builtin"}, {"builtin-locale": "C.UTF-8"},
                {"auth": "scram-sha-256"},
            ],
        },
        "postgresql": {
            "listen": own,
            "connect_address": own,
            "data_dir": str(folder / "postgres"),
            "bin_dir": str(find_binaries()),
            "pgpass": str(folder / "pgpass"),
            "authentication": accounts,
            "pg_hba": [
                "local all all scram-sha-256",
                "host all all 127.0.0.1/32 scram-sha-256",
                "host replication replicator 127.0.0.1/32 scram-sha-256",
            ],
            "parameters": {"unix_socket_directories": ""},
            "basebackup": [{"checkpoint": "fast"}],
        },
    }  # fmt: skip


def _wait_for_all(keeper: Keeper, url: str) -> bool:
    """Until a leader takes writes and both followers have caught up with it."""
    to_any_database = url.replace(f"/{DATABASE}?", "/postgres?")
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and not keeper.is_stopping():
        with (
            contextlib.suppress(psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction),
            psycopg.connect(to_any_database, autocommit=True) as connection,
        ):
            caught_up = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
            [[followers]] = connection.execute(caught_up).fetchall()
            if followers == len(NODES) - 1:
                create_database(connection)
                return True
        keeper.tick()
        time.sleep(0.5)
    return False


def _end_leftovers(home: Path) -> None:
    """A PostgreSQL whose Patroni was killed lives on by itself; nothing outlives this command."""
    for node in NODES:
        with contextlib.suppress(OSError, ValueError):
            pid = int((home / f"node{node}" / "postgres" / "postmaster.pid").read_text().splitlines()[0])
            if Path(f"/proc/{pid}/cwd").resolve() == (home / f"node{node}" / "postgres").resolve():
                os.kill(pid, signal.SIGQUIT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="redflower cluster", description=__doc__)
    parser.add_argument("--data", type=Path, metavar="DIR", help=pick("数据文件夹", "data folder"))
    parser.add_argument(
        "--port-base", type=int, default=5600, metavar="N", help=pick("端口从这里数起", "ports count from here")
    )
    parser.add_argument(
        "--asynchronous",
        action="store_true",
        help=pick("不等副本确认：会丢数据，只为对照", "confirm without a follower: loses data, for comparison only"),
    )
    return parser


def main() -> int:
    """Entry of `./dev cluster`."""
    try:
        return run(sys.argv[1:])
    except PostgresRefusal as refusal:
        complain(refusal.zh, refusal.en)
        return 1


if __name__ == "__main__":
    sys.exit(main())

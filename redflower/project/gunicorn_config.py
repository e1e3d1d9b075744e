"""Gunicorn for the pages: a few threads in each of a few processes, none of which outlives its master."""

import os
import socket
import struct
import sys

from redflower.plumbing.leash import die_with_parent
from redflower.plumbing.word import wait_for_word

preload_app = True  # imported once, shared by every worker
worker_class = "gthread"
threads = 8
timeout = 60
graceful_timeout = 8
keepalive = 5
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - heartbeats off the disk
proc_name = "redflower-pages"
accesslog = None
errorlog = "-"
loglevel = "warning"
forwarded_allow_ips = os.environ.get("REDFLOWER_PROXIES", "127.0.0.1")
control_socket_disable = True


# A connection that stops in the middle of a request would keep its thread for ever.
_SILENCE_SECONDS = 10


def on_starting(server: object) -> None:
    """Everything is loaded and no port is open yet: on a first start, the data is still being made."""
    if not wait_for_word():
        sys.exit(0)


def when_ready(server: object) -> None:
    """Whoever is silent in the middle of a request is hung up on: connections inherit it from the listening socket."""
    for listener in server.LISTENERS:  # type: ignore[attr-defined]
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", _SILENCE_SECONDS, 0))


def post_fork(server: object, worker: object) -> None:
    """A worker goes with its master, whatever ends the master."""
    die_with_parent("SIGKILL", server.pid)  # type: ignore[attr-defined]

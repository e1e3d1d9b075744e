"""An open-loop crowd: `python -m bench.open_loop PORT RATE SECONDS` gives at a fixed rate, whatever the answers do.

Latency counts from the moment a gift was due, not from when a connection was free for it: a server that falls behind
is seen to. Plain sockets without a loop's comforts, since the crowd shares the processors with what it measures. Prints
one JSON object.
"""

import json
import random
import select
import socket
import sys
import time
from collections import deque

CONNECTIONS = 512
_STEP_SECONDS = 0.002
_PATIENCE_SECONDS = 30  # for the last answers


class Connection:
    """One kept connection, one gift on the way at a time."""

    __slots__ = ("due", "recv", "seen", "send", "sock")

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.send, self.recv = self.sock.sendall, self.sock.recv
        self.due, self.seen = 0.0, b""


class Crowd:
    """Everybody who gives, and how long each had to wait."""

    def __init__(self, port: int, rate: int, seconds: int) -> None:
        self.rate, self.count = rate, rate * seconds
        self.waits: list[float] = []
        self.refused = self.lost = self.made = 0
        self.start = f"{random.getrandbits(64):x}".encode()
        self.poll = select.epoll()
        self.connections = {one.sock.fileno(): one for one in (Connection(port) for _ in range(CONNECTIONS))}
        self.free = deque(self.connections.values())
        for number in self.connections:
            self.poll.register(number, select.EPOLLIN)

    def run(self) -> dict[str, float]:
        """Gives, waits for the last answers, and tells."""
        began = time.perf_counter()
        ends = began + self.count / self.rate + _PATIENCE_SECONDS
        while (now := time.perf_counter()) < ends and len(self.waits) + self.refused + self.lost < self.count:
            due = min(int((now - began) * self.rate), self.count)
            while self.made < due and self.free:
                self._give(self.free.popleft(), began + self.made / self.rate)
            for number, _ in self.poll.poll(_STEP_SECONDS):
                self._hear(self.connections[number])
        elapsed = time.perf_counter() - began
        waits = sorted(self.waits)
        return {
            "offered_per_s": self.rate,
            "answered_per_s": round(len(waits) / elapsed, 1),
            "p50_ms": round(waits[len(waits) // 2] * 1000, 1),
            "p99_ms": round(waits[len(waits) * 99 // 100] * 1000, 1),
            "errors": self.count - len(waits),
        }

    def _give(self, connection: Connection, due: float) -> None:
        self.made += 1
        body = b'{"idempotency_key":"%b-%d","project":"bench-%d","amount_minor":%d}' % (
            self.start, self.made, self.made * 7919 % 1000, 100 + self.made % 5000,
        )  # fmt: skip
        connection.due = due
        connection.send(
            b"POST /v1/gifts HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (len(body), body)
        )

    def _hear(self, connection: Connection) -> None:
        """Counts a whole answer; a connection that ends is an answer that never comes."""
        data = connection.recv(4096)
        if not data:
            self.poll.unregister(connection.sock)
            self.lost += 1
            return
        seen = connection.seen + data
        head = seen.find(b"\r\n\r\n")
        at = seen.find(b"content-length: ", 0, head)
        if head < 0 or len(seen) < head + 4 + int(seen[at + 16 : seen.index(b"\r", at)]):
            connection.seen = seen
            return
        if seen.startswith(b"HTTP/1.1 200"):
            self.waits.append(time.perf_counter() - connection.due)
        else:
            self.refused += 1
        connection.seen = b""
        self.free.append(connection)


if __name__ == "__main__":
    port, rate, seconds = map(int, sys.argv[1:])
    print(json.dumps(Crowd(port, rate, seconds).run()))

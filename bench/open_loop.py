"""An open-loop crowd: `python -m bench.open_loop PORT RATE SECONDS` gives at a fixed rate, whatever the answers do.

Latency counts from the moment a gift was due, not from when a connection was free for it: a server that falls behind
is seen to. Prints one JSON object.
"""

import asyncio
import json
import random
import sys
import time
from collections import deque

CONNECTIONS = 512
_STEP_SECONDS = 0.002


class Connection(asyncio.Protocol):
    """One kept connection, one gift on the way at a time."""

    def __init__(self, crowd: "Crowd") -> None:
        self.crowd, self.due, self.seen = crowd, 0.0, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready to give."""
        self.transport = transport
        self.crowd.free.append(self)

    def give(self, due: float, body: bytes) -> None:
        """Sends one gift."""
        self.due = due
        self.transport.write(  # type: ignore[attr-defined]
            b"POST /v1/gifts HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (len(body), body)
        )

    def data_received(self, data: bytes) -> None:
        """Counts a whole answer."""
        self.seen += data
        head = self.seen.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self.seen.lower().find(b"content-length: ", 0, head)
        length = int(self.seen[at + 16 : self.seen.index(b"\r", at)])
        if len(self.seen) < head + 4 + length:
            return
        self.crowd.answered(self, self.seen.startswith(b"HTTP/1.1 200"))
        self.seen = b""

    def connection_lost(self, error: Exception | None) -> None:
        """An error, unless we are done."""
        self.crowd.lost += not self.crowd.over


class Crowd:
    """Everybody who gives, and how long each had to wait."""

    def __init__(self, port: int, rate: int, seconds: int) -> None:
        self.port, self.rate, self.seconds = port, rate, seconds
        self.free: deque[Connection] = deque()
        self.late: deque[float] = deque()
        self.waits: list[float] = []
        self.refused = self.lost = self.made = 0
        self.over = False
        self.start = f"{random.getrandbits(64):x}"

    def answered(self, connection: Connection, is_good: bool) -> None:
        """One answer has come."""
        if is_good:
            self.waits.append(time.perf_counter() - connection.due)
        else:
            self.refused += 1
        self.free.append(connection)
        self._send()

    def _send(self) -> None:
        while self.late and self.free:
            self.made += 1
            body = b'{"idempotency_key":"%b-%d","project":"bench-%d","amount_minor":%d}' % (
                self.start.encode(), self.made, self.made * 7919 % 1000, 100 + self.made % 5000,
            )  # fmt: skip
            self.free.popleft().give(self.late.popleft(), body)

    async def run(self) -> dict[str, float]:
        """Gives, waits for the last answers, and tells."""
        loop = asyncio.get_running_loop()
        await asyncio.gather(
            *(loop.create_connection(lambda: Connection(self), "127.0.0.1", self.port) for _ in range(CONNECTIONS))
        )
        began, due = time.perf_counter(), 0
        while due < self.rate * self.seconds:
            until = min(int((time.perf_counter() - began) * self.rate), self.rate * self.seconds)
            self.late.extend(began + number / self.rate for number in range(due, until))
            due = until
            self._send()
            await asyncio.sleep(_STEP_SECONDS)
        deadline = time.perf_counter() + 30
        while len(self.waits) + self.refused + self.lost < due and time.perf_counter() < deadline:
            await asyncio.sleep(0.01)
        elapsed = time.perf_counter() - began
        self.over = True
        waits = sorted(self.waits)
        unanswered = due - len(waits) - self.refused
        return {
            "offered_per_s": self.rate,
            "answered_per_s": round(len(waits) / elapsed, 1),
            "p50_ms": round(waits[len(waits) // 2] * 1000, 1),
            "p99_ms": round(waits[len(waits) * 99 // 100] * 1000, 1),
            "errors": self.refused + unanswered,
        }


if __name__ == "__main__":
    port, rate, seconds = map(int, sys.argv[1:])
    print(json.dumps(asyncio.run(Crowd(port, rate, seconds).run())))

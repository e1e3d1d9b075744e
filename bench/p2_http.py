"""P2: gifts through HTTP, against a no-op of the same server, a naive door and a plain Django view."""

import time
from typing import Any

from bench.frame import Check, Measured, interleave, medians

WHAT = "gifts through HTTP, durable before the answer"
DOORS = 2  # one for each core


def run(quick: bool) -> Measured:
    """Every gift one request; the provider tells of its payment in lists; rounds end when all gifts are settled."""
    from datetime import timedelta

    from bench import doors
    from bench.baselines import NAIVE_TABLES
    from bench.database import bench_database, connect
    from bench.p1_settle import check_books
    from bench.world import make_world
    from redflower.kernel import clock
    from redflower.project.migrate import _secure

    rounds, seconds = (2, 4) if quick else (5, 10)
    with bench_database() as dsn, connect(dsn) as conn:
        world = make_world(conn, projects=1_000, donors=1_000, opens_at=clock.now() - timedelta(hours=1))
        _secure()
        conn.execute(NAIVE_TABLES)
        seen_ms: list[float] = []
        costs: list[float] = []

        def subject(connections: int) -> float:
            with doors.served_doors(DOORS) as processes, Watched(doors, dsn, world):
                doors.run_wrk(32, 1)  # warm
                drain(doors, conn)
                began, used = time.perf_counter(), doors.used(processes)
                told = doors.run_wrk(connections, seconds)
                elapsed = drain(doors, conn) - began
                costs.append((doors.used(processes) - used) / told["requests"] * 1e6)
                if connections == 256:
                    seen_ms.append(told["p99_ms"])
                return told["requests"] / elapsed

        def other(kind: str, connections: int) -> float:
            with doors.served(["-m", "bench.http_servers", kind, str(doors.PORT)]):
                doors.run_wrk(connections, 1)
                return doors.run_wrk(connections, seconds)["per_s"]

        seen = interleave(
            rounds,
            {
                "gifts_256": lambda: subject(256),
                "gifts_1024": lambda: subject(1024),
                "noop_256": lambda: other("noop", 256),
                "naive_256": lambda: other("naive", 256),
                "naive_32": lambda: other("naive", 32),
            },
        )
        check_books()
        seen["django_32"] = [other("django", 32) for _ in range(rounds)]  # last: its books are only half kept
        middle = medians(seen)
        best = max(middle["gifts_256"], middle["gifts_1024"])
        p99 = sorted(seen_ms)[len(seen_ms) // 2]
        figures = {f"{name}_per_s": round(value, 1) for name, value in middle.items()}
        figures |= {
            "p99_at_256_ms": p99,
            "door_cpu_us_per_gift": round(sorted(costs)[len(costs) // 2], 1),
            "doors": DOORS,
        }
        return Measured(
            figures,
            [
                Check("gifts/s ÷ Django view", best / middle["django_32"], 80, 120),
                Check("gifts/s ÷ best naive door", best / max(middle["naive_256"], middle["naive_32"]), 15, 25),
                Check("gifts/s ÷ no-op", best / middle["noop_256"], 0.33, 0.50),
                Check("60 ms ÷ p99 at 256", 60 / p99, 1),
            ],
        )


class Watched:
    """The provider and the drawer at work while something is measured."""

    def __init__(self, doors: Any, dsn: str, world: Any) -> None:
        import os
        from pathlib import Path

        self.helpers = [doors.Provider(dsn, Path(os.environ["REDFLOWER_DATA"])), doors.Drawer(world.festival_id)]

    def __enter__(self) -> None:
        for helper in self.helpers:
            helper.start()

    def __exit__(self, *_: object) -> None:
        for helper in self.helpers:
            helper.leaving.set()
            helper.join(30)


def drain(doors: Any, conn: Any) -> float:
    """Waits until every gift is settled; answers with the moment (of `perf_counter`) when that was seen.

    Counting all of them to be sure takes a while once there are a million, and comes after that moment.
    """
    deadline = time.monotonic() + 900
    while time.monotonic() < deadline:
        seen = time.perf_counter()
        if not doors.is_last_unsettled(conn) and doors.count_unsettled(conn) == 0:
            return seen
        time.sleep(0.05)
    raise RuntimeError("gifts stay unsettled")

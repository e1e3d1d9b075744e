"""P3: a crowd that comes at 10,000 gifts a second and does not wait for each other."""

from bench.frame import Check, Measured

WHAT = "open loop at 10,000 gifts a second"
RATE = 10_000
ALLOWED_MS = 150
STRETCH_MS = 50


def run(quick: bool) -> Measured:
    """Intents over HTTP at a fixed rate, their payments told and settled meanwhile and after, slices drawn behind."""
    import json
    import subprocess
    import sys
    import time
    from datetime import timedelta

    from bench import doors
    from bench.database import bench_database, connect
    from bench.p1_settle import check_books
    from bench.p2_http import Watched, drain
    from bench.world import make_world
    from redflower.kernel import clock
    from redflower.project.migrate import _secure

    seconds = 10 if quick else 60
    with bench_database() as dsn, connect(dsn) as conn:
        world = make_world(conn, projects=1_000, donors=1_000, opens_at=clock.now() - timedelta(hours=1))
        _secure()
        with doors.served_doors(2) as processes, Watched(doors, dsn, world):

            def crowd(rate: int, seconds: int) -> dict[str, float]:
                said = subprocess.run(
                    [sys.executable, "-m", "bench.open_loop", str(doors.PORT), str(rate), str(seconds)],
                    capture_output=True, text=True, check=True,
                ).stdout  # fmt: skip
                return dict(json.loads(said))

            crowd(500, 3)  # warm
            drain(doors, conn)
            used = doors.used(processes)
            seen = crowd(RATE, seconds)
            over = time.perf_counter()
            unsettled = doors.count_unsettled(conn)
            drain(doors, conn)
            behind = time.perf_counter() - over
            cost = (doors.used(processes) - used) / (RATE * seconds) * 1e6  # settlement to the last gift included
        check_books()
    figures = {
        **seen,
        "seconds": seconds,
        "unsettled_at_the_end": unsettled,
        "settled_after_s": round(behind, 1),
        "doors": 2,
        "door_cpu_us_per_gift": round(cost, 1),
    }
    return Measured(
        figures,
        [
            Check("150 ms ÷ p99", ALLOWED_MS / max(seen["p99_ms"], 0.1), 1, ALLOWED_MS / STRETCH_MS),
            Check("no errors", 1 if seen["errors"] == 0 else 0, 1),
        ],
    )

"""P5: what settling costs once millions of rows are there, against the same on an empty database."""

from typing import Any

from bench.frame import Check, Measured

WHAT = "cost growth of settling on existing rows"


def run(quick: bool) -> Measured:
    """The rate of P1 on an empty database, then beside as many settled gifts as `sizes` says, in the same database.

    The existing gifts are grown through the subject's own tables by one statement each, with ids of the days before:
    every index has its size, and donors are the ones who give again. Rates are compared by the processors' seconds in
    PostgreSQL and Python together as well as by the clock, which other processes disturb.
    """
    from bench.database import bench_database, connect
    from bench.settling import Settlers
    from bench.world import make_world

    sizes, ticks = ((100_000, 300_000), 15) if quick else ((1_000_000, 10_000_000), 50)
    figures: dict[str, Any] = {}
    checks = []
    with bench_database() as dsn, connect(dsn) as conn:
        world = make_world(conn, projects=1_000, donors=100_000 if quick else 1_000_000)
        settlers = Settlers(conn, world)
        settlers.run(10)
        efforts = sorted((settlers.run(ticks) for _ in range(3)), key=lambda each: each.wall)
        empty = efforts[1]
        figures |= {"empty_gifts_per_s": round(empty.gifts_per_s, 1), "empty_cpu_s": round(empty.cpu / empty.gifts, 6)}
        grown = 0
        for size in sizes:
            grow(conn, size - grown, grown)
            grown = size
            conn.execute("ANALYZE")
            conn.execute("CHECKPOINT")
            settlers.run(5)
            full = sorted((settlers.run(ticks) for _ in range(3)), key=lambda each: each.wall)[1]
            figures |= {
                f"gifts_per_s_at_{size}": round(full.gifts_per_s, 1),
                f"cpu_ratio_at_{size}": round((empty.cpu / empty.gifts) / (full.cpu / full.gifts), 3),
            }
            checks.append(
                Check(f"rate at {size:,} gifts ÷ rate when empty", full.gifts_per_s / empty.gifts_per_s, 0.85, 0.95)
            )
    return Measured(figures, checks)


def grow(conn: Any, count: int, offset: int) -> None:
    """Adds settled gifts of the days before: copies of what the settler has written, with earlier ids."""
    from bench.growth import STATEMENTS

    with conn.transaction():
        conn.execute("SET LOCAL session_replication_role = replica")
        for statement in STATEMENTS:
            conn.execute(statement, {"count": count, "offset": offset})

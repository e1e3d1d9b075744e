"""P1: how many gifts a second go all the way, against COPY of the same transfers."""

from bench.frame import Check, Measured, interleave, medians

WHAT = "settle gifts in batches of 1,000"


def run(quick: bool) -> Measured:
    """Intent, capture, flower, ticket, draw with budget guard and daily cap, transfers, balances; every commit on disk."""
    from bench.baselines import Copies, make_pgbench, run_django, run_naive, run_pgbench
    from bench.database import bench_database, connect
    from bench.settling import BATCH, DOORS, Settlers
    from bench.world import make_world

    rounds, ticks, seconds = (3, 20, 1) if quick else (7, 50, 4)
    with bench_database() as dsn, connect(dsn) as conn:
        world = make_world(conn, projects=1_000, donors=100_000 if quick else 1_000_000)
        settlers = Settlers(conn, world)
        settlers.run(20)  # warm: plans, caches, the first slices
        make_pgbench(dsn)
        # Each gift moves three times: the gift, its award, its flower (but for a donor's second gift of the day).
        copies = Copies(conn, batch_rows=3 * BATCH, batches=15)
        copies.collect()
        efforts = []

        def settle() -> float:
            efforts.append(settlers.run(ticks))
            return efforts[-1].gifts_per_s

        seen = interleave(
            rounds,
            {
                "gifts": settle,
                "copy_with_index": lambda: copies.run(index=True),
                "copy_with_key": lambda: copies.run(index=False),
                "pgbench": lambda: run_pgbench(dsn, max(seconds, 5)),
                **{f"naive_{n}": (lambda n=n: run_naive(dsn, n, seconds)) for n in (1, 8, 32)},
            },
        )
        check_books()
        seen["django"] = [run_django(world, seconds) for _ in range(3)]  # last: its books are only half kept
        middle = medians(seen)
        effort = sorted(efforts, key=lambda each: each.gifts_per_s)[rounds // 2]
        transfers = 3 * middle["gifts"]
        figures = {f"{name}_per_s": round(value, 1) for name, value in middle.items()}
        figures |= {"transfers_per_s": round(transfers, 1), **effort.per_1000(), "rounds": rounds, "doors": DOORS}
        figures |= {
            "x_naive": round(middle["gifts"] / max(middle[f"naive_{n}"] for n in (1, 8, 32)), 2),
            "x_pgbench": round(middle["gifts"] / middle["pgbench"], 2),
            "x_django": round(middle["gifts"] / middle["django"], 2),
        }
        return Measured(
            figures, [Check("transfers/s ÷ COPY rows/s", transfers / middle["copy_with_index"], 0.16, 0.25)]
        )


def check_books() -> None:
    """Every invariant of the audit, from raw rows; the roll-ups follow behind and are not part of this."""
    from redflower.faces.commands.audit import INVARIANTS
    from redflower.plumbing.db import snapshot

    with snapshot():
        differences = {
            found.code: count
            for found in INVARIANTS
            if not found.code.startswith(("insights.", "proofs.")) and (count := found.count_differences())
        }
    if differences:
        raise RuntimeError(f"the books do not add up: {differences}")

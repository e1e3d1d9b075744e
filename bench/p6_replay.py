"""P6: recomputing every award of a pool from what is public, as `redflower verify draw` does it from a folder of files."""

import os
import statistics
import tempfile
import time
from pathlib import Path

from bench.frame import Check, Measured

WHAT = "recompute all awards of a pool from its public files"
ALLOWED_S = 3.0  # for a million awards
ROUNDS = 3
SLICE, PART = 10_000, 20_000  # tickets; a public file has as many


def run(quick: bool) -> Measured:
    """Files as an instance serves them, by the share rule with its caps; reading, roots, draws, comparing: all timed."""
    from redflower.faces.commands.public_files import PublicFiles
    from redflower.faces.commands.verify_draw import check_draw
    from tests.draw_world import make_draw, write_draw

    awards = 100_000 if quick else 1_000_000
    files = make_draw(
        "random-2018", awards, awards // SLICE, people=awards // 3, budget_minor=awards * 200, part_tickets=PART
    )
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        write_draw(files, Path(folder))
        for _ in range(ROUNDS):
            began = time.perf_counter()
            with PublicFiles(folder) as source:
                report = check_draw(source, "")
            seconds.append(time.perf_counter() - began)
            if not report["agrees"] or report["tickets"] != awards:
                raise RuntimeError(f"the replay does not agree: {report['findings']}")
    million = statistics.median(seconds) * 1_000_000 / awards
    figures = {"awards": awards, "cores": os.cpu_count(), "s_per_million": round(million, 2)}
    return Measured(figures, [Check("3 s ÷ seconds for a million awards", ALLOWED_S / million, 1.0, 3.0)])

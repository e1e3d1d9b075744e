"""`python -m bench`: runs the promises asked for, prints the ratio table, stores the results."""

import argparse
import importlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.frame import dump, print_table

HERE = Path(__file__).parent


def find_promises() -> dict[str, str]:
    """P-number → module, in order, by the names of the files."""
    found = {path.stem.split("_")[0].upper(): path.stem for path in HERE.glob("p[0-9]*_*.py")}
    return {code: found[code] for code in sorted(found, key=lambda code: int(code[1:]))}


def main() -> int:
    """Returns 0 when everything asked for was measured, met or not; 1 when a benchmark broke."""
    if sys.argv[1:2] == ["--module"]:
        return run_module(*sys.argv[2:5])
    promises = find_promises()
    parser = argparse.ArgumentParser(prog="./dev bench", description="Measures what was promised against baselines.")
    parser.add_argument("--only", metavar="P1,P2", help=f"some of {','.join(promises)}")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the results there as well")
    parser.add_argument("--quick", action="store_true", help="smaller and shorter; good enough to compare two commits")
    args = parser.parse_args()
    wanted = args.only.upper().split(",") if args.only else list(promises)
    if unknown := [code for code in wanted if code not in promises]:
        parser.error(f"no such promise: {', '.join(unknown)}; there are {', '.join(promises)}")
    results: dict[str, Any] = {}
    for code in wanted:
        results[code] = run_apart(code, promises[code], args.quick)
    print_table(results)
    stored = HERE / "results" / f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}.json"
    stored.parent.mkdir(exist_ok=True)
    for path in filter(None, (stored, args.json)):
        path.write_text(dump(results), encoding="utf-8")
    print(f"→ {stored.relative_to(HERE.parent)}")
    return 1 if any("error" in result for result in results.values()) else 0


def run_apart(code: str, module: str, quick: bool) -> dict[str, Any]:
    """One benchmark in a process of its own: nothing of the one before is still in memory."""
    what = importlib.import_module(f"bench.{module}").WHAT
    print(f"▸ {code} {what}", file=sys.stderr, flush=True)
    began = time.monotonic()
    with tempfile.NamedTemporaryFile("r", suffix=".json") as answer:
        command: Sequence[str] = [sys.executable, "-m", "bench", "--module", module, str(int(quick)), answer.name]
        done = subprocess.run(command, cwd=HERE.parent, check=False)
        if done.returncode == 0:
            result: dict[str, Any] = json.load(answer)
        else:
            result = {
                "what": what,
                "error": f"ended with {done.returncode}",
                "ratio": None,
                "target": None,
                "met": False,
            }
    return {**result, "quick": quick, "took_s": round(time.monotonic() - began, 1)}


def run_module(module: str, quick: str, answer: str) -> int:
    """The inside of `run_apart`."""
    loaded = importlib.import_module(f"bench.{module}")
    Path(answer).write_text(dump(loaded.run(quick == "1").as_json(loaded.WHAT)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

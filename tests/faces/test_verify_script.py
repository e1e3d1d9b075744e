"""The script for a journalist: runs on a bare Python, agrees with the platform's draws, and stops at the first difference."""

import contextlib
import importlib.util
import io
import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.draw_world import make_draw, make_tiered_draw, write_draw

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "verify_draw.py"


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    # -I -S: no site-packages, nothing of ours.
    return subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), str(folder)], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("random-2018", {"person_day_cap_minor": 700, "budget_minor": 90_000}),
        ("random-2018", {"budget_minor": 11, "award_max_bps": None}),
        ("surprise-2024", {"person_day_cap_minor": 900}),
        ("surprise-2024", {"budget_minor": 300}),
        ("surprise-2024", {"late_from": 5, "award_max_bps": 5000}),
        ("surprise-2024", {"late_from": 0, "budget_minor": 700}),
        ("surprise-2024", {"beacon": True}),
        ("random-2018", {"beacon": True, "late_from": 3, "person_day_cap_minor": 700}),
        ("random-2018", {"late_from": 3, "person_day_cap_minor": 700}),
        ("random-2018", {"flowers": (38, 39, 99), "budget_minor": 9_000_000}),
        ("random-2018", {"flowers": (38, 39, 99), "late_from": 3, "beacon": True}),
        ("random-2018", {"flowers": (60, 90), "award_max_bps": None, "person_day_cap_minor": 700}),
    ],
)
def test_it_agrees_with_the_platform_s_own_draws(tmp_path: Path, code: str, rule: dict[str, int]):
    done = run(write_draw(make_draw(code, gifts=150, part_tickets=40, **rule), tmp_path))
    assert done.returncode == 0, done.stderr
    assert "Every award of 150 tickets" in done.stdout
    assert ("signatures were NOT checked here" in done.stdout) == ("beacon" in rule)


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("tickets/0.ndjson", b'"amount_minor":', b'"amount_minor":1', "the tickets are the ones that were drawn"),
        ("awards/0.ndjson", b'"reason":"awarded"', b'"reason":"budget_spent"', "gift"),
        ("awards/0.ndjson", b"{", b"[", "not spelled"),
        ("slices/0.ndjson", b'"available_minor":', b'"available_minor":1', "what there was to give"),
        ("pool.json", b'"secret": "61', b'"secret": "62', "the secret is the one that was promised"),
        ("pool.json", b'"gift_min_minor": 100', b'"gift_min_minor": 101', "the rules are the ones"),
    ],
)
def test_it_stops_at_the_first_difference_and_says_where(tmp_path: Path, name: str, old: bytes, new: bytes, told: str):
    files = make_draw()
    assert old in files[name]
    done = run(write_draw({**files, name: files[name].replace(old, new, 1)}, tmp_path))
    assert done.returncode == 1 and told in done.stderr, done.stderr


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_it_agrees_on_random_worlds_in_which_flowers_count(tmp_path_factory: pytest.TempPathFactory, number: int):
    folder = write_draw(make_tiered_draw(number), tmp_path_factory.mktemp("draw"))
    spec = importlib.util.spec_from_file_location("verify_draw", SCRIPT)
    assert spec and spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        script.main(str(folder))  # ends the process at the first difference
    assert "Every award of 90 tickets" in said.getvalue()


def test_flowers_that_were_not_counted_so_are_found(tmp_path: Path):
    files = make_draw(flowers=(38, 99), budget_minor=9_000_000)
    for number, (old, new) in enumerate(((b":99", b":98"), (b'{"day":"2026-09-08"', b'{"day":"2026-09-07"'))):
        changed = files["bonus.ndjson"].replace(old, new, 1)
        assert changed != files["bonus.ndjson"]
        done = run(write_draw({**files, "bonus.ndjson": changed}, tmp_path / str(number)))
        assert done.returncode == 1 and "began" in done.stderr, done.stderr
        pool = json.loads(files["pool.json"])
        pool["bonus"][0]["sha256"] = sha256(changed.splitlines()[0]).hexdigest()
        dishonest = {**files, "bonus.ndjson": changed, "pool.json": json.dumps(pool).encode()}
        done = run(write_draw(dishonest, tmp_path / f"{number}-hashed"))
        assert done.returncode == 1 and ("gift" in done.stderr or "2026-09-08" in done.stderr), done.stderr


def test_a_slice_that_pretends_to_have_been_late_is_found(tmp_path: Path):
    files = make_draw("surprise-2024", gifts=40, slices=2, part_tickets=99)
    changed = files["slices/0.ndjson"].replace(b'"drawn_at":"2026', b'"drawn_at":"2027', 1)
    done = run(write_draw({**files, "slices/0.ndjson": changed}, tmp_path))
    assert done.returncode == 1 and "slice 0: gift" in done.stderr


def test_before_closing_it_says_that_nobody_can(tmp_path: Path):
    files = make_draw()
    pool = json.loads(files["pool.json"]) | {"secret": None}
    assert "not closed" in run(write_draw({**files, "pool.json": json.dumps(pool).encode()}, tmp_path)).stderr

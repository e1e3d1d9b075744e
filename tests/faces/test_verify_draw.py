"""`redflower verify draw`: agrees with the platform's own draws, and names the place where a byte was changed."""

import json
import random
import re
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redflower.faces.commands import verify_draw
from redflower.faces.commands.public_files import FileMissing, PublicFiles
from tests.beacons import sign_round
from tests.draw_world import SECRET, make_draw, make_tiered_draw, write_draw

RULES = st.sampled_from(
    [
        {"code": "random-2018"},
        {"code": "random-2018", "person_day_cap_minor": 700, "budget_minor": 90_000},
        {"code": "random-2018", "award_max_bps": None, "award_max_minor": 300, "gift_min_minor": 1},
        {"code": "random-2018", "budget_minor": 11},
        {"code": "random-2018", "flowers": (0, 38, 39, 69, 98, 99, 250)},
        {"code": "random-2018", "flowers": (99,), "person_day_cap_minor": 700, "budget_minor": 9_000_000},
        {"code": "random-2018", "flowers": (60, 90), "award_max_bps": None, "award_max_minor": 300},
        {"code": "random-2018", "flowers": (1, 7), "flower_tiers": [{"from": 7, "least_bps": 3, "most_bps": 3}]},
        {"code": "random-2018", "flowers": (99,), "flower_tiers": []},
        {"code": "random-2018", "gift_below_minor": 10**17},  # products that no machine word holds
        {"code": "random-2018", "gift_below_minor": 10**17, "flowers": (39, 99), "budget_minor": 9_000_000},
        {"code": "surprise-2024"},
        {"code": "surprise-2024", "person_day_cap_minor": 900, "award_max_bps": 5000},
        {"code": "surprise-2024", "budget_minor": 300},
    ]
)


def check(files: dict[str, bytes], folder: Path, gift: UUID | None = None):
    with PublicFiles(str(write_draw(files, folder))) as source:
        return verify_draw.check_draw(source, "", gift)


@settings(max_examples=40, deadline=None)
@given(
    rule=RULES, gifts=st.integers(0, 80), slices=st.integers(1, 14), seed=st.integers(0, 10**6), part=st.integers(1, 30),
    late_from=st.none() | st.integers(0, 14), beacon=st.booleans(),
)  # fmt: skip
def test_every_draw_of_the_platform_s_own_rules_is_found_to_agree(
    tmp_path_factory, rule, gifts, slices, seed, part, late_from, beacon
):
    files = make_draw(
        gifts=gifts, slices=slices, seed=seed, part_tickets=part, late_from=late_from, beacon=beacon, **rule
    )
    report = check(files, tmp_path_factory.mktemp("draw"))
    assert report["agrees"], report["findings"]
    assert report["tickets"] == gifts == sum(report["reasons"].values())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_it_agrees_on_random_worlds_in_which_flowers_count(tmp_path_factory, number):
    report = check(make_tiered_draw(number), tmp_path_factory.mktemp("draw"))
    assert report["agrees"] and report["tickets"] == 90, report["findings"]


def test_flowers_that_were_not_counted_so_are_found_and_their_line_named(tmp_path: Path):
    files = make_draw(flowers=(38, 99), budget_minor=9_000_000)
    first, second = files["bonus.ndjson"].splitlines(keepends=True)
    pool = json.loads(files["pool.json"])
    for turn, changed in enumerate(
        (first.replace(b":99", b":98") + second, first, second + first, first + b"{}\n", b"")
    ):
        assert changed != files["bonus.ndjson"]
        report = check({**files, "bonus.ndjson": changed}, tmp_path / str(turn))
        assert not report["agrees"] and any("bonus.ndjson" in each["place"] for each in report["findings"]), changed
        stated = [
            {"day": "2026-09-08", "projects": 1, "sha256": sha256(line).hexdigest()} for line in changed.splitlines()
        ]
        hashed = {**files, "bonus.ndjson": changed, "pool.json": json.dumps({**pool, "bonus": stated}).encode()}
        assert not check(hashed, tmp_path / f"{turn}-hashed")["agrees"] or turn == 2, changed
    with pytest.raises(FileMissing):
        check({name: content for name, content in files.items() if name != "bonus.ndjson"}, tmp_path / "missing")


@pytest.mark.parametrize(
    ("kind", "code"), [("tickets", "random-2018"), ("awards", "surprise-2024"), ("slices", "random-2018")]
)
def test_any_changed_byte_is_caught_and_its_file_named(tmp_path: Path, kind: str, code: str):
    files = make_draw(code, gifts=14, slices=3, part_tickets=8)
    names = [name for name in files if name.startswith(kind)]
    chance = random.Random(7)
    for turn in range(150):
        name = chance.choice(names)
        content = bytearray(files[name])
        place = chance.randrange(len(content))
        if any(start <= place < start + 27 for start in _starts(content, b'"drawn_at":"')):
            continue  # when a slice was drawn decides only whether it was late; see below
        content[place] ^= 1 << chance.randrange(7)
        report = check({**files, name: bytes(content)}, tmp_path / str(turn))
        assert not report["agrees"], (name, place, files[name], bytes(content))
        assert any(
            kind in finding["place"] or name.split("/")[1][0] in finding["place"] for finding in report["findings"]
        )


def _starts(content: bytes, field: bytes) -> list[int]:
    return [found.end() for found in re.finditer(re.escape(field), content)]


@pytest.mark.parametrize("code", ["surprise-2024", "random-2018"])
def test_a_draw_that_is_told_to_have_been_late_or_in_time_when_it_was_not_is_caught(tmp_path: Path, code: str):
    files = make_draw(code, gifts=40, slices=4, part_tickets=99, late_from=2)
    report = check(files, tmp_path / "honest")
    assert report["agrees"] and any("2 slices were drawn later" in each["en"] for each in report["checks"])
    promise = json.loads(files["pool.json"])["reveal_by"]
    lines = [json.loads(line) for line in files["slices/0.ndjson"].splitlines()]
    assert [line["drawn_at"] > promise for line in lines] == [False, False, True, True]
    for turn, (line, told) in enumerate([(1, "9999-01-01T00:00:00.000000Z"), (2, promise), (3, "late"), (0, "")]):
        changed = [{**each, "drawn_at": told} if place == line else each for place, each in enumerate(lines)]
        written = b"".join(json.dumps(each, separators=(",", ":")).encode() + b"\n" for each in changed)
        report = check({**files, "slices/0.ndjson": written}, tmp_path / str(turn))
        assert not report["agrees"] and report["findings"]
    pool = json.loads(files["pool.json"])
    for turn, other in enumerate((None, "2020-01-01T00:00:00.000000Z")):
        report = check(
            {**files, "pool.json": json.dumps({**pool, "reveal_by": other}).encode()}, tmp_path / f"pool{turn}"
        )
        assert not report["agrees"]


@pytest.mark.parametrize(
    "change",
    [
        lambda line: {**line, "beacon": {**line["beacon"], "round": line["beacon"]["round"] + 1}},
        lambda line: {**line, "beacon": {**line["beacon"], "signature": "ab" * 48}},
        lambda line: {**line, "beacon": {**line["beacon"], "signature": sign_round(3).hex()}},
        lambda line: {**line, "beacon": None},
        lambda line: {key: value for key, value in line.items() if key != "beacon"},
    ],
)
def test_a_round_that_is_not_the_one_that_was_due_or_not_genuine_is_named(tmp_path: Path, change):
    files = make_draw("surprise-2024", gifts=40, slices=4, part_tickets=99, beacon=True)
    first, *others = files["slices/0.ndjson"].splitlines(keepends=True)
    changed = json.dumps(change(json.loads(first)), separators=(",", ":")).encode() + b"\n"
    report = check({**files, "slices/0.ndjson": b"".join([changed, *others])}, tmp_path)
    assert "the beacon of slice 0 is not the round that was due" in report["findings"][0]["en"]


def test_a_pool_announced_without_a_promise_is_drawn_as_before(tmp_path: Path):
    files = make_draw()
    pool = json.loads(files["pool.json"])
    del pool["reveal_by"]
    assert check({**files, "pool.json": json.dumps(pool).encode()}, tmp_path)["agrees"]


def test_a_secret_that_is_not_out_by_then_is_a_broken_promise(tmp_path: Path):
    files = make_draw()
    pool = json.loads(files["pool.json"]) | {"secret": None, "reveal_by": "2020-01-01T00:00:00.000000Z"}
    report = check({**files, "pool.json": json.dumps(pool).encode()}, tmp_path)
    assert "was to be public by 2020" in next(each["en"] for each in report["checks"] if not each["ok"])


def test_a_changed_award_is_named_with_its_line_and_what_it_must_be(tmp_path: Path):
    files = make_draw(gifts=10, slices=2, part_tickets=99)
    lines = files["awards/0.ndjson"].splitlines()
    award = json.loads(lines[3])
    award["amount_minor"] += 1
    lines[3] = json.dumps(award, separators=(",", ":")).encode()
    report = check({**files, "awards/0.ndjson": b"\n".join(lines) + b"\n"}, tmp_path)
    [finding] = report["findings"]
    assert finding["place"] == "awards/0.ndjson:4" and award["gift"] in finding["en"]


@pytest.mark.parametrize("part_tickets", [99, 20, 1])
def test_a_gift_with_tickets_in_two_slices_is_found(tmp_path: Path, part_tickets: int):
    report = check(make_draw(part_tickets=part_tickets, twin=True), tmp_path)
    [finding] = report["findings"]
    assert not report["agrees"] and finding["place"].startswith("tickets/") and "two tickets" in finding["en"]
    assert check(make_draw(part_tickets=part_tickets), tmp_path / "fine")["agrees"]


def test_another_secret_another_rule_and_another_budget_are_caught(tmp_path: Path):
    files = make_draw()
    pool = json.loads(files["pool.json"])
    for number, change in enumerate(
        (
            {"secret": bytes([SECRET[0] ^ 1, *SECRET[1:]]).hex()},
            {"rule_set": {**pool["rule_set"], "body": {**pool["rule_set"]["body"], "gift_min_minor": 99}}},
            {"pool": {**pool["pool"], "budget_minor": pool["pool"]["budget_minor"] + 1}},
            {"pool": {**pool["pool"], "granted_minor": pool["pool"]["granted_minor"] - 1}},
            {"parts": pool["parts"] + [{**pool["parts"][0], "part": 0}]},
        )
    ):
        report = check({**files, "pool.json": json.dumps({**pool, **change}).encode()}, tmp_path / str(number))
        assert not report["agrees"], change


def test_a_gift_is_told_what_it_got_and_why(tmp_path: Path):
    files = make_draw("surprise-2024", budget_minor=900)
    awards = [json.loads(line) for line in files["awards/0.ndjson"].splitlines()]
    spent = next(award for award in awards if award["reason"] == "budget_spent")
    [told] = check(files, tmp_path, UUID(spent["gift"]))["gift"]
    assert (told["reason"], told["award_minor"], told["left_before_minor"]) == ("budget_spent", 0, 0)
    assert 1 < told["rank"] <= told["of"]


def test_before_the_pool_is_closed_it_says_so_and_claims_nothing(tmp_path: Path):
    files = make_draw()
    pool = json.loads(files["pool.json"]) | {"secret": None}
    report = check({**files, "pool.json": json.dumps(pool).encode()}, tmp_path)
    assert not report["agrees"] and not report["is_revealed"] and report["tickets"] == 0


def test_the_command_answers_with_its_exit_code(tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    files = make_draw()
    folder = write_draw(files, tmp_path / "whole")
    assert verify_draw.run(["--from", str(folder)]) == 0
    assert "✗" not in capsys.readouterr().out
    (folder / "awards" / "0.ndjson").write_bytes(files["awards/0.ndjson"].replace(b"awarded", b"awardee", 1))
    assert verify_draw.run(["--from", str(folder)]) == 1
    assert "✗ awards/0.ndjson:" in capsys.readouterr().out
    (folder / "tickets" / "0.ndjson").unlink()
    assert verify_draw.run(["--from", str(folder)]) == 2
    assert verify_draw.run(["--from", str(tmp_path / "nowhere")]) == 2
    with PublicFiles(str(folder)) as source, pytest.raises(FileMissing):
        source.read("../../etc/passwd")

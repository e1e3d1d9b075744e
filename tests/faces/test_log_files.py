"""The public log over HTTP, and the commands with which strangers check it, honest and tampered with."""

import base64
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from redflower.domains.donations.rules import write_code
from redflower.domains.festivals.services import draw_due_slices
from redflower.domains.proofs import selectors
from redflower.faces.commands import monitor, verify
from redflower.faces.followers import insights, proofs
from redflower.faces.shared.instance import gift_path
from redflower.kernel import tlog
from redflower.kernel.note import Checkpoint, open_checkpoint, read_key
from tests.factories import NOON, give, make_festival, make_project
from tests.faults.processes import eventually
from tests.refunds import give_back
from tests.rooms.test_proofs import follow, one

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    make_festival(presets=("surprise-2024",))
    project = make_project()
    for number in range(5):
        give(project.id, 900 + number, NOON + timedelta(seconds=number))
    draw_due_slices(one("SELECT id FROM festivals_festival"), "Asia/Shanghai", NOON + timedelta(minutes=5))
    follow()
    _roll_up()
    return project


def _roll_up() -> None:
    unread = """SELECT count(*) FROM plumbing_event e, plumbing_cursor c
                WHERE c.follower = 'insights' AND (e.xid, e.id) > (c.xid, c.event_id)"""
    assert eventually(lambda: insights.follow_once() == 0 and one(unread) == 0, 30)


# --- what is served -------------------------------------------------------------------------------


def test_the_files_are_served_as_the_formats_say(client, world):
    note = client.get("/log/checkpoint")
    assert note["Content-Type"] == "text/plain; charset=utf-8"
    assert note["Cache-Control"] == "no-cache"
    key = read_key(client.get("/log/key").content.decode())
    checkpoint = open_checkpoint(note.content, key)
    for tile in tlog.list_tiles(checkpoint.size):
        answer = client.get(f"/log/{tile.path}")
        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/octet-stream"
        assert "immutable" in answer["Cache-Control"]
        assert answer["Access-Control-Allow-Origin"] == "*"
    leaves = client.get(f"/log/tile/0/000.p/{checkpoint.size}").content
    assert len(leaves) == 32 * checkpoint.size


@pytest.mark.parametrize(
    "path",
    ["tile/0/000", "tile/0/001.p/3", "tile/1/000.p/1", "tile/0/000.p/255", "tile/0/000.p/0", "tile/0/00", "tile/entries/001",
     "tile/0/..%2f..%2fkey", "tile/0/000.p/007", "tile/entries/000.unfinished.1", "log-key", "tile/", "tile/0/%D9%A0%D9%A0%D9%A0"],
)  # fmt: skip
def test_what_is_not_there_is_404(client, world, path):
    assert client.get(f"/log/{path}").status_code == 404


def test_a_partial_tile_can_be_read_after_its_tile_is_full(client, world):
    size = selectors.get_checkpoint().size
    before = client.get(f"/log/tile/0/000.p/{size}").content
    bundle = client.get(f"/log/tile/entries/000.p/{size}").content
    for number in range(130):
        give(world.id, 100 + number, NOON + timedelta(minutes=7, milliseconds=number))
    follow()
    assert selectors.get_checkpoint().size > 256
    assert not (selectors.log_files().folder / "tile/0/000.p").exists()
    assert client.get(f"/log/tile/0/000.p/{size}").content == before
    assert client.get(f"/log/tile/entries/000.p/{size}").content == bundle
    assert client.get("/log/tile/0/000").content[: len(before)] == before


def test_files_beyond_the_checkpoint_are_not_served(client, world):
    size = selectors.get_checkpoint().size
    selectors.log_files().write([(f"tile/0/000.p/{size + 1}", b"\0" * 32 * (size + 1))])
    assert client.get(f"/log/tile/0/000.p/{size + 1}").status_code == 404


def test_a_log_that_has_not_started_says_so(client):
    for path in ("checkpoint", "key", "totals.json", "tile/0/000"):
        assert client.get(f"/log/{path}").status_code == 404


# --- what strangers check -------------------------------------------------------------------------


def check(*arguments: str) -> int:
    return verify.run(arguments)


def test_strangers_verify_an_honest_log(live_server, world, capsys):
    assert check("log", "--from", live_server.url) == 0
    assert check("totals", "--from", live_server.url) == 0
    give(world.id, 700, NOON + timedelta(minutes=8))
    follow()
    _roll_up()
    assert check("log", "--from", live_server.url) == 0
    assert check("totals", "--from", live_server.url) == 0
    assert monitor.run(["--from", live_server.url, "--once"]) == 0
    said = capsys.readouterr().out
    assert "first visit" in said
    assert "it continues" in said
    assert "6 gifts" in said


def _folder(tmp_path: Path) -> Path:
    """A copy of the public files, as somebody keeps them."""
    target = tmp_path / "copy" / "log"
    for path in (source := selectors.log_files().folder).rglob("*"):
        if path.is_file():
            (target / path.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
            (target / path.relative_to(source)).write_bytes(path.read_bytes())
    return target


def test_a_folder_of_public_files_is_enough(world, tmp_path, capsys):
    folder = _folder(tmp_path)
    assert check("log", "--from", str(folder.parent)) == 0


def test_a_flipped_byte_in_any_file_is_found(world, tmp_path, capsys):
    folder = _folder(tmp_path)
    key = selectors.get_public_key()
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name == "key":
            continue
        whole = path.read_bytes()
        for place in range(0, len(whole), max(len(whole) // 23, 1)):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            state = tmp_path / "state" / f"{place}.json"
            assert check("log", "--from", str(folder.parent), "--key", key, "--state", str(state)) == 1, (path, place)
            assert not state.exists()
        path.write_bytes(whole)
    assert check("log", "--from", str(folder.parent), "--key", key) == 0
    assert "✗" in capsys.readouterr().out


def test_a_missing_file_is_named(world, tmp_path, capsys):
    folder = _folder(tmp_path)
    (folder / "tile" / "0").rename(folder / "gone")
    assert check("log", "--from", str(folder.parent)) == 2
    assert "tile/0/000" in capsys.readouterr().out


def _sign(folder: Path, bodies: list[bytes]) -> None:
    """Publishes other entries under the log's own key: a log that lies with a genuine signature."""
    signer = proofs._keeper(selectors.log_files().folder).signer()
    edge, full = tlog.Edge().grow([tlog.leaf_hash(body) for body in bodies])
    for tile, data in [*full, *edge.partial_tiles()]:
        (folder / tile.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / tile.path).write_bytes(data)
    bundle = folder / tlog.Tile(tlog.ENTRIES, 0, len(bodies)).path
    bundle.parent.mkdir(parents=True, exist_ok=True)
    bundle.write_bytes(tlog.write_bundle(bodies))
    (folder / "checkpoint").write_text(signer.sign(Checkpoint(signer.key.name, edge.size, edge.root).text))


@pytest.mark.parametrize("watch", ["verify", "monitor"])
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda bodies: bodies[:-1], "rolled back"),
        (lambda bodies: [*bodies[:3], bodies[4], bodies[3], *bodies[5:]], "history was rewritten"),
        (
            lambda bodies: [bodies[1], bodies[0], *bodies[2:], bodies[2]],
            ("history was rewritten", "do not give the signed root"),
        ),
        (lambda bodies: [*bodies, b"{}"], "cannot be read"),
        (lambda bodies: [*bodies, b'{"v":1.5}'], "cannot be read"),
    ],
)
def test_a_log_that_goes_back_on_its_word_is_found(world, tmp_path, capsys, change, sentence, watch):
    folder = _folder(tmp_path)
    _state(folder)
    base = str(folder.parent)
    assert check("log", "--from", base) == 0
    _sign(folder, change([entry.body for entry in selectors.list_entries(0, 1000)]))
    code = check("log", "--from", base) if watch == "verify" else monitor.run(["--from", base, "--once"])
    assert code == 1
    said = capsys.readouterr().out
    assert any(each in said for each in ([sentence] if isinstance(sentence, str) else sentence))


def _totals() -> dict:
    return json.loads(Client().get("/log/totals.json").content)


def _state(folder: Path, **changed: int) -> None:
    """Publishes the totals as the site states them now, or as it might lie."""
    (folder / "totals.json").write_text(json.dumps(_totals() | changed))


def test_a_falling_total_is_an_alarm(world, tmp_path, capsys):
    folder = _folder(tmp_path)
    _state(folder)
    base = str(folder.parent)
    assert monitor.run(["--from", base, "--once"]) == 0
    given = _totals()["given_minor"]
    _state(folder, given_minor=given - 1)
    assert monitor.run(["--from", base, "--once"]) == 1
    assert "two different totals are stated for the same" in capsys.readouterr().out
    give(world.id, 700, NOON + timedelta(minutes=8))
    follow()
    folder = _folder(tmp_path)
    _state(folder, given_minor=given - 1)
    assert monitor.run(["--from", base, "--once"]) == 1
    assert f"went from {given:,} to {given - 1:,}, but the entries in between say +700" in capsys.readouterr().out
    _state(folder, given_minor=given + 701)
    assert monitor.run(["--from", base, "--once"]) == 1
    _state(folder)
    assert monitor.run(["--from", base, "--once"]) == 0


def test_the_first_look_adds_up_from_the_first_entry(world, tmp_path, capsys):
    folder = _folder(tmp_path)
    _state(folder, matched_minor=_totals()["matched_minor"] + 1)
    assert monitor.run(["--from", str(folder.parent), "--once"]) == 1
    assert "the total of matched went from 0" in capsys.readouterr().out


def test_an_honest_refund_is_told_and_no_alarm(live_server, world, capsys):
    """The same watch sees the gift, its refund with the falling totals, and what comes after."""
    watch = monitor.Watch(monitor.LogReader(live_server.url))
    watch.look()
    before = _totals()
    gift = one("SELECT id FROM donations_gift WHERE amount_minor = 900")
    matched = one("SELECT sum(amount_minor) FROM festivals_award WHERE gift_id = %s", gift)
    give_back(gift)
    follow()
    watch.look()
    said = capsys.readouterr().out
    assert (_totals()["given_minor"], _totals()["matched_minor"]) == (
        before["given_minor"] - 900,
        before["matched_minor"] - matched,
    )
    assert "the total of given fell by 900, and the log says why: gifts given back ¥9.00" in said
    assert f"the total of matched fell by {matched}" in said
    _roll_up()
    assert monitor.run(["--from", live_server.url, "--once"]) == 0
    assert check("totals", "--from", live_server.url) == 0


def test_a_refund_that_the_log_does_not_tell_is_an_alarm(world, tmp_path, capsys):
    """A control of the one above: the same fall, without its entry."""
    folder = _folder(tmp_path)
    _state(folder)
    base = str(folder.parent)
    assert monitor.run(["--from", base, "--once"]) == 0
    give(world.id, 1, NOON + timedelta(minutes=8))
    follow()
    folder = _folder(tmp_path)
    _state(folder, given_minor=_totals()["given_minor"] - 900)
    assert monitor.run(["--from", base, "--once"]) == 1
    assert "but the entries in between say +1" in capsys.readouterr().out


def test_totals_of_another_moment_are_not_compared_by_guess(world, tmp_path, capsys):
    folder = _folder(tmp_path)
    old = _totals()
    _state(folder)
    base = str(folder.parent)
    assert monitor.run(["--from", base, "--once"]) == 0
    give(world.id, 700, NOON + timedelta(minutes=8))
    follow()
    watch = monitor.Watch(monitor.LogReader(base))
    folder = _folder(tmp_path)
    (folder / "totals.json").write_text(json.dumps(old))
    watch.look()  # the totals lag behind the log: as they were
    _state(folder)
    with pytest.raises(monitor.LogDisagrees, match="the totals cannot be read"):
        (folder / "totals.json").write_text("[]")
        watch.look()
    _state(folder)
    watch.look()
    assert watch.agreed.numbers["given_minor"] == old["given_minor"] + 700


def test_a_gift_is_told_whether_it_was_given_back(live_server, world, capsys):
    gift, kept = (one(f"SELECT id FROM donations_gift WHERE amount_minor = {amount}") for amount in (900, 901))
    matched = one("SELECT sum(amount_minor) FROM festivals_award WHERE gift_id = %s", gift)
    assert matched
    for _ in range(300):  # more than a bundle behind the gift
        give(world.id, 100, NOON + timedelta(minutes=8))
    give_back(gift)
    follow()
    assert check("gift", write_code(kept), "--from", live_server.url) == 0
    assert "it was not given back: every later entry was read" in capsys.readouterr().out
    assert check("gift", write_code(gift), "--from", live_server.url) == 0
    said = capsys.readouterr().out
    [entry] = [
        each for each in selectors.list_entries(0, 10_000) if (body := json.loads(each.body))["kind"] == "moves"
        and body["move"] == "gift_returned" and body["phase"] == "post"
    ]  # fmt: skip
    assert f"given back to its donor later: ¥9.00, {json.loads(entry.body)['at']}: entry {entry.index:,}" in said
    assert f"went back to its sponsor: ¥{matched // 100}.{matched % 100:02}" in said
    assert "not given back" not in said
    page = Client().get(f"/verify?code={write_code(gift)}").content.decode()
    assert "退回给捐赠人" in page and f'href="/verify/entries/{entry.index}"' in page
    assert f'href="/verify?code={write_code(gift)}"' in Client().get(gift_path(gift)).content.decode()
    assert "退款：捐赠退回给捐赠人" in Client().get(f"/verify/entries/{entry.index}").content.decode()
    assert "一笔捐赠退回给了捐赠人" in Client().get("/ledger").content.decode()


@pytest.mark.parametrize("name", ["gifts", "given_minor", "matched_minor"])
def test_totals_that_the_entries_do_not_give_are_named(world, tmp_path, capsys, client, name):
    folder = _folder(tmp_path)
    stated = json.loads(client.get("/log/totals.json").content)
    (folder / "totals.json").write_text(json.dumps(stated))
    assert check("totals", "--from", str(folder.parent)) == 0
    (folder / "totals.json").write_text(json.dumps(stated | {name: stated[name] + 1}))
    assert check("totals", "--from", str(folder.parent)) == 1
    project = next(iter(stated["projects"]))
    stated["projects"][project][name] -= 1
    (folder / "totals.json").write_text(json.dumps(stated))
    assert check("totals", "--from", str(folder.parent)) == 1
    assert f"project {project}" in capsys.readouterr().out


def test_another_key_is_not_believed(world, tmp_path, capsys):
    folder = _folder(tmp_path)
    other = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert check("log", "--from", str(folder.parent), "--key", other) == 1
    assert "by the known public key" in capsys.readouterr().out
    assert check("log", "--from", str(folder.parent)) == 0
    assert check("log", "--from", str(folder.parent), "--key", other) == 1
    assert "the public key has changed" in capsys.readouterr().out


def test_the_sentences_come_in_chinese_as_well(world, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    folder = _folder(tmp_path)
    note = (folder / "checkpoint").read_text()
    (folder / "checkpoint").write_text(note.replace("\n", "\r\n"))
    assert check("log", "--from", str(folder.parent)) == 1
    assert "CRLF 也不行" in capsys.readouterr().out
    line = note.rpartition("\n\n")[2]
    (folder / "checkpoint").write_text(note.rpartition("\n\n")[0] + "\n\n" + line * 17)
    assert check("log", "--from", str(folder.parent)) == 1
    assert "最多 16 个" in capsys.readouterr().out
    assert base64.b64decode(line.split()[-1])


def test_an_unknown_subject_is_refused(capsys):
    assert check("honour") == 2
    assert "honour" in capsys.readouterr().err

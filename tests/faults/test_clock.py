"""The clock of a whole site jumps two hours back and a day ahead: nothing is lost, nothing happens twice.

`kernel/clock` is the only clock there is, so that is where it is set: in the doors by the program that starts them, in
this process by the same file. The database's own clock decides nothing.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from redflower.domains.festivals.selectors import list_festivals_to_draw
from redflower.domains.festivals.services import draw_due_slices
from redflower.faces.commands.audit import INVARIANTS
from redflower.faces.followers import insights, proofs
from redflower.faces.shared import late_payments
from redflower.faces.shared.late_payments import LatePayments
from redflower.kernel import clock
from tests.doors import Doors, asked, open_doors, paid
from tests.factories import ask, intend, make_festival, make_project
from tests.faults.processes import eventually

BACK, AHEAD = timedelta(hours=-2), timedelta(days=1)
SLICE = timedelta(minutes=10)
GIFTS = 12
real_now = clock.now

# A door whose clock is ahead by as many seconds as a file says, read anew each time somebody asks what time it is.
DOOR = """
import sys
from datetime import timedelta
from pathlib import Path
from redflower.kernel import clock
real_now, file = clock.now, Path({file!r})
clock.now = lambda: real_now() + timedelta(seconds=float(file.read_text()))
from redflower.project.door import run
run(sys.argv[1:])
"""


class Clock:
    """The one clock, here and in the doors."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.set(timedelta(0))

    def set(self, ahead: timedelta) -> None:
        beside = self.file.with_suffix(".new")
        beside.write_text(str(ahead.total_seconds()))
        beside.replace(self.file)
        self.ahead = ahead


@pytest.fixture
def wall(tmp_path, monkeypatch):
    wall = Clock(tmp_path / "ahead")
    monkeypatch.setattr(clock, "now", lambda: real_now() + wall.ahead)
    return wall


def rows(sql: str, *params: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def work() -> None:
    """What the worker does with the time it is."""
    for festival in list_festivals_to_draw(clock.now()):
        draw_due_slices(festival.id, settings.TIME_ZONE, clock.now())
    while insights.follow_once() + proofs.follow_once():
        pass


def open_gifts(doors: Doors, slug: str) -> list[dict]:
    with doors.client() as client:
        opened = client.post("/v1/gifts", json=[asked(slug) for _ in range(GIFTS)])
        assert opened.status_code == 200
        return opened.json()


def tell(doors: Doors, facts: list[dict]) -> list[str]:
    """Tells the doors, twice; what the first time came to. The second time must be a repetition of it."""
    first: list[str] = []
    second: list[str] = []
    for results in (first, second):
        body, headers = doors.sign(*facts)
        with doors.client() as client:
            answer = client.post("/v1/notices/sandbox", content=body, headers=headers)
        assert answer.status_code == 200, answer.text
        results += [told["result"] for told in answer.json()]
    again = {"settled": "replayed"}
    assert second == [again.get(result, result) for result in first]
    return first


def slices_of(facts: list[dict]) -> set[int]:
    found = rows(
        "SELECT slice_no FROM festivals_ticket WHERE gift_id = ANY(%s::uuid[])", [fact["order_no"] for fact in facts]
    )
    return {slice_no for (slice_no,) in found}


def drawn_through() -> int:
    return rows("SELECT drawn_through FROM festivals_festival")[0][0]


@pytest.mark.slow
def test_gifts_and_draws_survive_a_clock_that_jumps(wall, transactional_db, tmp_path):
    start = real_now()
    opens_at = start - timedelta(hours=3) - SLICE / 2  # in the middle of a slice: the test is over before it ends
    make_festival(opens_at=opens_at, hours=6, slice_seconds=int(SLICE.total_seconds()))
    last = int(timedelta(hours=6) / SLICE) - 1
    this = (start - opens_at) // SLICE
    project = make_project(starts_at=start - timedelta(days=9), ends_at=start + timedelta(days=9))
    program = DOOR.format(file=str(wall.file))
    with open_doors(tmp_path, 2, program, REDFLOWER_API_GIFTS_PER_MINUTE="0") as doors:
        before = list(map(paid, open_gifts(doors, project.slug)))
        assert tell(doors, before) == ["settled"] * GIFTS and slices_of(before) == {this}
        waiting = list(map(paid, open_gifts(doors, project.slug)))  # paid, and the notice is on its way
        unpaid = open_gifts(doors, project.slug)
        work()
        assert drawn_through() == this - 1

        wall.set(BACK)
        past = list(map(paid, open_gifts(doors, project.slug)))
        assert tell(doors, past) == ["settled"] * GIFTS
        assert slices_of(past) == {this}  # the slice of their payment was drawn long ago: the next one takes them
        # Paid in our future: nobody can say yet where it belongs. Kept for an operator, and for the next time we ask.
        assert tell(doors, waiting) == ["parked"] * GIFTS
        work()
        assert drawn_through() == this - 1  # nothing is drawn again

        wall.set(AHEAD)
        assert tell(doors, waiting) == ["settled"] * GIFTS
        assert slices_of(waiting) == {this}  # by when they were paid, a day ago
        late = list(map(paid, unpaid))  # their orders have expired meanwhile; the money has moved all the same
        assert tell(doors, late) == ["settled"] * GIFTS and slices_of(late) == set()  # paid after the festival
        work()
        assert drawn_through() == last
        assert eventually(lambda: (work(), differences())[1] == {}, 20), differences()

        wall.set(timedelta(0))
        after = list(map(paid, open_gifts(doors, project.slug)))
        assert tell(doors, after) == ["settled"] * GIFTS and slices_of(after) == set()  # everything is drawn
        for facts in (before, past, waiting, late, after):
            assert tell(doors, facts) == ["replayed"] * GIFTS
        work()
    gifts = 5 * GIFTS
    assert rows("SELECT count(*) FROM donations_gift") == [(gifts,)]
    assert rows("SELECT count(*), count(DISTINCT order_id) FROM payments_capture") == [(gifts, gifts)]
    assert rows("SELECT count(*) FROM ledger_transfer WHERE kind = 'gift'") == [(gifts,)]
    assert rows("SELECT count(*), count(DISTINCT gift_id) FROM festivals_award") == [(3 * GIFTS, 3 * GIFTS)]
    # By the clock of now these last were paid while the festival was open, and everything had been drawn: no draw is left
    # for them. Only an operator can put that right, so the audit must say it, and nothing else.
    known = {"festivals.open_gift_has_a_ticket": GIFTS}
    assert eventually(lambda: (work(), differences())[1] == known, 20), differences()


def differences() -> dict[str, int]:
    """The whole audit, the public log included."""
    return {found.code: count for found in INVARIANTS if (count := found.count_differences())}


def test_late_payments_are_asked_about_after_the_clock_was_set_back(wall, transactional_db, monkeypatch):
    """Or nobody would ask until the clock has caught up with itself."""
    asked_about: list = []
    monkeypatch.setattr(late_payments, "ask_provider", lambda orders, now: asked_about.extend(orders))
    worker = LatePayments()
    worker.ask_once()
    wall.set(BACK)
    start = real_now()
    project = make_project(starts_at=start - timedelta(days=9), ends_at=start + timedelta(days=9))
    intent = intend(ask(project.id), clock.now() - timedelta(minutes=2))
    worker.ask_once()
    assert asked_about == [intent.gift_id]

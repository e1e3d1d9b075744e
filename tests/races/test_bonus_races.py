"""Flowers for a bonus while their day is being counted, and while their giver gives to another project. Each with a control."""

from datetime import timedelta

import pytest

from redflower.domains.festivals.errors import BonusProjectsReached
from redflower.domains.festivals.models import BonusDay
from redflower.domains.festivals.posting.bonuses import hold_bonuses, record_bonus_gifts
from redflower.domains.festivals.selectors.bonuses import list_bonus_projects
from redflower.domains.festivals.services import draw_due_slices
from redflower.domains.festivals.types import NewBonusGift
from redflower.domains.flowers import posting
from redflower.domains.flowers.services import give_bonus_flowers
from redflower.domains.flowers.types import BonusGift
from redflower.domains.ledger import posting as ledger
from redflower.kernel.ids import new_id
from redflower.plumbing.db import command, fetch_all
from tests.dreaming import make_giver
from tests.factories import NOON, give, make_festival, make_project
from tests.races.conftest import Racer
from tests.races.test_dream_races import race
from tests.races.test_races import Careless

pytestmark = pytest.mark.django_db(transaction=True)
ZONE = "Asia/Shanghai"
MORNING = NOON + timedelta(days=1)  # flowers given today count then


def race_flowers_against_their_count(connect, guard=lambda conn: conn) -> tuple[dict[str, int], dict[str, int]]:
    """Flowers are being given at the end of a day, slowly, while the next day's first slice falls due. What was counted of
    that day, and what ought to have been: the flowers that say they count from then on."""
    festival, project = make_festival(("random-2018",), hours=72), make_project().id
    give(project, 1000, at=MORNING)
    conn = connect()
    terms = hold_bonuses(guard(conn), {festival})
    racer = Racer(lambda: draw_due_slices(festival, ZONE, MORNING + timedelta(minutes=1)))
    racer.start()
    racer.waits()
    flowers = NewBonusGift(new_id(), festival, project, make_giver(40), 40)
    record_bonus_gifts(conn, terms, [flowers], ZONE, NOON)
    conn.commit()
    racer.finish()
    day = BonusDay.objects.get()
    rows = fetch_all(
        "SELECT project_id::text AS project, sum(flowers)::int AS n FROM festivals_bonus_gift WHERE counts_from <= %s GROUP BY 1",
        [day.day],
    )
    return day.flowers, {row["project"]: row["n"] for row in rows}


def test_flowers_that_are_being_given_are_counted_in_the_day_they_are_told_to(connect):
    counted, told = race_flowers_against_their_count(connect)
    assert counted == told and sum(told.values()) == 40


def test_control_without_holding_the_seals_the_count_misses_them(connect):
    counted, told = race_flowers_against_their_count(
        connect, lambda conn: Careless(conn, "pg_advisory_xact_lock_shared")
    )
    assert (counted, sum(told.values())) == ({}, 40)


def one_flower(festival, project, donor):
    @command
    def act():
        gift = BonusGift(new_id(), (donor,), festival, project, 1)
        return give_bonus_flowers.__wrapped__([gift], ZONE, NOON)

    return act


def race_for_the_last_project(forget=lambda: None) -> tuple[int, list[object]]:
    """One person gives to two projects at once where the rule lets them give to one; how many they have given to."""
    festival = make_festival(("random-2018",), hours=72, projects_per_giver=1)
    donor, projects = make_giver(5), [make_project().id, make_project().id]
    for project in projects:  # their accounts are open, so that only the giver's own is in the way
        one_flower(festival, project, make_giver(1))()
    forget()
    answers = race(*(one_flower(festival, project, donor) for project in projects))
    return len(list_bonus_projects(festival, [donor])), answers


def test_nobody_gives_to_more_projects_by_giving_to_two_at_once():
    given_to, answers = race_for_the_last_project()
    assert given_to == 1 and [type(answer) for answer in answers] == [type(None), BonusProjectsReached]


def test_control_without_holding_the_purse_they_do(monkeypatch):
    held = ledger.hold_accounts

    def forget():
        monkeypatch.setattr(posting, "hold_accounts", lambda conn, ids: held(Careless(conn, "FOR NO KEY UPDATE"), ids))
        monkeypatch.setattr(posting, "open_accounts", lambda *_: None)  # claiming one waits for whoever books on it

    assert race_for_the_last_project(forget)[0] == 2

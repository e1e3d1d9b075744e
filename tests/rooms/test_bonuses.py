"""Flowers for a project's bonus in a festival: who may give how many, from when they count, and what a draw makes of them."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client

from redflower.domains.festivals.errors import BonusNotOffered, BonusOver, BonusProjectsReached, FestivalNotFound
from redflower.domains.festivals.models import BonusDay, BonusGift, Pool
from redflower.domains.festivals.rules.bonuses import bonus_id, write_bonus_day
from redflower.domains.festivals.selectors.bonuses import (
    find_bonuses_of_gifts,
    find_flowers_behind,
    get_bonus_standing,
    list_bonus_days,
    list_bonus_projects,
    list_bonus_standings,
)
from redflower.domains.festivals.services import close_pools, draw_due_slices
from redflower.domains.festivals.types import BonusStanding
from redflower.domains.flowers.errors import FlowersInvalid, FlowersNotEnough
from redflower.domains.flowers.selectors import count_flowers, list_given
from redflower.domains.flowers.services import give_bonus_flowers
from redflower.domains.flowers.types import BonusGift as Giving
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.domains.projects.errors import ProjectNotFound
from redflower.faces.commands import verify
from redflower.faces.commands.audit import INVARIANTS
from redflower.kernel.ids import new_id
from redflower.plumbing.db import fetch_all, snapshot
from tests.dreaming import make_giver
from tests.factories import NOON, give, make_donor, make_festival, make_project
from tests.rooms.test_proofs import bodies, follow, one
from tests.rooms.test_proofs_audit import tamper

pytestmark = pytest.mark.django_db(transaction=True)
ZONE = "Asia/Shanghai"
DAY = timedelta(days=1)
TODAY = date(2026, 9, 9)  # NOON's


def gather(festival: UUID, project: UUID, flowers: int = 1, at=NOON, donor: UUID | None = None, **fields) -> Giving:
    """Somebody gives flowers to a project's bonus; a new giver with just as many in hand where none is named."""
    giving = Giving(new_id(), (donor or make_giver(flowers),), festival, project, flowers)
    giving = replace(giving, **fields)
    give_bonus_flowers([giving], ZONE, at)
    return giving


def found() -> list[str]:
    with snapshot():
        return [invariant.code for invariant in INVARIANTS if invariant.count_differences()]


@pytest.fixture
def festival() -> UUID:
    """Three days from an hour before noon on."""
    return make_festival(("random-2018", "surprise-2024"), budget_minor=50_000_000, hours=72)


class TestGiving:
    def test_flowers_leave_their_giver_once_and_lie_with_the_project_in_this_festival(self, festival):
        project, other = make_project(), make_festival(("random-2018",), hours=72)
        donor = make_giver(50)
        giving = gather(festival, project.id, 30, donor=donor)
        give_bonus_flowers([giving], ZONE, NOON + DAY)  # sent twice
        gather(other, project.id, 5, donor=donor)
        assert count_flowers([donor]) == 15
        assert get_balance(AccountKind.BONUS_FLOWERS, bonus_id(festival, project.id)) == 30
        assert get_balance(AccountKind.BONUS_FLOWERS, bonus_id(other, project.id)) == 5
        assert get_bonus_standing(festival, project.id, TODAY) == BonusStanding(0, 30)
        assert get_bonus_standing(festival, project.id, TODAY + DAY) == BonusStanding(30, 30)
        assert get_bonus_standing(festival, new_id(), TODAY) == BonusStanding(0, 0)
        given = list_given([donor])
        assert [each.amount for each in given] == [5, 30]
        assert {to for _, to in find_bonuses_of_gifts(each.id for each in given).values()} == {project.id}
        assert found() == []

    def test_a_person_gives_from_all_their_purses_and_a_list_is_all_or_none(self, festival):
        project = make_project()
        first, second = make_giver(3), make_giver(4)
        gather(festival, project.id, 6, donor=first, donor_ids=(first, second))
        assert [count_flowers([each]) for each in (first, second)] == [0, 1]
        assert BonusGift.objects.count() == 2
        rich = make_giver(5)
        fine = Giving(new_id(), (rich,), festival, project.id, 5)
        with pytest.raises(FlowersNotEnough):
            give_bonus_flowers([fine, Giving(new_id(), (second,), festival, project.id, 2)], ZONE, NOON)
        assert count_flowers([rich]) == 5 and BonusGift.objects.count() == 2
        assert found() == []

    @pytest.mark.parametrize(
        ("fields", "refusal"),
        [
            ({"flowers": 0}, FlowersInvalid),
            ({"flowers": 100_001}, FlowersInvalid),
            ({"flowers": 11}, FlowersNotEnough),
            ({"project_id": new_id()}, ProjectNotFound),
            ({"festival_id": new_id()}, FestivalNotFound),
        ],
    )
    def test_what_cannot_be_given_is_named(self, festival, fields, refusal):
        with pytest.raises(refusal):
            gather(festival, make_project().id, donor=make_giver(10), **fields)
        assert BonusGift.objects.count() == 0

    def test_only_a_festival_whose_rule_counts_flowers_takes_them_and_only_while_a_day_is_left(self):
        project = make_project()
        with pytest.raises(BonusNotOffered):
            gather(make_festival(("surprise-2024",), hours=72), project.id, 1)
        with pytest.raises(BonusNotOffered):
            gather(make_festival(("random-2018",), hours=72, flower_tiers=[]), project.id, 1)
        three_days = make_festival(("random-2018",), hours=72)  # from 11:00 on the 9th until 11:00 on the 12th, local
        gather(three_days, project.id, 1, at=NOON + 2 * DAY + timedelta(hours=11, minutes=59))
        assert get_bonus_standing(three_days, project.id, TODAY + 3 * DAY) == BonusStanding(1, 1)
        with pytest.raises(BonusOver):
            gather(three_days, project.id, 1, at=NOON + 2 * DAY + timedelta(hours=12))
        with pytest.raises(BonusOver):
            gather(make_festival(("random-2018",), hours=2), project.id, 1)
        coming = make_festival(("random-2018",), hours=2, opens_at=NOON + 5 * DAY)
        gather(coming, project.id, 1)
        assert found() == []

    def test_a_person_gives_to_as_many_projects_as_the_rule_lets_them(self, festival):
        first, second = make_giver(20), make_giver(20)
        projects = [make_project().id for _ in range(11)]
        for number, project in enumerate(projects[:10]):
            gather(festival, project, 1, donor=first, donor_ids=(first, second) if number % 2 else (second, first))
        with pytest.raises(BonusProjectsReached) as refused:
            gather(festival, projects[10], 1, donor=first, donor_ids=(first, second))
        assert refused.value.facts == {"most": 10}
        gather(festival, projects[0], 1, donor=first, donor_ids=(first, second))  # one of the ten, again
        assert len(list_bonus_projects(festival, [first, second])) == 10
        gather(make_festival(("random-2018",), hours=72), projects[10], 1, donor=first)  # another festival
        assert [each.gathered for each in list_bonus_standings(festival, TODAY).values()] == [2] + [1] * 9

    def test_one_list_cannot_reach_farther_than_one_by_one(self):
        festival = make_festival(("random-2018",), hours=72, projects_per_giver=2)
        donor, projects = make_giver(9), [make_project().id for _ in range(3)]
        with pytest.raises(BonusProjectsReached):
            give_bonus_flowers([Giving(new_id(), (donor,), festival, each, 1) for each in projects], ZONE, NOON)
        assert count_flowers([donor]) == 9 and BonusGift.objects.count() == 0


class TestCounting:
    def test_a_day_is_counted_once_as_it_began_from_the_least_tier_on(self, festival):
        few, some, many = (make_project().id for _ in range(3))
        gather(festival, few, 38)
        gather(festival, some, 39)
        gather(festival, many, 99)
        give(some, 1000, at=NOON)
        draw_due_slices(festival, ZONE, NOON + timedelta(minutes=1))
        assert [(day.day, day.flowers) for day in BonusDay.objects.all()] == [(TODAY, {})]
        give(some, 1000, at=NOON + DAY)
        gather(festival, few, 1, at=NOON + DAY)  # on the day itself: for the next
        draw_due_slices(festival, ZONE, NOON + DAY + timedelta(minutes=1))
        [_, counted] = BonusDay.objects.order_by("day")
        assert (counted.day, counted.flowers) == (TODAY + DAY, {str(some): 39, str(many): 99})
        [_, line] = list_bonus_days(counted.pool_id)
        assert (line.projects, line.sha256) == (2, sha256(line.line).hexdigest())
        assert json.loads(line.line) == {"day": "2026-09-10", "flowers": counted.flowers}
        draw_due_slices(festival, ZONE, NOON + DAY + timedelta(minutes=2))
        assert BonusDay.objects.count() == 2  # of the one pool whose rule counts flowers
        assert found() == []

    def test_what_is_given_behind_a_seal_counts_a_day_later(self, festival):
        """A clock that is behind, or a form that took its time over midnight."""
        project = make_project().id
        give(project, 1000, at=NOON + DAY)
        draw_due_slices(festival, ZONE, NOON + DAY + timedelta(minutes=1))
        gather(festival, project, 50, at=NOON)
        assert get_bonus_standing(festival, project, TODAY + DAY) == BonusStanding(0, 50)
        assert get_bonus_standing(festival, project, TODAY + 2 * DAY) == BonusStanding(50, 50)
        assert found() == []


def draw_next_day(festival: UUID, project: UUID) -> None:
    """A day on which the project's flowers count: gifts to it and to another project, drawn."""
    people = [make_donor() for _ in range(3)]
    other = make_project()
    for number in range(12):
        to = project if number % 2 else other.id
        give(to, 10_000, at=NOON + DAY + timedelta(seconds=number), donor_id=people[number % 3])
    while draw_due_slices(festival, ZONE, NOON + DAY + timedelta(minutes=1)):
        pass


class TestDrawing:
    def test_a_project_with_flowers_may_be_matched_by_more_than_its_gifts(self, festival):
        project = make_project().id
        gather(festival, project, 99)
        draw_next_day(festival, project)
        rows = fetch_all(
            """SELECT a.amount_minor, t.project_id FROM festivals_award a JOIN festivals_ticket t ON t.gift_id = a.gift_id
               JOIN festivals_pool p ON p.id = a.pool_id JOIN festivals_rule_set r ON r.id = p.rule_set_id
               WHERE r.code = 'random-2018'"""
        )
        with_flowers = [row["amount_minor"] for row in rows if row["project_id"] == project]
        without = [row["amount_minor"] for row in rows if row["project_id"] != project]
        gifts = fetch_all("SELECT gift_id, project_id FROM festivals_ticket")
        behind = {row["project_id"]: list(find_flowers_behind(row["gift_id"]).values()) for row in gifts}
        assert behind.pop(project) == [99] and list(behind.values()) == [[]]
        assert max(without) <= 10_000 < max(with_flowers) <= 13_000 and len(with_flowers) == len(without) == 6
        assert found() == []

    @pytest.mark.parametrize(
        ("sql", "code"),
        [
            ("UPDATE festivals_bonus_day SET flowers = flowers || '{{\"{project}\": 39}}'", "festivals.draws_replay"),
            (
                "UPDATE festivals_bonus_day SET flowers = flowers || '{{\"{project}\": 100}}'",
                "festivals.bonus_counts_add_up",
            ),
            ("UPDATE festivals_bonus_day SET sha256 = repeat('a', 64)", "festivals.bonus_counts_add_up"),
            ("UPDATE festivals_bonus_day SET day = day + 1", "festivals.bonus_counts_add_up"),
            ("DELETE FROM festivals_bonus_day", "festivals.bonus_counts_add_up"),
            ("UPDATE festivals_bonus_gift SET flowers = flowers + 1", "flowers.bonus_gifts_move_once"),
            ("UPDATE festivals_bonus_gift SET counts_from = counts_from + 1", "festivals.bonus_counts_add_up"),
            ("UPDATE festivals_bonus_gift SET counts_from = counts_from - 1", "flowers.bonus_gifts_move_once"),
            ("UPDATE festivals_bonus_gift SET donor_id = id", "flowers.bonus_gifts_move_once"),
            ("UPDATE festivals_bonus_gift SET given_at = given_at - interval '1 day'", "flowers.bonus_gifts_move_once"),
            ("UPDATE festivals_bonus_gift SET project_id = id", "flowers.bonus_lies_with_its_project"),
            (
                "UPDATE ledger_account SET owner_id = '{project}' WHERE kind = 'bonus_flowers'",
                "flowers.bonus_gifts_move_once",
            ),
            (
                "UPDATE ledger_account SET owner_id = id WHERE kind = 'bonus_flowers'",
                "flowers.bonus_lies_with_its_project",
            ),
            (
                "UPDATE ledger_transfer SET kind = 'flowers_returned' WHERE kind = 'flowers_given'",
                "flowers.bonus_gifts_move_once",
            ),
            ("DELETE FROM festivals_bonus_gift", "flowers.bonus_gifts_move_once"),
        ],
    )
    def test_whoever_edits_what_was_gathered_or_counted_is_found(self, festival, sql, code):
        project = make_project().id
        gather(festival, project, 99)
        draw_next_day(festival, project)
        assert found() == []
        tamper(sql.format(project=project))
        assert code in found()

    def test_strangers_agree_and_hold_the_count_against_the_log(self, live_server, tmp_path, monkeypatch, capsys):
        opens_at = NOON + timedelta(minutes=1)  # it is announced at noon, before it opens
        festival = make_festival(("random-2018", "surprise-2024"), 50_000_000, opens_at, hours=72)
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
        monkeypatch.setenv("LANG", "en_US.UTF-8")
        monkeypatch.delenv("LC_ALL", raising=False)
        project = make_project().id
        gather(festival, project, 99)
        draw_next_day(festival, project)
        while draw_due_slices(festival, ZONE, NOON + 4 * DAY):
            pass
        close_pools(festival, NOON + 4 * DAY)
        follow()
        counted = BonusDay.objects.get()
        [entry] = [each for each in bodies() if each["kind"] == "bonus_counted"]
        assert (entry["pool"], entry["day"], entry["projects"]) == (str(counted.pool_id), "2026-09-10", 1)
        kinds = [each["kind"] for each in bodies()]
        assert kinds.index("bonus_counted") < kinds.index("slice")
        pool = Client().get(f"/open/draws/{counted.pool_id}/pool.json").json()
        assert pool["bonus"] == [{"day": "2026-09-10", "projects": 1, "sha256": entry["sha256"]}]
        [line] = Client().get(pool["files"]["bonus"]).content.splitlines()
        assert sha256(line).hexdigest() == entry["sha256"]
        other = Pool.objects.exclude(id=counted.pool_id).get()
        assert Client().get(f"/open/draws/{other.id}/bonus.ndjson").status_code == 404
        asked = ["draw", str(counted.pool_id), "--from", live_server.url]
        assert verify.run(asked) == 0, capsys.readouterr().out
        assert "flowers as each day began (days: 1) stood in the log" in capsys.readouterr().out
        gift = one("SELECT gift_id FROM festivals_ticket WHERE project_id = %s LIMIT 1", project)
        assert verify.run([*asked, "--gift", str(gift)]) == 0
        assert re.search(r"flowers add (1[0-9]|2[0-9]|30)\.\d\d%", capsys.readouterr().out)
        assert found() == []
        tamper(
            f"""UPDATE festivals_bonus_day SET flowers = '{{"{project}": 100}}', sha256 = '{
                sha256(write_bonus_day(counted.day, {str(project): 100})).hexdigest()
            }'"""
        )
        assert {"proofs.entries_equal_the_facts", "festivals.bonus_counts_add_up"} <= set(found())
        assert verify.run(asked) == 1
        assert "✗ projects' flowers are not those in the log" in capsys.readouterr().out
        tamper("DELETE FROM festivals_bonus_day")
        assert "proofs.entries_equal_the_facts" in found()

    def test_a_count_the_log_does_not_tell_is_found(self, festival):
        draw_next_day(festival, make_project().id)
        follow()
        assert found() == []
        tamper("DELETE FROM proofs_entry WHERE kind = 'bonus_counted'")
        assert "proofs.every_fact_is_logged" in found()

    def test_a_slice_drawn_too_late_pays_the_middle_of_the_tier(self, festival):
        project = make_project().id
        gather(festival, project, 99)
        give(project, 10_000, at=NOON + DAY)
        while draw_due_slices(festival, ZONE, NOON + 10 * DAY):
            pass
        rows = fetch_all(
            "SELECT a.amount_minor FROM festivals_award a JOIN festivals_bonus_day b ON b.pool_id = a.pool_id"
        )
        assert [row["amount_minor"] for row in rows] == [12_000]  # the gift and 20 % more
        assert found() == []

    def test_both_tables_refuse_to_be_changed(self, festival):
        project = make_project().id
        gather(festival, project, 99)
        draw_next_day(festival, project)
        for table in ("festivals_bonus_gift", "festivals_bonus_day"):
            with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {table}")

"""Two requests of deeds at once: the last fen, one external id, one person's day. Each guard has its control."""

import psycopg
import pytest

from redflower.domains.scenes.posting.campaigns import lock_campaigns
from redflower.domains.scenes.types import DeedStatus, Limits
from redflower.engine import deeds as engine
from tests.factories import NOON
from tests.races.conftest import Racer, without
from tests.scenes import POLICY, deed, make_campaign, make_partner


class Careless:
    """A connection that forgets to lock campaigns: the control's way of working without the guard."""

    def __init__(self, conn):
        self._conn = conn

    def execute(self, sql, params=None):
        return self._conn.execute(sql.replace("FOR NO KEY UPDATE", ""), params)


@pytest.fixture
def careless(monkeypatch):
    monkeypatch.setattr(engine, "lock_campaigns", lambda conn, *rest: lock_campaigns(Careless(conn), *rest))


def race(connect, partner, first_row, second_row):
    """Two requests on two connections; the second begins before the first commits. Returns both answers."""
    first, second = connect(), connect()
    answer = engine.settle_deeds(first, partner, [first_row], POLICY, NOON)[0]
    racer = Racer(lambda: engine.settle_deeds(second, partner, [second_row], POLICY, NOON)[0])
    racer.start()
    racer.waits()
    first.commit()
    try:
        later = racer.finish()
        second.commit()
    finally:
        second.rollback()
    return answer, later


def race_for_the_last_fen(connect) -> list[int]:
    partner = make_partner(is_sandbox=True)  # a sandbox has no ledger account that would refuse as well
    campaign = make_campaign(partner=partner, budget_minor=30)
    answers = race(connect, partner, deed(campaign, "a"), deed(campaign, "b"))
    return [answer.money_minor for answer in answers]


def test_the_last_fen_of_a_sponsor_is_given_once(connect):
    assert race_for_the_last_fen(connect) == [30, 0]


def test_control_without_lock_and_check_the_sponsor_is_overspent(connect, careless):
    with without("scenes_campaign", "campaign_never_spends_more_than_its_budget"):
        assert race_for_the_last_fen(connect) == [30, 30]


def test_without_the_lock_the_database_still_refuses_to_overspend(connect, careless):
    with pytest.raises(psycopg.errors.CheckViolation):
        race_for_the_last_fen(connect)


def race_with_one_id(connect) -> list[DeedStatus]:
    partner, campaign = make_partner(), make_campaign()
    row = deed(campaign)
    return [answer.status for answer in race(connect, partner, row, row)]


def test_one_external_id_in_two_requests_at_once_counts_once(connect):
    assert race_with_one_id(connect) == [DeedStatus.ACCEPTED, DeedStatus.REPLAYED]


def test_control_without_lock_and_key_it_counts_twice(connect, careless):
    with without("scenes_deed", "deed_is_reported_once"):
        assert race_with_one_id(connect) == [DeedStatus.ACCEPTED, DeedStatus.ACCEPTED]


def test_without_the_lock_the_key_still_refuses(connect, careless):
    with pytest.raises(psycopg.errors.UniqueViolation):
        race_with_one_id(connect)


def race_for_a_day(connect) -> list[int]:
    partner, campaign = make_partner(), make_campaign("green", limits=Limits(person_day_flowers=3))
    nights = [deed(campaign, subject=f"night-{number}", facts={"act": "linen"}) for number in range(2)]
    return [answer.flowers for answer in race(connect, partner, *nights)]


def test_a_persons_day_is_capped_across_requests_at_once(connect):
    assert race_for_a_day(connect) == [2, 1]


def test_control_without_the_lock_a_day_holds_more_than_its_limit(connect, careless):
    assert race_for_a_day(connect) == [2, 2]

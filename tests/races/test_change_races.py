"""Two operators change one charity at once: one proposal waits, one verdict counts."""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from django.db import connection

from redflower.domains.organizations import services as organizations
from redflower.domains.organizations.rules import apply_facts
from redflower.domains.organizations.selectors import get_charity_for_operators
from redflower.domains.people import services as people
from redflower.domains.people.errors import ChangeDecided, ChangeWaiting
from redflower.domains.people.selectors import list_corrections, list_waiting_changes
from redflower.domains.people.types import Reason
from redflower.kernel.errors import Refusal
from tests.factories import NOON, make_charity
from tests.races.conftest import Racer

pytestmark = pytest.mark.django_db(transaction=True)
WHY = Reason("改一处", "One correction")


def race(*works: Callable[[], object]) -> list[type[Refusal] | None]:
    """Runs works in threads at once; returns each one's refusal, or None."""

    def run(work: Callable[[], object]) -> type[Refusal] | None:
        try:
            work()
        except Refusal as refusal:
            return type(refusal)
        finally:
            connection.close()
        return None

    racers = [Racer(lambda work=work: run(work)) for work in works]
    for racer in racers:
        racer.start()
    return [racer.finish() for racer in racers]


def meet_at(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Both threads arrive at a step before either goes on; behind a lock only one arrives, and after a while goes on."""
    barrier, original = threading.Barrier(2), getattr(people, name)

    def step(*args: object) -> object:
        answer = original(*args)
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(1.5)
        return answer

    monkeypatch.setattr(people, name, step)


def forget_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(organizations, "_lock_published", get_charity_for_operators)


def propose_twice(charity_id: UUID, monkeypatch: pytest.MonkeyPatch) -> list[type[Refusal] | None]:
    operators = [people.make_operator(f"{name}@example.org", NOON) for name in ("anna", "bo")]
    meet_at(monkeypatch, "find_waiting_change")
    current = apply_facts(get_charity_for_operators(charity_id), {})
    works = [
        lambda who=who: organizations.propose_charity_change(replace(current, name_en=str(who)), WHY, who, NOON)
        for who in operators
    ]
    return race(*works)


@pytest.fixture
def charity_id() -> UUID:
    return make_charity(uscc="53530000MJ00000029").id


def test_of_two_proposals_at_once_one_waits(charity_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(propose_twice(charity_id, monkeypatch)) == {None, ChangeWaiting}
    assert len(list_waiting_changes(charity_id)) == 1


def test_control_without_the_lock_two_wait(charity_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_the_lock(monkeypatch)
    assert propose_twice(charity_id, monkeypatch) == [None, None]
    assert len(list_waiting_changes(charity_id)) == 2


def test_of_two_verdicts_at_once_one_counts(charity_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    maker, *checkers = [people.make_operator(f"{name}@example.org", NOON) for name in ("anna", "bo", "chen")]
    changed = replace(apply_facts(get_charity_for_operators(charity_id), {}), name_en="Renamed")
    change_id = organizations.propose_charity_change(changed, WHY, maker, NOON)
    meet_at(monkeypatch, "get_change")
    forget_the_lock(monkeypatch)  # the decision's own key stands by itself
    works = [lambda who=who: organizations.decide_charity_change(change_id, True, "", who, NOON) for who in checkers]
    assert set(race(*works)) == {None, ChangeDecided}
    assert len(list_corrections(charity_id)) == 1

"""Giving as a machine: donors, a provider that repeats and lies, draws at any moment; held against a dumb model."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from redflower.domains.festivals.selectors import list_pools
from redflower.domains.festivals.services import draw_due_slices
from redflower.domains.flowers.selectors import count_flowers
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.domains.payments.types import NoticeStatus
from redflower.faces.commands.audit import INVARIANTS
from redflower.faces.shared.settlement import settle
from tests.factories import NOON, POLICY, ask, intend, make_donor, make_festival, make_project, notice

ZONE = "Asia/Shanghai"
# The roll-ups follow committed events and are audited in tests/rooms/test_audit.py; here everything is one transaction.
AUDITED = [found for found in INVARIANTS if not found.code.startswith("insights.")]


class Giving(RuleBasedStateMachine):
    """The model is three dictionaries: what was intended, what was paid, who has given on which day."""

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example._from_testcase = True  # lets durable commands run inside, as pytest-django's own block does
        self.example.__enter__()
        self.now = NOON
        self.festival = make_festival(presets=("surprise-2024", "random-2018"), budget_minor=50_000)
        self.projects = [make_project().id for _ in range(2)]
        self.donors = [make_donor() for _ in range(3)]
        self.intents = []
        self.paid = {}
        self.days = set()

    @rule(project=st.integers(0, 1), donor=st.integers(0, 2), amount=st.integers(1, 50_000))
    def intend_a_gift(self, project, donor, amount):
        request = ask(self.projects[project], self.donors[donor], amount)
        intent = intend(request, self.now)
        assert intend(request, self.now).gift_id == intent.gift_id
        self.intents.append((intent, project, donor))

    @rule(data=st.data(), times=st.integers(1, 3), late=st.integers(0, 60))
    def hear_it_was_paid(self, data, times, late):
        if not self.intents:
            return
        intent, project, donor = data.draw(st.sampled_from(self.intents))
        paid_at = self.now - timedelta(seconds=late)
        settle([notice(intent, paid_at=paid_at)] * times, POLICY, self.now)
        if intent.gift_id not in self.paid:
            self.paid[intent.gift_id] = (project, intent.amount_minor)
            self.days.add((donor, (paid_at + timedelta(hours=8)).date()))

    @rule(data=st.data(), lie=st.sampled_from(["amount_minor", "currency", "provider", "status"]))
    def hear_something_else(self, data, lie):
        if not self.intents:
            return
        intent, _, _ = data.draw(st.sampled_from(self.intents))
        lies = {
            "amount_minor": intent.amount_minor + 1,
            "currency": "USD",
            "provider": "x",
            "status": NoticeStatus.FAILED,
        }
        settle([notice(intent, **{lie: lies[lie]})], POLICY, self.now)

    @rule(seconds=st.integers(1, 600))
    def let_time_pass(self, seconds):
        self.now += timedelta(seconds=seconds)

    @rule()
    def draw(self):
        draw_due_slices(self.festival, ZONE, self.now)

    @invariant()
    def the_model_agrees(self):
        matched = sum(pool.granted_minor for pool in list_pools(self.festival))
        held = sum(get_balance(AccountKind.PROJECT, project) for project in self.projects)
        assert held == sum(amount for _, amount in self.paid.values()) + matched
        for pool in list_pools(self.festival):
            assert pool.granted_minor + pool.returned_minor + pool.free_minor == pool.budget_minor
            assert pool.free_minor >= 0
        assert count_flowers(self.donors) == len(self.days)

    def teardown(self):
        try:
            assert {found.code: n for found in AUDITED if (n := found.count_differences())} == {}
        finally:
            transaction.set_rollback(True)
            self.example.__exit__(None, None, None)


@pytest.mark.slow
class TestGiving(TestCase):
    def test_the_machine(self) -> None:
        run_state_machine_as_test(
            Giving,
            settings=settings(
                max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )

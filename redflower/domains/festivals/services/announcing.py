"""A festival is written down by one operator and announced by another, who thereby books its sponsors' money."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from importlib import resources
from typing import Any
from uuid import UUID

from redflower.domains.festivals import errors
from redflower.domains.festivals.rules.announcing import check_festival
from redflower.domains.festivals.selectors import list_festivals
from redflower.domains.festivals.services import (
    NewFestival,
    NewPool,
    publish_rule_set,
    read_beacon,
    read_preset,
    write_festival,
)
from redflower.domains.festivals.types import PlannedFestival, PlannedPool
from redflower.domains.people.services import decide_change, propose_change
from redflower.domains.people.types import ChangeKind, ProposedChange, Reason
from redflower.kernel.ids import new_id
from redflower.plumbing.db import command

_SECRET_BYTES = 32


def list_presets() -> list[str]:
    """The rules that ship, by their codes."""
    return _list_files("presets")


def list_beacons() -> list[str]:
    """The public beacons that ship, by the names of their networks."""
    return _list_files("presets", "beacons")


def _list_files(*folder: str) -> list[str]:
    files = resources.files("redflower.domains.festivals").joinpath(*folder).iterdir()
    return sorted(file.name.removesuffix(".json") for file in files if file.name.endswith(".json"))


@command
def propose_festival(plan: PlannedFestival, actor_id: UUID, now: datetime) -> UUID:
    """Writes a festival down for a second person to announce, out of the public's sight; returns the change that waits.

    Errors: FestivalInvalid, FestivalHoursInvalid, FestivalTaken, OperatorNeeded.
    """
    check_festival(plan, list_presets(), list_beacons(), now)
    if any(each.slug == plan.slug for each in list_festivals()):
        raise errors.FestivalTaken
    plan_id = new_id()
    change = ProposedChange(ChangeKind.FESTIVAL, plan_id, plan_id, {}, _write_down(plan))
    return propose_change(change, Reason("", ""), actor_id, now)


def _write_down(plan: PlannedFestival) -> dict[str, Any]:
    facts = asdict(plan)
    hours = {name: facts[name].isoformat() for name in ("opens_at", "closes_at")}
    return {**facts, **hours, "pools": [asdict(pool) for pool in plan.pools]}


def read_plan(facts: Mapping[str, Any]) -> PlannedFestival:
    """A festival out of the change that proposed it."""
    hours = {name: datetime.fromisoformat(facts[name]) for name in ("opens_at", "closes_at")}
    return PlannedFestival(**{**facts, **hours, "pools": tuple(PlannedPool(**pool) for pool in facts["pools"])})


@command
def decide_festival(change_id: UUID, publish: bool, note: str, actor_id: UUID, now: datetime) -> None:
    """Announces a festival that one operator has written, or drops it.

    The sponsors' money is booked and each pool's secret is made as it is announced: nobody has seen one before.
    Errors: ChangeNotFound, OperatorNeeded, ReviewerIsSubmitter, ReviewNoteMissing, ChangeDecided, FestivalInvalid (it has
    begun meanwhile), FestivalTaken.
    """
    change = decide_change(change_id, publish, note, actor_id, now)
    if not publish:
        return
    plan = read_plan(change.becomes)
    check_festival(plan, list_presets(), list_beacons(), now)
    facts = {name: value for name, value in asdict(plan).items() if name not in ("beacon", "pools")}
    write_festival(NewFestival(**facts), [_make_pool(pool, plan.beacon, now) for pool in plan.pools], now)


def _make_pool(pool: PlannedPool, beacon: str, now: datetime) -> NewPool:
    preset = read_preset(pool.preset)
    return NewPool(
        rule_set_id=publish_rule_set(preset["code"], preset["version"], preset["body"], now),
        name_zh=pool.name_zh,
        name_en=pool.name_en,
        sponsor_zh=pool.sponsor_zh,
        sponsor_en=pool.sponsor_en,
        budget_minor=pool.budget_minor,
        secret=secrets.token_bytes(_SECRET_BYTES),
        beacon=read_beacon(beacon) if beacon else None,
    )

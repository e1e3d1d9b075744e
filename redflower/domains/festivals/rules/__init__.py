"""What a festival decides: how a rule set is read, when a slice is whose, and in `drawing` how it is drawn."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

from redflower.domains.festivals.errors import RuleSetInvalid
from redflower.domains.festivals.types import FestivalPhase, FlowerTier, MatchRule, Method
from redflower.kernel.clock import local_date
from redflower.kernel.ids import hashed_id, hashed_ids
from redflower.kernel.limits import BIGINT_MAX

BONUS_MAX_BPS = 10_000  # flowers may double a match at most


def read_rule(code: str, version: int, body: Mapping[str, Any]) -> MatchRule:
    """Reads a rule set from its data.

    Units: fen, basis points.
    Errors: RuleSetInvalid naming the first field that is missing, of the wrong type, or out of range.
    """
    method = body.get("method")
    if method not in tuple(Method):
        raise RuleSetInvalid(field="method")
    rule = MatchRule(
        code=code,
        version=version,
        method=Method(method),
        gift_min_minor=_whole(body, "gift_min_minor", 1),
        award_min_minor=_whole(body, "award_min_minor", 1),
        award_max_minor=_whole(body, "award_max_minor", 1),
        award_max_bps=_whole_or_none(body, "award_max_bps"),
        person_day_cap_minor=_whole_or_none(body, "person_day_cap_minor"),
        weight_low=_whole(body, "weight_low", 1) if method == Method.SHARE else 1,
        weight_high=_whole(body, "weight_high", 1) if method == Method.SHARE else 1,
        flower_tiers=_tiers(body),
        projects_per_giver=_whole(body, "projects_per_giver", 1) if body.get("flower_tiers") else None,
    )
    if rule.award_max_minor < rule.award_min_minor:
        raise RuleSetInvalid(field="award_max_minor")
    if rule.weight_high < rule.weight_low:
        raise RuleSetInvalid(field="weight_high")
    return rule


def count_slices(opens_at: datetime, closes_at: datetime, slice_seconds: int) -> int:
    """How many slices a festival has; the last one may be shorter."""
    seconds = timedelta(seconds=slice_seconds)
    return -(-(closes_at - opens_at) // seconds)


def compute_phase(
    opens_at: datetime, closes_at: datetime, slices: int, drawn_through: int, now: datetime
) -> FestivalPhase:
    """Where a festival stands at `now`."""
    if now < opens_at:
        return FestivalPhase.UPCOMING
    if now < closes_at:
        return FestivalPhase.RUNNING
    return FestivalPhase.DRAWING if drawn_through < slices - 1 else FestivalPhase.OVER


def assign_slice(
    opens_at: datetime,
    closes_at: datetime,
    slice_seconds: int,
    sealed_through: int,
    intent_at: datetime,
    paid_at: datetime,
    noticed_at: datetime,
) -> int | None:
    """The slice a gift belongs to, or None when it is not part of the festival.

    The payment time as the provider states it counts, but never earlier than our logged intent nor later than our
    logged notice. When that slice is already sealed for its draw, the gift joins the slice that is open as the notice arrives.
    """
    effective = min(max(paid_at, intent_at), noticed_at)
    if not opens_at <= effective < closes_at:
        return None
    second = timedelta(seconds=slice_seconds)
    slice_no = (effective - opens_at) // second
    if slice_no > sealed_through:
        return slice_no
    arrival = max((noticed_at - opens_at) // second, sealed_through + 1)
    return arrival if arrival < count_slices(opens_at, closes_at, slice_seconds) else None


def due_through(opens_at: datetime, slices: int, slice_seconds: int, allowance_seconds: int, now: datetime) -> int:
    """The last slice that may be drawn at `now`: its end plus the settlement allowance has passed. −1 for none."""
    elapsed = now - opens_at - timedelta(seconds=allowance_seconds)
    if elapsed < timedelta(0):
        return -1
    return min(elapsed // timedelta(seconds=slice_seconds), slices) - 1


def slice_due_at(opens_at: datetime, slice_seconds: int, allowance_seconds: int, slice_no: int) -> datetime:
    """When a slice may be drawn: its end plus the settlement allowance. A pool's beacon round is the first one after it,
    so that nobody can choose it."""
    return opens_at + timedelta(seconds=(slice_no + 1) * slice_seconds + allowance_seconds)


def day_of_slice(opens_at: datetime, slice_seconds: int, slice_no: int, zone: str) -> date:
    """The local day a slice begins on: for daily caps, and for the flowers that count in its draw."""
    return local_date(opens_at + slice_no * timedelta(seconds=slice_seconds), zone)


def person_in_festival(person_id: UUID, festival_id: UUID) -> UUID:
    """The number a person draws under in one festival: the same for all their gifts in it, another in every other.

    Tickets are public, so nothing in them may follow a person from one festival to the next. The person's own id, which
    nobody outside knows, is the key.
    """
    return hashed_id(blake2b(b"festival" + festival_id.bytes, key=person_id.bytes, digest_size=16).digest())


def people_in_festival(person_ids: Iterable[bytes], festival_id: UUID) -> list[bytes]:
    """As `person_in_festival`, for a list; ids as their 16 bytes."""
    message = b"festival" + festival_id.bytes
    return hashed_ids([blake2b(message, key=person, digest_size=16).digest() for person in person_ids])


def _tiers(body: Mapping[str, Any]) -> tuple[FlowerTier, ...]:
    """The tiers of flowers, rising in both their flowers and what they add; only a share can give more to some."""
    listed = body.get("flower_tiers") or []
    if not isinstance(listed, list) or (listed and body["method"] != Method.SHARE):
        raise RuleSetInvalid(field="flower_tiers")
    tiers: list[FlowerTier] = []
    for each in listed:
        if not isinstance(each, Mapping) or each.keys() != {"from", "least_bps", "most_bps"}:
            raise RuleSetInvalid(field="flower_tiers")
        tier = FlowerTier(_whole(each, "from", 1), _whole(each, "least_bps", 0), _whole(each, "most_bps", 0))
        before = tiers[-1].flowers_from if tiers else 0
        if not (before < tier.flowers_from and tier.least_bps <= tier.most_bps <= BONUS_MAX_BPS):
            raise RuleSetInvalid(field="flower_tiers")
        tiers.append(tier)
    return tuple(tiers)


def _whole(body: Mapping[str, Any], field: str, least: int) -> int:
    value = body.get(field)
    if type(value) is not int or not least <= value <= BIGINT_MAX:
        raise RuleSetInvalid(field=field)
    return value


def _whole_or_none(body: Mapping[str, Any], field: str) -> int | None:
    return None if body.get(field) is None else _whole(body, field, 1)

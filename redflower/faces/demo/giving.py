"""The demo's past gifts, planned as pure values: who gives how much to what, and when. The same seed, the same plan."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from math import ceil
from random import Random
from zoneinfo import ZoneInfo

from redflower.domains.festivals.services import NewFestival
from redflower.faces.demo import voices
from redflower.faces.demo.dates import floor_hour
from redflower.faces.demo.money import Want, choose_amount, fit_amounts
from redflower.faces.demo.monthly import MonthlyGift, is_standing_order_hour, plan_monthly_gifts
from redflower.faces.demo.rhythm import FIRST_FESTIVAL_HOURS, weigh_hour
from redflower.faces.demo.world import PlannedProject

# As on real platforms, a festival moves in days what quiet times move in months. At 50,500 gifts in all, the running
# one sees a gift every twelve seconds: just what its first pool releases, so that nothing has piled up when the demo opens.
FESTIVAL_GIFTS_PER_SECOND = 0.085
USUAL_COUNT = 50_500
RUNNING_SHARE_MOST = 0.5
PAST_SHARE = 0.06
MONTHLY_SHARE = 0.05
UNPAID_SHARE = 0.012  # of the running festival's: failed, cancelled or left open
GIFTS_PER_DONOR = 1.9
GIFTS_AT_ONCE = 1.7  # who gives gives to more than one project, as often as not
MESSAGE_SHARE = 0.2
QUIET_BATCHES = 130  # over the year; each is an hour, drawn by its weight
RECENT_DAYS = 5  # before the running festival: no hour of the day is left out
HOUR = timedelta(hours=1)
SETTLED_BEFORE_END_SECONDS = 1


@dataclass(slots=True)
class PlannedGift:
    """One gift of the past. `outcome` is what the provider says: paid, failed, cancelled, or nothing at all."""

    paid_at: datetime
    donor: int
    project: int
    amount_minor: int
    signature: voices.Signature = voices.ANONYMOUS
    message: str = ""
    outcome: str = "paid"


@dataclass(slots=True)
class Batch:
    """Gifts that were made and settled together, in the order of their payment; `weight` is how busy the time was."""

    starts_at: datetime
    ends_at: datetime
    weight: float = 0.0
    gifts: list[PlannedGift] = field(default_factory=list)

    @property
    def settles_at(self) -> datetime:
        """In the hour of its gifts, behind the last of them."""
        return self.ends_at - timedelta(seconds=SETTLED_BEFORE_END_SECONDS)


@dataclass(frozen=True, slots=True)
class GivingPlan:
    """All batches in time order. Donors are numbered in the order of their first gift, whose time is their own."""

    batches: tuple[Batch, ...]
    donors_since: tuple[datetime, ...]


def plan_giving(
    projects: Sequence[PlannedProject],
    past: NewFestival,
    running: NewFestival,
    now: datetime,
    zone: ZoneInfo,
    count: int,
    rng: Random,
) -> GivingPlan:
    """Plans `count` paid gifts, and a few that came to nothing, over the time since the first project opened."""
    crowd = _Crowd(max(int(count / GIFTS_PER_DONOR), 20), rng)
    choice = _ProjectChoice(projects, rng)
    batches = _plan_batches(projects, past, running, now, zone, rng)
    monthly = plan_monthly_gifts(projects, crowd.size, int(count * MONTHLY_SHARE), now, zone, rng)
    standing = _carry_out(monthly, batches.quiet, projects, crowd, rng)
    shares = {"running": _count_running(running, now, count), "past": int(count * PAST_SHARE)}
    shares["quiet"] = count - standing - sum(shares.values())
    for name, share in shares.items():
        _fill(getattr(batches, name), share, crowd, choice, projects, rng)
    everything = batches.in_order()
    _fund(everything, projects, crowd, running.opens_at, rng)
    _leave_some_unpaid(batches.running, crowd, rng)
    _let_some_wait_for_a_moderator(everything, rng)
    return GivingPlan(tuple(everything), _renumber_donors(everything))


def _count_running(festival: NewFestival, now: datetime, count: int) -> int:
    gifts = (now - festival.opens_at).total_seconds() * FESTIVAL_GIFTS_PER_SECOND * count / USUAL_COUNT
    return int(min(gifts, count * RUNNING_SHARE_MOST))


class _Crowd:
    """Donors with habits: how often they give, and how they sign."""

    def __init__(self, size: int, rng: Random) -> None:
        self.size = size
        self._rng = rng
        self._cumulative = list(accumulate(min(rng.paretovariate(1.15), 40.0) for _ in range(size)))
        self._signatures: dict[int, voices.Signature] = {}
        self.groups: list[tuple[int, voices.Signature]] = []
        for group in voices.list_groups(rng):
            self.groups.append((size + len(self.groups), group))

    def choose(self, count: int) -> list[int]:
        """Who gives `count` gifts within an hour."""
        people = self._rng.choices(range(self.size), cum_weights=self._cumulative, k=ceil(count / GIFTS_AT_ONCE))
        return people + self._rng.choices(people, k=count - len(people))

    def signature(self, donor: int) -> voices.Signature:
        known = self._signatures.get(donor)
        if known is None:
            known = self._signatures[donor] = voices.choose_signature(self._rng)
        return known


class _ProjectChoice:
    """Projects one can give to on a day, the well liked more often."""

    def __init__(self, projects: Sequence[PlannedProject], rng: Random) -> None:
        self._projects = projects
        self._rng = rng
        self._weights = [
            project.story["popularity"] ** 1.2 * (project.goal_minor / 12_000_000) ** 0.5 for project in projects
        ]
        self._waiting = set(range(len(projects)))  # nobody has given to these yet

    def choose(self, starts_at: datetime, ends_at: datetime, count: int) -> list[int]:
        """Among the projects that are open from start to end."""
        open_places = [
            place
            for place, project in enumerate(self._projects)
            if project.starts_at <= starts_at and ends_at < project.ends_at
        ]
        if not open_places:
            return []
        weights = [self._weights[place] for place in open_places]
        chosen = self._rng.choices(open_places, weights, k=count)
        overlooked = [place for place in open_places if place in self._waiting][:count]
        chosen[: len(overlooked)] = overlooked
        self._waiting -= set(chosen)
        return chosen


@dataclass(slots=True)
class _Batches:
    quiet: list[Batch]
    past: list[Batch]
    running: list[Batch]

    def in_order(self) -> list[Batch]:
        full = [batch for batch in (*self.quiet, *self.past, *self.running) if batch.gifts]
        for batch in full:
            batch.gifts.sort(key=lambda gift: gift.paid_at)
        return sorted(full, key=lambda batch: batch.starts_at)


def _plan_batches(
    projects: Sequence[PlannedProject],
    past: NewFestival,
    running: NewFestival,
    now: datetime,
    zone: ZoneInfo,
    rng: Random,
) -> _Batches:
    """Every hour of the festivals and of the last days, and hours drawn by their weight before that."""
    first = floor_hour(min(project.starts_at for project in projects) + HOUR)
    recent = floor_hour(running.opens_at - timedelta(days=RECENT_DAYS))
    hours = [hour for hour in _spans(first, recent) if not past.opens_at <= hour < past.closes_at]
    weights = [_weigh_growth(hour, first, now) * weigh_hour(hour, zone) for hour in hours]
    drawn = sorted(set(rng.choices(hours, weights, k=QUIET_BATCHES)))
    standing = [hour for hour in hours if is_standing_order_hour(hour, zone) and hour not in drawn]
    quiet = [Batch(hour, hour + HOUR, sum(weights) / len(drawn)) for hour in drawn]
    quiet += [Batch(hour, hour + HOUR) for hour in standing]
    quiet.sort(key=lambda batch: batch.starts_at)
    return _Batches(
        quiet=quiet + _plan_days(recent, running.opens_at, zone),
        past=_open_festival(_plan_days(past.opens_at, past.closes_at, zone)),
        running=_open_festival(_plan_days(running.opens_at, now, zone)),
    )


def _plan_days(start: datetime, end: datetime, zone: ZoneInfo) -> list[Batch]:
    """Every hour from start to end."""
    batches = [Batch(hour, min(hour + HOUR, end)) for hour in _spans(start, end)]
    for batch in batches:
        batch.weight = weigh_hour(batch.starts_at, zone) * ((batch.ends_at - batch.starts_at) / HOUR)
    return batches


def _open_festival(batches: list[Batch]) -> list[Batch]:
    batches[0].weight *= FIRST_FESTIVAL_HOURS
    return batches


def _spans(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start += HOUR


def _weigh_growth(at: datetime, first: datetime, now: datetime) -> float:
    """The platform is found by more people every month."""
    return 0.4 + 0.6 * ((at - first) / (now - first))


def _carry_out(
    monthly: Sequence[MonthlyGift],
    batches: Sequence[Batch],
    projects: Sequence[PlannedProject],
    crowd: _Crowd,
    rng: Random,
) -> int:
    """Puts each standing order's gift into the first batch since it fell due; returns how many there were."""
    carried_out = 0
    for due_at, donor, project, amount in monthly:
        place = bisect_left(batches, due_at, key=lambda batch: batch.ends_at)
        if place < len(batches) and batches[place].ends_at < projects[project].ends_at:
            paid_at = _choose_instant(batches[place], rng)
            batches[place].gifts.append(PlannedGift(paid_at, donor, project, amount, crowd.signature(donor)))
            carried_out += 1
    return carried_out


def _choose_instant(batch: Batch, rng: Random) -> datetime:
    span = max((batch.ends_at - batch.starts_at).total_seconds() - SETTLED_BEFORE_END_SECONDS - 1, 0)
    return batch.starts_at + timedelta(seconds=round(span * rng.random(), 3))


def _fill(
    batches: Sequence[Batch],
    count: int,
    crowd: _Crowd,
    choice: _ProjectChoice,
    projects: Sequence[PlannedProject],
    rng: Random,
) -> None:
    """Spreads gifts over batches by the rhythm of the day."""
    weights = [batch.weight for batch in batches]
    per_batch = [0] * len(batches)
    for place in rng.choices(range(len(batches)), weights, k=count):
        per_batch[place] += 1
    for batch, size in zip(batches, per_batch, strict=True):
        places = choice.choose(batch.starts_at, batch.ends_at, size)
        for project, donor in zip(places, crowd.choose(size), strict=True):
            message = (
                voices.choose_message(rng, projects[project].story["cause"]) if rng.random() < MESSAGE_SHARE else ""
            )
            paid_at = _choose_instant(batch, rng)
            batch.gifts.append(
                PlannedGift(paid_at, donor, project, choose_amount(rng), crowd.signature(donor), message)
            )


def _fund(
    batches: Sequence[Batch],
    projects: Sequence[PlannedProject],
    crowd: _Crowd,
    festival_opens_at: datetime,
    rng: Random,
) -> None:
    """Makes each project reach its target: a part of its gifts becomes gifts of groups."""
    by_project: dict[int, list[PlannedGift]] = {}
    for batch in batches:
        for gift in batch.gifts:
            by_project.setdefault(gift.project, []).append(gift)
    for place, gifts in sorted(by_project.items()):
        project = projects[place]
        want = Want(project.target_minor, closes_exactly=project.is_finished)
        changed = fit_amounts([gift.amount_minor for gift in gifts], want, _early(gifts, festival_opens_at), rng)
        for index, amount in changed.amounts.items():
            gifts[index].amount_minor = amount
        for index in changed.by_groups:
            donor, signature = rng.choice(crowd.groups)
            gifts[index].donor, gifts[index].signature = donor, signature
            gifts[index].message = voices.choose_group_message(rng)
        if changed.closing is not None:
            gifts[changed.closing].message = voices.choose_last_message(rng)


def _early(gifts: Sequence[PlannedGift], festival_opens_at: datetime) -> int:
    """How many of a project's gifts were made before the running festival: groups give in quiet times."""
    return bisect_left(gifts, festival_opens_at, key=lambda gift: gift.paid_at) or len(gifts)


def _leave_some_unpaid(batches: Sequence[Batch], crowd: _Crowd, rng: Random) -> None:
    """Adds attempts that came to nothing, as every platform has them."""
    paid = [(batch, gift) for batch in batches for gift in batch.gifts]
    for batch, gift in rng.sample(paid, int(len(paid) * UNPAID_SHARE)):
        donor = crowd.choose(1)[0]
        outcome = rng.choice(("failed", "cancelled", "nothing"))
        batch.gifts.append(
            PlannedGift(gift.paid_at, donor, gift.project, choose_amount(rng), crowd.signature(donor), outcome=outcome)
        )


def _let_some_wait_for_a_moderator(batches: Sequence[Batch], rng: Random) -> None:
    recent = [gift for batch in batches[-24:] for gift in batch.gifts if gift.outcome == "paid"]
    messages = voices.list_waiting_messages()
    for gift, message in zip(rng.sample(recent, min(len(messages), len(recent))), messages, strict=False):
        gift.message = message


def _renumber_donors(batches: Sequence[Batch]) -> tuple[datetime, ...]:
    """Numbers donors by their first gift; returns when each of them came."""
    numbers: dict[int, int] = {}
    since: list[datetime] = []
    for batch in batches:
        for gift in batch.gifts:
            if gift.donor not in numbers:
                numbers[gift.donor] = len(numbers)
                since.append(batch.starts_at)
            gift.donor = numbers[gift.donor]
    return tuple(since)

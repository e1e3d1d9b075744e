"""From the log's entries to the rows of the tables, and what they add up to on the way."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from redflower.domains.donations.rules import write_code
from redflower.domains.organizations.types import CharityView
from redflower.domains.projects.types import Openness, ProjectView
from redflower.faces.shared.exports.writers import Row
from redflower.kernel.canon import instant

Entry = Mapping[str, Any]
SPONSORS = "sponsors"  # stands where a pool does, for what sponsors gave through deeds and dreams


@dataclass(slots=True)
class Sum:
    """How many rows there were, what they add up to, and the last day of them. Units: fen."""

    rows: int = 0
    minor: int = 0
    first_on: date = date.max
    last_on: date = date.min

    def add(self, minor: int, on: date) -> None:
        """Takes one more row in."""
        self.rows += 1
        self.minor += minor
        self.first_on, self.last_on = min(self.first_on, on), max(self.last_on, on)


@dataclass(slots=True)
class Tally:
    """What the entries add up to: as many sums as there are projects, months and pools, however many entries.

    Shape: ids are text, as in the entries; a month is its year and number; gifts stand under the pool "", and
    what sponsors gave through deeds and dreams under `SPONSORS`.
    """

    zone: ZoneInfo
    gifts: Sum = field(default_factory=Sum)
    awards: Sum = field(default_factory=Sum)
    sponsored: Sum = field(default_factory=Sum)
    months: dict[str, dict[tuple[int, int, str], Sum]] = field(default_factory=dict)  # by project
    granted: dict[tuple[str, str], Sum] = field(default_factory=lambda: defaultdict(Sum))  # by pool and project
    pools: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, source: str, project: str, minor: int, at: str) -> None:
        """Takes a gift, an award or a sponsor's grant in."""
        on = datetime.fromisoformat(at).astimezone(self.zone).date()
        (self.gifts if not source else self.sponsored if source == SPONSORS else self.awards).add(minor, on)
        by_month = self.months.setdefault(project, {})
        by_month.setdefault((on.year, on.month, source), Sum()).add(minor, on)
        if source and source != SPONSORS:
            self.granted[source, project].add(minor, on)

    def of_project(self, project: str) -> tuple[int, int, int]:
        """A project's gifts, fen given and fen matched."""
        sums = self.months.get(project, {}).items()
        own = [each for (_, _, pool), each in sums if not pool]
        matched = sum(each.minor for (_, _, pool), each in sums if pool)
        return sum(each.rows for each in own), sum(each.minor for each in own), matched

    def of_pool(self, pool: str) -> int:
        """What a pool has granted. Units: fen."""
        return sum(each.minor for (granter, _), each in self.granted.items() if granter == pool)


def gift_row(index: int, entry: Entry, slugs: Mapping[str, str]) -> Row:
    """A row of `gifts`: of the entry only what says nothing about the person."""
    return (
        index, entry["id"], write_code(UUID(entry["id"])), entry["project"], slugs.get(entry["project"]),
        entry["amount"], entry["asset"], entry["paid_at"], entry["at"],
    )  # fmt: skip


def award_row(index: int, entry: Entry) -> Row:
    """A row of `awards`."""
    return (
        index, entry["id"], entry["gift"], entry["pool"], entry["project"], entry["slice"], entry["amount"],
        entry["asset"], entry["reason"], entry["rule"], entry["day"], entry["at"],
    )  # fmt: skip


def slice_row(index: int, entry: Entry) -> Row:
    """A row of `slices`."""
    return (
        index, entry["pool"], entry["slice"], entry["gifts_root"], entry["tickets"], entry["eligible"],
        entry["available"], entry["granted"], entry["at"], *_pick(entry.get("beacon"), "round", "signature"),
    )  # fmt: skip


def pool_row(pool_id: str, facts: Mapping[str, Any], granted_minor: int) -> Row:
    """A row of `pools`, from what the log tells of one: its announcement, its secret and its end."""
    return (
        facts["index"], pool_id, facts["festival"], facts["name_zh"], facts["name_en"], facts["sponsor_zh"],
        facts["sponsor_en"], facts["amount"], facts["asset"], granted_minor, facts.get("returned"), facts["rule"],
        facts["rule_sha256"], facts["secret_sha256"], facts.get("secret"), facts["opens_at"], facts["closes_at"],
        facts["slice_seconds"], facts.get("closed_at"), facts.get("reveal_by"),
        *_pick(facts.get("beacon"), "chain_hash", "public_key", "genesis_seconds", "period_seconds"),
    )  # fmt: skip


def _pick(facts: Mapping[str, Any] | None, *names: str) -> list[Any]:
    """These facts, or as many holes."""
    return [facts[name] if facts else None for name in names]


def project_row(project: ProjectView, openness: Openness, tally: Tally, base_url: str) -> Row:
    """A row of `projects`."""
    gifts, given, matched = tally.of_project(str(project.id))
    return (
        str(project.id), project.slug, str(project.charity_id), project.charity_slug, project.filing_no,
        project.title_zh, project.title_en, project.summary_zh, project.summary_en, project.cause.value, project.region,
        openness.value, project.goal_minor, "CNY", gifts, given, matched, instant(project.starts_at),
        instant(project.ends_at), f"{base_url}/projects/{project.slug}",
    )  # fmt: skip


def charity_row(charity: CharityView, base_url: str) -> Row:
    """A row of `charities`."""
    return (
        str(charity.id), charity.slug, charity.name_zh, charity.name_en, charity.kind.value, charity.region,
        charity.uscc, charity.certificate_no, charity.founded_on.isoformat(), charity.mission_zh, charity.mission_en,
        charity.state.value, f"{base_url}/charities/{charity.slug}",
    )  # fmt: skip

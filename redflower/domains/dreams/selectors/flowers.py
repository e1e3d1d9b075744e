"""Where a person's flowers went."""

from collections.abc import Iterable
from uuid import UUID

from redflower.domains.dreams.selectors.rounds import find_rallies
from redflower.domains.dreams.types import BallotView, FlowersGiven, RallyView
from redflower.plumbing.db import fetch_all


def get_ballots_of_person(
    donor_ids: Iterable[UUID], dream_id: UUID | None = None, limit: int = 100
) -> list[BallotView]:
    """A person's acts of giving, the latest first, of one dream or of all."""
    rows = fetch_all(
        """SELECT b.id, b.dream_id, d.slug AS dream_slug, p.title_zh, p.title_en, b.flowers, b.words, b.given_at,
                  v.at AS reversed_at, coalesce(v.why, '') AS why
           FROM dreams_ballot b JOIN dreams_dream d ON d.id = b.dream_id JOIN dreams_proposal p ON p.id = d.proposal_id
           LEFT JOIN dreams_ballot_reversal v ON v.ballot_id = b.id
           WHERE b.donor_id = ANY(%s) AND (%s::uuid IS NULL OR b.dream_id = %s) ORDER BY b.given_at DESC, b.id DESC LIMIT %s""",
        [list(donor_ids), dream_id, dream_id, limit],
    )
    return [BallotView(**row) for row in rows]


def sum_given(donor_ids: Iterable[UUID], zone: str, year: int | None = None) -> FlowersGiven:
    """What a person's flowers have done, over all the donors they have been; ever, or those given in one year."""
    rows = fetch_all(
        """SELECT b.dream_id, p.people, x.granted, extract(year FROM b.given_at AT TIME ZONE %s)::int AS year,
                  coalesce(sum(b.flowers) FILTER (WHERE v.ballot_id IS NULL), 0)::bigint AS given,
                  coalesce(sum(b.flowers) FILTER (WHERE v.why = 'returned'), 0)::bigint AS returned
           FROM dreams_ballot b JOIN dreams_dream d ON d.id = b.dream_id JOIN dreams_proposal p ON p.id = d.proposal_id
           LEFT JOIN dreams_outcome x ON x.dream_id = b.dream_id LEFT JOIN dreams_ballot_reversal v ON v.ballot_id = b.id
           WHERE b.donor_id = ANY(%s) AND (%s::int IS NULL OR extract(year FROM b.given_at AT TIME ZONE %s) = %s)
           GROUP BY 1, 2, 3, 4""",
        [zone, list(donor_ids), year, zone, year],
    )
    granted = {row["dream_id"]: row["people"] for row in rows if row["granted"] and row["given"]}
    by_year: dict[int, int] = {}
    for row in rows:
        by_year[row["year"]] = by_year.get(row["year"], 0) + row["given"]
    return FlowersGiven(
        sum(row["given"] for row in rows), sum(row["returned"] for row in rows),
        len({row["dream_id"] for row in rows if row["given"]}), len(granted), sum(granted.values()), by_year,
    )  # fmt: skip


def list_rallies_of_person(donor_ids: Iterable[UUID]) -> list[RallyView]:
    """A person's own rally pages, the newest first."""
    ids = [row["id"] for row in fetch_all("SELECT id FROM dreams_rally WHERE donor_id = ANY(%s)", [list(donor_ids)])]
    return sorted(find_rallies(ids).values(), key=lambda rally: rally.made_at, reverse=True) if ids else []

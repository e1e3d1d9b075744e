"""Reads of what people do together: teams and shared goals."""

import json
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from redflower.domains.scenes.errors import TeamNotFound
from redflower.domains.scenes.posting.goals import ALL_AMOUNT, COUNTS, LINKED, TEAM_SUMS
from redflower.domains.scenes.rules.goals import read_goal
from redflower.domains.scenes.types import GoalView, TeamView
from redflower.plumbing.db import fetch_all, fetch_one

_TEAM = f"""
SELECT t.id, t.campaign_id, t.name, t.captain_id, s.amount, s.flowers, s.deeds, s.money_minor, r.body::text AS body,
       g.granted_at, g.amount_minor AS granted_minor, g.project_id,
       (SELECT count(*) FROM scenes_team_member m WHERE m.team_id = t.id) AS members
FROM scenes_team t JOIN scenes_campaign c ON c.id = t.campaign_id JOIN scenes_rule_set r ON r.id = c.rule_set_id
JOIN ({TEAM_SUMS}) s ON s.team_id = t.id LEFT JOIN scenes_grant g ON g.campaign_id = c.id AND g.owner_id = t.id
"""


def list_teams(campaign_id: UUID, limit: int = 20) -> list[TeamView]:
    """A campaign's teams, those furthest on first."""
    rows = fetch_all(
        f"{_TEAM} WHERE t.campaign_id = %s ORDER BY s.amount DESC, t.id LIMIT %s", [[campaign_id], campaign_id, limit]
    )
    return [_team(row) for row in rows]


def get_team(team_id: UUID) -> TeamView:
    """One team. Errors: TeamNotFound."""
    row = fetch_one("SELECT campaign_id FROM scenes_team WHERE id = %s", [team_id])
    rows = fetch_all(f"{_TEAM} WHERE t.id = %s", [[row["campaign_id"]], team_id]) if row else []
    if not rows:
        raise TeamNotFound
    return _team(rows[0])


def find_teams(team_ids: Iterable[UUID]) -> dict[UUID, tuple[str, str]]:
    """Teams by id: the slug of the campaign each walks in, and its name."""
    rows = fetch_all(
        "SELECT t.id, c.slug, t.name FROM scenes_team t JOIN scenes_campaign c ON c.id = t.campaign_id WHERE t.id = ANY(%s)",
        [list(team_ids)],
    )
    return {row["id"]: (row["slug"], row["name"]) for row in rows}


def list_team_days(team_id: UUID, since: date) -> dict[date, int]:
    """What a team has done on each day since `since`; days without anything are left out."""
    rows = fetch_all(
        f"""SELECT n.done_on, sum(n.amount)::bigint AS amount FROM scenes_team t JOIN scenes_team_member m ON m.team_id = t.id
            JOIN LATERAL (SELECT d.done_on, max(d.amount) AS amount FROM scenes_deed d
                          WHERE d.donor_id = ANY(m.donor_id || {LINKED}) AND {COUNTS} AND d.done_on >= %s GROUP BY d.done_on) n
                 ON true WHERE t.id = %s GROUP BY 1""",
        [since, team_id],
    )
    return {row["done_on"]: row["amount"] for row in rows}


def find_team_of(campaign_id: UUID, donor_ids: Iterable[UUID]) -> UUID | None:
    """The team a person is in."""
    row = fetch_one(
        "SELECT team_id FROM scenes_team_member WHERE campaign_id = %s AND donor_id = ANY(%s) LIMIT 1",
        [campaign_id, list(donor_ids)],
    )
    return row["team_id"] if row else None


def find_goal(campaign_id: UUID) -> GoalView | None:
    """How far everybody together has come, for a campaign whose goal is everybody's."""
    row = fetch_one(
        f"""SELECT r.body::text AS body, c.flowers, c.deeds, g.granted_at,
                  CASE WHEN r.body -> 'goal' ->> 'measure' = 'amount' THEN ({ALL_AMOUNT}) ELSE 0 END AS amount
           FROM scenes_campaign c JOIN scenes_rule_set r ON r.id = c.rule_set_id
           LEFT JOIN scenes_grant g ON g.campaign_id = c.id AND g.owner_id = c.id WHERE c.id = %s""",
        [campaign_id],
    )
    goal = read_goal(json.loads(row["body"])) if row else None
    if row is None or goal is None or goal.scope != "all":
        return None
    return GoalView(campaign_id, goal.measure, row[goal.measure], goal.target, goal.grant_minor, row["granted_at"])


def list_campaigns_with_goals() -> list[UUID]:
    """The campaigns whose shared goals may still be reached."""
    rows = fetch_all(
        """SELECT c.id FROM scenes_campaign c JOIN scenes_rule_set r ON r.id = c.rule_set_id
           WHERE c.state IN ('published', 'paused') AND r.body ? 'goal' AND c.deeds > 0
           AND (r.body -> 'goal' ->> 'scope' = 'team'
                OR NOT EXISTS (SELECT 1 FROM scenes_grant g WHERE g.campaign_id = c.id)) ORDER BY c.id"""
    )
    return [row["id"] for row in rows]


def _team(row: dict) -> TeamView:
    goal = read_goal(json.loads(row["body"]))
    measure = goal.measure if goal else "amount"
    return TeamView(
        row["id"],
        row["campaign_id"],
        row["name"],
        row["captain_id"],
        row["members"],
        row[measure],
        goal.target if goal else 0,
        goal.grant_minor if goal else 0,
        row["granted_at"],
        row["granted_minor"] or 0,
        row["project_id"],
        row["money_minor"],
    )

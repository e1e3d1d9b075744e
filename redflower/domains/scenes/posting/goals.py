"""Shared goals: how far people together have come, and the grant they unlock."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.ledger.rules import account_id
from redflower.domains.ledger.types import AccountKind, Asset, NewTransfer
from redflower.domains.scenes.posting.rulings import COUNTED
from redflower.domains.scenes.rules.goals import Goal, read_goal
from redflower.kernel.ids import derive_id, new_id

Connection = psycopg.Connection[Any]
GRANTED = "goal_granted"

# The donors a member is in partners' apps, by their consent; and which of their deeds a team counts.
LINKED = "ARRAY(SELECT l.partner_donor_id FROM scenes_link l WHERE l.donor_id = m.donor_id AND l.ended_at IS NULL)"
COUNTS = f"d.campaign_id = t.campaign_id AND d.done_on >= m.joined_on AND {COUNTED}"
# What everybody has done in a campaign `c`, in the measure's own unit.
ALL_AMOUNT = f"SELECT coalesce(sum(d.amount), 0)::bigint FROM scenes_deed d WHERE d.campaign_id = c.id AND {COUNTED}"
# What a team has done since its members joined; steps of a day are told again as they grow, so the day's largest counts.
TEAM_SUMS = f"""
SELECT t.id AS team_id, coalesce(sum(n.amount), 0)::bigint AS amount, coalesce(sum(n.flowers), 0)::bigint AS flowers,
       coalesce(sum(n.deeds), 0)::bigint AS deeds, coalesce(sum(n.money_minor), 0)::bigint AS money_minor
FROM scenes_team t JOIN scenes_team_member m ON m.team_id = t.id
LEFT JOIN LATERAL (SELECT max(d.amount) AS amount, sum(d.flowers) AS flowers, count(*) AS deeds, sum(d.money_minor) AS money_minor
                   FROM scenes_deed d WHERE d.donor_id = ANY(m.donor_id || {LINKED}) AND {COUNTS} GROUP BY d.done_on) n ON true
WHERE t.campaign_id = ANY(%s) GROUP BY t.id
"""


@dataclass(frozen=True, slots=True)
class Reached:
    """A goal that has been reached and not been granted yet. `owner_id` is the team, or the campaign."""

    campaign_id: UUID
    owner_id: UUID
    reached: int
    goal: Goal


def find_reached(conn: Connection, campaign_ids: Sequence[UUID]) -> list[Reached]:
    """Locks campaigns that share a goal and finds what was reached and is still to be granted."""
    rows = conn.execute(
        """SELECT c.id, r.body::text, c.flowers, c.deeds FROM scenes_campaign c JOIN scenes_rule_set r ON r.id = c.rule_set_id
           WHERE c.id = ANY(%s) AND c.state IN ('published', 'paused') AND r.body ? 'goal'
           ORDER BY c.id FOR NO KEY UPDATE OF c""",
        [list(campaign_ids)],
    ).fetchall()
    done = {
        (row[0], row[1])
        for row in conn.execute(
            "SELECT campaign_id, owner_id FROM scenes_grant WHERE campaign_id = ANY(%s)", [list(campaign_ids)]
        ).fetchall()
    }
    found = []
    for campaign_id, body, flowers, deeds in rows:
        goal = read_goal(json.loads(body))
        if goal is None:
            continue
        sums = _sum_teams(conn, campaign_id, goal) if goal.scope == "team" else {}
        if goal.scope == "all":
            sums = {campaign_id: _sum_all(conn, campaign_id, goal, flowers, deeds)}
        found += [
            Reached(campaign_id, owner, reached, goal)
            for owner, reached in sums.items()
            if reached >= goal.target and (campaign_id, owner) not in done
        ]
    return found


def _sum_teams(conn: Connection, campaign_id: UUID, goal: Goal) -> dict[UUID, int]:
    measures = {"amount": 1, "flowers": 2, "deeds": 3}
    return {row[0]: row[measures[goal.measure]] for row in conn.execute(TEAM_SUMS, [[campaign_id]]).fetchall()}


def _sum_all(conn: Connection, campaign_id: UUID, goal: Goal, flowers: int, deeds: int) -> int:
    if goal.measure != "amount":
        return flowers if goal.measure == "flowers" else deeds
    row = conn.execute(f"SELECT ({ALL_AMOUNT}) FROM scenes_campaign c WHERE c.id = %s", [campaign_id]).fetchone()
    return int(row[0]) if row else 0


def plan_grants(conn: Connection, reached: Sequence[Reached], now: datetime) -> list[NewTransfer]:
    """Writes the grants and counts them into their campaigns; returns the transfers.

    Needs: the campaigns' rows locked by `find_reached`. A grant goes to the campaign's first project.
    """
    transfers = []
    for each in reached:
        row = conn.execute(
            """SELECT c.budget_minor - c.spent_minor - c.returned_minor, p.project_id, c.is_sandbox FROM scenes_campaign c
               JOIN scenes_campaign_project p ON p.campaign_id = c.id WHERE c.id = %s ORDER BY p.position, p.id LIMIT 1""",
            [each.campaign_id],
        ).fetchone()
        amount = min(each.goal.grant_minor, row[0]) if row else 0
        if row is None or not amount:
            continue
        grant_id = new_id()
        conn.execute(
            """INSERT INTO scenes_grant (id, campaign_id, owner_id, project_id, amount_minor, reached, granted_at)
               VALUES (%s, %s, %s, %s, %s, %s, %s)""",
            [grant_id, each.campaign_id, each.owner_id, row[1], amount, each.reached, now],
        )
        conn.execute(
            "UPDATE scenes_campaign SET spent_minor = spent_minor + %s WHERE id = %s", [amount, each.campaign_id]
        )
        if not row[2]:
            transfers.append(
                NewTransfer(
                    id=derive_id(grant_id, GRANTED),
                    asset=Asset.CNY,
                    kind=GRANTED,
                    debit_id=account_id(AccountKind.CAMPAIGN, each.campaign_id),
                    credit_id=account_id(AccountKind.PROJECT, row[1]),
                    amount=amount,
                    subject_id=grant_id,
                )
            )
    return transfers

"""The invariants of pools and draws; every draw is replayed from its tickets."""

import contextlib
import json
from collections import defaultdict
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings

from redflower.domains.festivals import rules
from redflower.domains.festivals.rules.bonuses import write_bonus_day
from redflower.domains.festivals.rules.drawing import NO_FLOWERS, add_awards, draw_slice, gifts_root, list_decisions
from redflower.domains.festivals.rules.late import draw_late_slice, is_late
from redflower.domains.festivals.selectors import list_slice_tickets
from redflower.kernel.beacon import BeaconForged, open_round, read_chain
from redflower.kernel.draw import released_budget, slice_seed
from redflower.kernel.text import N_
from redflower.plumbing.auditing import Invariant, differences
from redflower.plumbing.db import fetch_all

_POOLS = """
SELECT p.id, p.festival_id, p.budget_minor, p.secret, p.reveal_by, p.beacon::text AS beacon,
       r.code, r.version, r.body::text AS body, f.opens_at, f.closes_at,
       f.slice_seconds, f.allowance_seconds, f.drawn_through
FROM festivals_pool p JOIN festivals_rule_set r ON r.id = p.rule_set_id JOIN festivals_festival f ON f.id = p.festival_id
ORDER BY p.id
"""


def _count_draws_that_differ() -> int:
    """Draws every slice of every pool again, from tickets, rule set and secret alone, and compares each decision. A slice
    drawn later than its pool had promised must have paid what is expected."""
    return sum(_replay(pool) for pool in fetch_all(_POOLS))


def _replay(pool: dict[str, Any]) -> int:
    rule = rules.read_rule(pool["code"], pool["version"], json.loads(pool["body"]))
    slices = rules.count_slices(pool["opens_at"], pool["closes_at"], pool["slice_seconds"])
    expected: dict[UUID, tuple[int, int, str]] = {}
    by_person: dict[object, dict[bytes, int]] = defaultdict(dict)  # local day -> person -> fen
    granted = 0
    beacons = _open_rounds(pool) if pool["beacon"] else {}
    counted = _load_counts(pool["id"]) if rule.flower_tiers else {}
    drawn_at = {
        row["slice_no"]: row["drawn_at"]
        for row in fetch_all("SELECT slice_no, drawn_at FROM festivals_slice WHERE pool_id = %s", [pool["id"]])
    }
    for slice_no, tickets in list_slice_tickets(pool["festival_id"], pool["drawn_through"]).items():
        day = rules.day_of_slice(pool["opens_at"], pool["slice_seconds"], slice_no, settings.TIME_ZONE)
        already, flowers = by_person[day], counted.get(day, NO_FLOWERS)
        available = released_budget(pool["budget_minor"], slices, slice_no) - granted
        if slice_no in drawn_at and is_late(pool["reveal_by"], drawn_at[slice_no]):
            draw = draw_late_slice(rule, tickets, available, already, flowers)
        else:
            mixed = beacons.get(slice_no, b"")
            seed = slice_seed(bytes(pool["secret"]), slice_no, gifts_root(tickets), mixed)
            draw = draw_slice(rule, seed, tickets, available, already, flowers)
        for decision in list_decisions(tickets, draw):
            expected[decision.gift_id] = (slice_no, decision.amount_minor, decision.reason.value)
        add_awards(already, tickets, draw)
        granted += draw.granted_minor
    rows = fetch_all(
        "SELECT gift_id, slice_no, amount_minor, reason FROM festivals_award WHERE pool_id = %s", [pool["id"]]
    )
    stored = {row["gift_id"]: (row["slice_no"], row["amount_minor"], row["reason"]) for row in rows}
    return sum(expected.get(gift) != stored.get(gift) for gift in expected.keys() | stored.keys())


def _load_counts(pool_id: UUID) -> dict[date, dict[bytes, int]]:
    rows = fetch_all("SELECT day, flowers::text AS flowers FROM festivals_bonus_day WHERE pool_id = %s", [pool_id])
    return {
        row["day"]: {UUID(project).bytes: count for project, count in json.loads(row["flowers"]).items()}
        for row in rows
    }


def _find_wrong_counts() -> int:
    """Days whose count is not what the flowers given come to, or that were drawn without one; by every pool whose rule
    counts flowers."""
    return sum(_count_wrong_days(pool) for pool in fetch_all(_POOLS))


def _count_wrong_days(pool: dict[str, Any]) -> int:
    stored = fetch_all(
        "SELECT day, flowers::text AS flowers, sha256 FROM festivals_bonus_day WHERE pool_id = %s", [pool["id"]]
    )
    tiers = rules.read_rule(pool["code"], pool["version"], json.loads(pool["body"])).flower_tiers
    if not tiers:
        return len(stored)
    given = fetch_all(
        """SELECT project_id::text AS project, counts_from, sum(flowers)::bigint AS flowers FROM festivals_bonus_gift
           WHERE festival_id = %s GROUP BY 1, 2""",
        [pool["festival_id"]],
    )
    drawn = {
        rules.day_of_slice(pool["opens_at"], pool["slice_seconds"], row["slice_no"], settings.TIME_ZONE)
        for row in fetch_all("SELECT slice_no FROM festivals_slice WHERE pool_id = %s", [pool["id"]])
    }
    wrong = len(drawn ^ {row["day"] for row in stored})
    for row in stored:
        expected: dict[str, int] = defaultdict(int)
        for each in given:
            expected[each["project"]] += each["flowers"] if each["counts_from"] <= row["day"] else 0
        counted = {project: count for project, count in expected.items() if count >= tiers[0].flowers_from}
        is_stated = sha256(write_bonus_day(row["day"], counted)).hexdigest() == row["sha256"]
        wrong += counted != json.loads(row["flowers"]) or not is_stated
    return wrong


def _open_rounds(pool: dict[str, Any]) -> dict[int, bytes]:
    """What the beacon gave to each slice, where it is genuine and the round is the one that was due."""
    chain = read_chain(json.loads(pool["beacon"]))
    rows = fetch_all(
        """SELECT s.slice_no, b.round_no, b.signature FROM festivals_slice s
           JOIN festivals_beacon_round b ON b.round_no = s.beacon_round AND b.chain_hash = %s WHERE s.pool_id = %s""",
        [chain.chain_hash, pool["id"]],
    )
    opened = {}
    for row in rows:
        due = rules.slice_due_at(pool["opens_at"], pool["slice_seconds"], pool["allowance_seconds"], row["slice_no"])
        if row["round_no"] == chain.find_round(due):
            with contextlib.suppress(BeaconForged):
                opened[row["slice_no"]] = open_round(chain, row["round_no"], bytes(row["signature"]))
    return opened


INVARIANTS = [
    Invariant(
        "festivals.pool_adds_up",
        N_("配捐池：已发 + 已退 + 剩余 = 总额，且与账本余额一致"),
        differences(
            """SELECT p.id FROM festivals_pool p
               LEFT JOIN (SELECT pool_id, sum(amount_minor) AS total FROM festivals_award GROUP BY 1) w ON w.pool_id = p.id
               LEFT JOIN ledger_account a ON a.owner_id = p.id AND a.kind = 'pool'
               WHERE p.granted_minor <> coalesce(w.total, 0) OR a.id IS NULL OR a.debits_pending <> 0
                  OR a.credits_posted - a.debits_posted <> p.budget_minor - p.granted_minor - p.returned_minor"""
        ),
    ),
    Invariant(
        "festivals.award_has_a_ticket",
        N_("每份配捐都属于同一公益节里的一张签"),
        differences(
            """SELECT a.id FROM festivals_award a LEFT JOIN festivals_pool p ON p.id = a.pool_id
               LEFT JOIN festivals_ticket t ON t.gift_id = a.gift_id AND t.festival_id = p.festival_id
               WHERE t.gift_id IS NULL OR t.slice_no <> a.slice_no OR t.person_id <> a.person_id"""
        ),
    ),
    Invariant(
        "festivals.closed_pool_is_empty",
        N_("已关闭的配捐池余额为零"),
        differences(
            """SELECT p.id FROM festivals_pool p JOIN ledger_account a ON a.owner_id = p.id AND a.kind = 'pool'
               WHERE p.state = 'closed' AND a.credits_posted <> a.debits_posted"""
        ),
    ),
    Invariant(
        "festivals.award_moves_once",
        N_("每笔配捐在账本里恰好有一笔同额转账，进入捐赠的项目"),
        differences(
            """SELECT coalesce(w.id, t.id) FROM (SELECT w.*, g.project_id FROM festivals_award w
                      JOIN donations_gift g ON g.id = w.gift_id WHERE w.amount_minor > 0) w
               FULL JOIN (SELECT t.id, t.amount, a.owner_id FROM ledger_transfer t
                          JOIN ledger_account a ON a.id = t.credit_id WHERE t.kind = 'award') t ON t.id = w.id
               WHERE w.id IS NULL OR t.id IS NULL OR t.amount <> w.amount_minor OR t.owner_id <> w.project_id"""
        ),
    ),
    Invariant(
        "festivals.ticket_is_a_settled_gift",
        N_("每张签都属于一笔已到账的捐赠，金额一致，且在开放时间内"),
        differences(
            """SELECT t.gift_id FROM festivals_ticket t JOIN festivals_festival f ON f.id = t.festival_id
               LEFT JOIN payments_capture c ON c.order_id = t.gift_id LEFT JOIN donations_gift g ON g.id = t.gift_id
               WHERE c.order_id IS NULL OR t.amount_minor <> c.amount_minor OR t.project_id <> g.project_id
                  OR c.noticed_at < f.opens_at OR g.made_at >= f.closes_at"""
        ),
    ),
    Invariant(
        "festivals.open_gift_has_a_ticket",
        N_("公益节开放时间内按时到账的捐赠都有签"),
        differences(
            """SELECT c.order_id FROM festivals_festival f
               JOIN donations_gift g ON g.made_at >= f.opens_at AND g.made_at < f.closes_at
               JOIN payments_capture c ON c.order_id = g.id AND c.noticed_at < f.closes_at
               LEFT JOIN festivals_ticket t ON t.gift_id = c.order_id AND t.festival_id = f.id WHERE t.gift_id IS NULL"""
        ),
    ),
    Invariant(
        "festivals.bonus_counts_add_up",
        N_("每一天开始时各项目的小红花，等于在那以前送出的，一朵不多、一朵不少"),
        _find_wrong_counts,
    ),
    Invariant("festivals.draws_replay", N_("每个时间片重新开奖，结果与当时一致"), _count_draws_that_differ),
    Invariant(
        "festivals.award_lives_while_its_gift_is_settled",
        N_("配捐与捐赠同进退：退回的捐赠，它的每份配捐都退回出资方，恰好一次；在途的已经预留"),
        differences(
            """SELECT coalesce(a.id, t.reverses_id) FROM (
                   SELECT a.* FROM festivals_award a JOIN payments_refund r ON r.order_id = a.gift_id AND r.status = 'done'
                   WHERE a.amount_minor > 0) a
               FULL JOIN (SELECT * FROM ledger_transfer WHERE kind = 'award_returned' AND phase = 'post') t
                         ON t.reverses_id = a.id
               WHERE a.id IS NULL OR t.id IS NULL OR t.amount <> a.amount_minor
               UNION ALL
               SELECT coalesce(b.owner_id, s.owner_id) FROM (
                   SELECT p.owner_id, sum(t.amount) AS total FROM ledger_transfer t JOIN ledger_account p ON p.id = t.credit_id
                   WHERE t.kind = 'award_returned' AND t.phase = 'post' GROUP BY 1) b
               FULL JOIN (SELECT p.owner_id, sum(t.amount) AS total FROM ledger_transfer t
                          JOIN ledger_account p ON p.id = t.debit_id WHERE t.kind = 'award_to_sponsor' GROUP BY 1) s
                         ON s.owner_id = b.owner_id
               WHERE b.total IS DISTINCT FROM s.total
               UNION ALL
               SELECT a.id FROM festivals_award a JOIN payments_refund_order o ON o.order_id = a.gift_id
               WHERE a.amount_minor > 0 AND NOT EXISTS (SELECT 1 FROM payments_refund e WHERE e.refund_order_id = o.id)
                 AND NOT EXISTS (SELECT 1 FROM ledger_transfer t JOIN ledger_account p ON p.id = t.credit_id
                                 WHERE t.subject_id = a.gift_id AND t.kind = 'award_returned' AND t.phase = 'pending'
                                   AND p.owner_id = a.pool_id AND t.booked_at = o.asked_at)"""
        ),
    ),
]

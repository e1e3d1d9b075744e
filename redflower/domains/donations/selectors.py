"""Reads of gifts, with their state derived."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from redflower.domains.donations.errors import CodeUnknown, GiftNotFound, RefundCaseNotFound
from redflower.domains.donations.rules import (
    GIVEN,
    GivingHistory,
    compute_refund_state,
    compute_state,
    gift_transfer_id,
    is_coded,
    read_code,
)
from redflower.domains.donations.types import (
    GiftState,
    GiftView,
    MessageState,
    RefundCase,
    RefundReason,
    RefundSide,
    RefundState,
    RefundView,
    ShownAs,
    YearSum,
)
from redflower.domains.ledger.rules import account_id
from redflower.domains.ledger.types import BUSY_FLOWER_KINDS, AccountKind
from redflower.kernel.ids import LAST_ID
from redflower.plumbing.db import fetch_all, fetch_one

_SELECT = """
SELECT g.id, g.donor_id, g.project_id, p.slug AS project_slug, p.title_zh AS project_title_zh, p.title_en AS project_title_en,
       g.amount_minor, g.shown_as, g.shown_name, g.message, g.message_state, g.channel, g.made_at, o.expires_at,
       c.paid_at, c.noticed_at AS settled_at, e.kind AS ended, r.noticed_at AS refunded_at
FROM donations_gift g
JOIN projects_project p ON p.id = g.project_id
JOIN payments_order o ON o.id = g.id
LEFT JOIN payments_capture c ON c.order_id = g.id
LEFT JOIN payments_end e ON e.order_id = g.id
LEFT JOIN payments_refund r ON r.order_id = g.id AND r.status = 'done'
"""
_PUBLIC = "WHERE c.order_id IS NOT NULL AND r.order_id IS NULL"
# Gifts whose money is with their projects: it has arrived, and was not given back.
_KEPT = """payments_capture c ON c.order_id = g.id
AND NOT EXISTS (SELECT 1 FROM payments_refund r WHERE r.order_id = g.id AND r.status = 'done')"""


def _view(row: dict[str, Any], now: datetime) -> GiftView:
    ended = row.pop("ended")
    refunded = row["refunded_at"] is not None
    state = compute_state(row["settled_at"] is not None, ended, row["expires_at"], now, refunded)
    shown = {"shown_as": ShownAs(row["shown_as"]), "message_state": MessageState(row["message_state"]), "state": state}
    return GiftView(**{**row, **shown})


def get_gift(gift_id: UUID, now: datetime) -> GiftView:
    """One gift. The caller has checked that the reader may see it (a private token, or its donor).

    Errors: GiftNotFound.
    """
    row = fetch_one(f"{_SELECT} WHERE g.id = %s", [gift_id])
    if row is None:
        raise GiftNotFound
    return _view(row, now)


def find_gift_states(gift_ids: Iterable[UUID], now: datetime) -> dict[UUID, GiftState]:
    """Where each gift stands, by id."""
    rows = fetch_all(
        """SELECT o.id, o.expires_at, c.order_id IS NOT NULL AS captured, e.kind AS ended,
                  r.order_id IS NOT NULL AS refunded FROM payments_order o
           LEFT JOIN payments_capture c ON c.order_id = o.id LEFT JOIN payments_end e ON e.order_id = o.id
           LEFT JOIN payments_refund r ON r.order_id = o.id AND r.status = 'done' WHERE o.id = ANY(%s)""",
        [list(gift_ids)],
    )
    return {
        row["id"]: compute_state(row["captured"], row["ended"], row["expires_at"], now, row["refunded"]) for row in rows
    }


def list_gifts_of_donors(
    donor_ids: Iterable[UUID], now: datetime, after: UUID | None = None, limit: int = 20
) -> list[GiftView]:
    """A person's gifts in every state, the latest first."""
    sql = f"{_SELECT} WHERE g.donor_id = ANY(%s) AND (%s::uuid IS NULL OR g.id < %s) ORDER BY g.id DESC LIMIT %s"
    return [_view(row, now) for row in fetch_all(sql, [list(donor_ids), after, after, limit])]


def list_public_gifts(
    project_id: UUID | None, now: datetime, after: UUID | None = None, limit: int = 20
) -> list[GiftView]:
    """Settled gifts that were not given back, as the public may see them, the latest first: names only where the donor
    chose, messages only when shown. Donor ids stay in the value and must not be printed."""
    if project_id is None:
        sql = f"{_SELECT} {_PUBLIC} AND g.id < %s ORDER BY g.id DESC LIMIT %s"
        rows = fetch_all(sql, [after or LAST_ID, limit])
    else:  # by what they moved: the ledger keeps each account's transfers in order
        sql = f"""{_SELECT} JOIN ledger_transfer t ON t.subject_id = g.id {_PUBLIC}
                  AND t.credit_id = %s AND t.kind = '{GIVEN}' AND t.kind NOT IN {BUSY_FLOWER_KINDS} AND t.id < %s
                  ORDER BY t.id DESC LIMIT %s"""
        before = gift_transfer_id(after) if after else LAST_ID
        rows = fetch_all(sql, [account_id(AccountKind.PROJECT, project_id), before, limit])
    return [_public_view(row, now) for row in rows]


def find_public_gifts(gift_ids: Iterable[UUID], now: datetime) -> dict[UUID, GiftView]:
    """Settled gifts by id, as the public may see them; the rest as `list_public_gifts`."""
    rows = fetch_all(f"{_SELECT} WHERE c.order_id IS NOT NULL AND g.id = ANY(%s)", [list(gift_ids)])
    return {row["id"]: _public_view(row, now) for row in rows}


def _public_view(row: dict[str, Any], now: datetime) -> GiftView:
    if row["message_state"] != MessageState.SHOWN:
        row["message"] = ""
    return _view(row, now)


def list_held_messages(now: datetime, limit: int = 100) -> list[GiftView]:
    """Gifts whose message waits for a moderator, the oldest first."""
    return [
        _view(row, now)
        for row in fetch_all(f"{_SELECT} WHERE g.message_state = 'held' ORDER BY g.id LIMIT %s", [limit])
    ]


def count_held_messages() -> int:
    """How many messages wait for a moderator."""
    row = fetch_one("SELECT count(*) AS n FROM donations_gift WHERE message_state = 'held'")
    return int(row["n"]) if row else 0


def find_gifts_by_id(gift_ids: Iterable[UUID], now: datetime) -> list[GiftView]:
    """Gifts in every state with everything their donors wrote, for operators; the oldest first."""
    return [_view(row, now) for row in fetch_all(f"{_SELECT} WHERE g.id = ANY(%s) ORDER BY g.id", [list(gift_ids)])]


def get_history(donor_id: UUID, now: datetime) -> GivingHistory:
    """What the calm-down rules ask about a donor."""
    amounts = fetch_all(
        """SELECT c.amount_minor FROM donations_gift g JOIN payments_capture c ON c.order_id = g.id
           WHERE g.donor_id = %s ORDER BY g.id DESC LIMIT 50""",
        [donor_id],
    )
    recent = fetch_one(
        """SELECT count(*) AS n FROM donations_gift g JOIN payments_capture c ON c.order_id = g.id
           WHERE g.donor_id = %s AND g.made_at > %s""",
        [donor_id, now - timedelta(hours=1)],
    )
    return GivingHistory([row["amount_minor"] for row in amounts], recent["n"] if recent else 0)


def sum_gifts_of_donors(donor_ids: Iterable[UUID]) -> dict[str, int]:
    """How much a person has given and how often. Units: fen."""
    row = fetch_one(
        f"""SELECT count(*) AS gifts, coalesce(sum(c.amount_minor), 0)::bigint AS amount_minor,
                  count(DISTINCT g.project_id) AS projects
           FROM donations_gift g JOIN {_KEPT} WHERE g.donor_id = ANY(%s)""",
        [list(donor_ids)],
    )
    return row or {"gifts": 0, "amount_minor": 0, "projects": 0}


def list_years_of_donors(donor_ids: Iterable[UUID], zone: str) -> list[YearSum]:
    """What a person has given in each calendar year of the instance's time zone, the latest first."""
    rows = fetch_all(
        f"""SELECT extract(year FROM c.paid_at AT TIME ZONE %s)::int AS year, count(*) AS gifts,
                  sum(c.amount_minor)::bigint AS amount_minor
           FROM donations_gift g JOIN {_KEPT} WHERE g.donor_id = ANY(%s)
           GROUP BY 1 ORDER BY 1 DESC""",
        [zone, list(donor_ids)],
    )
    return [YearSum(**row) for row in rows]


def get_coded_gift(text: str, now: datetime) -> GiftView:
    """The settled gift a verification code means, as the public may see it.

    Errors: CodeUnreadable, CodeUnknown.
    """
    code = read_code(text)
    rows = fetch_all(f"{_SELECT} WHERE c.order_id IS NOT NULL AND g.id >= %s AND g.id < %s", [code.floor, code.ceiling])
    found = [row for row in rows if is_coded(row["id"], code)]
    if len(found) != 1:
        raise CodeUnknown
    return _public_view(found[0], now)


def list_settled_gifts_of_year(donor_ids: Iterable[UUID], year: int, zone: str, now: datetime) -> list[GiftView]:
    """A person's settled gifts of one calendar year of the instance's time zone, the oldest first."""
    sql = f"""{_SELECT} WHERE g.donor_id = ANY(%s) AND c.order_id IS NOT NULL AND r.order_id IS NULL
              AND extract(year FROM c.paid_at AT TIME ZONE %s) = %s ORDER BY c.paid_at, g.id"""
    return [_view(row, now) for row in fetch_all(sql, [list(donor_ids), zone, year])]


_REFUND = """
SELECT a.gift_id, a.case_id, g.project_id, p.slug AS project_slug, p.title_zh AS project_title_zh,
       p.title_en AS project_title_en, p.charity_id, h.name_zh AS charity_name_zh, h.name_en AS charity_name_en,
       g.amount_minor, c.paid_at, k.reason, k.note, k.opened_at, k.due_at, d.side, coalesce(d.answer, '') AS answer,
       d.decided_at, d.decided_by_id, s.asked_at AS sent_at, e.noticed_at AS ended_at, d.is_accepted, e.status AS ended
FROM donations_refund_asked a
JOIN donations_refund_case k ON k.id = a.case_id
JOIN donations_gift g ON g.id = a.gift_id
JOIN projects_project p ON p.id = g.project_id
JOIN organizations_charity h ON h.id = p.charity_id
JOIN payments_capture c ON c.order_id = a.gift_id
LEFT JOIN donations_refund_decision d ON d.gift_id = a.gift_id
LEFT JOIN LATERAL (SELECT * FROM payments_refund_order o WHERE o.order_id = a.gift_id ORDER BY o.attempt DESC LIMIT 1) s
       ON true
LEFT JOIN payments_refund e ON e.refund_order_id = s.id
"""
# A state in SQL, for lists of one state; `rules.compute_refund_state` is the same decision, and a test holds them together.
_IN_STATE = {
    RefundState.ASKED: "d.gift_id IS NULL",
    RefundState.DECLINED: "NOT d.is_accepted",
    RefundState.ACCEPTED: "d.is_accepted AND s.id IS NULL",
    RefundState.SENT: "s.id IS NOT NULL AND e.status IS NULL",
    RefundState.RETURNED: "e.status = 'done'",
    RefundState.FAILED: "e.status = 'failed'",
}


def _refund(row: dict[str, Any]) -> RefundView:
    state = compute_refund_state(row.pop("is_accepted"), row["sent_at"] is not None, row.pop("ended"))
    side = RefundSide(row["side"]) if row["side"] else None
    return RefundView(**{**row, "reason": RefundReason(row["reason"]), "side": side, "state": state})


def get_refund_case(case_id: UUID) -> RefundCase:
    """A case with all its gifts. The caller has checked that the reader may see it.

    Errors: RefundCaseNotFound.
    """
    row = fetch_one(
        "SELECT id, reason, note, rule, opened_at, due_at FROM donations_refund_case WHERE id = %s", [case_id]
    )
    if row is None:
        raise RefundCaseNotFound
    refunds = [_refund(each) for each in fetch_all(f"{_REFUND} WHERE a.case_id = %s ORDER BY a.gift_id", [case_id])]
    return RefundCase(**{**row, "reason": RefundReason(row["reason"])}, refunds=refunds)


def find_refunds_of_gifts(gift_ids: Iterable[UUID]) -> dict[UUID, RefundView]:
    """What became of the requests to give gifts back, by gift; gifts nobody asked for are left out."""
    rows = fetch_all(f"{_REFUND} WHERE a.gift_id = ANY(%s)", [list(gift_ids)])
    return {row["gift_id"]: _refund(row) for row in rows}


def list_refunds(
    state: RefundState, charity_id: UUID | None = None, after: UUID | None = None, limit: int = 50
) -> list[RefundView]:
    """Gifts of all cases that stand where `state` says, the oldest first; of one charity where it is given."""
    rows = fetch_all(
        f"""{_REFUND} WHERE {_IN_STATE[state]} AND (%s::uuid IS NULL OR p.charity_id = %s)
            AND (%s::uuid IS NULL OR a.gift_id > %s) ORDER BY a.gift_id LIMIT %s""",
        [charity_id, charity_id, after, after, limit],
    )
    return [_refund(row) for row in rows]


def count_refunds() -> dict[RefundState, int]:
    """How many gifts of all cases stand where; every state is named."""
    columns = ", ".join(f"count(*) FILTER (WHERE {where}) AS {state}" for state, where in _IN_STATE.items())
    found = fetch_one(f"SELECT {columns} {_REFUND[_REFUND.index('FROM') :]}") or {}
    return {state: found.get(state.value, 0) for state in RefundState}


def list_refunds_for_the_rule(unchecked_max_minor: int, limit: int) -> list[UUID]:
    """Gifts that the rule gives back without a second person and that no provider was asked about yet, oldest first."""
    rows = fetch_all(
        """SELECT d.gift_id FROM donations_refund_decision d JOIN donations_gift g ON g.id = d.gift_id
           WHERE d.side = 'rule' AND g.amount_minor <= %s
             AND NOT EXISTS (SELECT 1 FROM payments_refund_order o WHERE o.order_id = d.gift_id)
           ORDER BY d.gift_id LIMIT %s""",
        [unchecked_max_minor, limit],
    )
    return [row["gift_id"] for row in rows]

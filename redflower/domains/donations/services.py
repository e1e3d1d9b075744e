"""Writes of gifts."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from importlib import resources
from uuid import UUID

from redflower.domains.donations import errors, posting, rules, selectors
from redflower.domains.donations.rules import GivingPolicy
from redflower.domains.donations.types import (
    AskedGift,
    GiftRequest,
    IntentOutcome,
    IssuedReceipt,
    MessageState,
    ReceiptRequest,
    RefundAnswer,
    RefundPolicy,
    RefundRequest,
    RefundSide,
)
from redflower.domains.payments.posting import record_refund_orders
from redflower.domains.payments.types import RefundOrder
from redflower.domains.people.rules import check_note, check_second_person
from redflower.domains.people.selectors import check_operator
from redflower.domains.people.services import write_audit_rows
from redflower.kernel.canon import sha256_hex
from redflower.kernel.clock import day_bounds, local_date
from redflower.kernel.errors import Refusal
from redflower.kernel.ids import new_id
from redflower.plumbing.db import command, raw_connection, step
from redflower.plumbing.events import append_events


@command
def make_gifts(
    requests: Sequence[GiftRequest], provider: str, policy: GivingPolicy, now: datetime
) -> list[IntentOutcome | Refusal]:
    """Writes the durable intent of a list of gifts; shape, errors and replay as `posting.make_gifts`."""
    return posting.make_gifts(raw_connection(), requests, provider, policy, now)


@command
def moderate_messages(gift_ids: Sequence[UUID], show: bool, actor_id: UUID, now: datetime) -> int:
    """Shows or removes messages that wait for a moderator; returns how many it decided.

    Errors: OperatorNeeded.
    Replay: a message decided before keeps its first decision.
    """
    check_operator(actor_id)
    state = MessageState.SHOWN if show else MessageState.REMOVED
    rows = raw_connection().execute(
        "UPDATE donations_gift SET message_state = %s WHERE id = ANY(%s) AND message_state = 'held' RETURNING id",
        [state.value, list(gift_ids)],
    )
    decided = [row[0] for row in rows.fetchall()]
    write_audit_rows(actor_id, f"message_{state.value}", decided, {}, now)
    return len(decided)


def check_confirmation(donor_id: UUID, amount_minor: int, policy: GivingPolicy, now: datetime) -> str | None:
    """Why this donor is asked once more before this gift, or None."""
    return rules.find_confirmation_reason(amount_minor, selectors.get_history(donor_id, now), policy)


@command
def issue_receipts(requests: Sequence[ReceiptRequest], now: datetime) -> list[IssuedReceipt]:
    """Hands out receipts and remembers it: the first of a content is the original, every later one a copy.

    Shape: one answer per request, in order.
    Replay: asking again is asking for a copy.
    """
    conn = raw_connection()
    rows = [
        (new_id(), request.form.value, request.subject_id, request.year, sha256_hex(dict(request.content)))
        for request in requests
    ]
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], [], [], []]
    languages = [request.language for request in requests]
    insert = """INSERT INTO donations_receipt (id, form, subject_id, year, sha256, language, is_original, issued_at)
                SELECT r.*, %s, %s FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::smallint[], %s::text[], %s::text[]) AS r (id)"""
    conn.execute(
        f"{insert} ON CONFLICT (subject_id, sha256) WHERE is_original DO NOTHING", [True, now, *columns, languages]
    )
    conn.execute(
        f"{insert} WHERE NOT EXISTS (SELECT 1 FROM donations_receipt d WHERE d.id = r.id)",
        [False, now, *columns, languages],
    )
    issued = conn.execute(
        """SELECT d.id, d.is_original, d.issued_at, o.issued_at FROM donations_receipt d
           JOIN donations_receipt o ON o.subject_id = d.subject_id AND o.sha256 = d.sha256 AND o.is_original
           WHERE d.id = ANY(%s)""",
        [columns[0]],
    ).fetchall()
    by_id = {row[0]: IssuedReceipt(*row) for row in issued}
    return [by_id[row[0]] for row in rows]


@cache
def load_refund_policy() -> RefundPolicy:
    """The rule about giving gifts back that ships with the platform."""
    text = (resources.files("redflower.domains.donations") / "presets" / "refund.json").read_text("utf-8")
    rule = json.loads(text)
    return rules.read_refund_policy(rule["version"], rule["body"])


@command
def open_refund_case(
    request: RefundRequest, donor_ids: Collection[UUID], policy: RefundPolicy, zone: str, now: datetime
) -> UUID:
    """Opens one case for any number of a person's gifts and starts the clock of every charity concerned.

    What the rule gives back by itself is accepted at once. Returns the case.
    Errors: those of `rules.check_refund_request`; GiftNotFound for a gift that is not of `donor_ids`,
    RefundAskedAlready, RefundGiftNotSettled, RefundTooLate.
    Replay: gifts that one case holds already are answered with that case.
    """
    rules.check_refund_request(request)
    conn = raw_connection()
    ids = sorted(set(request.gift_ids))
    gifts = posting.load_asked_gifts(conn, ids)
    if any(gift_id not in gifts or gifts[gift_id].donor_id not in donor_ids for gift_id in ids):
        raise errors.GiftNotFound
    if known := _find_open_case(gifts):
        return known
    for gift_id in ids:
        rules.check_askable(gifts[gift_id], policy, now)
    case_id = new_id()
    due_on = rules.compute_due_on(local_date(now, zone), policy)
    conn.execute(
        """INSERT INTO donations_refund_case (id, reason, note, rule, opened_at, due_at)
           VALUES (%s, %s, %s, %s, %s, %s)""",
        [case_id, request.reason, request.note.strip(), policy.label, now, day_bounds(due_on, zone)[1]],
    )
    claimed = conn.execute(
        """INSERT INTO donations_refund_asked (gift_id, case_id) SELECT g, %s FROM unnest(%s::uuid[]) AS g
           ON CONFLICT (gift_id) DO NOTHING""",
        [case_id, ids],
    )
    if claimed.rowcount != len(ids):  # somebody else was faster
        raise errors.RefundAskedAlready
    at_once = [gift_id for gift_id in ids if rules.is_given_back_at_once(gifts[gift_id], policy, now)]
    _decide(at_once, RefundAnswer(True, RefundSide.RULE, ""), None, now)
    append_events(conn, [("refund.asked", {"case": str(case_id), "gifts": [str(each) for each in ids]})], now)
    return case_id


def _find_open_case(gifts: Mapping[UUID, AskedGift]) -> UUID | None:
    cases = {gift.case_id for gift in gifts.values()}
    if cases == {None}:
        return None
    [*found] = cases
    if len(found) > 1 or found[0] is None:
        raise errors.RefundAskedAlready
    return found[0]


@command
def decide_refunds(gift_ids: Sequence[UUID], answer: RefundAnswer, actor_id: UUID, now: datetime) -> None:
    """Records what a charity, or after its time the platform, decides about gifts asked back; all or none.

    Errors: OperatorNeeded, ReviewNoteMissing (declining needs a reason), RefundCaseNotFound, RefundNotDueYet,
    RefundDecidedAlready.
    """
    check_operator(actor_id)
    reason = answer.reason.strip() if answer.is_accepted else check_note(answer.reason)
    ids = sorted(set(gift_ids))
    rows = (
        raw_connection()
        .execute(
            """SELECT k.due_at FROM donations_refund_asked a JOIN donations_refund_case k ON k.id = a.case_id
               WHERE a.gift_id = ANY(%s)""",
            [ids],
        )
        .fetchall()
    )
    if len(rows) != len(ids) or not ids:
        raise errors.RefundCaseNotFound
    if answer.side != RefundSide.CHARITY and any(now < row[0] for row in rows):
        raise errors.RefundNotDueYet
    if _decide(ids, replace(answer, reason=reason), actor_id, now) != len(ids):
        raise errors.RefundDecidedAlready
    act = "refund_accepted" if answer.is_accepted else "refund_declined"
    write_audit_rows(actor_id, act, ids, {"side": answer.side.value, "reason": reason}, now)


def _decide(ids: Sequence[UUID], answer: RefundAnswer, actor_id: UUID | None, now: datetime) -> int:
    """Whoever decides first has decided: the second waits for the first, and then decides nothing."""
    written = raw_connection().execute(
        """INSERT INTO donations_refund_decision (gift_id, is_accepted, side, answer, decided_by_id, decided_at)
           SELECT g, %s, %s, %s, %s, %s FROM unnest(%s::uuid[]) AS g ON CONFLICT (gift_id) DO NOTHING""",
        [answer.is_accepted, answer.side.value, answer.reason, actor_id, now, list(ids)],
    )
    return written.rowcount


@step
def release_refunds(gift_ids: Sequence[UUID], actor_id: UUID | None, now: datetime) -> list[RefundOrder]:
    """Lets accepted gifts go back: writes what the provider is asked for, one number per gift; returns what is new.

    `actor_id` is None where the rule releases what it has accepted itself.
    Errors: OperatorNeeded, RefundNotAccepted, ReviewerIsSubmitter (whoever accepted does not release).
    Replay: a gift that is on its way, or back, is left out of the answer.
    """
    if actor_id is not None:
        check_operator(actor_id)
    rows = (
        raw_connection()
        .execute(
            """SELECT d.gift_id, d.decided_by_id, d.side FROM donations_refund_decision d
               WHERE d.gift_id = ANY(%s) AND d.is_accepted""",
            [list(gift_ids)],
        )
        .fetchall()
    )
    if len(rows) != len(set(gift_ids)) or any(actor_id is None and row[2] != RefundSide.RULE for row in rows):
        raise errors.RefundNotAccepted
    for _, accepted_by, _ in rows:
        if actor_id is not None:
            check_second_person(accepted_by, actor_id)
    released = record_refund_orders(raw_connection(), [(row[0], row[1]) for row in rows], actor_id, now)
    if actor_id is not None and released:
        write_audit_rows(actor_id, "refund_released", [refund.order_id for refund in released], {}, now)
    return released

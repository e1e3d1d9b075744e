"""Gifts, flowers of gifts, rules, pools and draws, as the log tells them."""

import json
from collections.abc import Sequence
from hashlib import sha256
from itertools import groupby
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.donations.rules import gift_transfer_id
from redflower.domains.festivals.rules.bonuses import write_bonus_day
from redflower.domains.ledger.types import Asset
from redflower.domains.proofs.rules import (
    FLOWERS_AT_ONCE,
    commit_donor,
    commit_payment,
    make_salt,
    slice_subject,
    write_entry,
)
from redflower.domains.proofs.types import Draft, EntryKind
from redflower.kernel.ids import derive_id

Connection = psycopg.Connection[Any]


def tell_instant(column: str) -> str:
    """An instant as entries spell it, in SQL."""
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


# --- gifts ----------------------------------------------------------------------------------------

_GIFTS = f"""
SELECT g.id, g.id::text, g.donor_id, g.project_id, g.project_id::text, k.key, c.provider, c.provider_txn, c.payer_id, c.amount_minor,
       {tell_instant("c.noticed_at")}, {tell_instant("g.made_at")}, {tell_instant("c.paid_at")},
       t.id::text, t.debit_id::text, t.credit_id::text,
       (SELECT json_agg(json_build_array(f.festival_id, f.slice_no) ORDER BY f.festival_id)
        FROM festivals_ticket f WHERE f.gift_id = g.id),
       g.amount_minor = c.amount_minor AND o.amount_minor = c.amount_minor AND o.provider = c.provider
       AND t.amount = c.amount_minor AND t.booked_at = c.noticed_at AND t.subject_id = g.id AND t.asset = 1
       AND t.kind = 'gift' AND t.phase = 'posted' AND k.donor_id IS NOT NULL
FROM unnest(%s::uuid[], %s::uuid[]) AS w(gift_id, transfer_id)
JOIN donations_gift g ON g.id = w.gift_id
JOIN payments_capture c ON c.order_id = w.gift_id
LEFT JOIN payments_order o ON o.id = w.gift_id
LEFT JOIN ledger_transfer t ON t.id = w.transfer_id
LEFT JOIN proofs_person_key k ON k.donor_id = g.donor_id
ORDER BY g.id
"""


def load_gifts(conn: Connection, ids: Sequence[UUID]) -> list[Draft]:
    """Settled gifts as the log tells them, in id order; those that are not settled are left out."""
    rows = conn.execute(_GIFTS, [list(ids), [gift_transfer_id(gift_id) for gift_id in ids]]).fetchall()
    return [_gift(row) for row in rows]


def _gift(row: tuple[Any, ...]) -> Draft:
    gift_id, name, donor_id, project_id, project, key, provider, txn, payer, amount = row[:10]
    booked, made, paid, transfer, debit, credit, tickets, agrees = row[10:]
    salt = make_salt(key, gift_id) if key else None
    fields = {
        "id": name,
        "at": booked,
        "asset": Asset.CNY.name,
        "amount": amount,
        "debit": debit,
        "credit": credit,
        "transfer": transfer,
        "project": project,
        "donor": commit_donor(salt, donor_id) if salt else None,
        "payment": commit_payment(salt, provider, txn, payer) if salt else None,
        "made_at": made,
        "paid_at": paid,
        "tickets": tickets or [],
    }
    body = write_entry(EntryKind.GIFT, fields)
    return Draft(EntryKind.GIFT, gift_id, None, body, agrees=agrees is True, totals=[(project_id, 1, amount, 0)])


def ensure_keys_of_donors(conn: Connection, gift_ids: Sequence[UUID]) -> None:
    """Makes a key for every donor of these gifts who has none; a destroyed key is not made again."""
    conn.execute(MAKE_KEYS.format("SELECT donor_id FROM donations_gift WHERE id = ANY(%s)"), [list(gift_ids)])


# Keys for the people a statement finds. Two random UUIDs hold 244 bits that nobody can guess, made where they are kept.
MAKE_KEYS = """
INSERT INTO proofs_person_key (donor_id, key)
SELECT donor_id, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
FROM (SELECT DISTINCT p.donor_id FROM ({}) p WHERE p.donor_id IS NOT NULL) d
ON CONFLICT (donor_id) DO NOTHING
"""


# --- flowers --------------------------------------------------------------------------------------

_FLOWERS = f"""
SELECT e.id, e.deed, e.rule, e.earned_on::text, e.amount, e.subject_id, e.donor_id, k.key, {tell_instant("e.earned_at")},
       t.amount = e.amount AND t.kind = 'flower' AND t.asset = 2 AND t.phase = 'posted' AND t.booked_at = e.earned_at
       AND k.donor_id IS NOT NULL
FROM flowers_earning e LEFT JOIN ledger_transfer t ON t.id = e.id LEFT JOIN proofs_person_key k ON k.donor_id = e.donor_id
"""


def load_flowers_of_gifts(conn: Connection, gift_ids: Sequence[UUID]) -> list[Draft]:
    """The flowers that gifts earned, in batches of one rule and one moment."""
    rows = conn.execute(f"{_FLOWERS} WHERE e.subject_id = ANY(%s)", [list(gift_ids)]).fetchall()
    rows.sort(key=lambda row: (row[8], row[2], row[0]))
    drafts = []
    for _, group in groupby(rows, key=lambda row: (row[8], row[2])):
        batch = list(group)
        drafts += [_flowers(batch[start : start + FLOWERS_AT_ONCE]) for start in range(0, len(batch), FLOWERS_AT_ONCE)]
    return drafts


def load_flowers(conn: Connection, ids: Sequence[UUID]) -> Draft | None:
    """One batch of flowers, by the ids of its earnings; None when none of them is there."""
    rows = conn.execute(f"{_FLOWERS} WHERE e.id = ANY(%s) ORDER BY e.id", [list(ids)]).fetchall()
    return _flowers(rows) if rows else None


def _flowers(rows: Sequence[tuple[Any, ...]]) -> Draft:
    first = rows[0]
    items = [
        [str(row[0]), row[3], row[4], str(row[5]), commit_donor(make_salt(row[7], row[5]), row[6]) if row[7] else None]
        for row in rows
    ]
    fields = {
        "id": str(first[0]),
        "at": first[8],
        "asset": Asset.FLOWER.name,
        "amount": sum(row[4] for row in rows),
        "deed": first[1],
        "rule": first[2],
        "items": items,
    }
    agrees = all(row[9] is True and (row[1], row[2], row[8]) == (first[1], first[2], first[8]) for row in rows)
    body = write_entry(EntryKind.FLOWER, fields)
    return Draft(EntryKind.FLOWER, first[0], None, body, [row[5] for row in rows], agrees)


# --- pools and rule sets --------------------------------------------------------------------------


def load_rule_sets(conn: Connection, ids: Sequence[UUID]) -> list[Draft]:
    """Versions of rules: of matching, and of what deeds earn."""
    columns = f"id, code, version, body::text, sha256, {tell_instant('created_at')}"
    rows = conn.execute(
        f"""SELECT {columns} FROM festivals_rule_set WHERE id = ANY(%s)
            UNION ALL SELECT {columns} FROM scenes_rule_set WHERE id = ANY(%s)""",
        [list(ids), list(ids)],
    ).fetchall()
    return [
        make_draft(
            EntryKind.RULE_SET,
            row[0],
            {
                "id": str(row[0]),
                "at": row[5],
                "code": row[1],
                "version": row[2],
                "sha256": row[4],
                "body": json.loads(row[3]),
            },
        )
        for row in rows
    ]


_POOLS = f"""
SELECT p.id, p.festival_id, p.rule_set_id, p.position, p.name_zh, p.name_en, p.sponsor_zh, p.sponsor_en, p.budget_minor,
       r.code || '@' || r.version, r.sha256, p.secret_sha256, p.secret, p.state, p.granted_minor, p.returned_minor,
       {tell_instant("f.opens_at")}, {tell_instant("f.closes_at")}, f.slice_seconds, f.allowance_seconds,
       {tell_instant("p.closed_at")}, {tell_instant("i.booked_at")}, i.id, i.debit_id, i.credit_id, i.amount,
       o.id, o.debit_id, o.credit_id, o.amount, {tell_instant("p.reveal_by")}, p.beacon::text
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS w(pool_id, in_id, out_id)
JOIN festivals_pool p ON p.id = w.pool_id
JOIN festivals_festival f ON f.id = p.festival_id JOIN festivals_rule_set r ON r.id = p.rule_set_id
LEFT JOIN ledger_transfer i ON i.id = w.in_id LEFT JOIN ledger_transfer o ON o.id = w.out_id
ORDER BY p.festival_id, p.position, p.id
"""


def _pool_rows(conn: Connection, ids: Sequence[UUID]) -> list[tuple[Any, ...]]:
    funded = [derive_id(pool_id, "pool_funded") for pool_id in ids]
    returned = [derive_id(pool_id, "pool_returned") for pool_id in ids]
    return conn.execute(_POOLS, [list(ids), funded, returned]).fetchall()


def load_announcements(conn: Connection, ids: Sequence[UUID]) -> list[Draft]:
    """Pools as they were announced."""
    drafts = []
    for row in _pool_rows(conn, ids):
        fields = {
            "id": str(row[0]),
            "at": row[21],
            "festival": str(row[1]),
            "position": row[3],
            "name_zh": row[4],
            "name_en": row[5],
            "sponsor_zh": row[6],
            "sponsor_en": row[7],
            "rule": row[9],
            "rule_sha256": row[10],
            "secret_sha256": row[11],
            "opens_at": row[16],
            "closes_at": row[17],
            "slice_seconds": row[18],
            "allowance_seconds": row[19],
            "asset": Asset.CNY.name,
            "amount": row[8],
            "transfer": tell_id(row[22]),
            "debit": tell_id(row[23]),
            "credit": tell_id(row[24]),
        }
        if row[30] is not None:
            fields["reveal_by"] = row[30]
        if row[31] is not None:
            fields["beacon"] = json.loads(row[31])
        agrees = row[25] == row[8] and sha256(row[12]).hexdigest() == row[11]
        drafts.append(make_draft(EntryKind.POOL_ANNOUNCED, row[0], fields, agrees=agrees))
    return drafts


def load_revelations(conn: Connection, ids: Sequence[UUID]) -> list[Draft]:
    """The secrets of closed pools."""
    return [
        make_draft(EntryKind.POOL_REVEALED, row[0], {"id": str(row[0]), "at": row[20], "secret": bytes(row[12]).hex()})
        for row in _pool_rows(conn, ids)
        if row[13] == "closed"
    ]


def load_closings(conn: Connection, ids: Sequence[UUID]) -> list[Draft]:
    """Pools that were closed at exactly 0."""
    drafts = []
    for row in _pool_rows(conn, ids):
        if row[13] != "closed":
            continue
        fields = {
            "id": str(row[0]),
            "at": row[20],
            "granted": row[14],
            "returned": row[15],
            "asset": Asset.CNY.name,
            "amount": row[29] or 0,
            "transfer": tell_id(row[26]),
            "debit": tell_id(row[27]),
            "credit": tell_id(row[28]),
        }
        agrees = row[14] + row[15] == row[8] and (row[29] or 0) == row[15]
        drafts.append(make_draft(EntryKind.POOL_CLOSED, row[0], fields, agrees=agrees))
    return drafts


# --- draws ----------------------------------------------------------------------------------------


def load_bonus_days(conn: Connection, ids: Sequence[UUID]) -> list[Draft]:
    """What projects had gathered as days began, by the ids of the counts."""
    rows = conn.execute(
        f"""SELECT b.id, b.pool_id::text, b.day, b.flowers::text, b.sha256, {tell_instant("b.counted_at")}
            FROM festivals_bonus_day b WHERE b.id = ANY(%s) ORDER BY b.day, b.pool_id""",
        [list(ids)],
    ).fetchall()
    drafts = []
    for row in rows:
        flowers = json.loads(row[3])
        fields = {
            "id": str(row[0]),
            "at": row[5],
            "pool": row[1],
            "day": row[2].isoformat(),
            "projects": len(flowers),
            "sha256": row[4],
        }
        agrees = sha256(write_bonus_day(row[2], flowers)).hexdigest() == row[4]
        drafts.append(make_draft(EntryKind.BONUS_COUNTED, row[0], fields, agrees=agrees))
    return drafts


def load_slices(conn: Connection, pairs: Sequence[tuple[UUID, int]]) -> list[Draft]:
    """Pools' draws of slices, by (pool, slice), in that order."""
    rows = conn.execute(
        f"""SELECT s.pool_id, s.slice_no, encode(s.gifts_root, 'hex'), s.tickets, s.eligible, s.available_minor,
                   s.granted_minor, {tell_instant("s.drawn_at")}, s.beacon_round, encode(b.signature, 'hex')
            FROM unnest(%s::uuid[], %s::int[]) AS w(pool_id, slice_no)
            JOIN festivals_slice s ON s.pool_id = w.pool_id AND s.slice_no = w.slice_no
            LEFT JOIN festivals_pool p ON p.id = s.pool_id AND s.beacon_round IS NOT NULL
            LEFT JOIN festivals_beacon_round b ON b.chain_hash = p.beacon->>'chain_hash' AND b.round_no = s.beacon_round
            ORDER BY 1, 2""",
        [[pool_id for pool_id, _ in pairs], [slice_no for _, slice_no in pairs]],
    ).fetchall()
    drafts = []
    for row in rows:
        subject = slice_subject(row[0], row[1])
        fields = {
            "id": str(subject),
            "at": row[7],
            "pool": str(row[0]),
            "slice": row[1],
            "gifts_root": row[2],
            "tickets": row[3],
            "eligible": row[4],
            "available": row[5],
            "granted": row[6],
        }
        if row[8] is not None:
            fields["beacon"] = {"round": row[8], "signature": row[9]}
        drafts.append(make_draft(EntryKind.SLICE, subject, fields))
    return drafts


_AWARDS = f"""
SELECT a.id, a.gift_id, g.project_id, a.amount_minor, a.id::text, {tell_instant("a.drawn_at")}, a.pool_id::text,
       a.gift_id::text, a.slice_no, g.project_id::text, a.awarded_on::text, a.reason, r.code || '@' || r.version,
       t.id::text, t.debit_id::text, t.credit_id::text,
       k.person_id = a.person_id AND k.slice_no = a.slice_no AND k.project_id = g.project_id
       AND CASE WHEN a.amount_minor = 0 THEN t.id IS NULL
                ELSE t.amount = a.amount_minor AND t.kind = 'award' AND t.asset = 1 AND t.phase = 'posted'
                     AND t.booked_at = a.drawn_at AND t.subject_id = a.gift_id END
FROM festivals_award a JOIN festivals_pool p ON p.id = a.pool_id JOIN festivals_rule_set r ON r.id = p.rule_set_id
JOIN donations_gift g ON g.id = a.gift_id
LEFT JOIN festivals_ticket k ON k.gift_id = a.gift_id AND k.festival_id = p.festival_id
LEFT JOIN ledger_transfer t ON t.id = a.id
"""


def load_awards(conn: Connection, ids: Sequence[UUID]) -> list[Draft]:
    """Awards by their ids, in id order."""
    rows = conn.execute(f"{_AWARDS} WHERE a.id = ANY(%s) ORDER BY a.id", [list(ids)]).fetchall()
    return [_award(row) for row in rows]


def load_awards_of_slices(conn: Connection, pool_ids: Sequence[UUID], slices: Sequence[int]) -> list[Draft]:
    """Everything that pools decided in slices, in the order of pools, slices and awards."""
    rows = conn.execute(
        f"{_AWARDS} WHERE a.pool_id = ANY(%s) AND a.slice_no = ANY(%s) ORDER BY a.pool_id, a.slice_no, a.id",
        [list(pool_ids), list(slices)],
    ).fetchall()
    return [_award(row) for row in rows]


def _award(row: tuple[Any, ...]) -> Draft:
    fields = {
        "id": row[4],
        "at": row[5],
        "pool": row[6],
        "gift": row[7],
        "slice": row[8],
        "project": row[9],
        "day": row[10],
        "reason": row[11],
        "rule": row[12],
        "asset": Asset.CNY.name,
        "amount": row[3],
        "transfer": row[13],
        "debit": row[14],
        "credit": row[15],
    }
    totals = [(row[2], 0, 0, row[3])] if row[3] else ()
    body = write_entry(EntryKind.AWARD, fields)
    return Draft(EntryKind.AWARD, row[0], row[1], body, agrees=row[16] is True, totals=totals)


def make_draft(kind: EntryKind, subject_id: UUID, fields: dict[str, Any], *, agrees: bool = True) -> Draft:
    """A fact with its entry's bytes."""
    return Draft(kind, subject_id, None, write_entry(kind, fields), agrees=agrees)


def tell_id(value: UUID | None) -> str | None:
    """An id as entries spell it, or null."""
    return str(value) if value else None

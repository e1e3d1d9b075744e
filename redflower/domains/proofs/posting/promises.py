"""Dreams with their grants, and published reports, as the log tells them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from redflower.domains.dreams.rules import project_id_of
from redflower.domains.ledger.types import Asset, Phase
from redflower.domains.proofs.posting.facts import Connection, make_draft, tell_id, tell_instant
from redflower.domains.proofs.types import Draft, EntryKind
from redflower.kernel.canon import sha256_hex
from redflower.kernel.ids import derive_id

_DREAMS = f"""
SELECT d.id, d.round_id::text, r.call_id::text, d.charity_id::text, d.minimum, {tell_instant("r.opens_at")},
       {tell_instant("r.closes_at")}, {tell_instant("o.opened_at")}, x.flowers, x.granted, {tell_instant("x.decided_at")},
       d.grant_minor, t.id, t.debit_id, t.credit_id,
       t.amount = d.grant_minor AND t.kind = 'dream_grant' AND t.asset = 1 AND t.subject_id = d.id,
       t.booked_at = o.opened_at AND t.phase = 'pending',
       t.booked_at = x.decided_at AND t.phase = CASE WHEN x.granted THEN 'post' ELSE 'void' END
FROM unnest(%s::uuid[], %s::uuid[]) AS w(dream_id, transfer_id)
JOIN dreams_dream d ON d.id = w.dream_id JOIN dreams_round r ON r.id = d.round_id
LEFT JOIN dreams_opening o ON o.round_id = d.round_id LEFT JOIN dreams_outcome x ON x.dream_id = d.id
LEFT JOIN ledger_transfer t ON t.id = w.transfer_id
ORDER BY d.position, d.id
"""


def _dream_rows(conn: Connection, ids: Sequence[UUID], phase: Phase) -> list[tuple[Any, ...]]:
    transfers = [derive_id(dream_id, f"grant-{phase.value}") for dream_id in ids]
    return conn.execute(_DREAMS, [list(ids), transfers]).fetchall()


def load_opened_dreams(conn: Connection, ids: Sequence[UUID]) -> list[Draft]:
    """Dreams as they came before the public, with what was reserved for them."""
    drafts = []
    for row in _dream_rows(conn, ids, Phase.PENDING):
        if row[7] is None:
            continue
        fields = {
            "id": str(row[0]),
            "at": row[7],
            "round": row[1],
            "call": row[2],
            "charity": row[3],
            "project": str(project_id_of(row[0])),
            "minimum": row[4],
            "opens_at": row[5],
            "closes_at": row[6],
            **_grant(row),
        }
        agrees = row[15] is True and row[16] is True
        drafts.append(make_draft(EntryKind.DREAM_OPENED, row[0], fields, agrees=agrees))
    return drafts


def load_granted_dreams(conn: Connection, ids: Sequence[UUID]) -> list[Draft]:
    """Dreams that reached their minimum."""
    return _outcomes(conn, ids, EntryKind.DREAM_GRANTED, Phase.POST)


def load_missed_dreams(conn: Connection, ids: Sequence[UUID]) -> list[Draft]:
    """Dreams whose round closed below their minimum."""
    return _outcomes(conn, ids, EntryKind.DREAM_NOT_MET, Phase.VOID)


def _outcomes(conn: Connection, ids: Sequence[UUID], kind: EntryKind, phase: Phase) -> list[Draft]:
    drafts = []
    granted = kind == EntryKind.DREAM_GRANTED
    for row in _dream_rows(conn, ids, phase):
        if row[9] is not granted:
            continue
        project = project_id_of(row[0])
        fields = {
            "id": str(row[0]),
            "at": row[10],
            "round": row[1],
            "project": str(project) if granted else None,
            "minimum": row[4],
            "flowers": row[8],
            **_grant(row),
        }
        draft = make_draft(kind, row[0], fields, agrees=row[15] is True and row[17] is True)
        drafts.append(replace(draft, totals=[(project, 0, 0, row[11])]) if granted else draft)
    return drafts


def _grant(row: tuple[Any, ...]) -> dict[str, object]:
    return {
        "asset": Asset.CNY.name,
        "amount": row[11],
        "transfer": tell_id(row[12]),
        "debit": tell_id(row[13]),
        "credit": tell_id(row[14]),
    }


def find_dreams_of_rounds(conn: Connection, round_ids: Sequence[UUID]) -> list[UUID]:
    """The dreams that rounds put before the public, in their order."""
    rows = conn.execute(
        "SELECT id FROM dreams_dream WHERE round_id = ANY(%s) ORDER BY round_id, position", [list(round_ids)]
    ).fetchall()
    return [row[0] for row in rows]


_TEXTS = ("kind", "title_zh", "title_en", "body_zh", "body_en")
_CHANGES = """
FROM people_change c JOIN people_change_decision d ON d.change_id = c.id
WHERE d.is_published AND c.was <> '{}'
"""
_REPORTS = f"""
SELECT r.id, r.project_id::text, {tell_instant("r.published_at")}, r.kind, r.title_zh, r.title_en, r.body_zh, r.body_en,
       (SELECT json_agg(json_build_array(c.was, c.becomes) ORDER BY d.decided_at DESC, c.id DESC)
        {_CHANGES} AND c.subject_id = r.id)
FROM disclosures_report r WHERE r.id = ANY(%s) ORDER BY r.id
"""


def load_reports(conn: Connection, ids: Sequence[UUID]) -> list[Draft]:
    """Reports as they were first published: what corrections have changed since is taken back, the last one first."""
    drafts = []
    for row in conn.execute(_REPORTS, [list(ids)]).fetchall():
        texts, agrees = dict(zip(_TEXTS, row[3:8], strict=True)), True
        for was, becomes in row[8] or ():
            agrees = agrees and all(texts[name] == value for name, value in becomes.items())
            texts.update(was)
        kind = texts.pop("kind")
        fields = {
            "id": str(row[0]),
            "at": row[2],
            "project": row[1],
            "report": kind,
            "title_zh": texts["title_zh"],
            "title_en": texts["title_en"],
            "sha256": sha256_hex(texts),
        }
        drafts.append(make_draft(EntryKind.REPORT, row[0], fields, agrees=agrees))
    return drafts


def load_corrections(conn: Connection, ids: Sequence[UUID]) -> list[Draft]:
    """Published changes of what the public had read before."""
    rows = conn.execute(
        f"""SELECT c.id, {tell_instant("d.decided_at")}, c.kind, c.subject_id::text, c.page_id::text, c.was::text, c.becomes::text,
                   c.reason_zh, c.reason_en
            {_CHANGES} AND c.id = ANY(%s) ORDER BY c.id""",
        [list(ids)],
    ).fetchall()
    drafts = []
    for row in rows:
        was, becomes = json.loads(row[5]), json.loads(row[6])
        fields = {
            "id": str(row[0]),
            "at": row[1],
            "about": row[2],
            "subject": row[3],
            "page": row[4],
            "fields": sorted(becomes),
            "was_sha256": sha256_hex(was),
            "becomes_sha256": sha256_hex(becomes),
            "reason_zh": row[7],
            "reason_en": row[8],
        }
        drafts.append(make_draft(EntryKind.CORRECTION, row[0], fields))
    return drafts

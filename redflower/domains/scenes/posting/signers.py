"""Who signed: keys by id, and nonces that are used once."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.scenes.types import KeyAlgorithm, PartnerState, ReportingPartner, Scope, SigningKey

Connection = psycopg.Connection[Any]


def find_signing_key(conn: Connection, key_id: UUID, now: datetime) -> SigningKey | None:
    """A key with what verifies its signatures and the partner behind it; None for one nobody has added."""
    row = conn.execute(
        """SELECT k.id, k.algorithm, k.material, k.scopes::text, k.expires_at, k.revoked_at, p.id, p.is_sandbox, p.state
           FROM scenes_key k JOIN scenes_partner p ON p.id = k.partner_id WHERE k.id = %s""",
        [key_id],
    ).fetchone()
    if row is None:
        return None
    return SigningKey(
        id=row[0],
        algorithm=KeyAlgorithm(row[1]),
        material=bytes(row[2]),
        scopes=frozenset(map(Scope, json.loads(row[3]))),
        is_valid=all(end is None or now < end for end in row[4:6]),
        partner=ReportingPartner(row[6], row[7]),
        partner_state=PartnerState(row[8]),
    )


def claim_nonce(conn: Connection, key_id: UUID, nonce: str, now: datetime) -> bool:
    """Uses a nonce up; False when this key has used it before. Needs: an open transaction."""
    claimed = conn.execute(
        """INSERT INTO scenes_nonce (key_id, nonce, created_at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING""",
        [key_id, nonce, now],
    )
    return claimed.rowcount == 1


def forget_nonces(conn: Connection, before: datetime) -> int:
    """Lets nonces go whose requests are too old to be taken anyway; returns how many."""
    return conn.execute("DELETE FROM scenes_nonce WHERE created_at < %s", [before]).rowcount

"""The door for deeds: a signed request in, one answer per row out. Independent of whoever serves it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from redflower.adapters.partner_signature import SignedRequest, read_claim, verify_signature
from redflower.domains.scenes.errors import (
    DeedsMediaTypeUnsupported,
    KeyScopeMissing,
    NonceReplayed,
    PartnerNotActive,
    SignerUnknown,
)
from redflower.domains.scenes.posting.signers import claim_nonce, find_signing_key
from redflower.domains.scenes.rules.judging import REASONS
from redflower.domains.scenes.types import DeedOutcome, DeedStatus, KeyAlgorithm, PartnerState, ReportingPartner, Scope
from redflower.engine.answers import Reply, choose_language, refuse, reply, translate
from redflower.engine.deed_wire import JSON_TYPES, NDJSON_TYPES, read_deeds
from redflower.engine.deeds import DeedPolicy, settle_deeds
from redflower.kernel.errors import Refusal
from redflower.plumbing.columns import write_columns_fast
from redflower.plumbing.sealing import unseal

Connection = psycopg.Connection[Any]
BODY_MAX_BYTES = 8 * 1024 * 1024  # 10,000 rows of 800 bytes
MEDIA_TYPES = (*NDJSON_TYPES, *JSON_TYPES)
# What keys of an installation are for.
FOR_DONORS = "partner-donor"
FOR_SECRETS = "partner-secret"


@dataclass(frozen=True, slots=True)
class DeedDoorPolicy:
    """What the door for deeds needs from the instance: how deeds settle, and the key that opens sealed secrets."""

    settling: DeedPolicy
    seal_key: bytes


class Explained(msgspec.Struct, omit_defaults=True, gc=False):
    """An outcome that has a reason, with its sentence. Units: flowers, fen."""

    id: str
    status: DeedStatus
    reason: str = ""
    message: str = ""
    flowers: int = 0
    money_minor: int = 0
    item: str = ""
    deed_id: UUID | None = None
    first: DeedStatus | None = None


class Answers(msgspec.Struct):
    """The answers of a request, in the order of its rows."""

    answers: Sequence[DeedOutcome | Explained]


def handle_deeds(conn: Connection, request: SignedRequest, policy: DeedDoorPolicy, now: datetime) -> Reply:
    """`POST /v1/deeds`: settles a signed list of deeds in a transaction of its own, then answers.

    Shape: status, headers, body; problem+json (RFC 9457) where the request as a whole is refused.
    Replay: as `settle_deeds`; the same signature twice is refused by its nonce.
    """
    with conn.transaction():
        return take_deeds(conn, request, policy, now)


def take_deeds(conn: Connection, request: SignedRequest, policy: DeedDoorPolicy, now: datetime) -> Reply:
    """As `handle_deeds`, in the caller's transaction, which has to be committed before the answer is given."""
    write_columns_fast(conn)
    language = request.headers.get("accept-language", "")
    try:
        partner = identify(conn, request, policy.seal_key, Scope.DEEDS, now)
        media_type = request.headers.get("content-type", "").lower()
        if media_type not in MEDIA_TYPES:
            raise DeedsMediaTypeUnsupported
        rows = read_deeds(request.body, media_type)
    except Refusal as refusal:
        return refuse(refusal, language)
    outcomes = settle_deeds(conn, partner, rows, policy.settling, now)
    return reply(Answers(describe_outcomes(outcomes, choose_language(language))))


def identify(
    conn: Connection, request: SignedRequest, seal_key: bytes, scope: Scope, now: datetime
) -> ReportingPartner:
    """Who signed a request; its nonce is used up by that.

    Needs: an open transaction.
    Errors: SignatureMissing, SignatureOutOfTime, SignerUnknown (no such key, or expired, or revoked), SignatureTooNarrow,
    SignatureInvalid, PartnerNotActive, KeyScopeMissing, NonceReplayed.
    """
    claim = read_claim(request, now)
    key = find_signing_key(conn, _read_key_id(claim.key_id), now)
    if key is None or not key.is_valid:
        raise SignerUnknown
    material = key.material
    if key.algorithm == KeyAlgorithm.HMAC_SHA256:
        material = unseal(seal_key, key.id, material)
    verify_signature(request, key.algorithm, material, now)
    if key.partner_state != PartnerState.ACTIVE:
        raise PartnerNotActive
    if scope not in key.scopes:
        raise KeyScopeMissing(scope=scope.value)
    if not claim_nonce(conn, key.id, claim.nonce, now):
        raise NonceReplayed
    return key.partner


def _read_key_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise SignerUnknown from None


def describe_outcomes(outcomes: Sequence[DeedOutcome], language: str) -> list[DeedOutcome | Explained]:
    """Outcomes as the wire tells them, reasons in the reader's language."""
    return [
        Explained(
            outcome.id,
            outcome.status,
            outcome.reason,
            _tell(outcome.reason, language),
            outcome.flowers,
            outcome.money_minor,
            outcome.item,
            outcome.deed_id,
            outcome.first,
        )
        if outcome.reason
        else outcome
        for outcome in outcomes
    ]


@lru_cache(maxsize=256)
def _tell(reason: str, language: str) -> str:
    return translate(REASONS[reason], language)

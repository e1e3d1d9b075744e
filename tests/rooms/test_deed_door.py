"""The door for deeds: what it believes, what it refuses by name, and that one bad row never spoils the others."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from unittest.mock import ANY

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import connection

from redflower.adapters.partner_signature import SignedRequest
from redflower.domains.scenes.services.partners import add_keys, revoke_keys, suspend_partners
from redflower.domains.scenes.types import KeyAlgorithm, NewKey, Scope
from redflower.engine.deed_door import DeedDoorPolicy, handle_deeds
from redflower.kernel.ids import new_id
from tests.factories import NOON, make_user
from tests.scenes import POLICY, deed, make_campaign, make_partner

SEAL = b"k" * 32
DOOR = DeedDoorPolicy(POLICY, SEAL)
PRIVATE = Ed25519PrivateKey.generate()
PUBLIC = PRIVATE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


@pytest.fixture
def conn(transactional_db):
    connection.ensure_connection()
    return connection.connection


def add_key(partner, algorithm=KeyAlgorithm.ED25519, scopes=frozenset({Scope.DEEDS}), **fields):
    public = PUBLIC if algorithm == KeyAlgorithm.ED25519 else b""
    return add_keys([NewKey(partner.id, algorithm, scopes, public, **fields)], SEAL, make_user().id, NOON)[0]


def signed(key, body, secret=b"", at=NOON, nonce=None, components=None, content_type="application/x-ndjson", **changes):
    """A request signed by hand, as RFC 9421 tells it."""
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
    known = {"@method": "POST", "@path": "/v1/deeds", "content-digest": digest, "content-type": content_type}
    chosen = components or list(known)
    params = f"({' '.join(json.dumps(name) for name in chosen)});created={int(at.timestamp())}"
    params += f';keyid="{key.id}";nonce="{nonce or new_id().hex}"'
    lines = [*(f'"{name}": {known[name]}' for name in chosen), f'"@signature-params": {params}']
    base = "\n".join(lines).encode()
    mac = hmac.digest(secret, base, "sha256") if secret else PRIVATE.sign(base)
    headers = {
        "content-type": content_type,
        "content-digest": digest,
        "signature-input": f"sig1={params}",
        "signature": f"sig1=:{base64.b64encode(mac).decode()}:",
    }
    return SignedRequest(**{"method": "POST", "path": "/v1/deeds", "headers": headers, "body": body, **changes})


def lines(*rows):
    return b"\n".join(row if isinstance(row, bytes) else msgspec.json.encode(row) for row in rows)


def ask(conn, request, now=NOON):
    status, _, body = handle_deeds(conn, request, DOOR, now)
    return status, json.loads(body)


def test_a_signed_request_is_answered_row_by_row(conn):
    partner, campaign = make_partner(), make_campaign()
    good, twice = deed(campaign, "a"), b'{"id":"x","id":"y","campaign":"c","user":"u","done_at":"2026-09-09T04:00:00Z"}'
    exponent = lines(deed(campaign, "b")).replace(b"8000", b"8e3")
    full_width = lines(deed(campaign, "c")).replace(b"8000", "８０００".encode())
    no_zone = lines(deed(campaign, "d")).replace(b"04:00:00Z", b"04:00:00")
    nul = lines(deed(campaign, "e", subject="s")).replace(b'"s"', b'"\\u0000"')
    spread = twice.replace(b'"id":"x"', b'"id"  :"x"')
    body = lines(good, twice, spread, exponent, full_width, no_zone, nul, b"[]", deed(campaign, "f"))
    status, told = ask(conn, signed(add_key(partner), body))
    assert status == 200
    assert [(each["status"], each.get("reason", "")) for each in told["answers"]] == [
        ("accepted", ""),
        *[("refused", "row_unreadable")] * 7,
        ("accepted", ""),
    ]
    assert told["answers"][0]["id"] == good.id
    assert told["answers"][1]["message"].startswith("这一行读不懂")


def test_a_key_said_twice_is_found_however_it_is_spaced(conn):
    partner, campaign = make_partner(), make_campaign()
    good = lines(deed(campaign, "a"))
    assert ask(conn, signed(add_key(partner), good.replace(b'"user":', b'"user"\t :"b","user":')))[1]["answers"] == [
        {"id": json.loads(good)["id"], "status": "refused", "reason": "row_unreadable", "message": ANY}
    ]


@pytest.mark.parametrize("shape", ["array", "envelope"])
def test_json_lists_are_taken_as_well(conn, shape):
    partner, campaign = make_partner(), make_campaign()
    rows = [json.loads(lines(deed(campaign, user))) for user in "ab"]
    rows[1]["amount"] = "many"
    body = json.dumps(rows if shape == "array" else {"deeds": rows}).encode()
    status, told = ask(conn, signed(add_key(partner), body, content_type="application/json"))
    assert (status, [each["status"] for each in told["answers"]]) == (200, ["accepted", "refused"])


def test_a_shared_secret_signs_as_well(conn):
    partner, campaign = make_partner(), make_campaign()
    key = add_key(partner, KeyAlgorithm.HMAC_SHA256)
    assert ask(conn, signed(key, lines(deed(campaign)), key.secret))[0] == 200
    assert ask(conn, signed(key, lines(deed(campaign)), b"guess" * 6))[1]["code"] == "signature_invalid"


def test_what_is_not_believed_is_refused_by_name(conn):
    partner, campaign = make_partner(), make_campaign()
    key, body = add_key(partner), lines(deed(campaign))
    reads_only = add_key(partner, scopes=frozenset({Scope.READ}))
    expired = add_key(partner, expires_at=NOON)
    revoked = add_key(partner)
    revoke_keys([revoked.id], "lost", make_user().id, NOON)
    unknown = type(key)(new_id())
    once = signed(key, body, nonce="only-once")
    assert ask(conn, once)[0] == 200
    changed = signed(key, body)
    requests = {
        "nonce_replayed": once,
        "signature_missing": SignedRequest("POST", "/v1/deeds", {"content-type": "application/json"}, body),
        "signature_out_of_time": signed(key, body, at=NOON - timedelta(seconds=301)),
        "signature_invalid": SignedRequest("POST", "/v1/deeds", changed.headers, body + b" "),
        "signature_too_narrow": signed(key, body, components=["@method", "content-digest"]),
        "partner_key_unknown": signed(unknown, body),
        "key_scope_missing": signed(reads_only, body),
        "body_unreadable": signed(key, b'{"deeds":7}', content_type="application/json"),
        "validation_failed": signed(key, b"[]", content_type="application/json"),
        "deeds_media_type_unsupported": signed(key, body, content_type="text/plain"),
    }
    for code, request in requests.items():
        status, told = ask(conn, request)
        assert (told["code"], 400 <= status < 500) == (code, True)
    for request in (signed(expired, body), signed(revoked, body)):
        assert ask(conn, request)[1]["code"] == "partner_key_unknown"
    assert ask(conn, signed(key, body, at=NOON + timedelta(seconds=299)))[0] == 200
    assert ask(conn, signed(key, body, path="/v1/other"))[1]["code"] == "signature_invalid"
    assert ask(conn, signed(key, body, components=["@method", "@path"]))[1]["code"] == "signature_invalid"
    suspend_partners([partner.id], "checking", make_user(is_operator=True).id, NOON)
    assert ask(conn, signed(key, body))[1]["code"] == "partner_not_active"


def test_a_signature_is_used_up_even_when_its_body_is_refused(conn):
    partner, campaign = make_partner(), make_campaign()
    key = add_key(partner)
    assert ask(conn, signed(key, b"[]", nonce="just-once", content_type="application/json"))[0] == 422
    assert ask(conn, signed(key, lines(deed(campaign)), nonce="just-once"))[1]["code"] == "nonce_replayed"


def test_more_rows_than_a_request_may_hold_are_refused_as_a_whole(conn):
    key = add_key(make_partner())
    status, told = ask(conn, signed(key, b"{}\n" * 10_001))
    assert (status, told["code"]) == (422, "validation_failed")

"""P4: how many deeds a second a partner's bulk requests report, against COPY of the same rows into a bare table."""

import base64
import hashlib
import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from bench.frame import Check, Measured, interleave, medians

WHAT = "report deeds in signed requests of 1,000 (NDJSON)"
ROWS = 1_000
OPENS_AT = datetime(2026, 9, 1, 0, 0, tzinfo=UTC)
_DEED = """SELECT id, partner_id, external_id, campaign_id, donor_id, done_at, done_on, amount, status, reason, flowers,
                  money_minor, item, subject, project_id, facts, received_at FROM scenes_deed ORDER BY id DESC"""


def run(quick: bool) -> Measured:
    """Signature, nonce, decoding, idempotency, time and caps, deeds, flowers in the ledger; every commit on disk."""
    from bench.database import bench_database, connect

    rounds, requests, users = (3, 20, 20_000) if quick else (7, 50, 100_000)
    with bench_database() as dsn, connect(dsn) as conn:
        partner = make_partner(conn, users)
        partner.run(users // ROWS)  # warm: every user has been seen once, on the first day
        copies = Copies(conn, batches=5)
        seen = interleave(rounds, {"deeds": lambda: partner.run(requests), "copy_with_key": copies.run})
        check_books()
        middle = medians(seen)
        figures = {f"{name}_per_s": round(value, 1) for name, value in middle.items()}
        figures |= {"rounds": rounds, "users": users, **partner.per_1000()}
        return Measured(
            figures, [Check("deeds/s ÷ COPY rows/s", middle["deeds"] / middle["copy_with_key"], 0.40, 0.55)]
        )


@dataclass(slots=True)
class Partner:
    """A partner app with many users who walk every day, and the clock it lives by."""

    conn: "psycopg.Connection[Any]"
    private: Any
    key_id: UUID
    slug: str
    policy: Any
    users: list[str]
    now: datetime = OPENS_AT + timedelta(hours=12)
    serial: int = 0
    dice: random.Random = field(default_factory=lambda: random.Random(4))
    wall: float = 0
    python: float = 0
    postgres: float = 0

    def run(self, requests: int) -> float:
        """Sends so many requests and returns how many deeds a second were answered; signing them is not counted."""
        from bench.database import cpu_seconds
        from redflower.engine.deed_door import handle_deeds

        prepared = [self._prepare() for _ in range(requests)]
        pid = self.conn.info.backend_pid
        began = time.perf_counter(), time.process_time(), cpu_seconds(pid)
        answers = [handle_deeds(self.conn, request, self.policy, now) for request, now in prepared]
        self.wall = time.perf_counter() - began[0]
        self.python, self.postgres = time.process_time() - began[1], cpu_seconds(pid) - began[2]
        for status, _, body in answers:
            if status != 200 or body.count(b'"accepted"') != ROWS:
                raise RuntimeError(f"a request was not taken: {status} {body[:300]!r}")
        self.wall, self.python, self.postgres = (each / requests for each in (self.wall, self.python, self.postgres))
        return ROWS / self.wall

    def per_1000(self) -> dict[str, float]:
        """Milliseconds per 1,000 deeds, in the last run."""
        spent = {"wall": self.wall, "python_cpu": self.python, "postgres_cpu": self.postgres}
        return {f"{name}_ms_per_1000": round(seconds * 1e3, 2) for name, seconds in spent.items()}

    def _prepare(self) -> tuple[Any, datetime]:
        """A signed request of 1,000 walks; whoever walked today does not walk again."""
        place = self.serial * ROWS % len(self.users)
        if place == 0 and self.serial:
            self.now += timedelta(days=1)
            self.dice.shuffle(self.users)
        self.serial += 1
        self.now += timedelta(milliseconds=20)
        done = f"{self.now:%Y-%m-%dT%H:%M:%SZ}"
        lines = [
            f'{{"id":"{self.now:%Y%m%d}-{self.serial:06d}-{number:04d}","campaign":"{self.slug}","user":"{user}",'
            f'"done_at":"{done}","amount":{6_000 + self.dice.randrange(9_000)},"device":"phone-of-{user}"}}'
            for number, user in enumerate(self.users[place : place + ROWS])
        ]
        return self._sign("\n".join(lines).encode()), self.now

    def _sign(self, body: bytes) -> Any:
        from redflower.adapters.partner_signature import SignedRequest

        digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
        covered = {
            "@method": "POST",
            "@path": "/v1/deeds",
            "content-type": "application/x-ndjson",
            "content-digest": digest,
        }
        names = " ".join(f'"{name}"' for name in covered)
        params = f'({names});created={int(self.now.timestamp())};nonce="nonce-{self.serial:08d}";keyid="{self.key_id}"'
        base = "\n".join([*(f'"{name}": {value}' for name, value in covered.items()), f'"@signature-params": {params}'])
        signature = base64.b64encode(self.private.sign(base.encode())).decode()
        headers = {
            "content-type": "application/x-ndjson",
            "content-digest": digest,
            "signature-input": f"sig1={params}",
            "signature": f"sig1=:{signature}:",
        }
        return SignedRequest("POST", "/v1/deeds", headers, body)


class Copies:
    """Binary COPY of the very deeds that were stored, in batches of 1,000, one commit each, into a primary key alone."""

    def __init__(self, conn: "psycopg.Connection[Any]", batches: int) -> None:
        self.conn, self.table, self.payloads = conn, 0, list[bytes]()
        for number in range(batches):
            sql = f"COPY ({_DEED} LIMIT {ROWS} OFFSET {number * ROWS}) TO STDOUT (FORMAT binary)"
            with conn.cursor().copy(sql) as copy:
                self.payloads.append(b"".join(bytes(part) for part in copy))
        self.payloads.reverse()

    def run(self) -> float:
        """Rows a second."""
        self.table += 1
        name = f"bench_deed_{self.table}"
        self.conn.execute(f"CREATE TABLE {name} AS {_DEED} LIMIT 0")
        self.conn.execute(f"ALTER TABLE {name} ADD PRIMARY KEY (id)")
        rounds, began = 4, time.perf_counter()
        for number in range(rounds):
            for payload in self.payloads:
                with (
                    self.conn.transaction(),
                    self.conn.cursor().copy(f"COPY {name} FROM STDIN (FORMAT binary)") as copy,
                ):
                    copy.write(payload)
            if number < rounds - 1:
                self.conn.execute(f"TRUNCATE {name}")
        seconds = time.perf_counter() - began
        self.conn.execute(f"DROP TABLE {name}")
        return ROWS * len(self.payloads) * rounds / seconds


def make_partner(conn: "psycopg.Connection[Any]", users: int) -> Partner:
    """An active partner with an Ed25519 key, and a published campaign of walks that earns flowers, with a daily limit."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from redflower.domains.people.services import make_operator
    from redflower.domains.scenes.services import campaigns, partners
    from redflower.domains.scenes.types import KeyAlgorithm, Limits, NewCampaign, NewKey, NewPartner, Scope
    from redflower.engine.deed_door import DeedDoorPolicy
    from redflower.engine.deeds import DeedPolicy

    maker, checker = (make_operator(f"{name}@bench.example", OPENS_AT) for name in ("maker", "checker"))
    new = NewPartner("bench", "应用", "App", "https://app.example", "app@bench.example")
    [partner_id] = partners.register_partners([new], maker, OPENS_AT)
    partners.review_partners([partner_id], True, "", checker, OPENS_AT)
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    seal_key = b"k" * 32
    key = NewKey(partner_id, KeyAlgorithm.ED25519, frozenset({Scope.DEEDS}), public)
    [added] = partners.add_keys([key], seal_key, maker, OPENS_AT)
    preset = campaigns.read_preset("steps")
    rule_set = campaigns.publish_rule_set("steps", "steps", 1, preset["body"], OPENS_AT)
    campaign = NewCampaign(
        slug="walk", kind="steps", rule_set_id=rule_set, title_zh="走", title_en="Walk", summary_zh="", summary_en="",
        opens_at=OPENS_AT, closes_at=OPENS_AT + timedelta(days=365), limits=Limits(person_day_flowers=6), partner_id=partner_id,
    )  # fmt: skip
    ids = campaigns.save_campaigns([campaign], maker, OPENS_AT)
    campaigns.submit_campaigns(ids, maker, OPENS_AT)
    campaigns.review_campaigns(ids, True, "", checker, OPENS_AT)
    policy = DeedDoorPolicy(DeedPolicy("Asia/Shanghai", b"salt of the bench"), seal_key)
    names = [f"user-{number:07d}" for number in range(users)]
    return Partner(conn, private, added.id, "walk", policy, names)


def check_books() -> None:
    """Every invariant of scenes, flowers and the ledger, from raw rows."""
    from redflower.domains.flowers.audit import INVARIANTS as FLOWERS
    from redflower.domains.ledger.audit import INVARIANTS as LEDGER
    from redflower.domains.scenes.audit import INVARIANTS as SCENES

    differences = {each.code: count for each in [*SCENES, *FLOWERS, *LEDGER] if (count := each.count_differences())}
    if differences:
        raise RuntimeError(f"the books do not add up: {differences}")

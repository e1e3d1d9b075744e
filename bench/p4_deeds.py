"""P4: how many deeds a second a partner's bulk requests report, against COPY of the same rows into a bare table."""

import base64
import hashlib
import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from bench.frame import Check, Measured, interleave, medians
from bench.side_by_side import Ran, SideBySide

WHAT = "report deeds in signed requests of 1,000 (NDJSON)"
ROWS = 1_000
DOORS = 2  # one for each core, and a partner at each
SEAL_KEY = b"k" * 32
OPENS_AT = datetime(2026, 9, 1, 0, 0, tzinfo=UTC)
_DEED = """SELECT id, partner_id, external_id, campaign_id, donor_id, done_at, done_on, amount, status, reason, flowers,
                  money_minor, item, subject, project_id, facts, received_at FROM scenes_deed ORDER BY id DESC"""


def run(quick: bool) -> Measured:
    """Signature, nonce, decoding, idempotency, time and caps, deeds, flowers in the ledger; every commit on disk."""
    from bench.database import bench_database, connect

    rounds, requests, users = (3, 60, 20_000) if quick else (7, 200, 100_000)
    with bench_database() as dsn, connect(dsn) as conn:
        partners = SideBySide(conn, Partner, make_partners(users // DOORS))
        partners.run(users // DOORS // ROWS)  # warm: every user has been seen once, on the first day
        copies = Copies(conn, batches=5)
        ran = []

        def report() -> float:
            ran.append(partners.run(requests // DOORS))
            return ROWS * sum(ran[-1].said) / ran[-1].wall

        seen = interleave(rounds, {"deeds": report, "copy_with_key": copies.run})
        check_books()
        middle = medians(seen)
        figures = {f"{name}_per_s": round(value, 1) for name, value in middle.items()}
        figures |= {"rounds": rounds, "users": users, "partners": DOORS, **per_1000(ran[-1])}
        return Measured(
            figures, [Check("deeds/s ÷ COPY rows/s", middle["deeds"] / middle["copy_with_key"], 0.40, 0.55)]
        )


def per_1000(ran: Ran) -> dict[str, float]:
    """Milliseconds per 1,000 deeds."""
    spent = {"wall": ran.wall, "python_cpu": ran.python, "postgres_cpu": ran.postgres}
    return {f"{name}_ms_per_1000": round(seconds * 1e3 / sum(ran.said), 2) for name, seconds in spent.items()}


class Partner:
    """A partner app with many users who walk every day, the clock it lives by, and the door it comes to."""

    def __init__(self, dsn: str, slug: str, private: bytes, key_id: UUID, users: int) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        from bench.database import connect
        from redflower.engine.deed_door import DeedDoorPolicy
        from redflower.engine.deeds import DeedPolicy

        self.conn, self.slug, self.key_id = connect(dsn), slug, key_id
        self.private = Ed25519PrivateKey.from_private_bytes(private)
        self.policy = DeedDoorPolicy(DeedPolicy("Asia/Shanghai", b"salt of the bench"), SEAL_KEY)
        self.users = [f"user-{number:07d}" for number in range(users)]
        self.now, self.serial, self.dice = OPENS_AT + timedelta(hours=12), 0, random.Random(4)

    def prepare(self, count: int) -> list[tuple[Any, datetime]]:
        """So many signed requests, each with the time it comes."""
        return [self._prepare() for _ in range(count)]

    def run(self, work: list[tuple[Any, datetime]]) -> int:
        """Sends requests one behind the other; says how many were answered, every deed of them accepted."""
        from redflower.engine.deed_door import handle_deeds

        for request, now in work:
            status, _, body = handle_deeds(self.conn, request, self.policy, now)
            if status != 200 or body.count(b'"accepted"') != ROWS:
                raise RuntimeError(f"a request was not taken: {status} {body[:300]!r}")
        return len(work)

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


def make_partners(users: int) -> list[tuple[str, bytes, UUID, int]]:
    """Active partners with an Ed25519 key, each with a published campaign of walks that earns flowers, with a daily
    limit. Shape: what `Partner` needs to know of each."""
    from redflower.domains.people.services import make_operator
    from redflower.domains.scenes.services.campaigns import publish_rule_set, read_preset

    maker, checker = (make_operator(f"{name}@bench.example", OPENS_AT) for name in ("maker", "checker"))
    rule_set = publish_rule_set("steps", "steps", 1, read_preset("steps")["body"], OPENS_AT)
    return [(*_make_partner(f"walk-{number}", rule_set, maker, checker), users) for number in range(DOORS)]


def _make_partner(slug: str, rule_set: UUID, maker: UUID, checker: UUID) -> tuple[str, bytes, UUID]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from redflower.domains.scenes.services import campaigns, partners
    from redflower.domains.scenes.types import KeyAlgorithm, Limits, NewCampaign, NewKey, NewPartner, Scope

    new = NewPartner(slug, "应用", "App", "https://app.example", "app@bench.example")
    [partner_id] = partners.register_partners([new], maker, OPENS_AT)
    partners.review_partners([partner_id], True, "", checker, OPENS_AT)
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    key = NewKey(partner_id, KeyAlgorithm.ED25519, frozenset({Scope.DEEDS}), public)
    [added] = partners.add_keys([key], SEAL_KEY, maker, OPENS_AT)
    campaign = NewCampaign(
        slug=slug, kind="steps", rule_set_id=rule_set, title_zh="走", title_en="Walk", summary_zh="", summary_en="",
        opens_at=OPENS_AT, closes_at=OPENS_AT + timedelta(days=365), limits=Limits(person_day_flowers=6), partner_id=partner_id,
    )  # fmt: skip
    ids = campaigns.save_campaigns([campaign], maker, OPENS_AT)
    campaigns.submit_campaigns(ids, maker, OPENS_AT)
    campaigns.review_campaigns(ids, True, "", checker, OPENS_AT)
    return slug, private.private_bytes_raw(), added.id


def check_books() -> None:
    """Every invariant of scenes, flowers and the ledger, from raw rows."""
    from redflower.domains.flowers.audit import INVARIANTS as FLOWERS
    from redflower.domains.ledger.audit import INVARIANTS as LEDGER
    from redflower.domains.scenes.audit import INVARIANTS as SCENES

    differences = {each.code: count for each in [*SCENES, *FLOWERS, *LEDGER] if (count := each.count_differences())}
    if differences:
        raise RuntimeError(f"the books do not add up: {differences}")

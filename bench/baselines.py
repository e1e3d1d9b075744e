"""What the subject is compared with, on the same server: COPY, pgbench, naive transactions, a plain Django view."""

import asyncio
import random
import re
import subprocess
import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg

from redflower.plumbing.postgres_host import clean_environment, find_binaries

_TRANSFER = """SELECT id, asset, kind, phase, debit_id, credit_id, amount, subject_id, pending_id, reverses_id, rule, booked_at
               FROM ledger_transfer WHERE kind IN ('gift', 'award', 'flower') ORDER BY id DESC"""


class Copies:
    """Binary COPY of the very transfers the subject has booked, in batches of as many rows, one commit each."""

    def __init__(self, conn: "psycopg.Connection[Any]", batch_rows: int, batches: int) -> None:
        self.conn, self.rows, self.batches = conn, batch_rows, batches
        self.table = 0
        self.payloads: list[bytes] = []

    def collect(self) -> None:
        """Takes the latest transfers out of the ledger, once there are enough of them."""
        for number in range(self.batches):
            sql = f"COPY ({_TRANSFER} LIMIT {self.rows} OFFSET {number * self.rows}) TO STDOUT (FORMAT binary)"
            with self.conn.cursor().copy(sql) as copy:
                self.payloads.append(b"".join(bytes(part) for part in copy))
        self.payloads.reverse()  # time order, as they were booked

    def run(self, index: bool) -> float:
        """Rows a second into an empty table with a primary key, and with `index` one more by account."""
        self.table += 1
        name = f"bench_copy_{self.table}"
        self.conn.execute(f"CREATE TABLE {name} AS {_TRANSFER} LIMIT 0")
        self.conn.execute(f"ALTER TABLE {name} ADD PRIMARY KEY (id)")
        if index:
            self.conn.execute(f"CREATE INDEX ON {name} (credit_id, id)")
        began = time.perf_counter()
        for payload in self.payloads:
            with self.conn.transaction(), self.conn.cursor().copy(f"COPY {name} FROM STDIN (FORMAT binary)") as copy:
                copy.write(payload)
        seconds = time.perf_counter() - began
        self.conn.execute(f"DROP TABLE {name}")
        return self.rows * len(self.payloads) / seconds


def make_pgbench(dsn: str) -> None:
    """pgbench's own tables."""
    _pgbench(dsn, "--initialize", "--quiet", "--scale=10")


def run_pgbench(dsn: str, seconds: int) -> float:
    """Transactions a second of pgbench's simple-update with 32 clients."""
    said = _pgbench(dsn, "--builtin=simple-update", "--client=32", "--jobs=2", f"--time={seconds}", "--no-vacuum")
    found = re.search(r"tps = ([0-9.]+)", said)
    if found is None:
        raise RuntimeError(said)
    return float(found.group(1))


def _pgbench(dsn: str, *arguments: str) -> str:
    done = subprocess.run(
        [find_binaries() / "pgbench", *arguments, dsn],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


# Accounts by number: a project's own is its number; then its donors', the pool, the mint, and everybody's purse.
_DONORS_OF, _POOL, _MINT, _PURSES = 1_000, 2_000, 2_001, 10_000
_PEOPLE, _DAY_CAP = 100_000, 1_000_00
NAIVE_TABLES = f"""
DROP TABLE IF EXISTS naive_donor, naive_gift, naive_payment, naive_award, naive_flower, naive_transfer, naive_account, naive_pool;
CREATE TABLE naive_donor (id bigint PRIMARY KEY, name text, at timestamptz);
CREATE TABLE naive_gift (id uuid PRIMARY KEY, key text UNIQUE, donor bigint, project bigint, amount bigint, at timestamptz);
CREATE TABLE naive_payment (gift uuid PRIMARY KEY, txn text UNIQUE, amount bigint, at timestamptz);
CREATE TABLE naive_award (gift uuid PRIMARY KEY, donor bigint, day date, amount bigint);
CREATE INDEX ON naive_award (donor, day);
CREATE TABLE naive_flower (donor bigint, day date, gift uuid, PRIMARY KEY (donor, day));
CREATE TABLE naive_transfer (id uuid PRIMARY KEY, gift uuid, kind text, debit bigint, credit bigint, amount bigint, at timestamptz);
CREATE INDEX ON naive_transfer (credit, at);
CREATE TABLE naive_account (id bigint PRIMARY KEY, balance bigint NOT NULL);
CREATE TABLE naive_pool (id int PRIMARY KEY, spent bigint NOT NULL, budget bigint NOT NULL, CHECK (spent <= budget));
INSERT INTO naive_account SELECT generate_series(0, {_MINT}), 0;
INSERT INTO naive_pool VALUES (1, 0, 1000000000000);
"""


def run_naive(dsn: str, connections: int, seconds: float) -> float:
    """Gifts a second of a careful beginner: one asyncpg transaction per gift, guarded by the pool's row.

    The subject's job, in one transaction where the subject takes three: gift under its key, payment, award within a person's
    day and the pool, the day's flower, three transfers, five accounts; over HTTP the guest too. No orders, no slices, nothing
    for the public log.
    """
    return asyncio.run(_naive(dsn, connections, seconds))


async def _naive(dsn: str, connections: int, seconds: float) -> float:
    import asyncpg

    first = await asyncpg.connect(dsn)
    await first.execute(NAIVE_TABLES)
    await first.close()
    pool = await asyncpg.create_pool(dsn, min_size=connections, max_size=connections)
    ends, done, dice = time.perf_counter() + seconds, 0, random.Random(2)

    async def give_until_the_end() -> None:
        nonlocal done
        async with pool.acquire() as conn:
            while time.perf_counter() < ends:
                await give(conn, dice)
                done += 1

    began = time.perf_counter()
    await asyncio.gather(*(give_until_the_end() for _ in range(connections)))
    elapsed = time.perf_counter() - began
    await pool.close()
    return done / elapsed


async def give(conn: Any, dice: random.Random, is_guest: bool = False) -> None:
    """One gift, of one of the people or of somebody new. What everybody meets at, the pool and the accounts, comes last, and
    accounts in their order."""
    gift, project = uuid4(), dice.randrange(1_000)
    donor = _PEOPLE + dice.getrandbits(62) if is_guest else dice.randrange(_PEOPLE)
    amount, award = dice.choice((100, 500, 1000, 2000)), dice.randrange(1, 990)
    at = datetime.now(UTC)
    async with conn.transaction():
        if is_guest:
            await conn.execute("INSERT INTO naive_donor VALUES ($1, '', $2)", donor, at)
        await conn.execute(
            "INSERT INTO naive_gift VALUES ($1, $2, $3, $4, $5, $6)", gift, str(uuid4()), donor, project, amount, at
        )
        await conn.execute("INSERT INTO naive_payment VALUES ($1, $2, $3, $4)", gift, f"4200{uuid4().hex}", amount, at)
        had = await conn.fetchval(
            "SELECT coalesce(sum(amount), 0) FROM naive_award WHERE donor = $1 AND day = $2", donor, at.date()
        )
        award = max(min(award, _DAY_CAP - int(had)), 1)
        await conn.execute("INSERT INTO naive_award VALUES ($1, $2, $3, $4)", gift, donor, at.date(), award)
        earned = await conn.fetchval(
            "INSERT INTO naive_flower VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1", donor, at.date(), gift
        )
        moves = [("gift", _DONORS_OF + project, project, amount), ("award", _POOL, project, award)]
        changes = {project: amount + award, _DONORS_OF + project: -amount, _POOL: -award}
        if earned:
            purse = _PURSES + donor
            await conn.execute("INSERT INTO naive_account VALUES ($1, 0) ON CONFLICT DO NOTHING", purse)
            moves.append(("flower", _MINT, purse, 1))
            changes |= {_MINT: -1, purse: 1}
        await conn.executemany(
            "INSERT INTO naive_transfer VALUES ($1, $2, $3, $4, $5, $6, $7)",
            [(uuid4(), gift, *move, at) for move in moves],
        )
        await conn.executemany("UPDATE naive_account SET balance = balance + $2 WHERE id = $1", sorted(changes.items()))
        await conn.execute("UPDATE naive_pool SET spent = spent + $1 WHERE id = 1 AND spent + $1 <= budget", award)


def give_by_django(world: Any, is_guest: bool = False) -> None:
    """One gift as a plain Django view writes it: the ORM, `select_for_update` on the pool's row, the subject's job. Of one of
    the world's donors, or of somebody new.

    For a benchmark's own database only: it goes around the rooms' services on purpose.
    """
    from django.db import transaction
    from django.db.models import F, Sum

    from redflower.domains.donations.models import Gift
    from redflower.domains.festivals.models import Award, Pool
    from redflower.domains.flowers.models import Earning
    from redflower.domains.ledger.models import Account, Transfer
    from redflower.domains.ledger.rules import account_id
    from redflower.domains.ledger.types import AccountKind
    from redflower.domains.payments.models import Capture, Order
    from redflower.domains.people.models import Donor
    from redflower.kernel.ids import new_id

    [request] = world.requests(1)
    gift_id, now, donor_id = new_id(), world.now, new_id() if is_guest else request.donor_id
    text = {"phase": "posted", "rule": "", "subject_id": gift_id, "booked_at": now}
    with transaction.atomic():
        if is_guest:
            Donor.objects.create(id=donor_id, shown_name="", region="", created_at=now)
        Order.objects.create(
            id=gift_id, request_key=uuid4(), request_hash=b"", provider="sandbox", currency="CNY", description="",
            amount_minor=request.amount_minor, created_at=now, expires_at=now,
        )  # fmt: skip
        Gift.objects.create(
            id=gift_id, donor_id=donor_id, project_id=request.project_id, amount_minor=request.amount_minor,
            shown_as="anonymous", shown_name="", message="", message_state="none", channel="bench", made_at=now,
        )  # fmt: skip
        Capture.objects.create(
            order_id=gift_id, provider="sandbox", provider_txn=str(gift_id), amount_minor=request.amount_minor,
            payer_id="", paid_at=now, noticed_at=now,
        )  # fmt: skip
        _, has_earned = Earning.objects.get_or_create(
            donor_id=donor_id, earned_on=now.date(), deed="bench_django",
            defaults={"id": new_id(), "amount": 1, "subject_id": gift_id, "rule": "", "earned_at": now},
        )  # fmt: skip
        pool = Pool.objects.select_for_update().get(festival_id=world.festival_id)
        day = Award.objects.filter(pool=pool, person_id=donor_id, awarded_on=now.date())
        award = max(min(7, _DAY_CAP - (day.aggregate(total=Sum("amount_minor"))["total"] or 0)), 1)
        Award.objects.create(
            id=new_id(), pool=pool, gift_id=gift_id, slice_no=-1, person_id=donor_id, awarded_on=now.date(),
            amount_minor=award, reason="drawn", drawn_at=now,
        )  # fmt: skip
        donors, project, pool_account, mint, purse = (
            account_id(kind, owner)
            for kind, owner in (
                (AccountKind.DONORS, request.project_id),
                (AccountKind.PROJECT, request.project_id),
                (AccountKind.POOL, pool.id),
                (AccountKind.MINT, None),
                (AccountKind.FLOWERS, donor_id),
            )
        )
        moves = [(1, donors, project, request.amount_minor), (1, pool_account, project, award)]
        if has_earned:
            Account.objects.get_or_create(
                id=purse, defaults={"asset": 2, "kind": "flowers", "owner_id": donor_id, "never_below_zero": True, "opened_at": now}
            )  # fmt: skip
            moves.append((2, mint, purse, 1))
        for asset, debit, credit, amount in moves:
            Transfer.objects.create(
                id=new_id(), asset=asset, kind="bench_django", debit_id=debit, credit_id=credit, amount=amount, **text
            )
            Account.objects.filter(id=debit).update(debits_posted=F("debits_posted") + amount)
            Account.objects.filter(id=credit).update(credits_posted=F("credits_posted") + amount)
        if pool.granted_minor + award > pool.budget_minor:
            raise RuntimeError("the pool is spent")
        Pool.objects.filter(id=pool.id).update(granted_minor=F("granted_minor") + award)


def run_django(world: Any, seconds: float) -> float:
    """Gifts a second of `give_by_django`, called in a loop with no HTTP in front of it."""
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        give_by_django(world)
        done += 1
    return done / (time.perf_counter() - began)

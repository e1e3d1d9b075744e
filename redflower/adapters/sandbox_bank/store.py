"""The SQLite file behind the books: schema, one connection per thread, one writer at a time."""

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from redflower.adapters.sandbox_bank.types import BankDown

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BUSY_TIMEOUT_MS = 10_000

SCHEMA = """
CREATE TABLE IF NOT EXISTS charges (
    charge_id    TEXT PRIMARY KEY,
    merchant     TEXT NOT NULL,
    order_no     TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CONSTRAINT amount_is_positive CHECK (amount_minor > 0),
    currency     TEXT NOT NULL CONSTRAINT currency_is_cny CHECK (currency = 'CNY'),
    description  TEXT NOT NULL,
    return_path  TEXT NOT NULL,
    notice_url   TEXT NOT NULL,
    opened_at    INTEGER NOT NULL,
    expires_at   INTEGER,
    state        TEXT NOT NULL DEFAULT 'open'
                 CONSTRAINT state_is_known CHECK (state IN ('open', 'paid', 'failed', 'cancelled', 'closed')),
    txn          TEXT UNIQUE,
    payer_id     TEXT,
    decided_at   INTEGER,
    CONSTRAINT one_charge_per_order UNIQUE (merchant, order_no),
    CONSTRAINT a_payer_has_acted_exactly_when_there_is_a_txn CHECK (
        (state IN ('paid', 'failed', 'cancelled'))
        = (txn IS NOT NULL AND payer_id IS NOT NULL AND decided_at IS NOT NULL)
    )
) STRICT;
CREATE TRIGGER IF NOT EXISTS a_decided_charge_stays_decided
    BEFORE UPDATE ON charges WHEN OLD.state <> 'open'
    BEGIN SELECT RAISE(ABORT, 'a decided charge stays decided'); END;
CREATE TABLE IF NOT EXISTS refunds (
    merchant     TEXT NOT NULL,
    refund_no    TEXT NOT NULL,
    order_no     TEXT NOT NULL,
    charge_id    TEXT REFERENCES charges (charge_id),
    amount_minor INTEGER NOT NULL,
    txn          TEXT NOT NULL UNIQUE,
    asked_at     INTEGER NOT NULL,
    final_at     INTEGER NOT NULL,
    outcome      TEXT NOT NULL CONSTRAINT outcome_is_known CHECK (outcome IN ('done', 'failed')),
    PRIMARY KEY (merchant, refund_no),
    CONSTRAINT only_a_payment_can_be_given_back CHECK (outcome = 'failed' OR charge_id IS NOT NULL)
) STRICT;
CREATE INDEX IF NOT EXISTS refunds_of_charge ON refunds (charge_id);
CREATE TRIGGER IF NOT EXISTS never_more_back_than_was_paid
    AFTER INSERT ON refunds WHEN NEW.outcome = 'done' AND
        (SELECT sum(amount_minor) FROM refunds WHERE charge_id = NEW.charge_id AND outcome = 'done')
        > (SELECT amount_minor FROM charges WHERE charge_id = NEW.charge_id)
    BEGIN SELECT RAISE(ABORT, 'never more back than was paid'); END;
CREATE TRIGGER IF NOT EXISTS a_refund_stays_as_it_is
    BEFORE UPDATE ON refunds BEGIN SELECT RAISE(ABORT, 'a refund stays as it is'); END;
CREATE TABLE IF NOT EXISTS acting (what TEXT PRIMARY KEY, how TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS outbox (
    notice_id    INTEGER PRIMARY KEY AUTOINCREMENT,
    charge_id    TEXT NOT NULL REFERENCES charges (charge_id),
    url          TEXT NOT NULL,
    facts        TEXT NOT NULL,
    due_at       INTEGER NOT NULL,
    tries        INTEGER NOT NULL DEFAULT 0,
    delivered_at INTEGER,
    given_up_at  INTEGER,
    last_error   TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS outbox_of_charge ON outbox (charge_id);
CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (due_at) WHERE delivered_at IS NULL AND given_up_at IS NULL;
CREATE VIEW IF NOT EXISTS waiting AS SELECT * FROM outbox WHERE delivered_at IS NULL AND given_up_at IS NULL;
"""


def to_ms(at: datetime) -> int:
    """Unix milliseconds of an aware instant."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """The instant, in UTC, of Unix milliseconds."""
    return _EPOCH + timedelta(milliseconds=ms)


class Store:
    """Reads and writes of one SQLite file, from any thread of any process.

    A commit has reached the disk when it returns (WAL, synchronous=FULL): an answer given to a payer survives kill -9
    and a power cut.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._own = threading.local()
        # Threads of one process queue here, fairly; SQLite's own wait for other processes is a sleep with luck.
        self._turn = threading.Lock()

    def set_up(self) -> None:
        """Makes the tables that are missing. Needs: the set-up lock of the folder."""
        connection = self._connection()
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(SCHEMA)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent view; several selects inside see the same moment.

        Errors: BankDown.
        """
        with _faults_named(), _transaction(self._connection(), "BEGIN") as books:
            yield books

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Alone with the books: what is read inside stays true until the commit.

        Errors: BankDown, or whatever is raised inside; nothing was written then.
        """
        with _faults_named(), self._taking_turns() as left_ms:
            connection = self._connection()
            connection.execute(f"PRAGMA busy_timeout = {left_ms}")
            with _transaction(connection, "BEGIN IMMEDIATE") as books:
                yield books

    @contextmanager
    def _taking_turns(self) -> Iterator[int]:
        """This thread's turn among those of its process, and how long it may still wait for other processes.

        Units: milliseconds. Whoever waits in line waits no longer than one who comes first.
        """
        until = time.monotonic() + _BUSY_TIMEOUT_MS / 1000
        if not self._turn.acquire(timeout=_BUSY_TIMEOUT_MS / 1000):
            raise BankDown("locked too long")
        try:
            yield max(int((until - time.monotonic()) * 1000), 0)
        finally:
            self._turn.release()

    def _connection(self) -> sqlite3.Connection:
        """This thread's own; a forked child opens anew, because SQLite connections must not cross a fork."""
        if getattr(self._own, "pid", None) != os.getpid():
            connection = sqlite3.connect(self._path, isolation_level=None, timeout=_BUSY_TIMEOUT_MS / 1000)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._own.connection, self._own.pid = connection, os.getpid()
        own: sqlite3.Connection = self._own.connection
        return own


@contextmanager
def _faults_named() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as fault:  # locked too long, disk full, folder gone
        raise BankDown(str(fault)) from fault


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[sqlite3.Connection]:
    connection.execute(begin)
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def set_up_lock(folder: Path) -> Iterator[None]:
    """Lets one process at a time prepare the folder; released by the system if that process dies."""
    with (folder / ".set-up.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

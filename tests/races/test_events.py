"""An event that commits late is late, never lost."""

from redflower.plumbing.events import append_events, follow_events
from tests.factories import NOON


def two_transactions_that_cross(connect):
    """The one that began first takes the later event id, and commits first. Returns both, the slow one still open."""
    quick, slow = connect(), connect()
    for conn in (quick, slow):
        conn.execute("SELECT pg_current_xact_id()")
    append_events(slow, [("slow", {})], NOON)
    append_events(quick, [("quick", {})], NOON)
    quick.commit()
    return slow


def follow(conn) -> list[str]:
    heard: list[str] = []
    follow_events(conn, "test", lambda events: heard.extend(event.kind for event in events))
    conn.commit()
    return heard


def test_a_follower_hears_both_of_two_transactions_that_cross(connect):
    slow, reader = two_transactions_that_cross(connect), connect()
    first = follow(reader)
    slow.commit()
    assert sorted(first + follow(reader)) == ["quick", "slow"]
    assert follow(reader) == []


def test_control_a_follower_that_counts_by_event_id_loses_the_slow_one(connect):
    slow, reader = two_transactions_that_cross(connect), connect()
    visible = "SELECT kind, id FROM plumbing_event WHERE id > %s AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY id"
    [(kind, last)] = reader.execute(visible, [0]).fetchall()
    reader.commit()
    slow.commit()
    assert kind == "quick"
    assert reader.execute(visible, [last]).fetchall() == []


def test_the_hundredth_transaction_comes_after_the_ninety_ninth(connect):
    conn = connect()
    append_events(conn, [("third", {})], NOON)
    conn.execute("INSERT INTO plumbing_event (kind, facts, happened_at, xid) VALUES ('second', '{}', now(), '100')")
    conn.execute("INSERT INTO plumbing_event (kind, facts, happened_at, xid) VALUES ('first', '{}', now(), '99')")
    conn.commit()
    assert follow(conn) == ["first", "second", "third"]
    assert follow(conn) == []

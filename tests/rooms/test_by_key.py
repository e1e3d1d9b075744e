"""A door's connections find rows by key, however empty the tables seem to be."""

import psycopg
import pytest
from django.db import connection

from redflower.plumbing.by_key import connect_by_key

_GIFTS = """EXPLAIN SELECT g.donor_id FROM payments_order o JOIN donations_gift g ON g.id = o.id
            LEFT JOIN payments_capture c ON c.order_id = o.id WHERE o.id = ANY(%s::uuid[])"""


def explain(conn) -> str:
    """The plan for a list of a thousand ids."""
    ids = [f"{number:032x}" for number in range(1_000)]
    return "\n".join(row[0] for row in conn.execute(_GIFTS, [ids]).fetchall())


@pytest.mark.django_db(transaction=True)
def test_a_thousand_rows_of_an_empty_table_are_found_by_their_key():
    connection.ensure_connection()
    info = connection.connection.info
    with (
        connect_by_key(info.dsn, password=info.password) as keyed,
        psycopg.connect(info.dsn, password=info.password) as plain,
    ):
        assert "Seq Scan" not in explain(keyed) and "Hash" not in explain(keyed)
        assert "Seq Scan" in explain(plain)  # what the planner would rather do

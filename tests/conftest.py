"""Fixtures every kind of test shares."""

import functools
from typing import Any

from django.db import connection
from django.test import TransactionTestCase

_teardown = TransactionTestCase._fixture_teardown


@functools.wraps(_teardown)
def _empty_even_append_only_tables(self: TransactionTestCase) -> Any:
    # Between tests the past may be thrown away; as a superuser's replica session, so that production's triggers and
    # role stay exactly as they are.
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    try:
        return _teardown(self)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = origin")


TransactionTestCase._fixture_teardown = _empty_even_append_only_tables

"""Fixtures every kind of test shares."""

import asyncio
import functools
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase

from redflower.faces.shared import site

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


@pytest.fixture(autouse=True)
def _site_of_its_own(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the site of another; one without a database has the site of the settings.

    Within a test it is read once, whatever the clock says: no test's queries depend on when it runs.
    """
    site.forget_site()
    monkeypatch.setattr(site, "_SECONDS", 10**9)
    has_database = {"db", "transactional_db", "live_server"} & set(request.fixturenames)
    if not has_database and request.node.get_closest_marker("django_db") is None:
        monkeypatch.setattr(site, "get_site", lambda: None)


@pytest.fixture(autouse=True)
def _log_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test finds the public log of another, which its empty database would contradict."""
    monkeypatch.setattr(settings, "REDFLOWER_LOG", _NewFolder(tmp_path_factory))


class _NewFolder:
    """A folder that is made when a test first writes its log."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self._factory = factory
        self._path = ""

    def __fspath__(self) -> str:
        self._path = self._path or str(self._factory.mktemp("log") / "log")
        return self._path


@pytest.fixture(autouse=True)
def _run_beside_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser's driver leaves its event loop running in this thread; whoever needs one of their own gets a thread.

    The mark itself must stay: Django keeps one database connection with it and another without.
    """
    run = asyncio.run

    def run_beside(main: Coroutine[Any, Any, Any], **options: Any) -> Any:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(run, main, **options).result()

    monkeypatch.setattr(asyncio, "run", run_beside)

"""What the tests stand on, made before Django reads its settings: a database server and a data folder of their own.

Loaded by `-p tests.environment` (pyproject.toml). Each parallel worker has a server of its own: followers read below the
oldest transaction of the whole server, and must not wait for one of somebody else's test. `DATABASE_URL` in the environment
makes the tests use that server instead.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from redflower.plumbing.postgres import EmbeddedPostgres

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MARK = "REDFLOWER_TEST_ENVIRONMENT"
# What a test wrote need not outlive the test run.
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


def _prepare() -> None:
    folder = Path(tempfile.mkdtemp(prefix="redflower-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ[_MARK] = "given" if "DATABASE_URL" in os.environ else "own"
    os.environ["REDFLOWER_DATA"] = str(folder)
    os.environ["REDFLOWER_DEMO"] = "1"
    os.environ["REDFLOWER_SECRET_KEY"] = "a key for tests only, long enough for everybody"
    # Playwright's synchronous interface runs inside an event loop; Django would refuse the database there.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    if os.environ[_MARK] == "own":
        _start_server(folder / "server")


def _start_server(folder: Path) -> None:
    server = EmbeddedPostgres(folder, settings=_FAST)
    server.start()
    atexit.register(server.stop)
    os.environ["DATABASE_URL"] = server.dsn


def find_browser() -> str | None:
    """The system's Chromium, for `executable_path`; None where there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests are skipped, with the reason, where there is no browser."""
    if find_browser() is not None:
        return
    skip = pytest.mark.skip(reason="no Chromium on this system (apt install chromium fonts-noto-cjk)")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(skip)


if _MARK not in os.environ:
    _prepare()
elif os.environ[_MARK] == "own" and (_worker := os.environ.get("PYTEST_XDIST_WORKER")):
    _start_server(Path(os.environ["REDFLOWER_DATA"]) / f"server-{_worker}")

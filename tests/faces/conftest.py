"""Fixtures of the tests that go through HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from redflower.adapters.sandbox_bank import Bank
from redflower.faces.shared.instance import sandbox_client
from tests.environment import find_browser


@pytest.fixture
def provider(settings: Any, tmp_path: Path) -> Iterator[Bank]:
    """The sandbox provider with empty books, as the site meets it in this test."""
    settings.REDFLOWER_DATA = tmp_path
    sandbox_client.cache_clear()
    yield Bank(tmp_path / "sandbox")
    sandbox_client.cache_clear()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium; as root it needs to run without a sandbox."""
    return browser_type_launch_args | {"executable_path": find_browser(), "args": ["--no-sandbox"]}

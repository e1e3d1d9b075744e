"""Fixtures of the tests that go through HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from redflower.adapters.sandbox_bank import Bank
from redflower.faces.shared.instance import sandbox_client


@pytest.fixture
def provider(settings: Any, tmp_path: Path) -> Iterator[Bank]:
    """The sandbox provider with empty books, as the site meets it in this test."""
    settings.REDFLOWER_DATA = tmp_path
    sandbox_client.cache_clear()
    yield Bank(tmp_path / "sandbox")
    sandbox_client.cache_clear()

"""The programs on the partner's page, run as a stranger would copy them."""

import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from redflower.domains.scenes.selectors.campaigns import find_campaign
from tests.faces.scene_world import make_scenes
from tests.laws.house import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = ROOT / "docs" / "howto" / "partner.md"


def test_the_page_leads_from_a_key_to_the_first_deed(
    live_server: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes = make_scenes(tmp_path)
    (tmp_path / "key.pem").write_bytes(
        scenes.key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    monkeypatch.chdir(tmp_path)
    programs = re.findall(r"<!-- tested: .*? -->\n```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(programs) == 3
    for program in programs:
        exec(program, {"RED_FLOWER": live_server.url, "KEY_ID": scenes.key.key_id})  # noqa: S102 - our own page
    said = capsys.readouterr().out
    assert "daily-steps steps 5000000" in said
    assert "u-7.steps.2026-09-09 accepted  2" in said
    assert "rfu1." in said
    assert "/links/new?statement=rfl1." in said
    campaign = find_campaign("daily-steps")
    assert campaign is not None
    assert campaign.flowers == 2

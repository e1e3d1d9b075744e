"""A partner with a key, and campaigns of every kind, for the tests of faces."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from redflower_client import Key

from redflower.domains.projects.models import Project
from redflower.faces.demo.partner import world
from redflower.kernel import clock
from tests.faces.journey import open_project

ORIGIN = "http://app.test"


@dataclass(frozen=True)
class Scenes:
    """What was made: the partner, its key, and the project its money goes to."""

    partner_id: UUID
    endpoint_id: UUID
    key: Key
    project: Project


def make_scenes(folder: Path, origin: str = ORIGIN) -> Scenes:
    """The demo's partner and campaigns, with one project that is open now."""
    project = open_project(slug="school-lunch-nujiang", title_zh="山里的午餐", title_en="Lunch in the hills")
    ambler = world.settle_in(origin, folder / "key", clock.now() - timedelta(seconds=1))
    return Scenes(ambler.partner_id, ambler.endpoint_id, Key.from_pem(ambler.pem, ambler.key_id), project)

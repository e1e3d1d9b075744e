"""Two people say at once that a partner's user is they: one of them is."""

import pytest
from django.db import connection

from redflower.domains.scenes.errors import UserLinkedElsewhere
from redflower.domains.scenes.models import Link
from redflower.domains.scenes.services import links
from redflower.domains.scenes.types import NewLink
from redflower.kernel.errors import Refusal
from tests.factories import NOON, make_donor
from tests.races.conftest import Racer
from tests.rooms.test_links import state
from tests.scenes import make_partner

pytestmark = pytest.mark.django_db(transaction=True)
ONE = "partners_user_is_one_donor_at_a_time"


def race(connect) -> list[type[Refusal] | None]:
    """One link is written and not committed yet when the other is asked for; returns what each was refused for."""
    partner, first, second = make_partner(), make_donor(), make_donor()
    earlier, later = state(partner), state(partner)
    conn = connect()
    conn.execute(
        """INSERT INTO scenes_link (id, partner_id, partner_donor_id, donor_id, consented_at, statement_id)
           VALUES (%s, %s, %s, %s, %s, %s)""",
        [earlier.id, partner.id, earlier.partner_donor_id, first, NOON, earlier.id],
    )

    def link() -> type[Refusal] | None:
        try:
            links.link_donors([NewLink(later, (second,))], None, NOON)
        except Refusal as refusal:
            return type(refusal)
        finally:
            connection.close()
        return None

    racer = Racer(link)
    racer.start()
    racer.waits()
    conn.commit()
    return [None, racer.finish()]


def test_whoever_comes_first_has_the_user(connect):
    assert race(connect) == [None, UserLinkedElsewhere]
    assert Link.objects.filter(ended_at=None).count() == 1


def test_control_without_the_index_both_have(connect, monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT indexdef FROM pg_indexes WHERE indexname = '{ONE}'")
        [definition] = cursor.fetchone()
        cursor.execute(f"DROP INDEX {ONE}")
    monkeypatch.setattr(links, "_ONE_AT_A_TIME", "")
    try:
        race(connect)
        assert Link.objects.filter(ended_at=None).count() == 2
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE scenes_link")
            cursor.execute(definition)

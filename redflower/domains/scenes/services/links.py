"""Links between partners' users and donors here: made with consent, ended by whoever stands at either end."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import psycopg

from redflower.domains.people.services import write_audit_rows
from redflower.domains.scenes import errors
from redflower.domains.scenes.types import LinkStatement, NewLink
from redflower.kernel.ids import new_id
from redflower.plumbing.db import command, raw_connection

# The index that lets one of two people who ask at once have the user.
_ONE_AT_A_TIME = "(partner_donor_id) WHERE ended_at IS NULL"


@command
def link_donors(links: Sequence[NewLink], actor_id: UUID | None, now: datetime) -> None:
    """Joins partners' users to the people they are here, who have just said yes; all or none.

    Needs: the statements were read by the caller, and are genuine. `actor_id` is the account, None for a guest.
    Errors: LinkStatementExpired, PartnerNotActive, UserLinkedElsewhere, LinkStatementUsed.
    Replay: a user who is linked to the same person stays so.
    """
    if any(now >= each.statement.expires_at for each in links):
        raise errors.LinkStatementExpired
    conn = raw_connection()
    partners = {each.statement.partner_id for each in links}
    active = conn.execute(
        "SELECT count(*) FROM scenes_partner WHERE id = ANY(%s) AND state = 'active'", [list(partners)]
    ).fetchone()
    if active is None or active[0] < len(partners):
        raise errors.PartnerNotActive
    # In the order of their ids, so that two requests for the same users wait for each other and never in a circle.
    ordered = sorted(links, key=lambda each: each.statement.partner_donor_id)
    derived = [each.statement.partner_donor_id for each in ordered]
    try:
        made = conn.execute(
            f"""INSERT INTO scenes_link (id, partner_id, partner_donor_id, donor_id, consented_at, statement_id)
               SELECT l.id, l.partner, l.derived, l.donor, %s, l.statement
               FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[])
                    AS l(id, partner, derived, donor, statement)
               ON CONFLICT {_ONE_AT_A_TIME} DO NOTHING RETURNING id""",
            [
                now,
                [new_id() for _ in ordered],
                [each.statement.partner_id for each in ordered],
                derived,
                [each.donor_ids[0] for each in ordered],
                [each.statement.id for each in ordered],
            ],
        ).fetchall()
    except psycopg.errors.UniqueViolation:
        raise errors.LinkStatementUsed from None
    # Whoever came first has the user: what this statement did not write is either the same person's or somebody else's.
    holders = dict(
        conn.execute(
            "SELECT partner_donor_id, donor_id FROM scenes_link WHERE partner_donor_id = ANY(%s) AND ended_at IS NULL",
            [derived],
        ).fetchall()
    )
    if any(holders.get(each.statement.partner_donor_id) not in each.donor_ids for each in ordered):
        raise errors.UserLinkedElsewhere
    if actor_id is not None and made:
        write_audit_rows(actor_id, "donor_linked", [row[0] for row in made], {}, now)


@command
def unlink_donors(link_ids: Sequence[UUID], donor_ids: Sequence[UUID], actor_id: UUID | None, now: datetime) -> int:
    """Ends links of these donors, whose consent is taken back; returns how many ended.

    What was given stays given; flowers that were not go on waiting for the partner's user.
    """
    ended = (
        raw_connection()
        .execute(
            """UPDATE scenes_link SET ended_at = %s WHERE id = ANY(%s) AND donor_id = ANY(%s) AND ended_at IS NULL
               RETURNING id""",
            [now, list(link_ids), list(donor_ids)],
        )
        .fetchall()
    )
    if actor_id is not None and ended:
        write_audit_rows(actor_id, "donor_unlinked", [row[0] for row in ended], {}, now)
    return len(ended)


@command
def release_users(statements: Sequence[LinkStatement], now: datetime) -> int:
    """Ends the links that partners' users have, for those users themselves: the partner vouches that it is they who ask.

    Whoever earned the flowers has the last word about them, even where a lost device or somebody else holds the other end.
    Errors: LinkStatementExpired, LinkStatementUsed.
    """
    if any(now >= each.expires_at for each in statements):
        raise errors.LinkStatementExpired
    conn = raw_connection()
    used = conn.execute(
        "SELECT 1 FROM scenes_link WHERE statement_id = ANY(%s)", [[each.id for each in statements]]
    ).fetchone()
    if used is not None:
        raise errors.LinkStatementUsed
    ended = conn.execute(
        "UPDATE scenes_link SET ended_at = %s WHERE partner_donor_id = ANY(%s) AND ended_at IS NULL",
        [now, [each.partner_donor_id for each in statements]],
    )
    return ended.rowcount

"""Reads of flowers."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from redflower.domains.flowers.posting import DEED, GIVEN, OF_SUBJECTS, RETURNED
from redflower.domains.flowers.types import DeedEarning, EarningView, FlowerBooks, GivenView, Unlocked
from redflower.domains.ledger.rules import account_id
from redflower.domains.ledger.selectors import sum_balances
from redflower.domains.ledger.types import BUSY_FLOWER_KINDS, BUSY_KINDS, AccountKind
from redflower.domains.scenes.selectors.links import list_linked_donors
from redflower.kernel.ids import derived_spans
from redflower.plumbing.db import fetch_all, fetch_one

_EARNING = (
    """SELECT e.id, e.donor_id, e.deed, e.earned_on, e.amount, e.subject_id, e.earned_at FROM flowers_earning e"""
)


def count_flowers(donor_ids: Iterable[UUID]) -> int:
    """How many flowers a person holds, over all the donors they have been."""
    return sum_balances(donor_ids, AccountKind.FLOWERS)


def list_earnings(donor_ids: Iterable[UUID], limit: int = 60) -> list[EarningView]:
    """A person's earned flowers, the latest day first."""
    rows = fetch_all(
        f"{_EARNING} WHERE donor_id = ANY(%s) ORDER BY earned_on DESC, id DESC LIMIT %s", [list(donor_ids), limit]
    )
    return [EarningView(**row) for row in rows]


def count_by_deed(donor_ids: Iterable[UUID]) -> dict[str, int]:
    """How many flowers each kind of deed has earned a person, most first."""
    rows = fetch_all(
        """SELECT deed, sum(amount)::bigint AS flowers FROM flowers_earning WHERE donor_id = ANY(%s)
           GROUP BY deed ORDER BY flowers DESC, deed""",
        [list(donor_ids)],
    )
    return {row["deed"]: row["flowers"] for row in rows}


def count_by_day(donor_ids: Iterable[UUID], since: date) -> dict[date, int]:
    """How many flowers a person earned on each day from `since` on; days without any are left out."""
    rows = fetch_all(
        """SELECT earned_on, sum(amount)::bigint AS flowers FROM flowers_earning
           WHERE donor_id = ANY(%s) AND earned_on >= %s GROUP BY earned_on""",
        [list(donor_ids), since],
    )
    return {row["earned_on"]: row["flowers"] for row in rows}


def find_earnings_of_subjects(subject_ids: Iterable[UUID]) -> dict[UUID, EarningView]:
    """The flower each gift earned, for those that earned one."""
    rows = fetch_all(f"{_EARNING} {OF_SUBJECTS}", derived_spans(list(subject_ids)))
    return {row["subject_id"]: EarningView(**row) for row in rows}


# Deeds of scenes with what they earned, at once or when they were released; sandboxes earn nothing.
_DEEDS = """
SELECT d.id, c.kind AS deed, d.done_on AS earned_on, d.flowers + coalesce(r.flowers, 0) AS flowers,
       d.money_minor + coalesce(r.money_minor, 0) AS money_minor, d.campaign_id, d.donor_id,
       coalesce(d.project_id, r.project_id, p.project_id) AS project_id,
       EXISTS (SELECT 1 FROM scenes_ruling v WHERE v.deed_id = d.id AND v.kind = 'reversed') AS is_burned
FROM scenes_deed d JOIN scenes_campaign c ON c.id = d.campaign_id AND NOT c.is_sandbox
LEFT JOIN scenes_ruling r ON d.status = 3 AND r.deed_id = d.id AND r.kind = 'released'
LEFT JOIN scenes_placement p ON p.id = d.id
"""
# Of earnings `e`: those of gifts that were not given back.
_UNBURNED = "NOT EXISTS (SELECT 1 FROM flowers_burning b WHERE b.id = e.id)"


def list_donors_of_person(donor_ids: Iterable[UUID]) -> list[UUID]:
    """Every donor a person is: those given, and those they are in partners' apps by their consent."""
    own = list(donor_ids)
    return [*own, *list_linked_donors(own)]


def get_flower_books(donor_ids: Iterable[UUID]) -> FlowerBooks:
    """How many flowers a person earned, gave, holds, and how many are on their way to them."""
    donors = list(donor_ids)
    accounts = [account_id(AccountKind.FLOWERS, donor) for donor in donors]
    # Transfers by account are indexed for all but the busy kinds; what was earned is told by the deeds themselves.
    moved = fetch_one(
        f"""SELECT coalesce(sum(amount) FILTER (WHERE kind = %s), 0)::bigint AS given,
                   coalesce(sum(amount) FILTER (WHERE kind IN ('deed_burned', 'flower_burned')), 0)::bigint AS burned
            FROM ledger_transfer WHERE debit_id = ANY(%s) AND kind NOT IN {BUSY_KINDS}""",
        [GIVEN, accounts],
    ) or {"given": 0, "burned": 0}
    came = fetch_one(
        f"""SELECT coalesce(sum(amount) FILTER (WHERE kind = %s), 0)::bigint AS returned
            FROM ledger_transfer WHERE credit_id = ANY(%s) AND kind NOT IN {BUSY_FLOWER_KINDS}""",
        [RETURNED, accounts],
    ) or {"returned": 0}
    earned = fetch_one(
        f"""SELECT (SELECT coalesce(sum(amount), 0) FROM flowers_earning WHERE donor_id = ANY(%s))::bigint
                 + (SELECT coalesce(sum(e.flowers), 0) FROM ({_DEEDS}) e WHERE e.donor_id = ANY(%s))::bigint AS n""",
        [donors, donors],
    ) or {"n": 0}
    coming = fetch_one(
        f"""SELECT coalesce(sum(e.flowers), 0)::bigint AS n FROM ({_DEEDS}) e WHERE e.donor_id = ANY(%s) AND e.flowers > 0
            AND NOT EXISTS (SELECT 1 FROM ledger_transfer t WHERE t.id = e.id AND t.kind = %s)""",
        [donors, DEED],
    ) or {"n": 0}
    return FlowerBooks(
        earned=earned["n"],
        burned=moved["burned"],
        given=moved["given"],
        returned=came["returned"],
        held=count_flowers(donors),
        on_their_way=coming["n"],
    )


def count_deeds_by_kind(donor_ids: Iterable[UUID]) -> dict[str, int]:
    """How many good deeds of each kind a person did, gifts (by days) and scenes' alike, most first: what badges count."""
    donors = list(donor_ids)
    rows = fetch_all(
        f"""SELECT deed, count(*) AS n FROM (
                SELECT deed FROM flowers_earning e WHERE donor_id = ANY(%s) AND {_UNBURNED}
                UNION ALL SELECT deed FROM ({_DEEDS}) e WHERE donor_id = ANY(%s) AND flowers > 0 AND NOT is_burned) d
            GROUP BY deed ORDER BY n DESC, deed""",
        [donors, donors],
    )
    return {row["deed"]: row["n"] for row in rows}


def count_flowers_by_kind(donor_ids: Iterable[UUID]) -> dict[str, int]:
    """How many flowers each kind of deed earned a person, most first; burned ones left out."""
    donors = list(donor_ids)
    rows = fetch_all(
        f"""SELECT deed, sum(flowers)::bigint AS n FROM (
                SELECT deed, amount AS flowers FROM flowers_earning e WHERE donor_id = ANY(%s) AND {_UNBURNED}
                UNION ALL SELECT deed, flowers FROM ({_DEEDS}) e WHERE donor_id = ANY(%s) AND flowers > 0 AND NOT is_burned) d
            GROUP BY deed ORDER BY n DESC, deed""",
        [donors, donors],
    )
    return {row["deed"]: row["n"] for row in rows}


def list_deeds_that_earned(donor_ids: Iterable[UUID], limit: int = 60) -> list[DeedEarning]:
    """A person's deeds that earned flowers, gifts and scenes' together, the latest day first."""
    donors = list(donor_ids)
    rows = fetch_all(
        f"""SELECT * FROM (
                SELECT e.id, e.deed, e.earned_on, e.amount AS flowers, 0::bigint AS money_minor, NULL::uuid AS campaign_id,
                       g.project_id, NOT {_UNBURNED} AS is_burned
                FROM flowers_earning e LEFT JOIN donations_gift g ON g.id = e.subject_id WHERE e.donor_id = ANY(%s)
                UNION ALL
                SELECT id, deed, earned_on, flowers, money_minor, campaign_id, project_id, is_burned FROM ({_DEEDS}) s
                WHERE donor_id = ANY(%s) AND flowers > 0) d
            ORDER BY earned_on DESC, id DESC LIMIT %s""",
        [donors, donors, limit],
    )
    return [DeedEarning(**row) for row in rows]


def list_given(donor_ids: Iterable[UUID], limit: int = 60) -> list[GivenView]:
    """Where a person's flowers went, the latest first: dreams, projects' bonuses, friends' teams."""
    accounts = {account_id(AccountKind.FLOWERS, donor): donor for donor in donor_ids}
    rows = fetch_all(
        f"""SELECT t.subject_id AS id, t.debit_id, a.kind AS to_kind, a.owner_id AS to_owner_id, t.amount,
                  t.booked_at AS given_at, EXISTS (SELECT 1 FROM ledger_transfer r WHERE r.reverses_id = t.id) AS is_returned
           FROM ledger_transfer t JOIN ledger_account a ON a.id = t.credit_id
           WHERE t.debit_id = ANY(%s) AND t.kind = %s AND t.kind NOT IN {BUSY_KINDS} ORDER BY t.id DESC LIMIT %s""",
        [list(accounts), GIVEN, limit],
    )
    return [
        GivenView(
            id=row["id"],
            donor_id=accounts[row["debit_id"]],
            to_kind=AccountKind(row["to_kind"]),
            to_owner_id=row["to_owner_id"],
            amount=row["amount"],
            given_at=row["given_at"],
            is_returned=row["is_returned"],
        )
        for row in rows
    ]


def list_unlocked(donor_ids: Iterable[UUID], limit: int = 20) -> list[Unlocked]:
    """What a person's deeds made happen: the sponsors' money they unlocked, by project, most first."""
    rows = fetch_all(
        f"""SELECT project_id, sum(money_minor)::bigint AS money_minor, count(*) AS deeds FROM ({_DEEDS}) e
            WHERE donor_id = ANY(%s) AND money_minor > 0 AND project_id IS NOT NULL AND NOT is_burned
            GROUP BY project_id ORDER BY money_minor DESC, project_id LIMIT %s""",
        [list(donor_ids), limit],
    )
    return [Unlocked(**row) for row in rows]


def count_flowers_by_day(donor_ids: Iterable[UUID], since: date) -> dict[date, int]:
    """How many flowers a person earned on each day from `since` on, gifts and scenes' alike: a garden, a year in review."""
    donors = list(donor_ids)
    rows = fetch_all(
        f"""SELECT earned_on, sum(flowers)::bigint AS n FROM (
                SELECT earned_on, amount AS flowers FROM flowers_earning e
                WHERE donor_id = ANY(%s) AND earned_on >= %s AND {_UNBURNED}
                UNION ALL SELECT earned_on, flowers FROM ({_DEEDS}) e
                          WHERE donor_id = ANY(%s) AND earned_on >= %s AND flowers > 0 AND NOT is_burned) d GROUP BY 1""",
        [donors, since, donors, since],
    )
    return {row["earned_on"]: row["n"] for row in rows}

"""Reads of flowers."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from redflower.domains.flowers.types import EarningView
from redflower.domains.ledger.selectors import sum_balances
from redflower.domains.ledger.types import AccountKind
from redflower.plumbing.db import fetch_all

_EARNING = "SELECT id, donor_id, deed, earned_on, amount, subject_id, earned_at FROM flowers_earning"


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
    rows = fetch_all(f"{_EARNING} WHERE subject_id = ANY(%s)", [list(subject_ids)])
    return {row["subject_id"]: EarningView(**row) for row in rows}

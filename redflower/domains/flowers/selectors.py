"""Reads of flowers."""

from collections.abc import Iterable
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
    rows = fetch_all(f"{_EARNING} WHERE donor_id = ANY(%s) ORDER BY earned_on DESC, id DESC LIMIT %s", [list(donor_ids), limit])
    return [EarningView(**row) for row in rows]


def find_earnings_of_subjects(subject_ids: Iterable[UUID]) -> dict[UUID, EarningView]:
    """The flower each gift earned, for those that earned one."""
    rows = fetch_all(f"{_EARNING} WHERE subject_id = ANY(%s)", [list(subject_ids)])
    return {row["subject_id"]: EarningView(**row) for row in rows}

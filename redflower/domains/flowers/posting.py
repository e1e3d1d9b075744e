"""Issuing flowers for a list of deeds, on the driver's own connection."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import compress
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.flowers.rules import Deeds, FlowerRule, SettledDeed, pick_first_of_day, plan_pieces
from redflower.domains.flowers.types import FlowerGift, PersonGift
from redflower.domains.ledger.posting import hold_accounts, open_accounts, post_transfers
from redflower.domains.ledger.rules import account_id, account_ids
from redflower.domains.ledger.types import AccountKind, Asset, ClaimedTransfers, NewAccount, NewTransfer
from redflower.kernel.ids import derive_id, derive_ids, derived_spans
from redflower.plumbing.columns import UuidArray
from redflower.plumbing.rows import Same, claim_rows, read_rows

Connection = psycopg.Connection[Any]


# Earnings `e` of subjects, with the columns of `kernel.ids.derived_spans`.
OF_SUBJECTS = """JOIN unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS s(subject, low, high)
                 ON e.id BETWEEN s.low AND s.high AND e.subject_id = s.subject"""

_TURN_TO_EARN = 0x5EEDF10  # an advisory lock's number; no other in the project

_WORTH_A_LOOK = 10  # deeds; fewer are written at once, and the unique key tells which had earned


def claim_earnings(conn: Connection, deeds: Deeds, rule: FlowerRule, now: datetime) -> list[ClaimedTransfers]:
    """Writes the earnings that are first of their donor and day.

    Shape: the batch of transfers that carries them out, for `ledger.post_claimed_transfers` or its halves; none when nothing
    was earned.
    Needs: an open transaction; waits for every other one that has claimed earnings, until it has ended. Whoever looks
    at who earned today is alone in doing so: two lists of a busy hour nearly always have a donor in common, and finding
    that out by the unique key would mean to write one of them twice.
    Replay: a deed that earned before, or whose donor has earned today, gets nothing.
    """
    conn.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN_TO_EARN])
    first = pick_first_of_day(deeds)
    keys = sorted(first.keys() - _find_earned(conn, first, rule))
    if not keys:
        return []
    donors, days = zip(*keys, strict=True)
    subjects = [first[key] for key in keys]
    ids = derive_ids(subjects, rule.deed)
    claimed = claim_rows(
        conn,
        "flowers_earning",
        {
            "id": ("uuid", ids),
            "earned_on": ("date", days),
            "deed": ("text", Same(rule.deed)),
            "donor_id": ("uuid", donors),
            "amount": ("integer", Same(rule.amount)),
            "subject_id": ("uuid", subjects),
            "rule": ("text", Same(rule.label)),
            "earned_at": ("timestamptz", Same(now)),
        },
        "subject_id",
    )
    if claimed is not None:
        is_new = [subject in claimed for subject in subjects]
        ids, donors = [*compress(ids, is_new)], (*compress(donors, is_new),)
        if not ids:
            return []
    mint = account_id(AccountKind.MINT).bytes
    batch = ClaimedTransfers(
        Asset.FLOWER, "flower", rule.label, ids, ids, [mint] * len(ids), account_ids(AccountKind.FLOWERS, donors),
        [rule.amount] * len(ids), donors,
    )  # fmt: skip
    return [batch]


def _find_earned(conn: Connection, deeds: Collection[tuple[bytes, date]], rule: FlowerRule) -> set[tuple[bytes, date]]:
    earned: set[tuple[bytes, date]] = set()
    if len(deeds) < _WORTH_A_LOOK:
        return earned
    # One statement a day: a list seldom knows two.
    for day in {day for _, day in deeds}:
        rows = read_rows(
            conn,
            """SELECT uuid_send(donor_id) FROM flowers_earning
               WHERE donor_id = ANY(%s::uuid[]) AND earned_on = %s AND deed = %s""",
            [UuidArray([donor for donor, done_on in deeds if done_on == day]), day, rule.deed],
        )
        earned.update((donor, day) for (donor,) in rows)
    return earned


def mint_account() -> NewAccount:
    """Where every flower comes from."""
    return NewAccount(account_id(AccountKind.MINT), Asset.FLOWER, AccountKind.MINT, None)


def _flower_account(donor_id: UUID) -> NewAccount:
    return NewAccount(account_id(AccountKind.FLOWERS, donor_id), Asset.FLOWER, AccountKind.FLOWERS, donor_id)


GIVEN = "flowers_given"
RETURNED = "flowers_returned"


def plan_flower_gifts(gifts: Sequence[FlowerGift]) -> list[NewTransfer]:
    """The transfers that carry gifts of flowers out, to be booked with whatever else the caller books.

    Needs: the receiving accounts, opened with `receiving_accounts`; the ledger refuses what a donor does not hold.
    Replay: the ids come from the gifts, so a gift booked before moves nothing.
    """
    return [
        NewTransfer(
            id=derive_id(gift.id, GIVEN),
            asset=Asset.FLOWER,
            kind=GIVEN,
            debit_id=account_id(AccountKind.FLOWERS, gift.donor_id),
            credit_id=account_id(gift.to_kind, gift.to_owner_id),
            amount=gift.amount,
            subject_id=gift.id,
        )
        for gift in gifts
    ]


def plan_flower_returns(gifts: Sequence[FlowerGift]) -> list[NewTransfer]:
    """The transfers that bring flowers back to those who gave them, each mirroring its gift once."""
    return [
        NewTransfer(
            id=derive_id(gift.id, RETURNED),
            asset=Asset.FLOWER,
            kind=RETURNED,
            debit_id=account_id(gift.to_kind, gift.to_owner_id),
            credit_id=account_id(AccountKind.FLOWERS, gift.donor_id),
            amount=gift.amount,
            subject_id=gift.id,
            reverses_id=derive_id(gift.id, GIVEN),
        )
        for gift in gifts
    ]


def receiving_accounts(gifts: Sequence[FlowerGift]) -> list[NewAccount]:
    """The accounts that gifts of flowers go to, and the donors' own, to open before booking."""
    pairs = {(gift.to_kind, gift.to_owner_id) for gift in gifts}
    pairs |= {(AccountKind.FLOWERS, gift.donor_id) for gift in gifts}
    return [NewAccount(account_id(kind, owner), Asset.FLOWER, kind, owner) for kind, owner in pairs]


def give_flowers(conn: Connection, gifts: Sequence[FlowerGift], now: datetime) -> set[UUID]:
    """Moves flowers from donors to what they are given to, all or none; returns the ids of the gifts booked now.

    Needs: an open transaction.
    Errors: TransferAmountOutOfRange, TransferConflict (a gift's id with other content), BalanceTooLow.
    Replay: a gift made before is left out of the answer and moves nothing.
    """
    open_accounts(conn, receiving_accounts(gifts), now)
    booked = post_transfers(conn, plan_flower_gifts(gifts), now)
    return {gift.id for gift in gifts if derive_id(gift.id, GIVEN) in booked}


def plan_pieces_of_people(conn: Connection, gifts: Sequence[PersonGift], now: datetime) -> list[FlowerGift]:
    """Takes each person's flowers from whichever of their donors hold some; a gift made before is left out.

    Needs: an open transaction; holds the purses and the accounts that receive until it ends.
    Errors: FlowersNotEnough.
    """
    whole = [
        FlowerGift(each.id, donor, each.to_kind, each.to_owner_id, each.amount)
        for each in gifts
        for donor in each.donor_ids
    ]
    open_accounts(conn, receiving_accounts(whole), now)
    ends = {account_id(each.to_kind, each.to_owner_id) for each in gifts}
    purses = {account_id(AccountKind.FLOWERS, each.donor_id): each.donor_id for each in whole}
    free = hold_accounts(conn, [*ends, *purses])
    held = {donor: free.get(purse, 0) for purse, donor in purses.items()}
    possible = {derive_id(_piece(each.id, each.donor_id), GIVEN): each.id for each in whole}
    rows = conn.execute("SELECT id FROM ledger_transfer WHERE id = ANY(%s)", [list(possible)]).fetchall()
    made = {possible[row[0]] for row in rows}
    pieces = []
    for gift in gifts:
        if gift.id in made:
            continue
        made.add(gift.id)
        for donor, part in plan_pieces(gift.amount, gift.donor_ids, held):
            held[donor] -= part
            pieces.append(FlowerGift(_piece(gift.id, donor), donor, gift.to_kind, gift.to_owner_id, part))
    return pieces


def _piece(gift_id: UUID, donor_id: UUID) -> UUID:
    return derive_id(gift_id, f"of:{donor_id}")


DEED = "deed_flower"


def plan_deed_flowers(deeds: Sequence[SettledDeed]) -> list[NewTransfer]:
    """The transfers that issue the flowers of scenes' deeds, one a deed, under its deed's id."""
    mint = account_id(AccountKind.MINT)
    return [
        NewTransfer(
            id=deed.id,
            asset=Asset.FLOWER,
            kind=DEED,
            debit_id=mint,
            credit_id=account_id(AccountKind.FLOWERS, deed.donor_id),
            amount=deed.flowers,
            subject_id=deed.id,
            rule=deed.rule,
        )
        for deed in deeds
        if deed.flowers
    ]


BED = "deeds_flowers"


def bed_id(request_id: UUID, campaign_id: UUID) -> UUID:
    """The transfer that a request's flowers in a campaign came by."""
    return derive_id(request_id, f"{BED}:{campaign_id}")


def plan_bed(request_id: UUID, campaign_id: UUID, flowers: int, rule: str) -> ClaimedTransfers:
    """Issues the flowers of a whole request's deeds into its campaign's bed; people get theirs from there."""
    mint, bed = account_id(AccountKind.MINT), account_id(AccountKind.BED, campaign_id)
    return ClaimedTransfers(
        Asset.FLOWER, BED, rule, [bed_id(request_id, campaign_id).bytes], [request_id.bytes], [mint.bytes], [bed.bytes],
        [flowers], [campaign_id.bytes], AccountKind.BED,
    )  # fmt: skip


def hand_out_flowers(conn: Connection, request_ids: Sequence[UUID], now: datetime) -> int:
    """Brings the flowers that lie in beds for these requests' deeds to the people who earned them; returns how many deeds.

    Needs: an open transaction. Replay: a deed's flowers are handed out once.
    """
    handed = 0
    for request_id in request_ids:
        rows = conn.execute(
            """SELECT d.id, d.donor_id, d.flowers, s.code || '@' || s.version, d.campaign_id FROM scenes_deed d
               JOIN scenes_campaign c ON c.id = d.campaign_id JOIN scenes_rule_set s ON s.id = c.rule_set_id
               WHERE d.id BETWEEN %s AND %s AND d.flowers > 0 AND NOT c.is_sandbox""",
            [UUID(int=request_id.int ^ 0xFFFF), request_id],
        ).fetchall()
        if not rows:
            continue
        beds = {row[0]: account_id(AccountKind.BED, row[4]) for row in rows}
        planned = plan_deed_flowers([SettledDeed(*row[:4]) for row in rows])
        open_accounts(conn, flower_accounts(row[1] for row in rows), now)
        post_transfers(conn, [replace(transfer, debit_id=beds[transfer.id]) for transfer in planned], now)
        handed += len(rows)
    return handed


def flower_accounts(donor_ids: Iterable[UUID]) -> list[NewAccount]:
    """The mint and the accounts of donors who are about to be given flowers."""
    return [mint_account(), *(_flower_account(donor_id) for donor_id in set(donor_ids))]


def load_earned(conn: Connection, subject_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many flowers each subject, a gift or another deed, has earned; those that earned none are left out."""
    rows = conn.execute(
        f"SELECT e.subject_id, sum(e.amount)::int FROM flowers_earning e {OF_SUBJECTS} GROUP BY e.subject_id",
        derived_spans(subject_ids),
    ).fetchall()
    return dict(rows)


BURNED = "deed_burned"


def burn_flowers(conn: Connection, deeds: Sequence[SettledDeed], now: datetime) -> list[NewTransfer]:
    """Records what is burned of reversed deeds' flowers and plans the transfers that carry it out.

    What a donor has given away by now stays where it was given: nobody falls below zero, and no dream loses a petal.
    Needs: an open transaction; holds the donors' accounts and the mint until it ends.
    """
    accounts = {deed.donor_id: account_id(AccountKind.FLOWERS, deed.donor_id) for deed in deeds}
    # The mint in its place, as every booking locks it.
    held = hold_accounts(conn, [*accounts.values(), account_id(AccountKind.MINT)])
    burned = []
    for deed in deeds:
        amount = min(deed.flowers, held.get(accounts[deed.donor_id], 0))
        held[accounts[deed.donor_id]] = held.get(accounts[deed.donor_id], 0) - amount
        burned.append((deed, amount))
    conn.execute(
        """INSERT INTO flowers_burning (id, donor_id, asked, burned, burned_at)
           SELECT b.*, %s FROM unnest(%s::uuid[], %s::uuid[], %s::integer[], %s::integer[]) AS b""",
        [
            now,
            [deed.id for deed, _ in burned],
            [deed.donor_id for deed, _ in burned],
            [deed.flowers for deed, _ in burned],
            [amount for _, amount in burned],
        ],
    )
    return [
        NewTransfer(
            id=derive_id(deed.id, BURNED),
            asset=Asset.FLOWER,
            kind=BURNED,
            debit_id=accounts[deed.donor_id],
            credit_id=account_id(AccountKind.MINT),
            amount=amount,
            subject_id=deed.id,
            rule=deed.rule,
        )
        for deed, amount in burned
        if amount
    ]


GIFT_FLOWER_BURNED = "flower_burned"


def burn_gift_flowers(conn: Connection, gift_ids: Sequence[UUID], now: datetime) -> list[NewTransfer]:
    """As `burn_flowers`, for what gifts earned that go back; their donors' day is not earned anew by another gift."""
    rows = conn.execute(
        f"SELECT e.id, e.donor_id, e.amount, e.rule FROM flowers_earning e {OF_SUBJECTS} ORDER BY e.id",
        derived_spans(gift_ids),
    ).fetchall()
    burned = burn_flowers(conn, [SettledDeed(*row) for row in rows], now) if rows else []
    return [replace(transfer, kind=GIFT_FLOWER_BURNED) for transfer in burned]

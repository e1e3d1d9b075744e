"""Writes of flowers: giving them away, and what rulings on deeds issue and burn."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from redflower.domains.festivals.posting import bonuses
from redflower.domains.festivals.rules.bonuses import bonus_id
from redflower.domains.festivals.types import NewBonusGift
from redflower.domains.flowers import posting
from redflower.domains.flowers.rules import SettledDeed, check_flowers
from redflower.domains.flowers.types import BonusGift, FlowerGift, PersonGift
from redflower.domains.ledger.posting import open_accounts, post_transfers
from redflower.domains.ledger.types import AccountKind
from redflower.domains.projects.errors import ProjectNotFound
from redflower.domains.projects.selectors import find_projects_by_id
from redflower.domains.scenes.services import deeds as scenes
from redflower.plumbing.db import command, raw_connection, step
from redflower.plumbing.events import append_events


@command
def give_flowers(gifts: Sequence[FlowerGift], now: datetime) -> set[UUID]:
    """Gives flowers to projects' bonuses, teams and dreams, all or none; returns the ids of the gifts made now.

    Errors: TransferAmountOutOfRange, TransferConflict, BalanceTooLow.
    Replay: a gift made before, by its id, moves nothing.
    """
    given = posting.give_flowers(raw_connection(), gifts, now)
    if given:
        append_events(raw_connection(), [("flowers.given", {"gifts": [str(gift) for gift in sorted(given)]})], now)
    return given


@command
def give_flowers_of_people(gifts: Sequence[PersonGift], now: datetime) -> None:
    """Gives flowers to projects' bonuses and teams, each from all the donors a person is; all or none.

    Errors: FlowersInvalid, FlowersNotEnough.
    Replay: a gift made before, by its id, moves nothing.
    """
    for gift in gifts:
        check_flowers(gift.amount)
    conn = raw_connection()
    given = posting.give_flowers(conn, posting.plan_pieces_of_people(conn, gifts, now), now)
    if given:
        append_events(conn, [("flowers.given", {"gifts": [str(gift) for gift in sorted(given)]})], now)


@command
def give_bonus_flowers(gifts: Sequence[BonusGift], zone: str, now: datetime) -> None:
    """Gives flowers to projects' bonuses in festivals; they count from the next day on. All or none.

    Errors: FlowersInvalid, FlowersNotEnough, ProjectNotFound, FestivalNotFound, BonusNotOffered (by the festival's rules),
    BonusOver (no day is left that would count them), BonusProjectsReached (too many projects of one festival).
    Replay: a gift made before, by its id, moves nothing.
    """
    for gift in gifts:
        check_flowers(gift.flowers)
    if find_projects_by_id({gift.project_id for gift in gifts}).keys() != {gift.project_id for gift in gifts}:
        raise ProjectNotFound
    conn = raw_connection()
    terms = bonuses.hold_bonuses(conn, {gift.festival_id for gift in gifts})
    pairs = {bonus_id(gift.festival_id, gift.project_id): (gift.festival_id, gift.project_id) for gift in gifts}
    whole = [
        PersonGift(
            gift.id,
            gift.donor_ids,
            AccountKind.BONUS_FLOWERS,
            bonus_id(gift.festival_id, gift.project_id),
            gift.flowers,
        )
        for gift in gifts
    ]
    pieces = posting.plan_pieces_of_people(conn, whole, now)
    if not pieces:
        return
    written = [NewBonusGift(each.id, *pairs[each.to_owner_id], each.donor_id, each.amount) for each in pieces]
    bonuses.record_bonus_gifts(conn, terms, written, zone, now)
    bonuses.check_projects(conn, terms, [(gift.festival_id, gift.donor_ids) for gift in gifts])
    given = posting.give_flowers(conn, pieces, now)
    append_events(conn, [("flowers.given", {"gifts": [str(gift) for gift in sorted(given)]})], now)


@step
def move_flowers(gifts: Sequence[FlowerGift], now: datetime) -> set[UUID]:
    """As `give_flowers`, as a part of somebody's command that tells its own event."""
    return posting.give_flowers(raw_connection(), gifts, now)


@step
def hand_out_flowers(request_ids: Sequence[UUID], now: datetime) -> int:
    """Brings flowers from campaigns' beds to the people whose deeds earned them; returns for how many deeds.

    Replay: a deed's flowers are handed out once.
    """
    return posting.hand_out_flowers(raw_connection(), request_ids, now)


@command
def release_deeds(ids: Sequence[UUID], note: str, actor_id: UUID, zone: str, now: datetime) -> None:
    """Lets held deeds earn what their day's limits leave of them: flowers and the sponsor's money; all or none.

    Errors: OperatorNeeded, DeedNotFound, DeedNotHeld.
    """
    ruled = scenes.release_deeds(ids, note, actor_id, zone, now)
    flowers = [SettledDeed(each.deed_id, each.donor_id, each.flowers, each.rule) for each in ruled.flowers]
    conn = raw_connection()
    if flowers:
        open_accounts(conn, posting.flower_accounts(each.donor_id for each in flowers), now)
    if transfers := [*posting.plan_deed_flowers(flowers), *ruled.transfers]:
        post_transfers(conn, transfers, now)


@command
def reverse_deeds(ids: Sequence[UUID], note: str, actor_id: UUID, now: datetime) -> None:
    """Takes back what deeds earned: burns flowers as far as they are still held, returns money to its campaign.

    Errors: OperatorNeeded, ReviewNoteMissing, DeedNotFound, DeedReversed, BalanceTooLow (a project has spent the money).
    """
    ruled = scenes.reverse_deeds(ids, note, actor_id, now)
    conn = raw_connection()
    flowers = [SettledDeed(each.deed_id, each.donor_id, each.flowers, each.rule) for each in ruled.flowers]
    burned = posting.burn_flowers(conn, flowers, now) if flowers else []
    if transfers := [*burned, *ruled.transfers]:
        post_transfers(conn, transfers, now)

"""Where one gift went, step by step, each with its entry in the public log."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from redflower.domains.donations.rules import write_code
from redflower.domains.donations.types import GiftState, GiftView
from redflower.domains.festivals.selectors import count_undrawn_tickets, list_awards_of_gifts
from redflower.domains.festivals.types import AwardView
from redflower.domains.flowers.selectors import find_earnings_of_subjects
from redflower.domains.flowers.types import EarningView
from redflower.domains.ledger.selectors import list_transfers_of_subjects
from redflower.domains.ledger.types import Phase
from redflower.domains.organizations.selectors import find_charities_by_id
from redflower.domains.organizations.types import CharityView
from redflower.domains.projects.selectors import find_projects_by_id
from redflower.domains.projects.types import ProjectView
from redflower.domains.proofs.errors import LogNotStarted
from redflower.domains.proofs.rules import AWARD_RETURNED, GIFT_RETURNED
from redflower.domains.proofs.selectors import find_entries, get_checkpoint
from redflower.domains.proofs.types import CheckpointView, EntryKind, EntryView
from redflower.kernel.ids import ceiling_id, short_code


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a fact stands in the public log."""

    index: int | None  # its place, once it has one
    is_proven: bool  # a signed checkpoint covers it

    @property
    def href(self) -> str:
        return f"/verify/entries/{self.index}" if self.index is not None else ""


@dataclass(frozen=True, slots=True)
class Return:
    """Something of a gift that went back: the gift to its donor, or its match to the sponsor. Units: fen."""

    is_gift: bool
    amount_minor: int
    at: datetime
    mark: Mark


@dataclass(frozen=True, slots=True)
class Trail:
    """A settled gift and everything that followed it. Units: fen."""

    gift: GiftView
    code: str
    short_code: str
    project: ProjectView
    charity: CharityView | None
    earned: EarningView | None
    awards: Sequence[AwardView]
    is_drawing: bool
    checkpoint: CheckpointView | None
    mark: Mark
    flower_mark: Mark
    award_marks: dict[UUID, Mark]  # by pool
    returns: Sequence[Return]

    @property
    def matched_minor(self) -> int:
        return sum(award.amount_minor for award in self.awards)

    @property
    def kept_minor(self) -> int:
        """What the project still has of it."""
        return self.gift.amount_minor + self.matched_minor - sum(each.amount_minor for each in self.returns)

    @property
    def ledger_href(self) -> str:
        """The page of the project's public ledger that begins with this gift."""
        return f"/projects/{self.project.slug}/ledger?after={ceiling_id(self.gift.id)}#{self.short_code}"


def load_trail(gift: GiftView) -> Trail:
    """A gift with what followed it; a fixed number of queries, two more when it was given back."""
    project = find_projects_by_id([gift.project_id])[gift.project_id]
    entries = find_entries([gift.id])
    checkpoint = find_checkpoint()
    return Trail(
        gift=gift,
        code=write_code(gift.id),
        short_code=short_code(gift.id),
        project=project,
        charity=find_charities_by_id([project.charity_id]).get(project.charity_id),
        earned=find_earnings_of_subjects([gift.id]).get(gift.id),
        awards=list_awards_of_gifts([gift.id]).get(gift.id, []),
        is_drawing=gift.id in count_undrawn_tickets([gift.id]),
        checkpoint=checkpoint,
        mark=_mark(entries, EntryKind.GIFT, checkpoint),
        flower_mark=_mark(entries, EntryKind.FLOWER, checkpoint),
        award_marks={
            UUID(read_body(entry)["pool"]): _place(entry, checkpoint)
            for entry in entries
            if entry.kind == EntryKind.AWARD
        },
        returns=_load_returns(gift.id, checkpoint) if gift.state == GiftState.REFUNDED else (),
    )


def _load_returns(gift_id: UUID, checkpoint: CheckpointView | None) -> list[Return]:
    transfers = [
        each
        for each in list_transfers_of_subjects([gift_id]).get(gift_id, [])
        if each.kind in (GIFT_RETURNED, AWARD_RETURNED) and each.phase == Phase.POST
    ]
    places = {
        UUID(item[0]): _place(entry, checkpoint)
        for entry in find_entries([each.id for each in transfers])
        for item in read_body(entry)["items"]
    }
    transfers.sort(key=lambda each: each.kind != GIFT_RETURNED)  # the gift first
    return [
        Return(
            each.kind == GIFT_RETURNED, each.amount, each.booked_at, places.get(each.id, Mark(None, is_proven=False))
        )
        for each in transfers
    ]


def find_checkpoint() -> CheckpointView | None:
    """The published checkpoint, or None while the log has none."""
    try:
        return get_checkpoint()
    except LogNotStarted:
        return None


def read_body(entry: EntryView) -> dict[str, Any]:
    """An entry's fields."""
    fields: dict[str, Any] = json.loads(entry.body)
    return fields


def _mark(entries: Sequence[EntryView], kind: EntryKind, checkpoint: CheckpointView | None) -> Mark:
    found = next((entry for entry in entries if entry.kind == kind), None)
    return _place(found, checkpoint) if found else Mark(None, is_proven=False)


def _place(entry: EntryView, checkpoint: CheckpointView | None) -> Mark:
    return Mark(entry.index, is_proven=checkpoint is not None and entry.index < checkpoint.size)


def describe_gift(trail: Trail) -> dict[str, Any]:
    """What a receipt confirms, as a plain value: the same for ever, whatever is drawn or reported later."""
    gift = trail.gift
    paid_at: datetime | None = gift.paid_at
    return {
        "gift": gift.id,
        "amount_minor": gift.amount_minor,
        "paid_at": paid_at,
        "project": gift.project_id,
        "charity": trail.project.charity_id,
        "shown_name": gift.shown_name,
    }

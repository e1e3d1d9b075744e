"""The smallest world in which somebody may dream: a call, proposals, a round, and people with flowers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from redflower.domains.dreams import selectors, services
from redflower.domains.dreams.types import (
    Act,
    BallotOutcome,
    BallotRequest,
    BudgetItem,
    DraftSave,
    NewCall,
    NewDream,
    NewRound,
    ScreenAct,
    Wish,
)
from redflower.domains.flowers.posting import mint_account
from redflower.domains.ledger.posting import open_accounts, post_transfers
from redflower.domains.ledger.rules import account_id
from redflower.domains.ledger.types import AccountKind, Asset, NewAccount, NewTransfer
from redflower.domains.people.services import make_donors, make_operator
from redflower.kernel.ids import new_id
from redflower.plumbing.db import command, raw_connection
from tests.factories import NOON, make_charity

GRANT = 5_000_000
OPENS, CLOSES = NOON + timedelta(days=1), NOON + timedelta(days=31)


def make_operators() -> tuple[UUID, UUID]:
    """Two people: one who does, one who checks."""
    return make_operator("maker@example.org", NOON), make_operator("checker@example.org", NOON)


def make_call(operator: UUID, fund_minor: int = 20 * GRANT, at: datetime = NOON, **fields: object) -> UUID:
    """A call open from a day before to ten days after `at`, written by an operator and announced by another."""
    values = {
        "slug": f"call-{new_id().hex[-10:]}", "title_zh": "一花一梦想", "title_en": "One flower, one dream", "brief_zh": "写下来",
        "brief_en": "Write it down", "eligible_zh": "任何人", "eligible_en": "Anyone", "sponsor_zh": "出资方",
        "sponsor_en": "Sponsor", "themes": (), "opens_at": at - timedelta(days=1), "closes_at": at + timedelta(days=10),
        "grant_min_minor": 100_000, "grant_max_minor": 10_000_000, "fund_minor": fund_minor,
    }  # fmt: skip
    call = NewCall(**{**values, **fields})
    checker = make_operator(f"{new_id().hex}@example.org", at)
    services.decide_call(services.propose_call(call, operator, at), True, "", checker, at)
    return selectors.find_call(call.slug).id


def make_wish(**fields: object) -> Wish:
    """A proposal without a hole in it."""
    values = {
        "title_zh": "给山里的教室一架钢琴", "title_en": "A piano for a school in the hills", "summary_zh": "一架琴",
        "summary_en": "One piano", "need_zh": "没有琴", "need_en": "There is none", "story_zh": "故事", "story_en": "Story",
        "helped_zh": "孩子", "helped_en": "Children", "people": 126, "cause": "education", "region": "530000",
        "budget": (BudgetItem("钢琴", "Piano", GRANT),), "author_name": "李老师", "about_zh": "音乐老师",
        "about_en": "A teacher of music", "email": "author@example.org",
    }  # fmt: skip
    return Wish(**{**values, **fields})


def propose(call_id: UUID, author: UUID | None = None, at: datetime = NOON, **fields: object) -> UUID:
    """A proposal that has been handed in."""
    proposal_id = new_id()
    draft = DraftSave(proposal_id, call_id, author or make_donors(1, at)[0], make_wish(**fields))
    services.save_proposals([draft], "zh-hans", (), at)
    services.submit_proposals([proposal_id], at)
    return proposal_id


def open_dreams(
    count: int = 1, minimum: int = 10, fund_minor: int = 20 * GRANT, **rule: object
) -> tuple[list[UUID], tuple[UUID, UUID]]:
    """A round that has opened, with `count` dreams; returns their ids and the two operators."""
    operators = make_operators()
    call_id = make_call(operators[0], fund_minor)
    proposals = [propose(call_id) for _ in range(count)]
    services.screen_proposals([ScreenAct(each, Act.SHORTLIST) for each in proposals], operators[0], NOON)
    charity = make_charity()
    plan = NewRound(**{
        "slug": f"round-{new_id().hex[-10:]}", "call_id": call_id, "name_zh": "春天的一轮", "name_en": "Spring",
        "summary_zh": "概要", "summary_en": "Summary", "opens_at": OPENS, "closes_at": CLOSES, **rule,
    })  # fmt: skip
    round_id = services.plan_round(
        plan, [NewDream(each, charity.id, minimum) for each in proposals], operators[0], NOON
    )
    services.open_round(round_id, operators[1], NOON)
    return dreams_of(round_id), operators


@command
def dreams_of(round_id: UUID) -> list[UUID]:
    """The ids of a round's dreams, in their order."""
    rows = raw_connection().execute("SELECT id FROM dreams_dream WHERE round_id = %s ORDER BY position", [round_id])
    return [row[0] for row in rows.fetchall()]


@command
def pick_flowers(donor_ids: Sequence[UUID], amount: int, at: datetime = NOON) -> None:
    """Puts flowers into donors' hands, from the mint."""
    conn = raw_connection()
    purses = [account_id(AccountKind.FLOWERS, donor) for donor in donor_ids]
    accounts = [
        NewAccount(purse, Asset.FLOWER, AccountKind.FLOWERS, donor)
        for purse, donor in zip(purses, donor_ids, strict=True)
    ]
    open_accounts(conn, [mint_account(), *accounts], at)
    mint = account_id(AccountKind.MINT)
    post_transfers(
        conn, [NewTransfer(new_id(), Asset.FLOWER, "test", mint, purse, amount, new_id()) for purse in purses], at
    )


def make_giver(flowers: int = 10) -> UUID:
    """A guest with flowers in hand."""
    donor = make_donors(1, NOON)[0]
    pick_flowers([donor], flowers)
    return donor


def give(dream: UUID, donor: UUID, flowers: int, at: datetime = OPENS, **fields: object) -> BallotOutcome:
    """Gives flowers; raises what was refused."""
    request = BallotRequest(
        **{"key": new_id().hex, "donor_ids": (donor,), "dream_id": dream, "flowers": flowers, **fields}
    )
    [answer] = services.give_flowers([request], ("微信",), at)
    if not isinstance(answer, BallotOutcome):
        raise answer
    return answer

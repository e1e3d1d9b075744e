"""A festival to measure: projects, donors, one pool with budget guard and daily cap, and gifts as they come in."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.donations.rules import GivingPolicy
from redflower.domains.donations.types import GiftRequest, IntentOutcome
from redflower.domains.flowers.rules import FIRST_GIFT_OF_DAY, FlowerRule
from redflower.domains.payments.types import NoticeStatus, PaymentNotice
from redflower.engine.settle import SettlePolicy
from redflower.kernel.ids import hashed_id, id_at, millisecond_of

OPENS_AT = datetime(2026, 9, 9, 2, 0, tzinfo=UTC)
ZONE = "Asia/Shanghai"
POLICY = SettlePolicy(ZONE, b"salt of the bench", FlowerRule(FIRST_GIFT_OF_DAY, 1, 1))
GIVING = GivingPolicy()
PROVIDER = "sandbox"


@dataclass(slots=True)
class World:
    """What gifts need around them, and the clock they live by."""

    projects: list[UUID]
    donors: list[UUID]
    festival_id: UUID
    now: datetime
    dice: random.Random

    def requests(self, count: int) -> list[GiftRequest]:
        """New gifts: donors at random, projects by a long tail, amounts as people choose them."""
        chosen = self.dice.choices(self.donors, k=count)
        places = [int(len(self.projects) * self.dice.random() ** 3) for _ in range(count)]
        amounts = self.dice.choices((100, 500, 1000, 2000, 5000, 10_000, 52_000), k=count)
        return [
            GiftRequest(f"{self.dice.getrandbits(128):032x}", donor, self.projects[place], amount, channel="bench")
            for donor, place, amount in zip(chosen, places, amounts, strict=True)
        ]

    def payments(self, count: int) -> list[tuple[str, str]]:
        """What a provider says of so many payments beside what it was asked: the end of its number, and who pays."""
        dice = self.dice.getrandbits
        return [(f"{dice(40):013d}", f"o{dice(96):024x}") for _ in range(count)]

    def notices(
        self, intents: Sequence[Any], paid_at: datetime, payments: Sequence[tuple[str, str]] | None = None
    ) -> list[PaymentNotice]:
        """The provider's word that intents were paid; transaction numbers as providers make them, date first."""
        day = f"4200{paid_at:%Y%m%d%H%M%S}"
        return [
            PaymentNotice(
                provider=PROVIDER,
                provider_txn=day + number,
                order_id=intent.gift_id,
                amount_minor=intent.amount_minor,
                currency="CNY",
                payer_id=payer,
                status=NoticeStatus.PAID,
                paid_at=paid_at,
            )
            for intent, (number, payer) in zip(intents, payments or self.payments(len(intents)), strict=True)
            if isinstance(intent, IntentOutcome) and not intent.replayed
        ]


def make_world(
    conn: "psycopg.Connection[Any]", projects: int, donors: int, hours: int = 72, opens_at: datetime = OPENS_AT
) -> World:
    """A festival of one-second slices that has just opened, with a pool that lasts."""
    from redflower.domains.festivals.services import (
        NewFestival,
        NewPool,
        announce_festival,
        publish_rule_set,
        read_preset,
    )
    from redflower.domains.flowers.posting import mint_account
    from redflower.domains.ledger.posting import open_accounts
    from redflower.domains.projects.rules import project_accounts
    from redflower.plumbing.db import command

    dice = random.Random(1)
    before = opens_at - timedelta(days=100)
    project_ids = [id_at(millisecond_of(before) + number) for number in range(projects)]
    _write_projects(conn, project_ids, before)
    with conn.transaction():
        open_accounts(conn, [mint_account(), *(each for one in project_ids for each in project_accounts(one))], before)
    donor_ids = [id_at(millisecond_of(before) + dice.randrange(86_400_000)) for _ in range(donors)]
    with (
        conn.transaction(),
        conn.cursor().copy("COPY people_donor (id, shown_name, region, created_at) FROM STDIN") as rows,
    ):
        for donor_id in donor_ids:
            rows.write_row((donor_id, "", "", before))
    preset = read_preset("random-2018")
    rule_set = command(publish_rule_set)(preset["code"], preset["version"], preset["body"], before)
    pool = NewPool(rule_set, "配捐池", "Pool", "赞助方", "Sponsor", 300_000_000_00, b"secret of the bench" * 2)
    festival = NewFestival(
        "bench",
        "公益节",
        "Festival",
        "",
        "",
        opens_at,
        opens_at + timedelta(hours=hours),
        slice_seconds=1,
        allowance_seconds=1,
    )
    festival_id = announce_festival(festival, [pool], before)
    conn.execute("ANALYZE")
    return World(project_ids, donor_ids, festival_id, opens_at, dice)


def _write_projects(conn: "psycopg.Connection[Any]", ids: Sequence[UUID], at: datetime) -> None:
    """Published projects of one charity; only what a gift asks of them is of interest here."""
    from redflower.domains.organizations.models import Charity
    from redflower.domains.people.models import User
    from redflower.domains.projects.models import Project

    maker, checker = (User.objects.create_user(f"{name}@example.org", created_at=at) for name in ("maker", "checker"))
    reviewed = {
        "state": "published",
        "created_at": at,
        "published_at": at,
        "submitted_by": maker,
        "reviewed_by": checker,
    }
    charity = Charity.objects.create(
        id=hashed_id(b"charity of the bench"), slug="bench", name_zh="机构", name_en="Charity", kind="foundation",
        region="530000", uscc="TEST00000000000001", founded_on=at.date(), mission_zh="使命", mission_en="Mission", **reviewed,
    )  # fmt: skip
    Project.objects.bulk_create(
        Project(
            id=project_id, slug=f"bench-{number}", charity=charity, filing_no=f"TEST{number}", title_zh=f"山里的午餐 {number}",
            title_en=f"Lunch in the mountains {number}", summary_zh="概要", summary_en="Summary", story_zh="故事",
            story_en="Story", cause="children", region="530000", goal_minor=100_000_000_00, starts_at=at,
            ends_at=at + timedelta(days=365), **reviewed,
        )
        for number, project_id in enumerate(ids)
    )  # fmt: skip

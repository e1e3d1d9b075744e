"""The smallest valid objects, for tests that need a world around the thing they test."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from redflower.domains.donations.rules import GivingPolicy
from redflower.domains.donations.services import make_gifts
from redflower.domains.donations.types import GiftRequest, IntentOutcome
from redflower.domains.festivals.services import (
    NewFestival,
    NewPool,
    announce_festival,
    publish_rule_set,
    read_preset,
)
from redflower.domains.flowers.posting import mint_account
from redflower.domains.flowers.rules import FIRST_GIFT_OF_DAY, FlowerRule
from redflower.domains.ledger.posting import open_accounts
from redflower.domains.ledger.rules import account_id
from redflower.domains.ledger.types import AccountKind, Asset, NewAccount
from redflower.domains.organizations.models import Charity
from redflower.domains.payments.types import NoticeStatus, PaymentNotice
from redflower.domains.people.models import User
from redflower.domains.people.services import make_donors
from redflower.domains.projects.models import Project
from redflower.engine.settle import SettlePolicy
from redflower.faces.shared.settlement import settle
from redflower.kernel.beacon import Chain
from redflower.plumbing.db import command, raw_connection

NOON = datetime(2026, 9, 9, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
POLICY = SettlePolicy("Asia/Shanghai", b"salt", FlowerRule(FIRST_GIFT_OF_DAY, 1, 1))
GIVING = GivingPolicy()
_numbers = itertools.count(1)


def make_user(email: str | None = None, **fields: object) -> User:
    """Somebody who can sign in."""
    return User.objects.create_user(email or f"user{next(_numbers)}@example.org", created_at=NOON, **fields)


def make_charity(**fields: object) -> Charity:
    """A published charity."""
    number = next(_numbers)
    values = {
        "slug": f"charity-{number}",
        "name_zh": f"测试机构{number}",
        "name_en": f"Charity {number}",
        "kind": "foundation",
        "region": "530000",
        "uscc": f"TEST{number:014d}",
        "founded_on": NOON.date(),
        "mission_zh": "使命",
        "mission_en": "Mission",
        "state": "published",
        "created_at": NOON,
        "published_at": NOON,
        "submitted_by": make_user(),
        "reviewed_by": make_user(),
    }
    return Charity.objects.create(**{**values, **fields})


def make_project(**fields: object) -> Project:
    """A published project, open from 100 days before to 100 days after noon, with its accounts."""
    number = next(_numbers)
    values = {
        "slug": f"project-{number}",
        "charity": fields.pop("charity", None) or make_charity(),
        "filing_no": f"TEST-{number}",
        "title_zh": f"山里的午餐{number}",
        "title_en": f"Lunch {number}",
        "summary_zh": "概要",
        "summary_en": "Summary",
        "story_zh": "故事",
        "story_en": "Story",
        "cause": "children",
        "region": "530000",
        "goal_minor": 1_000_000,
        "starts_at": NOON - timedelta(days=100),
        "ends_at": NOON + timedelta(days=100),
        "state": "published",
        "created_at": NOON,
        "published_at": NOON,
        "submitted_by": make_user(),
        "reviewed_by": make_user(),
    }
    project = Project.objects.create(**{**values, **fields})
    open_project_accounts(project.id)
    return project


@command
def open_project_accounts(project_id: UUID) -> None:
    """The accounts a published project has, and the mint."""
    kinds = (AccountKind.DONORS, AccountKind.PROJECT)
    accounts = [NewAccount(account_id(kind, project_id), Asset.CNY, kind, project_id) for kind in kinds]
    open_accounts(raw_connection(), [*accounts, mint_account()], NOON)


def make_donor(at: datetime = NOON) -> UUID:
    """A guest donor."""
    return make_donors(1, at)[0]


def ask(project_id: UUID, donor_id: UUID | None = None, amount_minor: int = 1000, **fields: object) -> GiftRequest:
    """A gift request with a fresh key."""
    values = {
        "idempotency_key": f"key-{next(_numbers)}",
        "donor_id": donor_id or make_donor(),
        "project_id": project_id,
    }
    return GiftRequest(**{**values, "amount_minor": amount_minor, **fields})


def intend(request: GiftRequest, at: datetime = NOON) -> IntentOutcome:
    """A durable intent; raises what the door refused."""
    answer = make_gifts([request], "sandbox", GIVING, at)[0]
    if not isinstance(answer, IntentOutcome):
        raise answer
    return answer


def notice(intent: IntentOutcome, **fields: object) -> PaymentNotice:
    """The provider's word that an intent was paid in full, a moment after noon."""
    values = {
        "provider": "sandbox",
        "provider_txn": f"txn-{intent.gift_id}",
        "order_id": intent.gift_id,
        "amount_minor": intent.amount_minor,
        "currency": "CNY",
        "payer_id": "",
        "status": NoticeStatus.PAID,
        "paid_at": NOON + timedelta(seconds=1),
    }
    return PaymentNotice(**{**values, **fields})


def give(project_id: UUID, amount_minor: int = 1000, at: datetime = NOON, **fields: object) -> UUID:
    """A gift that is paid and settled at once."""
    intent = intend(ask(project_id, amount_minor=amount_minor, **fields), at)
    settle([notice(intent, paid_at=at)], POLICY, at)
    return intent.gift_id


def make_festival(
    presets: Sequence[str] = ("surprise-2024",),
    budget_minor: int = 1_000_000,
    opens_at: datetime = NOON - timedelta(hours=1),
    hours: int = 2,
    slice_seconds: int = 5,
    beacon: Chain | None = None,
    **rule: object,
) -> UUID:
    """A festival around noon with one pool per preset; `rule` overrides the preset's numbers."""
    pools = []
    for code in presets:
        preset = read_preset(code)
        version = next(_numbers) + 1 if rule else preset["version"]
        rule_set = command(publish_rule_set)(code, version, {**preset["body"], **rule}, NOON)
        pools.append(NewPool(rule_set, "池", "Pool", "赞助方", "Sponsor", budget_minor, b"secret" * 6, beacon=beacon))
    festival = NewFestival(
        f"festival-{next(_numbers)}",
        "公益节",
        "Festival",
        "",
        "",
        opens_at,
        opens_at + timedelta(hours=hours),
        slice_seconds,
        3,
    )
    return announce_festival(festival, pools, NOON)

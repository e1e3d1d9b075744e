"""The demo's scenes: campaigns of every kind with a fortnight of deeds behind them, and a sandbox app with example traffic."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from redflower.domains.people.services import make_operator
from redflower.domains.scenes.posting.settlement import UnreadableRow
from redflower.domains.scenes.selectors.campaigns import find_campaign, get_campaign
from redflower.domains.scenes.selectors.partners import find_partner
from redflower.domains.scenes.services import campaigns as campaign_services
from redflower.domains.scenes.services.partners import register_partners, review_partners
from redflower.domains.scenes.types import Limits, NewCampaign, NewPartner, ReportedDeed, ReportingPartner
from redflower.faces.demo.partner.world import SANDBOX, write_campaigns
from redflower.faces.demo.seeding import OPERATOR_A, OPERATOR_B
from redflower.faces.demo.teams import cheer_teams, write_teams
from redflower.faces.shared.scenes.doors import report_deeds
from redflower.faces.shared.scenes.practice import practise

DAYS = 14
WALKERS = 240
_EVENING = 21  # when a day's steps are reported; local hour
_WALKS, _RIDES = "daily-steps", "greener-way"
_APP = "warm-steps"
_PRACTICE_DAYS, _PRACTICE_MINOR, _PRACTICE_DAY_MINOR = 6, 30_000, 150


def write_scenes(now: datetime, zone: ZoneInfo, rng: Random) -> int:
    """Writes campaigns, partners and their deeds; returns how many deeds were taken."""
    maker, checker = make_operator(OPERATOR_A, now), make_operator(OPERATOR_B, now)
    began = now - timedelta(days=DAYS + 1)
    write_campaigns(maker, checker, began)
    file = NewPartner(_APP, "暖步", "Warm Steps", "https://steps.example", "hello@steps.example")
    [partner_id] = register_partners([file], maker, began)
    review_partners([partner_id], True, "", checker, began)
    write_teams(_WALKS, partner_id, began, zone)
    taken = 0
    for at in _evenings(now, zone):
        rows = list(_walks(at, zone, rng))
        outcomes = report_deeds(ReportingPartner(partner_id), rows, at)
        taken += sum(outcome.deed_id is not None for outcome in outcomes)
    _write_sandbox(maker, checker, now, list(_evenings(now, zone))[-_PRACTICE_DAYS:], rng)
    return taken


def cheer_walkers(now: datetime, rng: Random) -> None:
    """What comes of the walks once their flowers are in people's hands: teams are paid and cheered."""
    partner = find_partner(_APP)
    assert partner  # noqa: S101 - `write_scenes` has registered it
    cheer_teams(_WALKS, partner.id, now, rng)


def _evenings(now: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The moments at which the app told of a day, the last one before now."""
    today = now.astimezone(zone).replace(hour=_EVENING, minute=5, second=0, microsecond=0)
    moments = (today - timedelta(days=ago) for ago in range(DAYS, -1, -1))
    return (at for at in moments if at < now)


def _walks(at: datetime, zone: ZoneInfo, rng: Random) -> Iterator[ReportedDeed]:
    """What walkers did on a day: most of them a little, some a lot; a few came by bicycle or brought a cup."""
    day = f"{at.astimezone(zone):%Y%m%d}"
    for number in rng.sample(range(WALKERS), k=rng.randint(WALKERS // 2, WALKERS)):
        done = at - timedelta(minutes=rng.randint(1, 90))
        steps = min(int(rng.lognormvariate(8.9, 0.5)), 42_000)
        yield ReportedDeed(f"walk-{day}-{number}", _WALKS, f"walker-{number}", done, steps, f"phone-{number}")
        if rng.randrange(6) == 0:
            name = f"ride-{day}-{number}"
            yield ReportedDeed(
                name,
                _RIDES,
                f"walker-{number}",
                done,
                1,
                f"phone-{number}",
                name,
                facts={"act": rng.choice(("ride", "own_cup"))},
            )


def _write_sandbox(maker: UUID, checker: UUID, now: datetime, evenings: Sequence[datetime], rng: Random) -> None:
    """An app to try the door with: a campaign of its own that moves nothing, some days of example traffic that reach its
    daily limit, and a request with one of every answer."""
    file = NewPartner(SANDBOX, "沙盒应用", "Sandbox app", "https://sandbox.example", "dev@sandbox.example", True)
    [partner_id] = register_partners([file], maker, now)
    walk = find_campaign(_WALKS)
    assert walk  # noqa: S101 - it has just been written
    preset = campaign_services.read_preset("steps")
    rule_set = campaign_services.publish_rule_set("steps", preset["code"], preset["version"], preset["body"], now)
    campaign = NewCampaign(
        slug="sandbox-steps",
        kind="steps",
        rule_set_id=rule_set,
        title_zh="沙盒里走一走",
        title_en="A walk in the sandbox",
        summary_zh="给开发者试用：规则与正式活动相同，小红花和善款都不会真的移动。",
        summary_en="For developers: the rules are the real ones, and neither flowers nor money move.",
        opens_at=now - timedelta(days=DAYS),
        closes_at=now + timedelta(days=400),
        limits=Limits(person_day_flowers=2, device_accounts=2, day_minor=_PRACTICE_DAY_MINOR),
        partner_id=partner_id,
        sponsor_zh="沙盒出资方",
        sponsor_en="Sandbox sponsor",
        budget_minor=_PRACTICE_MINOR,
        project_ids=walk.project_ids,
    )
    ids = campaign_services.save_campaigns([campaign], maker, now)
    campaign_services.submit_campaigns(ids, maker, now)
    campaign_services.review_campaigns(ids, True, "", checker, now)
    for at in evenings:
        practise(partner_id, [get_campaign(ids[0])], at, rng)
    slug, done = get_campaign(ids[0]).slug, now - timedelta(minutes=2)
    good = ReportedDeed("try-1", slug, "ada", done, 8_412, "sandbox-phone-1")
    rows: list[ReportedDeed | UnreadableRow] = [
        good,
        good,
        UnreadableRow("try-2"),
        ReportedDeed("try-3", slug, "bo", done, 3_000, "sandbox-phone-1"),
        ReportedDeed("try-4", slug, "chen", done, 7_000, "sandbox-phone-1"),
        ReportedDeed("try-5", slug, "dan", done, 120_000, "sandbox-phone-2"),
        ReportedDeed("try-6", slug, "eve", now + timedelta(hours=1), 6_500, "sandbox-phone-3"),
        ReportedDeed("try-7", "no-such-campaign", "fan", done, 6_500),
    ]
    report_deeds(ReportingPartner(partner_id, True), rows, now)

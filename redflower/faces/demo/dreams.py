"""The demo's dreams: three calls, a round that is over, one that is running, and a desk with work on it."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from random import Random
from typing import Any
from uuid import UUID

from redflower.domains.disclosures.types import Report, ReportKind
from redflower.domains.dreams import selectors, services
from redflower.domains.dreams.rules import project_id_of
from redflower.domains.dreams.types import (
    Act,
    BallotOutcome,
    BallotRequest,
    BudgetItem,
    DraftSave,
    NewCall,
    NewDream,
    NewFeedback,
    NewRound,
    ScreenAct,
    Wish,
)
from redflower.domains.organizations.selectors import list_charities_for_operators
from redflower.domains.people.selectors import find_user
from redflower.domains.people.services import make_donors
from redflower.faces.demo.dream_letters import LETTERS, SAID, DemoLetter
from redflower.faces.demo.seeding import OPERATOR_A, OPERATOR_B
from redflower.kernel.ids import id_at, millisecond_of, new_id
from redflower.kernel.money import FEN_PER_YUAN

DAY = timedelta(days=1)
ASKED_AT_ONCE = 400
# What a dream needs grows with the world: a share of everybody who has given, so that a small one can dream too.
GIVERS_A_DREAM = 40
MAILS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who may give flowers: donors, each with the moment of about their first gift."""

    donor_ids: Sequence[UUID]
    since: Sequence[datetime]

    def before(self, at: datetime) -> list[UUID]:
        return [donor for donor, since in zip(self.donor_ids, self.since, strict=True) if since < at]


@dataclass(slots=True)
class _World:
    """What writing the demo's dreams needs."""

    now: datetime
    maker: UUID
    checker: UUID
    crowd: Crowd
    charities: Mapping[str, UUID]
    rng: Random
    calls: list[UUID]
    reports: list[Report]


def write_dreams(now: datetime, crowd: Crowd, rng: Random) -> list[Report]:
    """Writes calls, proposals, rounds, flowers and letters through the doors everybody uses; returns the reports of dreams
    that came true, to be published once these are projects.

    Needs: the demo's operators and charities, and donors who have earned flowers.
    """
    maker, checker = find_user(OPERATOR_A), find_user(OPERATOR_B)
    assert maker and checker  # noqa: S101 - the seed has just made them
    charities = {charity.region: charity.id for charity in list_charities_for_operators(limit=200) if charity.state == "published"}  # fmt: skip
    scene = _World(now, maker.id, checker.id, crowd, charities, rng, [], [])
    stories = _read()
    _write_past(scene, [each for each in stories if each["role"] in ("granted", "missed")])
    _write_running(scene, stories)
    _fill_desk(scene, [each for each in stories if each["role"] in ("desk", "returned")])
    while mails := selectors.list_waiting_mails(MAILS_AT_ONCE):  # told long ago
        services.mark_sent([mail.id for mail in mails], now)
    return scene.reports


def _read() -> list[dict[str, Any]]:
    content = tomllib.loads((resources.files("redflower.faces.demo") / "dreams.toml").read_text("utf-8"))
    return [*content["dream"], *(_widen(row) for row in content["brief"]["rows"])]


def _widen(row: Sequence[Any]) -> dict[str, Any]:
    names = ("role", "title_zh", "title_en", "summary_zh", "summary_en", "author", "people", "cause", "region", "motif", "palette", "yuan", "reason", "suggestion")  # fmt: skip
    story = dict(zip(names, row, strict=True))
    texts = {f"{part}_{tag}": story[f"summary_{tag}"] for part in ("need", "story") for tag in ("zh", "en")}
    helped = {"helped_zh": f"大约 {story['people']} 人", "helped_en": f"About {story['people']} people"}
    about = {"about_zh": f"{story['author']}，写下这个梦想的人", "about_en": f"{story['author']}, who wrote this down"}
    return {**story, **texts, **helped, **about, "budget": [["主要开支", "Main costs", story["yuan"]]]}


def _wish(story: Mapping[str, Any], place: int) -> Wish:
    parts = ("title", "summary", "need", "story", "helped", "about")
    texts = {f"{part}_{tag}": story[f"{part}_{tag}"].strip() for part in parts for tag in ("zh", "en")}
    return Wish(
        **texts,
        people=story["people"],
        cause=story["cause"],
        region=story["region"],
        budget=tuple(BudgetItem(zh, en, yuan * FEN_PER_YUAN) for zh, en, yuan in story["budget"]),
        motif=story["motif"],
        palette=story["palette"],
        picture_seed=300 + place,
        author_name=story["author"],
        email=f"dreamer-{place}@demo.redflower.test",
    )


def _call(scene: _World, slug: str, zh: str, en: str, opens_at: datetime, days: int) -> UUID:
    call = NewCall(
        slug=slug,
        title_zh=zh,
        title_en=en,
        brief_zh="不用文采，写清楚三件事就好：谁需要，需要什么，为什么是现在。每一份我们都会看完，再回信。",
        brief_en="No fine words needed. Tell us who needs it, what they need, and why now. We read every one and write back.",
        eligible_zh="任何人，不用登录；入围以后会由一家公益机构承接",
        eligible_en="Anybody, without signing in; a charity will carry those on the shortlist",
        sponsor_zh="晨露公益基金",
        sponsor_en="Morning Dew Fund",
        themes=(),
        opens_at=opens_at,
        closes_at=opens_at + days * DAY,
        grant_min_minor=10_000 * FEN_PER_YUAN,
        grant_max_minor=100_000 * FEN_PER_YUAN,
        fund_minor=1_200_000 * FEN_PER_YUAN,
    )
    written_at = opens_at - 8 * DAY
    services.decide_call(
        services.propose_call(call, scene.maker, written_at), True, "", scene.checker, written_at + DAY
    )
    announced = selectors.find_call(slug)
    assert announced  # noqa: S101 - it has just been announced
    scene.calls.append(announced.id)
    return announced.id


def _propose(scene: _World, call_id: UUID, stories: Sequence[Mapping[str, Any]], first: datetime) -> list[UUID]:
    """Each author writes a draft and hands it in, some hours after the one before."""
    ids = []
    for place, story in enumerate(stories):
        at = first + timedelta(hours=5 * place + scene.rng.randint(0, 4))
        author, proposal = make_donors(1, at)[0], id_at(millisecond_of(at))
        draft = DraftSave(proposal, call_id, author, _wish(story, len(scene.calls) * 100 + place))
        services.save_proposals([draft], "zh-hans", (), at)
        services.submit_proposals([proposal], at + timedelta(minutes=50))
        ids.append(proposal)
    return ids


def _write_past(scene: _World, stories: Sequence[Mapping[str, Any]]) -> None:
    """The first round, a quarter of a year ago: two dreams came true, one did not."""
    start = scene.now - 210 * DAY
    call_id = _call(
        scene, "autumn-first", "一花一梦想 · 第一次征集", "One flower, one dream · the first call", start, 30
    )
    proposals = _propose(scene, call_id, stories, start + DAY)
    services.screen_proposals([ScreenAct(each, Act.SHORTLIST) for each in proposals], scene.maker, start + 35 * DAY)
    services.publish_shortlist(call_id, scene.maker, start + 36 * DAY)
    opens_at = start + 50 * DAY
    dreams = _open(
        scene, "first-round", "第一轮", "The first round", call_id, proposals, stories, opens_at, opens_at + 30 * DAY
    )
    closes_at = opens_at + 30 * DAY
    for (dream_id, minimum), story in zip(dreams, stories, strict=True):
        wanted = minimum if story["role"] == "granted" else minimum * 62 // 100
        _gather(scene, dream_id, wanted, opens_at, closes_at - DAY)
    services.decide_dreams([dream_id for dream_id, _ in dreams], closes_at)
    while waiting := selectors.list_dreams_to_return():
        services.return_flowers(waiting, closes_at)
    for (dream_id, _), story in zip(dreams, stories, strict=True):
        _write_letters(scene, dream_id, story, closes_at)


def _write_running(scene: _World, stories: Sequence[Mapping[str, Any]]) -> None:
    """The round of these weeks, its shortlist, and those who were not chosen, each with the reason."""
    start = scene.now - 75 * DAY
    call_id = _call(
        scene, "winter-second", "一花一梦想 · 第二次征集", "One flower, one dream · the second call", start, 30
    )
    chosen = [each for each in stories if each["role"] == "round"]
    others = [each for each in stories if each["role"] in ("shortlist", "declined")]
    proposals = _propose(scene, call_id, [*chosen, *others], start + DAY)
    acts = [ScreenAct(each, Act.SHORTLIST) for each in proposals[: len(chosen)]]
    for proposal, story in zip(proposals[len(chosen) :], others, strict=True):
        act = Act.DECLINE if story["role"] == "declined" else Act.SHORTLIST
        acts.append(ScreenAct(proposal, act, story["reason"], story["suggestion"]))
    services.screen_proposals(acts, scene.maker, start + 36 * DAY)
    services.publish_shortlist(call_id, scene.maker, start + 37 * DAY)
    opens_at = scene.now - 12 * DAY
    in_round = proposals[: len(chosen)]
    dreams = _open(scene, "second-round", "第二轮", "The second round", call_id, in_round, chosen, opens_at, scene.now + 16 * DAY)  # fmt: skip
    for (dream_id, minimum), story in zip(dreams, chosen, strict=True):
        _gather(scene, dream_id, int(minimum * story["fill"]), opens_at, scene.now)


def _fill_desk(scene: _World, stories: Sequence[Mapping[str, Any]]) -> None:
    """The call that is open now: proposals that wait for the desk, and some it has sent back with suggestions."""
    start = scene.now - 9 * DAY
    call_id = _call(
        scene, "spring-third", "一花一梦想 · 第三次征集", "One flower, one dream · the third call", start, 30
    )
    proposals = _propose(scene, call_id, stories, start + DAY)
    pairs = zip(proposals, stories, strict=True)
    acts = [ScreenAct(p, Act.RETURN, s["reason"], s["suggestion"]) for p, s in pairs if s["role"] == "returned"]
    services.screen_proposals(acts, scene.maker, scene.now - DAY)


def _open(
    scene: _World, slug: str, zh: str, en: str, call_id: UUID, proposals: Sequence[UUID],
    stories: Sequence[Mapping[str, Any]], opens_at: datetime, closes_at: datetime,
) -> list[tuple[UUID, int]]:  # fmt: skip
    """Plans a round by one operator and opens it by the other; returns its dreams with what each needs."""
    unit = max(len(scene.crowd.before(opens_at)) // GIVERS_A_DREAM, 3)
    plan = NewRound(
        slug=slug,
        call_id=call_id,
        name_zh=zh,
        name_en=en,
        summary_zh="每个梦想的资助金都已经留好。它们在等的，是你手里的小红花。",
        summary_en="Every dream’s grant has been set aside. What they wait for is the flowers in your hands.",
        opens_at=opens_at,
        closes_at=closes_at,
        person_dream_cap=20,
    )
    dreams = [
        NewDream(proposal, scene.charities[story["region"]], unit + scene.rng.randint(0, unit))
        for proposal, story in zip(proposals, stories, strict=True)
    ]
    planned_at = opens_at - 4 * DAY
    round_id = services.plan_round(plan, dreams, scene.maker, planned_at)
    services.open_round(round_id, scene.checker, planned_at + DAY)
    return [(dream.id, dream.minimum) for dream in selectors.list_dreams([round_id], opens_at)]


def _gather(scene: _World, dream_id: UUID, wanted: int, since: datetime, until: datetime) -> None:
    """People who hold flowers give one or two, over the time of the round, until there are as many as wanted."""
    donors = scene.crowd.before(since)
    scene.rng.shuffle(donors)
    given, place = 0, 0
    while given < wanted and place < len(donors):
        some = donors[place : place + min(ASKED_AT_ONCE, wanted - given)]
        place += len(some)
        at = since + (until - since) * min((given + 1) / max(wanted, 1), 0.999)
        requests = [_ask(donor, dream_id, scene.rng) for donor in some]
        answers = services.give_flowers(requests, (), at)
        given += sum(answer.flowers for answer in answers if isinstance(answer, BallotOutcome))


def _ask(donor: UUID, dream_id: UUID, rng: Random) -> BallotRequest:
    """One flower, now and then with a name and a few words."""
    name, words = rng.choice(SAID) if rng.random() < 0.25 else ("", "")
    return BallotRequest(new_id().hex, (donor,), dream_id, 1, name, words)


def _write_letters(scene: _World, dream_id: UUID, story: Mapping[str, Any], granted_at: datetime) -> None:
    """What the dream wrote to those who gave their flowers; its charity reports the same to everybody, as the law asks."""
    for stage, letter in enumerate(LETTERS.get(story["title_zh"], ())[: story.get("letters", 0)], start=1):
        at = granted_at + letter.day * DAY
        told = NewFeedback(
            dream_id=dream_id, stage=stage, title_zh=letter.title_zh, title_en=letter.title_en, body_zh=letter.body_zh,
            body_en=letter.body_en, spent_minor=letter.spent_yuan * FEN_PER_YUAN, people=letter.people,
            is_last=letter.is_last, written_by=None,
        )  # fmt: skip
        services.review_feedback(services.write_feedback([told], at), True, "", scene.checker, at + DAY)
        scene.reports.append(_report(dream_id, letter, at + DAY))


def _report(dream_id: UUID, letter: DemoLetter, at: datetime) -> Report:
    spent, people = f"{letter.spent_yuan:,}", f"{letter.people:,}"
    return Report(
        new_id(),
        project_id_of(dream_id),
        ReportKind.PROGRESS,
        letter.title_zh,
        letter.title_en,
        f"{letter.body_zh}\n\n到这一天，一共支出 {spent} 元，受益 {people} 人。",
        f"{letter.body_en}\n\nSpent so far: {spent} yuan, for {people} people.",
        published_at=at,
    )

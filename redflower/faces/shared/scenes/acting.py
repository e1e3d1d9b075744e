"""What a person does through a widget or a scene page, turned into deeds, gifts of flowers and placements: by the list."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext
from msgspec import UNSET

from redflower.domains.dreams.selectors.rounds import get_dream
from redflower.domains.dreams.services.ballots import give_flowers as give_to_dreams
from redflower.domains.dreams.types import BallotRequest
from redflower.domains.festivals.selectors.bonuses import find_open_bonus
from redflower.domains.flowers.services import give_bonus_flowers, give_flowers_of_people
from redflower.domains.flowers.types import BonusGift, PersonGift
from redflower.domains.ledger.types import AccountKind
from redflower.domains.projects.selectors import find_projects_by_id
from redflower.domains.scenes.errors import ProjectNotInCampaign
from redflower.domains.scenes.rules.judging import REASONS
from redflower.domains.scenes.rules.round_up import compute_spare
from redflower.domains.scenes.selectors.campaigns import list_items
from redflower.domains.scenes.types import (
    CampaignView,
    DeedOutcome,
    DeedStatus,
    ReportedDeed,
    ReportingPartner,
)
from redflower.faces.shared.instance import giving_policy
from redflower.faces.shared.refusals import tell
from redflower.faces.shared.scenes.doors import donors_behind, report_deeds
from redflower.faces.shared.scenes.standing import list_daily_questions
from redflower.faces.shared.scenes.tokens import LIFE, UserToken
from redflower.kernel.clock import local_date
from redflower.kernel.errors import Refusal
from redflower.kernel.ids import hashed_id
from redflower.kernel.text import N_

Json = dict[str, Any]
_OWN_EVIDENCE = ("like", "quiz", "read", "checkin")  # what a person shows themselves; the rest a partner vouches for

# Reasons are written for partners; these are the ones people meet themselves, said to them.
_TO_PEOPLE = {
    ("quiz", "below_target"): N_("这次没有开花。看看解释，明天还有新的题。"),
    ("read", "faster_than_human"): N_("还没到读完的时候。慢慢看，读完再来收花。"),
}


@dataclass(frozen=True, slots=True)
class Doing:
    """One thing somebody wants to do in a campaign. `id` is the browser's own name for it."""

    id: str
    campaign: CampaignView
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Giving:
    """Flowers for a project or a dream. `id` is the browser's own name for the gift."""

    id: str
    campaign: CampaignView
    kind: str
    to: str
    flowers: int


def earn(token: UserToken, partner: ReportingPartner, doings: Sequence[Doing], now: datetime) -> list[Json]:
    """Reports what a person did and says, in the reader's language, what each of it came to.

    Replay: the same id is the same deed.
    """
    outcomes = report_deeds(partner, [make_deed(token, doing, now) for doing in doings], now)
    return [_show(doing, outcome, now) for doing, outcome in zip(doings, outcomes, strict=True)]


def make_deed(token: UserToken, doing: Doing, now: datetime) -> ReportedDeed:
    """The deed a partner would have reported: what it vouched for, or what the person shows."""
    campaign, facts = doing.campaign, doing.facts
    told: Json = dict(token.deeds.get(campaign.slug) or {})
    kind = campaign.kind
    if kind in _OWN_EVIDENCE:
        told = {"subject": None, "facts": {}}
        if kind == "like":
            told["subject"] = facts.get("video")
        elif kind == "quiz":
            answers = facts.get("answers")
            told["facts"]["answers"] = {str(k): str(v) for k, v in answers.items()} if isinstance(answers, dict) else {}
        elif kind == "read":
            # Nobody reads for longer than their token has lived: a browser cannot claim more.
            lived = int((now - (token.expires_at - LIFE)) / timedelta(seconds=1))
            told |= {"subject": facts.get("article"), "amount": min(_whole(facts.get("seconds")), max(lived, 0))}
        else:
            events = list_items(campaign.id)
            told["subject"] = facts.get("event") or (events[0].code if events else None)
            told["facts"]["code"] = str(facts.get("code", ""))[:64]
    elif campaign.slug not in token.deeds:
        told = {"facts": {}}
    elif kind == "round_up":
        payment = (told.get("facts") or {}).get("payment_minor", 0)
        told["amount"] = compute_spare(payment, campaign.rule_body["payment_above_minor"])
        told["facts"] = {**(told.get("facts") or {}), "confirmed": True}  # the button is the confirmation
    name = f"{token.user}\0{campaign.slug}\0{doing.id}".encode()
    subject = told.get("subject")
    return ReportedDeed(
        id="w." + hashlib.blake2b(name, digest_size=20).hexdigest(),
        campaign=campaign.slug,
        user=token.user,
        done_at=now,
        amount=told.get("amount", UNSET),
        subject=subject[:64] if isinstance(subject, str) and subject else UNSET,
        facts=told.get("facts") or UNSET,
    )


def _whole(value: Any) -> int:
    return value if type(value) is int and 0 <= value <= 86_400 else 0


def _show(doing: Doing, outcome: DeedOutcome, now: datetime) -> Json:
    status = outcome.first or outcome.status
    answer: Json = {
        "id": doing.id,
        "result": {DeedStatus.ACCEPTED: "earned", DeedStatus.CAPPED: "capped"}.get(status, status.value),
        "flowers": outcome.flowers,
        "unlocked_minor": outcome.money_minor if doing.campaign.kind == "shake" else 0,
        "money_minor": outcome.money_minor,
        "item": outcome.item,
        "code": outcome.reason,
        "title": gettext(_TO_PEOPLE.get((doing.campaign.kind, outcome.reason)) or REASONS[outcome.reason])
        if outcome.reason
        else "",
    }
    if doing.campaign.kind == "quiz" and status != DeedStatus.REFUSED:
        answer |= _explain(doing, now)
    return answer


def _explain(doing: Doing, now: datetime) -> Json:
    told = doing.facts.get("answers")
    answers = told if isinstance(told, dict) else {}
    explanations = []
    for item in list_daily_questions(doing.campaign, local_date(now, settings.TIME_ZONE)):
        place = int(item.body["answer"])
        explanations.append(
            {
                "id": item.code,
                "right": str(answers.get(item.code)) == str(place),
                "answer": {"zh": item.body["options_zh"][place], "en": item.body["options_en"][place]},
                "why": {"zh": item.body.get("why_zh", ""), "en": item.body.get("why_en", "")},
            }
        )
    return {"explanations": explanations, "right": sum(each["right"] for each in explanations)}


# --- giving flowers -------------------------------------------------------------------------------


def give(token: UserToken, givings: Sequence[Giving], now: datetime) -> list[Json]:
    """Gives flowers to projects of the campaign and to dreams; one answer each, one refusal spoils no other.

    Replay: the same id is the same gift.
    """
    answers: list[Json] = []
    for giving in givings:
        try:
            _give_one(token, giving, now)
        except Refusal as refusal:
            answers.append({"id": giving.id, "result": "refused", "code": refusal.code, "title": tell(refusal)})
        else:
            answers.append({"id": giving.id, "result": "given", "code": "", "title": ""})
    return answers


def _give_one(token: UserToken, giving: Giving, now: datetime) -> None:
    """Gives to a dream, or to a project: to its bonus while a festival takes flowers, else to it alone."""
    donors = donors_behind(token.partner_id, token.user)
    name = f"{token.partner_id.hex}\0{token.user}\0{giving.id}".encode()
    if giving.kind == "dream":
        dream = get_dream(giving.to, now)
        key = hashlib.blake2b(name, digest_size=16).hexdigest()
        [answer] = give_to_dreams(
            [BallotRequest(key, tuple(donors), dream.id, giving.flowers)], giving_policy().held_words, now
        )
        if isinstance(answer, Refusal):
            raise answer
        return
    known = find_projects_by_id(giving.campaign.project_ids)
    project = next((each for each in known.values() if each.slug == giving.to), None)
    if project is None:
        raise ProjectNotInCampaign
    gift_id = hashed_id(hashlib.blake2b(name, digest_size=16).digest())
    if festival := find_open_bonus(settings.TIME_ZONE, now):
        bonus = BonusGift(gift_id, tuple(donors), festival, project.id, giving.flowers)
        give_bonus_flowers([bonus], settings.TIME_ZONE, now)
        return
    give_flowers_of_people(
        [PersonGift(gift_id, tuple(donors), AccountKind.BONUS_FLOWERS, project.id, giving.flowers)], now
    )

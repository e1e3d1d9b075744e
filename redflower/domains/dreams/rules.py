"""Pure decisions about dreams."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from redflower.domains.donations.rules import moderate_message
from redflower.domains.donations.types import MessageState
from redflower.domains.dreams import errors
from redflower.domains.dreams.types import (
    ACTS,
    SCREENING,
    Act,
    BallotRequest,
    CallView,
    DreamState,
    DutyState,
    FeedbackDuty,
    NewCall,
    NewFeedback,
    NewRound,
    ProposalState,
    ScreenAct,
    Wish,
    WordsState,
)
from redflower.domains.flowers.errors import FlowersInvalid
from redflower.domains.flowers.rules import FLOWERS_MAX, check_flowers
from redflower.domains.organizations.rules import is_slug, is_text
from redflower.domains.people.rules import check_email
from redflower.domains.projects.types import Cause
from redflower.kernel.ids import derive_id
from redflower.kernel.limits import BIGINT_MAX, IDEMPOTENCY_KEY_MAX_CHARS, MESSAGE_MAX_CHARS, NAME_MAX_CHARS
from redflower.kernel.money import FEN_PER_YUAN
from redflower.kernel.text import has_forbidden_characters

# How long a returned proposal may still be handed in again after the call has closed.
SECOND_TRY_DAYS = 14
BUDGET_MAX_LINES = 8
PEOPLE_MAX = 10_000_000
SENTENCE_MAX_CHARS = 80
FEEDBACK_MAX_CHARS = 3_000
# How long each text may be, by field, in characters.
LIMITS = {
    "title": 24, "summary": 60, "need": 1_000, "story": 2_000, "helped": 200, "author_name": NAME_MAX_CHARS, "about": 300,
}  # fmt: skip
_TITLE_EN_EXTRA = 3  # a Latin text needs about three times the letters of a Chinese one
_NEEDED = ("title", "summary", "story", "need", "helped")


def next_state(current: ProposalState, act: Act) -> ProposalState:
    """Where an act leads from a state.

    Errors: ProposalStateConflict for a step the state table does not have.
    """
    sources, target = ACTS[act]
    if current not in sources:
        raise errors.ProposalStateConflict
    return target


def state_after(act: Act | None) -> ProposalState:
    """The state the latest act has made; a draft without any."""
    return ACTS[act][1] if act else ProposalState.DRAFT


def check_call(call: NewCall, now: datetime) -> None:
    """Refuses a call with a hole or an impossible value in it, or one that would be over before anybody reads of it.

    Errors: CallInvalid with the first `field` in doubt.
    """
    texts = ("title", "brief", "eligible", "sponsor")
    fits = {
        "slug": is_slug(call.slug),
        **{f"{text}_{tag}": is_text(getattr(call, f"{text}_{tag}")) for text in texts for tag in ("zh", "en")},
        "themes": all(theme in tuple(Cause) for theme in call.themes),
        "closes_at": max(call.opens_at, now) < call.closes_at,
        "grant_max_minor": 0 < call.grant_min_minor <= call.grant_max_minor <= BIGINT_MAX,
        "fund_minor": call.grant_max_minor <= call.fund_minor <= BIGINT_MAX,
    }
    wrong = next((field for field, fit in fits.items() if not fit), None)
    if wrong:
        raise errors.CallInvalid(field=wrong)


def check_draft(wish: Wish) -> None:
    """Refuses what a draft cannot even keep; holes are fine until it is handed in.

    Errors: WishUnreadable, WishTooLong, BudgetTooLong, PeopleInvalid.
    """
    for field, limit in LIMITS.items():
        for name in (field,) if field == "author_name" else (f"{field}_zh", f"{field}_en"):
            text = getattr(wish, name)
            most = limit * _TITLE_EN_EXTRA if name.endswith("_en") else limit
            if has_forbidden_characters(text) or (field in ("title", "author_name") and set(text) & set("\n\r\t")):
                raise errors.WishUnreadable(field=field)
            if len(text) > most:
                raise errors.WishTooLong(field=field, limit=most, length=len(text))
    if len(wish.budget) > BUDGET_MAX_LINES:
        raise errors.BudgetTooLong(limit=BUDGET_MAX_LINES)
    if any(has_forbidden_characters(item.label_zh + item.label_en) for item in wish.budget):
        raise errors.WishUnreadable(field="budget")
    if not 0 <= wish.people <= PEOPLE_MAX:
        raise errors.PeopleInvalid(limit=PEOPLE_MAX)
    if has_forbidden_characters(wish.email):
        raise errors.WishUnreadable(field="email")


def check_wish(wish: Wish, call: CallView) -> None:
    """Refuses to hand in a proposal with a hole in it, or one the call did not ask for.

    Errors: as `check_draft`; WishIncomplete, ThemeNotCalled, PeopleInvalid, BudgetEmpty, GrantOutOfRange, EmailInvalid.
    """
    check_draft(wish)
    for field in _NEEDED:
        if not (getattr(wish, f"{field}_zh").strip() or getattr(wish, f"{field}_en").strip()):
            raise errors.WishIncomplete(field=field)
    if wish.cause not in tuple(Cause) or (call.themes and wish.cause not in call.themes):
        raise errors.ThemeNotCalled
    if wish.people < 1:
        raise errors.PeopleInvalid(limit=PEOPLE_MAX)
    lines = wish.budget
    if not lines or any(item.amount_minor <= 0 or not (item.label_zh + item.label_en).strip() for item in lines):
        raise errors.BudgetEmpty
    if not call.grant_min_minor <= wish.grant_minor <= call.grant_max_minor:
        raise errors.GrantOutOfRange(
            sum_yuan=_yuan(wish.grant_minor),
            min_yuan=_yuan(call.grant_min_minor),
            max_yuan=_yuan(call.grant_max_minor),
        )
    if not wish.author_name.strip():
        raise errors.WishIncomplete(field="author_name")
    if not (wish.about_zh + wish.about_en).strip():
        raise errors.WishIncomplete(field="about")
    check_email(wish.email)


def can_submit(state: ProposalState, call: CallView, now: datetime) -> bool:
    """True while a proposal may be handed in: a first try while the call is open, a returned one two weeks longer."""
    if state == ProposalState.RETURNED:
        return call.opens_at <= now < call.closes_at + timedelta(days=SECOND_TRY_DAYS)
    return state == ProposalState.DRAFT and call.is_open(now)


def needs_look(wish: Wish, held_words: Collection[str]) -> bool:
    """True when a proposal holds a link, a number to call or a listed word; the desk is told, nobody is refused."""
    fields = ("title", "summary", "need", "story", "about")
    text = "\n".join(getattr(wish, f"{field}_{tag}") for field in fields for tag in ("zh", "en"))
    return moderate_message(text, held_words) == MessageState.HELD


def check_screening(acts: Sequence[ScreenAct]) -> None:
    """Refuses an act that the desk does not have, and one without the reason its author is owed.

    Errors: ProposalStateConflict, ReasonMissing.
    """
    for act in acts:
        if act.act not in SCREENING:
            raise errors.ProposalStateConflict
        if act.act != Act.SHORTLIST and not act.reason.strip():
            raise errors.ReasonMissing


def check_round(plan: NewRound) -> None:
    """Refuses a round with a hole or an impossible value in it.

    Errors: RoundInvalid with the first `field` in doubt.
    """
    caps = (plan.person_dream_cap, plan.person_round_cap)
    days = plan.feedback_days
    fits = {
        "slug": is_slug(plan.slug),
        "name": is_text(plan.name_zh) and is_text(plan.name_en),
        "summary": is_text(plan.summary_zh) and is_text(plan.summary_en),
        "closes_at": plan.opens_at < plan.closes_at,
        "caps": all(cap is None or 0 < cap <= FLOWERS_MAX for cap in caps),
        # The first letter within ninety days: that is the promise every round makes.
        "feedback_days": bool(days) and 0 < days[0] <= 90 and all(a < b for a, b in pairwise(days)),
    }
    wrong = next((field for field, fit in fits.items() if not fit), None)
    if wrong:
        raise errors.RoundInvalid(field=wrong)


def compute_dream_state(
    opened: bool, opens_at: datetime, closes_at: datetime, granted: bool | None, is_full: bool, now: datetime
) -> DreamState:
    """Where a dream stands. An outcome outranks the clock."""
    if granted is not None:
        return DreamState.GRANTED if granted else DreamState.NOT_MET
    if not opened:
        return DreamState.PLANNED
    if is_full or now >= closes_at:
        return DreamState.DECIDING
    return DreamState.OPEN if now >= opens_at else DreamState.UPCOMING


def check_ballot(request: BallotRequest) -> None:
    """Refuses an act of giving that cannot be written.

    Errors: BallotConflict (a key nobody could have been given), FlowersInvalid, WordsUnreadable, WordsTooLong.
    """
    if not 0 < len(request.key) <= IDEMPOTENCY_KEY_MAX_CHARS or has_forbidden_characters(request.key):
        raise errors.BallotConflict
    if not request.donor_ids:
        raise FlowersInvalid
    check_flowers(request.flowers)
    if has_forbidden_characters(request.shown_name + request.words) or set(request.shown_name) & set("\n\r\t"):
        raise errors.WordsUnreadable
    if len(request.shown_name) > NAME_MAX_CHARS:
        raise errors.WordsTooLong(limit=NAME_MAX_CHARS, length=len(request.shown_name))
    if len(request.words) > MESSAGE_MAX_CHARS:
        raise errors.WordsTooLong(limit=MESSAGE_MAX_CHARS, length=len(request.words))


def judge_words(text: str, held_words: Collection[str]) -> WordsState:
    """Whether words are shown at once or wait for a moderator."""
    return WordsState(moderate_message(text, held_words).value)


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether a dream takes flowers, read while its account is held."""

    dream_id: UUID
    opened: bool
    opens_at: datetime
    closes_at: datetime
    granted: bool | None
    minimum: int
    flowers: int
    round_id: UUID
    person_dream_cap: int | None
    person_round_cap: int | None


def check_room(standing: Standing, asked: int, given_dream: int, given_round: int, now: datetime) -> None:
    """Refuses flowers a dream cannot take from this person.

    Errors: DreamMet, DreamNotOpen, DreamNeedsFewer, DreamCapReached, RoundCapReached.
    """
    missing = standing.minimum - standing.flowers
    if standing.granted or (standing.granted is None and missing <= 0):
        raise errors.DreamMet
    state = compute_dream_state(
        standing.opened, standing.opens_at, standing.closes_at, standing.granted, missing <= 0, now
    )
    if state != DreamState.OPEN:
        raise errors.DreamNotOpen
    if asked > missing:
        raise errors.DreamNeedsFewer(missing=missing)
    if standing.person_dream_cap is not None and given_dream + asked > standing.person_dream_cap:
        raise errors.DreamCapReached(cap=standing.person_dream_cap, given=given_dream)
    if standing.person_round_cap is not None and given_round + asked > standing.person_round_cap:
        raise errors.RoundCapReached(cap=standing.person_round_cap, given=given_round)


def decide(standing: Standing, now: datetime) -> bool | None:
    """True: granted, the minimum is reached. False: the round is over below it. None: nothing to decide yet."""
    if standing.granted is not None or not standing.opened:
        return None
    if standing.flowers >= standing.minimum:
        return True
    return False if now >= standing.closes_at else None


def project_id_of(dream_id: UUID) -> UUID:
    """The id of the project a dream becomes: known before it exists, so that its grant can be reserved for it."""
    return derive_id(dream_id, "project")


def compute_duties(
    granted_at: datetime, days: Sequence[int], told: Mapping[int, datetime], closed: bool, now: datetime
) -> list[FeedbackDuty]:
    """Every letter that was promised, with its date and whether it came; a closed dream owes no more.

    Shape: `told` is stage -> when its letter was published.
    """
    duties = []
    for stage, day in enumerate(days, start=1):
        due_at, met_at = granted_at + timedelta(days=day), told.get(stage)
        if met_at is None and closed:
            break
        late = met_at is None and now > due_at
        state = DutyState.MET if met_at else DutyState.OVERDUE if late else DutyState.DUE_LATER
        duties.append(FeedbackDuty(stage, due_at, state, met_at))
    return duties


def check_feedback(feedback: NewFeedback) -> None:
    """Refuses a letter with a hole in it.

    Errors: FeedbackInvalid.
    """
    texts = (feedback.title_zh, feedback.title_en, feedback.body_zh, feedback.body_en)
    fits = {
        "title": bool((feedback.title_zh + feedback.title_en).strip()) and max(map(len, texts[:2])) <= 100,
        "body": bool((feedback.body_zh + feedback.body_en).strip()) and max(map(len, texts[2:])) <= FEEDBACK_MAX_CHARS,
        "text": not any(has_forbidden_characters(text) for text in texts),
        "spent": 0 <= feedback.spent_minor <= BIGINT_MAX,
        "people": 0 <= feedback.people <= PEOPLE_MAX,
    }
    wrong = next((field for field, fit in fits.items() if not fit), None)
    if wrong:
        raise errors.FeedbackInvalid(field=wrong)


def check_rally(name: str, sentence: str) -> tuple[str, str]:
    """A rally page's name and sentence, trimmed.

    Errors: WordsUnreadable, RallyNameMissing, WordsTooLong.
    """
    if has_forbidden_characters(name + sentence) or set(name + sentence) & set("\n\r\t"):
        raise errors.WordsUnreadable
    if not name.strip():
        raise errors.RallyNameMissing
    for text, limit in ((name, NAME_MAX_CHARS), (sentence, SENTENCE_MAX_CHARS)):
        if len(text.strip()) > limit:
            raise errors.WordsTooLong(limit=limit, length=len(text.strip()))
    return name.strip(), sentence.strip()


def _yuan(fen: int) -> str:
    return f"{fen // FEN_PER_YUAN:,}"

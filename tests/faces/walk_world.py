"""A world in which every page of the site has something to say, and the addresses of those pages by audience."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.test import Client

from redflower.domains.disclosures.services import (
    ask_questions,
    propose_answer,
    propose_report,
    publish_questions,
    publish_reports,
)
from redflower.domains.disclosures.types import Answer, Asking, Question, Report, ReportDraft, ReportKind
from redflower.domains.festivals.models import Festival
from redflower.domains.festivals.services import draw_due_slices
from redflower.domains.organizations.services import save_charities, submit_charities
from redflower.domains.people.models import User
from redflower.domains.people.services import make_operator
from redflower.domains.people.types import Reason
from redflower.domains.projects.models import BudgetLine, PlanStep, Project
from redflower.faces.followers.insights import follow_once
from redflower.faces.followers.proofs import follow_once as log_once
from redflower.faces.shared.instance import gift_path, refund_path
from redflower.faces.shared.settlement import settle
from redflower.kernel import clock
from redflower.kernel.ids import new_id
from tests.faces.journey import open_project
from tests.factories import POLICY, ask, give, intend, make_charity, make_donor, make_festival, notice
from tests.refunds import accept, ask_back, give_back
from tests.rooms.test_bonuses import gather
from tests.rooms.test_organizations import CHARITY

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LONG = "西南山区乡村小学营养午餐与冬季取暖联合支持计划"
LONG_EN = "Joint Programme of Nutritious Lunches and Winter Heating for Village Schools in the South-Western Mountains"


@dataclass(frozen=True)
class World:
    """Who looks, and what there is to see."""

    public: Sequence[str]
    donor: Sequence[str]
    desk: Sequence[str]
    donor_id: UUID
    operator_id: UUID

    def session_of_operator(self) -> str:
        """The session cookie of an operator who has signed in."""
        client = Client()
        client.force_login(User.objects.get(pk=self.operator_id), BACKEND)
        return next(cookie.value for name, cookie in client.cookies.items() if "session" in name)


def make_world() -> World:
    """Projects that run, have ended and come later, gifts in every state, cases, changes, alarms and held messages."""
    now = clock.now()
    festival_id = make_festival(("surprise-2024", "random-2018"), opens_at=now - timedelta(hours=25), hours=72)
    festival = Festival.objects.get(id=festival_id)
    charity = make_charity(slug="qinghe", name_zh=LONG + "基金会", name_en=LONG_EN)
    project = open_project(
        charity=charity, slug="lunch", title_zh=LONG, title_en=LONG_EN, unit_minor=500, unit_zh="一顿午饭", unit_en="a lunch",
        achieved_zh="吃上了饭", achieved_en="have had lunch",
    )  # fmt: skip
    day = timedelta(days=1)
    ended = open_project(slug="ended", starts_at=now - 400 * day, ends_at=now - 100 * day)
    later = open_project(slug="later", starts_at=now + 3 * day, ends_at=now + 90 * day)
    paused = open_project(slug="paused", state="paused")
    _describe(project)
    donor = make_donor()
    gifts = {
        "settled": give(project.id, 123_456_789, now, donor_id=donor, shown_as="named", shown_name="Lin", message="Well"),
        "held": give(project.id, 1314, now, donor_id=donor, message="13800138000"),
        "asked back": give(project.id, 2000, now - 9 * day, donor_id=donor),
        "accepted": give(project.id, 2100, now - 9 * day, donor_id=donor),
        "returned": give(project.id, 2200, now - 9 * day, donor_id=donor),
        "unpaid": intend(ask(project.id, donor), now).gift_id,
    }  # fmt: skip
    gather(festival_id, project.id, 120, at=now - day)
    gather(festival_id, ended.id, 7, at=now)
    draw_due_slices(festival_id, "Asia/Shanghai", now + timedelta(minutes=1))
    cases = [ask_back(gifts["asked back"], at=now, note="0"), ask_back(gifts["accepted"], at=now)]
    accept(gifts["accepted"], at=now)
    give_back(gifts["returned"], at=now)
    settle([notice(intend(ask(project.id), now), currency="USD", paid_at=now)], POLICY, now)
    maker, operator = make_operator("maker@example.org", now), make_operator("checker@example.org", now)
    desk = _fill_desk(project, maker)
    while follow_once() or log_once():
        pass
    own = f"/projects/{project.slug}"
    return World(
        public=[
            "/", "/projects", "/projects?q=nothing", "/projects?cause=children&region=530000", own, f"{own}/ledger",
            f"{own}/calm", f"{own}/ask", f"{own}/ask?sent=1",
            f"{own}/give?read_facts=1&amount=10", f"/projects/{ended.slug}", f"/projects/{ended.slug}/calm",
            f"/projects/{later.slug}", f"/projects/{later.slug}/give?read_facts=1", f"/projects/{paused.slug}",
            f"/projects/{ended.slug}/ledger", "/charities", f"/charities/{charity.slug}", f"/charities/{later.charity.slug}",
            "/festivals", f"/festivals/{festival.slug}", f"/festivals/{festival.slug}/bonus/{project.slug}",
            f"/festivals/{festival.slug}/bonus/{ended.slug}", "/festivals/how", "/about", "/offline", "/me",
            "/accounts/login/", "/nothing-here", "/g/guessed", "/refunds/guessed", "/api/docs", "/demo/mail",
        ],
        donor=[
            *(gift_path(gift_id) for gift_id in gifts.values()), f"{gift_path(gifts['settled'])}/refund",
            *map(refund_path, cases), f"/festivals/{festival.slug}/bonus/{project.slug}", "/me", "/me?page=2", "/me/refund",
        ],
        desk=["/backoffice/" + path for path in (
            "", "charities/", "charities/new/", f"charities/{charity.id}/", f"charities/{charity.id}/edit/", "projects/",
            "projects/new/", f"projects/{project.id}/", f"projects/{project.id}/edit/", f"projects/{project.id}/reports/new/",
            "changes/", "payments/", f"payments/{gifts['settled']}/", f"payments/{gifts['returned']}/", "alarms/",
            "alarms/?show=done", "refunds/", "refunds/?state=accepted", "refunds/?state=returned", "messages/", "questions/", "festivals/",
            f"festivals/{festival.slug}/", "calls/", "calls/new/", "dreams/", "rounds/", "letters/", "scenes/", "operators/",
            "audit/", "festivals/new/", "scenes/new/steps/", "scenes/deeds/", "scenes/new/quiz/", *desk,
        )],
        donor_id=donor,
        operator_id=operator,
    )  # fmt: skip


def _describe(project: Project) -> None:
    """Its budget, plan, reports and questions."""
    now = clock.now()
    for position, (zh, en) in enumerate([("午餐", "Lunches"), ("取暖", "Heating")]):
        BudgetLine.objects.create(project=project, position=position, label_zh=zh, label_en=en, amount_minor=500_000)
        PlanStep.objects.create(project=project, position=position, text_zh=zh, text_en=en, due_at=now)
    at = now - timedelta(days=7)
    publish_reports(
        [Report(new_id(), project.id, kind, "第一季", "First quarter", "做完了", "Done", at) for kind in ReportKind],
        now,
    )
    publish_questions(
        [
            Question(new_id(), project.id, "炭从哪里买？", "Where is the coal from?", at, "镇上", "From town", now),
            Question(new_id(), project.id, "谁来做饭？", "Who cooks?", at, "", "", None),
        ]
    )


def _fill_desk(project: Project, maker: UUID) -> list[str]:
    """Files to review and changes that wait; returns the addresses of their pages."""
    now = clock.now()
    [waiting] = save_charities([CHARITY], maker, now)
    submit_charities([waiting], maker, now)
    draft = ReportDraft(project.id, "finance", "账目", "Accounts", "支出", "Spent")
    change = propose_report(draft, Reason("", ""), maker, now)
    question = Question(new_id(), project.id, "几点开饭？", "When is lunch?", now, "", "", None)
    publish_questions([question])
    propose_answer(question.id, Answer("十二点", "At noon"), Reason("", ""), maker, now)
    ask_questions([Asking(new_id(), project.id, "Who carries the coal up?", "en", now)])
    return [f"charities/{waiting}/", f"changes/{change}/", f"questions/{question.id}/answer/"]

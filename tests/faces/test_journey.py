"""The job, page by page: calm down, give, thank you, mine; and the notices behind them."""

import re
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from redflower.adapters import sandbox
from redflower.adapters.payment_errors import ProviderDown
from redflower.adapters.sandbox_bank import Bank
from redflower.domains.disclosures.services import publish_questions, publish_reports
from redflower.domains.disclosures.types import Question, Report, ReportKind
from redflower.domains.donations.models import Gift
from redflower.domains.festivals.services import draw_due_slices
from redflower.domains.people.models import Donor
from redflower.domains.people.selectors import find_donor
from redflower.domains.people.types import DonorView
from redflower.domains.projects.models import BudgetLine, Project
from redflower.faces.shared import donor_cookie
from redflower.faces.shared.instance import gift_path
from redflower.faces.shared.late_payments import LatePayments
from redflower.kernel import clock
from redflower.kernel.ids import new_id, short_code
from redflower.plumbing.models import Event
from tests.faces.journey import (
    Visitor,
    deliver,
    find_chinese,
    find_order,
    give_and_settle,
    open_project,
    pay,
    post_notice,
    read_errors,
    read_field,
)
from tests.factories import make_festival, make_user

pytestmark = pytest.mark.django_db
ZONE = "Asia/Shanghai"


@pytest.fixture
def project(db: None) -> Project:
    return open_project(achieved_zh="做到了一些", achieved_en="Some of it is done")


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Moves the clock forward."""

    def move(**span: int) -> None:
        ahead = clock.now() + timedelta(**span)
        monkeypatch.setattr(clock, "now", lambda: ahead)

    return move


class TestCalmingDown:
    def test_the_page_tells_what_is_on_record(self, visitor: Visitor, project: Project) -> None:
        now = clock.now()
        BudgetLine.objects.create(project=project, position=0, label_zh="食材", label_en="Food", amount_minor=900_000)
        publish_reports(
            [
                Report(new_id(), project.id, kind, title, title, "正文", "Body", now - timedelta(days=days))
                for kind, title, days in ((ReportKind.PROGRESS, "第一次进展", 3), (ReportKind.FINANCE, "第一次账目", 9))
            ],
            now,
        )
        publish_questions([Question(new_id(), project.id, "米从哪里买？", "Rice?", now, "", "", None)])
        page = visitor.get(f"/projects/{project.slug}/calm").content.decode()
        for fact in ("第 101 天", "做到了一些", "食材", "第一次进展", "3天前", "第一次账目", "米从哪里买？"):
            assert fact.replace(" ", "") in page.replace(" ", ""), fact
        assert "checked" not in page

    def test_what_is_missing_is_said_too(self, visitor: Visitor) -> None:
        project = open_project(starts_at=clock.now() - timedelta(days=150))
        page = visitor.get(f"/projects/{project.slug}/calm").content.decode()
        for fact in ("还没有写下做到了什么", "还没有发布过进展", "还没有公布过账目", "还没交，已超"):
            assert fact in page

    @pytest.mark.parametrize(
        ("choice", "leads_to", "kind"),
        [("continue", "/give?read_facts=1&amount=50", "calm.continued"), ("leave", "", "calm.left")],
    )
    def test_either_choice_is_recorded_without_saying_whose(
        self, visitor: Visitor, project: Project, choice: str, leads_to: str, kind: str
    ) -> None:
        address = f"/projects/{project.slug}/calm"
        token = read_field(visitor.get(address).content.decode(), "csrfmiddlewaretoken")
        answer = visitor.post(address, token, choice=choice, amount="50")
        assert (answer.status_code, answer["Location"]) == (303, f"/projects/{project.slug}{leads_to}")
        [event] = Event.objects.filter(kind__startswith="calm.")
        assert (event.kind, event.facts) == (kind, {"project": str(project.id)})

    def test_a_finished_project_can_be_read_about_but_not_gone_on_with(self, visitor: Visitor) -> None:
        project = open_project(ends_at=clock.now() - timedelta(days=1))
        address = f"/projects/{project.slug}/calm"
        answer = visitor.get(address)
        page = answer.content.decode()
        assert answer.status_code == 200 and "筹款已经结束" in page and 'value="continue"' not in page
        answer = visitor.post(address, read_field(page, "csrfmiddlewaretoken"), choice="continue")
        assert answer.status_code == 409 and "现在不接受捐赠" in answer.content.decode()
        assert not Event.objects.filter(kind="calm.continued").exists()


class TestGiving:
    def test_without_having_read_the_facts_one_is_led_to_them(self, visitor: Visitor, project: Project) -> None:
        answer = visitor.get(f"/projects/{project.slug}/give?amount=50")
        assert (answer.status_code, answer["Location"]) == (303, f"/projects/{project.slug}/calm?amount=50")
        form = visitor.open_form(project)
        answer = visitor.send(project, form | {"read_facts": ""})
        assert answer["Location"].startswith(f"/projects/{project.slug}/calm")
        assert not Gift.objects.exists()

    @pytest.mark.parametrize(("language", "title"), [("zh-CN", "山里的午餐"), ("en", "Lunch in the hills")])
    def test_the_providers_page_names_the_project_in_the_payers_language(
        self, provider: Bank, language: str, title: str
    ) -> None:
        project = open_project(slug="hills", title_zh="山里的午餐", title_en="Lunch in the hills")
        visitor = Visitor(language)
        page = visitor.get(visitor.give(project, amount="5")["Location"]).content.decode()
        assert title in page
        assert len(re.findall("山里的午餐|Lunch in the hills", page)) == 1

    def test_a_guest_gives_without_ever_being_asked_to_sign_in(
        self, visitor: Visitor, project: Project, provider: Bank
    ) -> None:
        answer = visitor.give(project, amount="66.60", shown_as="named", shown_name="林小满", message="加油！")
        order = find_order(answer, provider)
        assert answer["Location"].startswith("/sandbox/pay/")
        gift = Gift.objects.get(id=order.id)
        assert (gift.amount_minor, gift.shown_name, gift.message) == (6660, "林小满", "加油！")
        assert visitor.client.cookies["rf_donor"]["max-age"]

    def test_looking_at_the_form_makes_nobody_a_donor(self, visitor: Visitor, project: Project) -> None:
        visitor.open_form(project)
        assert not Donor.objects.exists()

    def test_a_name_typed_before_choosing_to_stay_anonymous_is_not_kept(
        self, visitor: Visitor, project: Project, provider: Bank
    ) -> None:
        order = find_order(visitor.give(project, shown_as="anonymous", shown_name="林小满"), provider)
        assert Gift.objects.get(id=order.id).shown_name == ""

    def test_without_script_the_chip_is_the_amount_and_what_is_typed_outranks_it(
        self, visitor: Visitor, project: Project, provider: Bank
    ) -> None:
        assert find_order(visitor.give(project, amount=" ", preset="100"), provider).amount_minor == 10_000
        assert find_order(visitor.give(project, amount="7", preset="100"), provider).amount_minor == 700

    def test_a_form_sent_again_leads_to_the_same_page(self, visitor: Visitor, project: Project, provider: Bank) -> None:
        form = visitor.open_form(project)
        assert visitor.send(project, form)["Location"] == visitor.send(project, form)["Location"]
        assert Gift.objects.count() == 1

    def test_a_form_sent_twice_at_once_is_one_gift_even_when_the_other_makes_the_donor_in_between(
        self, visitor: Visitor, project: Project, provider: Bank, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        form, looks = visitor.open_form(project), []

        def look(donor_id: UUID) -> DonorView | None:
            seen = find_donor(donor_id)
            looks.append(seen)
            if len(looks) == 1:  # right after the first look, the other press is answered
                visitor.send(project, form)
            return seen

        monkeypatch.setattr(donor_cookie, "find_donor", look)
        assert visitor.send(project, form).status_code == 303
        assert looks[0] is None
        assert (Gift.objects.count(), Donor.objects.count()) == (1, 1)

    def test_a_form_sent_again_after_it_was_paid_leads_to_the_gift(
        self, visitor: Visitor, project: Project, provider: Bank
    ) -> None:
        form = visitor.open_form(project)
        path = pay(visitor.send(project, form), provider)
        deliver(provider)
        assert visitor.send(project, form)["Location"] == path

    def test_all_that_is_wrong_is_told_at_once_and_nothing_typed_is_lost(
        self, visitor: Visitor, project: Project
    ) -> None:
        message = "字" * 201
        answer = visitor.give(project, amount="1e2", shown_as="named", shown_name=" ", message=message)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert set(read_errors(page)) == {"amount", "shown_name", "message"}
        assert "现在是 201 个字" in page
        assert read_field(page, "amount") == "1e2" and message in page
        assert not Gift.objects.exists()

    def test_an_unusual_gift_is_asked_about_once_more_with_everything_kept(
        self, visitor: Visitor, project: Project, provider: Bank
    ) -> None:
        form = visitor.open_form(project)
        answer = visitor.send(project, form, amount="1000", message="给孩子们")
        page = answer.content.decode()
        assert answer.status_code == 409 and "第一笔捐赠" in page and "给孩子们" in page
        assert not Gift.objects.exists()
        kept = {name: read_field(page, name) for name in ("amount", "shown_as", "shown_name", "message", "key")}
        form |= {"csrfmiddlewaretoken": read_field(page, "csrfmiddlewaretoken"), **kept}
        edited = visitor.client.post(f"/projects/{project.slug}/give", form | {"edit": "1"})
        assert edited.status_code == 200 and read_field(edited.content.decode(), "amount") == "1000"
        confirmed = visitor.client.post(f"/projects/{project.slug}/give", form | {"confirmed": "first_large"})
        assert find_order(confirmed, provider).amount_minor == 100_000

    def test_a_confirmation_of_something_else_confirms_nothing(self, visitor: Visitor, project: Project) -> None:
        assert visitor.give(project, amount="1000", confirmed="many_in_hour").status_code == 409

    def test_while_the_provider_is_down_nothing_is_lost_and_the_same_form_pays_later(
        self, visitor: Visitor, project: Project, provider: Bank, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        form = visitor.open_form(project)
        with monkeypatch.context() as patch:
            patch.setattr(sandbox.SandboxClient, "create", _down)
            answer = visitor.send(project, form, amount="20", message="还在")
        page = answer.content.decode()
        assert answer.status_code == 503 and answer["Retry-After"]
        assert "没有产生任何扣款" in page and "还在" in page and read_field(page, "key") == form["key"]
        assert find_order(visitor.send(project, form, amount="20", message="还在"), provider).amount_minor == 2000
        assert Gift.objects.count() == 1

    def test_a_failed_gift_can_be_tried_again_with_everything_filled_in(
        self, visitor: Visitor, project: Project, provider: Bank
    ) -> None:
        path = pay(
            visitor.give(project, amount="12.34", shown_as="named", shown_name="林", message="好"), provider, "fail"
        )
        deliver(provider)
        page = visitor.get(path).content.decode()
        assert "没有成功" in page and "你没有被扣款" in page
        token = path.rsplit("/", 1)[1]
        assert f"again={token}" in page
        form = visitor.get(f"/projects/{project.slug}/give?read_facts=1&again={token}").content.decode()
        assert (
            read_field(form, "amount") == "12.34" and read_field(form, "shown_name") == "林" and "好</textarea>" in form
        )

    def test_the_page_stays_out_of_shared_caches(self, visitor: Visitor, project: Project) -> None:
        answer = visitor.get(f"/projects/{project.slug}/give?read_facts=1")
        assert "private" in answer["Cache-Control"]


def _down(*_: object) -> None:
    raise ProviderDown


@pytest.mark.django_db(transaction=True)
def test_two_clicks_of_somebody_new_at_once_make_one_donor_and_one_gift(provider: Bank) -> None:
    project, visitor = open_project(), Visitor()
    form = visitor.open_form(project)
    start = threading.Barrier(4)
    answers: list[str] = []

    def click() -> None:
        other = Visitor()
        other.client.cookies = visitor.client.cookies.copy()
        start.wait()
        answers.append(other.send(project, form)["Location"])
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4 and len(set(answers)) == 1
    assert (Donor.objects.count(), Gift.objects.count()) == (1, 1)


class TestThanking:
    def test_a_gift_waits_then_thanks_and_tells_of_flower_and_match(
        self, visitor: Visitor, project: Project, provider: Bank, later: Any
    ) -> None:
        festival = make_festival(opens_at=clock.now() - timedelta(minutes=1), slice_seconds=5)
        path = pay(visitor.give(project, amount="50"), provider)
        waiting = visitor.get(path).content.decode()
        assert "等付款结果" in waiting and "hx-trigger" in waiting and "<noscript>" in waiting
        deliver(provider)
        drawing = visitor.get(path).content.decode()
        assert "谢谢你" in drawing and "正在开奖" in drawing and "得到 1 朵小红花" in drawing
        later(minutes=1)
        draw_due_slices(festival, ZONE, clock.now())
        drawn = visitor.get(path).content.decode()
        assert "配捐结果" in drawn and "+¥" in drawn and "hx-trigger" not in drawn
        assert short_code(find_gift().id) in drawn

    def test_no_match_is_explained_in_plain_words(
        self, visitor: Visitor, project: Project, provider: Bank, later: Any
    ) -> None:
        festival = make_festival(
            presets=("random-2018",), opens_at=clock.now() - timedelta(minutes=1), gift_min_minor=100
        )
        path = give_and_settle(visitor, project, provider, amount="0.50")
        later(minutes=1)
        draw_due_slices(festival, ZONE, clock.now())
        page = visitor.get(path).content.decode()
        assert "这次没有抽到配捐" in page and "金额还没到这一池的起点" in page

    def test_the_second_gift_of_a_day_says_why_it_earned_no_flower(
        self, visitor: Visitor, project: Project, provider: Bank
    ) -> None:
        give_and_settle(visitor, project, provider)
        page = visitor.get(give_and_settle(visitor, project, provider)).content.decode()
        assert "今天的小红花已经开过了" in page and "没有进行中的公益节" in page

    def test_the_live_part_answers_only_what_is_new(self, visitor: Visitor, project: Project, provider: Bank) -> None:
        path = pay(visitor.give(project), provider)
        page = visitor.get(path).content.decode()
        poll = page.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
        assert visitor.get(poll, hx_request="true").status_code == 204
        deliver(provider)
        part = visitor.get(poll, hx_request="true")
        assert part.status_code == 200
        assert "谢谢你" in part.content.decode() and "<html" not in part.content.decode()

    def test_a_word_that_is_late_is_asked_for(
        self, visitor: Visitor, project: Project, provider: Bank, later: Any
    ) -> None:
        path = pay(visitor.give(project), provider, "late")
        since = int(clock.now().timestamp())
        assert "等付款结果" in visitor.get(f"{path}?since={since}").content.decode()
        later(seconds=11)
        assert "谢谢你" in visitor.get(f"{path}?since={since}").content.decode()
        later(minutes=2)
        assert deliver(provider)[0].json() == {"result": "replayed"}

    def test_while_nobody_answers_the_page_says_so_and_waits(
        self, visitor: Visitor, project: Project, provider: Bank, later: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = pay(visitor.give(project), provider, "late")
        since = int(clock.now().timestamp())
        later(seconds=15)
        monkeypatch.setattr(sandbox.SandboxClient, "query", _down)
        answer = visitor.get(f"{path}?since={since}")
        assert answer.status_code == 200 and "我们已经去问了" in answer.content.decode()

    def test_an_unpaid_gift_leads_back_to_the_same_payment_page(
        self, visitor: Visitor, project: Project, provider: Bank
    ) -> None:
        answer = visitor.give(project)
        path = gift_path(find_order(answer, provider).id)
        token = read_field(visitor.get(path).content.decode(), "csrfmiddlewaretoken")
        again = visitor.post(f"{path}/pay", token)
        assert (again.status_code, again["Location"]) == (303, answer["Location"])

    def test_with_the_provider_down_the_way_back_says_that_nothing_was_charged(
        self, visitor: Visitor, project: Project, provider: Bank, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = gift_path(find_order(visitor.give(project), provider).id)
        token = read_field(visitor.get(path).content.decode(), "csrfmiddlewaretoken")
        monkeypatch.setattr(sandbox.SandboxClient, "create", _down)
        answer = visitor.post(f"{path}/pay", token)
        assert answer.status_code == 503 and "没有产生任何扣款" in answer.content.decode()

    @pytest.mark.parametrize(
        ("behaviour", "minutes", "words"),
        [("fail", 0, "没有成功"), ("cancel", 0, "你取消了"), (None, 31, "过了"), ("normal", 31, "谢谢你")],
    )
    def test_every_end_has_its_words(
        self, visitor: Visitor, project: Project, provider: Bank, later: Any, behaviour: Any, minutes: int, words: str
    ) -> None:
        answer = visitor.give(project)
        path = gift_path(find_order(answer, provider).id)
        if behaviour:
            pay(answer, provider, behaviour)
        later(minutes=minutes)
        deliver(provider)
        page = visitor.get(path).content.decode()
        assert words in page.replace('<span class="phrase">', "")
        token = read_field(page, "csrfmiddlewaretoken")
        assert visitor.post(f"{path}/pay", token)["Location"] == path  # nothing left to pay

    def test_the_page_is_for_its_holder_alone(self, visitor: Visitor, project: Project, provider: Bank) -> None:
        answer = visitor.get(give_and_settle(visitor, project, provider))
        assert answer["Referrer-Policy"] == "same-origin"
        assert "no-store" in answer["Cache-Control"] and "private" in answer["Cache-Control"]
        assert "noindex" in answer["X-Robots-Tag"]
        assert 'property="og:' not in answer.content.decode()


class TestMine:
    def test_nobody_has_an_empty_page_that_leads_somewhere(self, visitor: Visitor) -> None:
        page = visitor.get("/me").content.decode()
        assert "第一朵小红花在等你" in page and 'href="/projects"' in page

    def test_a_guest_sees_this_devices_gifts_in_every_state_and_nobody_elses(
        self, visitor: Visitor, project: Project, provider: Bank
    ) -> None:
        settled = give_and_settle(visitor, project, provider, amount="12")
        failed = pay(visitor.give(project, amount="13"), provider, "fail")
        deliver(provider)
        page = visitor.get("/me").content.decode()
        for words in (settled, failed, "已到账", "付款未成功", "¥12", "用邮箱登录", f"/projects/{project.slug}/ledger"):
            assert words in page
        assert "¥12" not in Visitor().get("/me").content.decode()

    def test_its_line_in_the_ledger_is_found_however_much_came_after_it(
        self, visitor: Visitor, project: Project, provider: Bank
    ) -> None:
        mine = give_and_settle(visitor, project, provider, amount="12.34")
        place = re.search(r'href="(/projects/[^"]+/ledger\?[^"#]+)#(\w+)"', visitor.get(mine).content.decode())
        assert place and place[1] in visitor.get("/me").content.decode()
        for _ in range(2):
            give_and_settle(Visitor(), project, provider, amount="5")
        entries = visitor.get(place[1]).content.decode().split('<li class="entry"')
        assert len(entries) == 2 and f'id="{place[2]}"' in entries[1] and "12" in entries[1]

    def test_the_list_goes_on_behind_the_last_one(self, visitor: Visitor, project: Project, provider: Bank) -> None:
        for number in range(14):
            visitor.give(project, amount=str(number + 1))
        page = visitor.get("/me").content.decode()
        assert page.count('class="mine"') == 12
        more = page.split('hx-get="')[1].split('"')[0]
        assert visitor.get(more, hx_request="true").content.decode().count('class="mine"') == 2
        assert visitor.get("/me?after=nonsense").status_code == 400

    def test_whoever_signs_in_sees_their_account_and_keeps_a_name(self, visitor: Visitor, project: Project) -> None:
        visitor.client.force_login(make_user("lin@example.org"))
        page = visitor.get("/me").content.decode()
        assert "lin@example.org" in page and "通行密钥" in page and "退出登录" in page
        token = read_field(page, "csrfmiddlewaretoken")
        assert visitor.post("/me/name", token, shown_name="  林小满 ").status_code == 303
        assert (
            read_field(visitor.get(f"/projects/{project.slug}/give?read_facts=1").content.decode(), "shown_name")
            == "林小满"
        )
        wrong = visitor.post("/me/name", token, shown_name="字" * 31)
        assert (
            wrong.status_code == 422
            and "最多 30 个字" in wrong.content.decode()
            and "字" * 31 in wrong.content.decode()
        )

    def test_the_page_needs_a_fixed_number_of_queries(
        self, visitor: Visitor, project: Project, provider: Bank, django_assert_num_queries: Any
    ) -> None:
        give_and_settle(visitor, project, provider)
        visitor.get("/me")  # what is read once for all requests
        with django_assert_num_queries(13):
            visitor.get("/me")
        for _ in range(3):
            give_and_settle(visitor, open_project(), provider)
        with django_assert_num_queries(13):
            visitor.get("/me")


class TestLatePayments:
    def test_the_worker_asks_about_orders_nobody_spoke_of(
        self, visitor: Visitor, project: Project, provider: Bank, later: Any
    ) -> None:
        paid = pay(visitor.give(project), provider, "late")
        unpaid = gift_path(find_order(visitor.give(project), provider).id)
        worker = LatePayments()
        assert worker.ask_once() == 0  # too young to be late
        later(seconds=70)
        assert worker.ask_once() == 2
        assert "谢谢你" in visitor.get(paid).content.decode()
        assert "等付款结果" in visitor.get(unpaid).content.decode()
        later(seconds=6)
        assert worker.ask_once() == 0  # asked about once at this age
        later(minutes=3)
        assert worker.ask_once() == 1

    def test_orders_wait_while_the_provider_is_down(
        self, visitor: Visitor, project: Project, provider: Bank, later: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pay(visitor.give(project), provider, "late")
        later(seconds=70)
        worker = LatePayments()
        with monkeypatch.context() as patch:
            patch.setattr(sandbox.SandboxClient, "query", _down)
            assert worker.ask_once() == 0
        assert worker.ask_once() == 1


class TestEnglish:
    def test_every_page_of_the_journey_is_complete(self, project: Project, provider: Bank, later: Any) -> None:
        visitor, slug = Visitor("en"), project.slug
        Project.objects.filter(id=project.id).update(title_zh="Lunch")  # the provider's page shows this one
        festival = make_festival(opens_at=clock.now() - timedelta(minutes=1))
        pages = [visitor.get(f"/projects/{slug}/calm"), visitor.get(f"/projects/{slug}/give?read_facts=1")]
        pages.append(visitor.get("/me"))
        pages.append(visitor.give(project, amount="x", shown_as="named", message="\u202e"))
        pages.append(visitor.give(project, amount="1000"))
        waiting = visitor.give(project)
        pages.append(visitor.get(gift_path(find_order(waiting, provider).id)))
        for behaviour in ("fail", "cancel", "normal"):
            path = pay(visitor.give(project), provider, behaviour)
            deliver(provider)
            pages.append(visitor.get(path))
        later(minutes=2)
        draw_due_slices(festival, ZONE, clock.now())
        pages += [visitor.get(path), visitor.get("/me")]
        later(minutes=60)
        pages.append(visitor.get(gift_path(find_order(waiting, provider).id)))
        for page in pages:
            assert find_chinese(page.content.decode()) == [], page.request["PATH_INFO"]

    def test_refusals_of_notices_too(self, provider: Bank) -> None:
        answer = post_notice(b"{}", {}, "en")
        assert answer.status_code == 401 and find_chinese(answer.content.decode()) == []


def find_gift() -> Gift:
    return Gift.objects.get()

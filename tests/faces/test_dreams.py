"""One dream through the pages: proposed, read, put into a round, given flowers, and told of in a letter."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.signing import dumps
from django.test import Client
from django.utils import timezone

from redflower.domains.dreams import selectors
from redflower.domains.dreams.types import DreamState, ProposalState
from redflower.faces.commands.audit import INVARIANTS
from redflower.faces.followers import dreams as follower
from redflower.faces.followers.insights import follow_once
from redflower.faces.shared.dream_words import proposal_path
from redflower.kernel import clock
from tests.dreaming import give, make_call, make_giver, open_dreams, propose
from tests.factories import make_charity, make_user

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = {
    1: {"title": "给山里的教室一架钢琴", "summary": "126 个孩子想用真的钢琴", "cause": "education", "region": "530000",
        "motif": "music", "palette": "dusk"},
    2: {"need": "学校没有乐器", "story": "孩子问我：真的琴按下去会往下沉吗？"},
    3: {"helped": "村小的孩子", "people": "126", "label_0": "钢琴", "amount_0": "26000", "label_1": "运输", "amount_1": "4200"},
    4: {"author_name": "杨老师", "about": "山里的音乐老师", "email": "yang@example.org"},
}  # fmt: skip


@pytest.fixture
def visitor() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="zh-CN")


@pytest.fixture
def operators() -> tuple[Client, Client]:
    clients = Client(HTTP_ACCEPT_LANGUAGE="zh-CN"), Client(HTTP_ACCEPT_LANGUAGE="zh-CN")
    for client in clients:
        client.force_login(make_user(is_operator=True))
    return clients


def giver(flowers: int) -> Client:
    """A guest with flowers, on a device of their own."""
    client = Client(HTTP_ACCEPT_LANGUAGE="zh-CN")
    client.cookies["rf_donor"] = dumps(str(make_giver(flowers)), salt="donor")
    return client


def text(response: Any) -> str:
    return response.content.decode()


def write_proposal(visitor: Client) -> str:
    """Writes a proposal step by step and hands it in; returns its private page."""
    begun = visitor.post("/dreams/propose")
    assert begun.status_code == 303
    path = begun["Location"].removesuffix("/write")
    for step, fields in STEPS.items():
        assert visitor.post(f"{path}/write?step={step}", fields).status_code == 303
    assert visitor.post(f"{path}/submit").status_code == 303
    return path


def test_a_dream_goes_from_proposal_to_letter(visitor, operators, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    maker, checker = operators
    now = clock.now()
    operator_id = maker.get("/backoffice/").wsgi_request.user.id
    call_id = make_call(operator_id, at=now, slug="spring")
    path = write_proposal(visitor)
    [row] = selectors.list_proposals(call_id)
    assert "等待初选" in text(visitor.get(path))

    # The desk asks first, then does.
    asked = maker.post("/backoffice/dreams/screen/", {"id": row.id, "act": "shortlist"})
    assert row.title_zh in text(asked)
    assert selectors.get_proposal(row.id).state == ProposalState.SUBMITTED
    maker.post("/backoffice/dreams/screen/", {"id": row.id, "act": "shortlist", "sure": "1"})
    maker.post("/backoffice/dreams/shortlist/spring/", {"sure": "1"})
    assert row.title_zh in text(visitor.get("/dreams/shortlist/spring"))

    charity = make_charity()
    hours = {
        "opens_at": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "closes_at": f"{now + timedelta(days=9):%Y-%m-%dT%H:%M}",
    }
    plan = {"id": row.id, f"charity_{row.id}": charity.id, f"minimum_{row.id}": "10", "slug": "round-one",
            "name_zh": "第一轮", "name_en": "One", "summary_zh": "概要", "summary_en": "Summary", "may_withdraw": "1"}  # fmt: skip
    assert maker.post("/backoffice/rounds/new/spring/", {**plan, **hours}).status_code == 302
    assert text(visitor.get("/dreams")).count(row.title_zh) == 0  # planned is not public
    maker.post("/backoffice/rounds/round-one/open/", {"sure": "1"})
    assert selectors.find_round("round-one").opened_at is None  # one pair of eyes is not enough
    checker.post("/backoffice/rounds/round-one/open/", {"sure": "1"})
    [dream] = selectors.list_dreams([selectors.find_round("round-one").id], clock.now())
    assert row.title_zh in text(visitor.get("/dreams"))

    first, second = giver(6), giver(6)
    key = re.search(r'name="key" value="(\w+)"', text(first.get(f"/dreams/{dream.slug}")))[1]
    for _ in range(2):  # a form sent twice gives once
        sent = first.post(
            f"/dreams/{dream.slug}/give", {"key": key, "flowers": "6", "shown_name": "阿珍", "words": "加油"}
        )
        assert sent.status_code == 303
    assert "加油" in text(visitor.get(f"/dreams/{dream.slug}"))
    refused = second.post(f"/dreams/{dream.slug}/give", {"key": "k-2", "flowers": "5"})
    assert (refused.status_code, "只差 4 朵" in text(refused)) == (409, True)
    second.post(f"/dreams/{dream.slug}/give", {"key": "k-3", "flowers": "4"})
    assert selectors.find_dream(dream.id, clock.now()).state == DreamState.GRANTED

    follower.follow_once()
    follow_once()
    project = selectors.find_dream(dream.id, clock.now())
    assert project.project_id is not None
    page = visitor.get(f"/projects/dream-{dream.slug}")
    assert (page.status_code, f'href="/dreams/{dream.slug}"' in text(page)) == (200, True)

    assert (
        visitor.post(
            f"{path}/letter", {"title": "琴到了", "body": "孩子们排队按了一下", "spent": "30000", "people": "126"}
        ).status_code
        == 303
    )
    [told] = selectors.list_feedback(waiting_only=True)
    assert "琴到了" not in text(first.get("/flowers/letters"))
    checker.post("/backoffice/letters/review/", {"id": told.id, "act": "publish", "sure": "1"})
    mailbox = text(first.get("/flowers/letters"))
    assert "琴到了" in mailbox
    letter_id = re.search(r"/flowers/letters/([0-9a-f-]{36})", mailbox)[1]
    assert "孩子们排队按了一下" in text(first.get(f"/flowers/letters/{letter_id}"))
    assert Client().get(f"/flowers/letters/{letter_id}").status_code == 404
    assert "按时写来" in text(visitor.get(f"/dreams/{dream.slug}"))

    follower._mailed_at = float("-inf")
    follower.post_once()
    assert [letter.to for letter in mail.outbox] == [
        ["yang@example.org"]
    ] * 4  # handed in, shortlisted, chosen, granted
    assert proposal_path(row.id) in mail.outbox[0].body
    dreams_laws = [each for each in INVARIANTS if each.code.startswith(("dreams.", "ledger."))]
    assert {each.code: each.count_differences() for each in dreams_laws if each.count_differences()} == {}


def test_a_draft_is_saved_as_it_is_written_and_read_by_its_link_alone(visitor, operators):
    make_call(operators[0].get("/backoffice/").wsgi_request.user.id, at=clock.now())
    path = visitor.post("/dreams/propose")["Location"].removesuffix("/write")
    saved = visitor.post(f"{path}/write?step=1", {"title": "一口井"}, HTTP_HX_REQUEST="true")
    assert "已保存" in text(saved)
    assert "一口井" in text(Client().get(path))
    assert Client().get(path[:-1] + ("a" if path[-1] != "a" else "b")).status_code == 404
    page = visitor.post(f"{path}/submit")
    assert (page.status_code, "还有一处没有写" in text(page)) == (422, True)


def test_declining_without_a_reason_is_refused_on_the_page_and_with_one_reaches_the_author(visitor, operators):
    maker = operators[0]
    call_id = make_call(maker.get("/backoffice/").wsgi_request.user.id, at=clock.now())
    proposal_id = propose(call_id, at=clock.now())
    fields = {"id": proposal_id, "act": "decline", "sure": "1"}
    answer = {f"reason_{proposal_id}": "已有同样的项目", f"suggestion_{proposal_id}": "可以一起做"}
    assert maker.post("/backoffice/dreams/screen/", fields).status_code == 422
    maker.post(
        "/backoffice/dreams/screen/",
        fields | answer,
    )
    page = text(visitor.get(proposal_path(proposal_id)))
    assert "已有同样的项目" in page
    assert "可以一起做" in page


def test_a_rally_page_brings_friends(visitor):
    [dream_id], _ = open_dreams(1, opens_at=clock.now() - timedelta(days=1), closes_at=clock.now() + timedelta(days=9))
    dream = selectors.find_dream(dream_id, clock.now())
    made = visitor.post(f"/dreams/{dream.slug}/rally", {"rally_name": "阿珍", "sentence": "就差几朵了"})
    assert "就差几朵了" in text(Client().get(made["Location"]))
    rally_id = made["Location"].rsplit("/", 1)[1]
    giver(3).post(f"/dreams/{dream.slug}/give", {"key": "k", "flowers": "3", "rally": rally_id})
    assert next(iter(selectors.find_rallies([rally_id]).values())).flowers == 3


def test_words_with_a_link_wait_and_are_let_through(operators):
    [dream_id], _ = open_dreams(1, opens_at=clock.now() - timedelta(days=1), closes_at=clock.now() + timedelta(days=9))
    give(dream_id, make_giver(), 1, clock.now(), words="看这里 https://example.org")
    assert "https://example.org" in text(operators[0].get("/backoffice/letters/"))
    [held] = selectors.list_held_words()
    operators[0].post("/backoffice/letters/moderate/", {"id": held.id, "act": "show", "sure": "1"})
    assert len(selectors.list_words(dream_id)) == 1


def test_flowers_taken_back_are_in_hand_again():
    [dream_id], _ = open_dreams(1, opens_at=clock.now() - timedelta(days=1), closes_at=clock.now() + timedelta(days=9))
    slug, client = selectors.find_dream(dream_id, clock.now()).slug, giver(3)
    client.post(f"/dreams/{slug}/give", {"key": "k", "flowers": "3"})
    assert client.post(f"/dreams/{slug}/take-back").status_code == 303
    assert "你手里有 3 朵" in text(client.get(f"/dreams/{slug}"))


@pytest.mark.parametrize(
    "path", ["/dreams", "/dreams/archive", "/dreams/propose", "/dreams/mine", "/flowers", "/flowers/letters"]
)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_empty_pages_say_so(path, language, operators):
    assert Client(HTTP_ACCEPT_LANGUAGE=language).get(path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/dreams/aaaaaaaaaa", "/dreams/mine/nothing", "/dreams/shortlist/none", "/flowers/year/1999"]
)
def test_what_does_not_exist_is_not_found(path):
    assert Client().get(path).status_code == 404


def test_strangers_do_not_enter_the_desk():
    assert Client().get("/backoffice/dreams/").status_code == 302
    client = Client()
    client.force_login(make_user())
    assert client.post("/backoffice/dreams/screen/", {"act": "decline"}).status_code == 403


def test_the_garden_needs_as_many_queries_for_one_dream_as_for_nine(django_assert_max_num_queries):
    open_dreams(9, opens_at=clock.now() - timedelta(days=1), closes_at=clock.now() + timedelta(days=9))
    Client().get("/dreams")
    with django_assert_max_num_queries(9):
        assert Client().get("/dreams").status_code == 200


def test_a_shared_dream_shows_its_card(visitor, settings, tmp_path):
    settings.REDFLOWER_DATA = tmp_path
    [dream], _ = open_dreams()
    slug = selectors.find_dream(dream, clock.now()).slug
    assert f"/dreams/{slug}/card.png" in text(visitor.get(f"/dreams/{slug}"))
    answer = visitor.get(f"/dreams/{slug}/card.png")
    assert (answer["Content-Type"], answer.content[:4]) == ("image/png", b"\x89PNG")


CALL = {
    "title_zh": "春天的征集", "title_en": "A call in spring", "brief_zh": "写清楚三件事", "brief_en": "Tell us three things",
    "eligible_zh": "任何人", "eligible_en": "Anybody", "sponsor_zh": "晨露公益基金", "sponsor_en": "Morning Dew Fund",
    "themes": ["education", "elderly"], "fund_minor": "1200000", "grant_min_minor": "10000", "grant_max_minor": "100000",
}  # fmt: skip


def days(first: int, last: int) -> dict[str, str]:
    """The days of a call, counted from today."""
    today = timezone.localdate(clock.now())
    return {"opens_on": f"{today + timedelta(days=first)}", "closes_on": f"{today + timedelta(days=last)}"}


def change_of(answer: Any) -> str:
    assert answer.status_code == 302, text(answer)
    return str(answer["Location"])


def test_a_call_is_written_by_one_operator_announced_by_another_and_then_public(visitor, operators):
    maker, checker = operators
    waits = change_of(maker.post("/backoffice/calls/new/", {**CALL, **days(0, 20)}))
    assert "春天的征集" in text(checker.get("/backoffice/changes/"))
    assert "春天的征集" in text(maker.get("/backoffice/calls/"))
    shown = text(checker.get(waits))
    assert all(each in shown for each in ("¥1,200,000", "教育、为老服务", "a-call-in-spring"))
    assert "现在没有在征集" in text(visitor.get("/dreams/propose"))

    maker.post(waits, {"verdict": "publish"})  # one pair of eyes is not enough
    assert selectors.list_calls() == []
    checker.post(waits, {"verdict": "publish"})
    [call] = selectors.list_calls()
    assert selectors.get_fund(call.id).free_minor == call.fund_minor == 120_000_000
    asked = text(visitor.get("/dreams/propose"))
    assert all(each in asked for each in ("春天的征集", "晨露公益基金", "为老服务", "开始写"))
    assert "春天的征集" in text(visitor.get("/dreams"))
    assert "1,200,000" in text(maker.get("/backoffice/rounds/"))
    laws = [each for each in INVARIANTS if each.code.startswith(("dreams.", "ledger."))]
    assert {each.code: each.count_differences() for each in laws if each.count_differences()} == {}


def test_a_call_that_opens_later_is_told_before(visitor, operators):
    maker, checker = operators
    checker.post(change_of(maker.post("/backoffice/calls/new/", {**CALL, **days(3, 20)})), {"verdict": "publish"})
    for page in ("/dreams", "/dreams/propose"):
        assert "春天的征集" in text(visitor.get(page))
    assert "开始写" not in text(visitor.get("/dreams/propose"))
    assert visitor.post("/dreams/propose").status_code == 200  # nothing to begin yet


def test_a_call_that_is_not_taken_says_why_and_can_be_begun_again(operators):
    maker, checker = operators
    waits = change_of(maker.post("/backoffice/calls/new/", {**CALL, **days(0, 20)}))
    assert checker.post(waits, {"verdict": "drop"}).status_code == 422  # nobody is turned down without a reason
    checker.post(waits, {"verdict": "drop", "note": "先和出资方确认金额"})
    assert selectors.list_calls() == []
    assert "先和出资方确认金额" in text(maker.get(waits))
    again = text(maker.get(f"/backoffice/calls/new/?from={waits.rstrip('/').split('/')[-1]}"))
    assert 'value="1200000"' in again and 'value="elderly" checked' in again


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title_zh": ""}, 'href="#field-title_zh"'),
        ({"fund_minor": "abc"}, 'href="#field-fund_minor"'),
        ({"fund_minor": "50000"}, 'href="#field-fund_minor"'),  # less than one dream may need
        ({"grant_max_minor": "1"}, 'href="#field-grant_max_minor"'),
        ({"opens_on": "2020-01-01", "closes_on": "2020-02-01"}, 'href="#field-closes_on"'),
        ({"themes": ["money"]}, "money"),
        ({"slug": "Not A Slug"}, 'href="#field-slug"'),
    ],
)
def test_a_call_with_a_hole_is_refused_beside_the_field_and_nothing_typed_is_lost(operators, wrong, said):
    answer = operators[0].post("/backoffice/calls/new/", {**CALL, **days(0, 20), **wrong})
    assert (answer.status_code, said in text(answer)) == (422, True)
    assert "写清楚三件事" in text(answer)


def test_two_calls_do_not_share_an_address(operators):
    maker, checker = operators
    both = [change_of(maker.post("/backoffice/calls/new/", {**CALL, **days(0, 20)})) for _ in range(2)]
    assert checker.post(both[0], {"verdict": "publish"}).status_code == 302
    refused = checker.post(both[1], {"verdict": "publish"})
    assert (refused.status_code, "已经有一次征集用了这个网址" in text(refused)) == (422, True)
    assert maker.post("/backoffice/calls/new/", {**CALL, **days(0, 20)}).status_code == 422
    assert len(selectors.list_calls()) == 1


def test_a_year_is_a_page_and_a_picture_of_ones_own(visitor):
    me = giver(6)
    assert "存下这张图" in text(me.get(f"/flowers/year/{clock.now().year}"))
    photo = me.get(f"/flowers/year/{clock.now().year}.png")
    assert (photo.content[:4], photo["Cache-Control"].count("no-store")) == (b"\x89PNG", 1)
    drawn = text(me.get(f"/flowers/year/{clock.now().year}.svg"))
    assert "<script" not in drawn and 'href="http' not in drawn  # nobody is told that it was looked at

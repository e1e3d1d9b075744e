"""Linking oneself in a partner's app with who one is here: the partner opens the page, the person decides."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.core.signing import dumps
from django.test import Client as Browser
from redflower_client import Client, Deed, Problem

from redflower.domains.people.services import claim_donor
from redflower.domains.scenes.models import Link
from redflower.domains.scenes.selectors.links import find_link
from redflower.domains.scenes.services.partners import suspend_partners
from redflower.faces.shared.donor_cookie import COOKIE
from redflower.faces.shared.scenes.doors import donors_behind, token_key
from redflower.faces.shared.scenes.linking import LIFE, read_link_statement
from redflower.faces.shared.scenes.refusals import UserTokenInvalid
from redflower.faces.shared.scenes.tokens import read_token
from redflower.kernel import clock
from tests.faces.scene_world import Scenes, make_scenes
from tests.faces.test_widget import carry
from tests.factories import make_donor, make_user

pytestmark = pytest.mark.django_db(transaction=True)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def scenes(tmp_path: Path) -> Scenes:
    return make_scenes(tmp_path)


@pytest.fixture
def partner(scenes: Scenes) -> Client:
    return Client("http://testserver", scenes.key, http=carry())


def open_page(partner: Client, user: str = "u-7") -> str:
    """The address of the page, without the site it is on."""
    [page] = partner.link_pages([user])
    parts = urlsplit(page.url)
    return f"{parts.path}?{parts.query}"


def visit(donor_id: UUID | None = None, language: str = "zh-CN") -> Browser:
    """Somebody with a browser, and the donor its cookie names."""
    browser = Browser(headers={"accept-language": language})
    if donor_id:
        browser.cookies[COOKIE] = dumps(str(donor_id), salt="donor")
    return browser


def say_yes(browser: Browser, path: str, **fields: str) -> Any:
    statement = parse_qs(urlsplit(path).query)["statement"][0]
    return browser.post("/links/new", {"statement": statement, **fields}, follow=True)


def walk(partner: Client, user: str = "u-7") -> None:
    deed = Deed(f"{user}.steps", "daily-steps", user, clock.now(), amount=7_204)
    assert partner.report_deeds([deed]).answers[0].flowers == 2


def test_flowers_of_both_sides_come_together_and_part_again(partner: Client, scenes: Scenes) -> None:
    walk(partner)
    donor = make_donor()
    browser = visit(donor)
    path = open_page(partner)
    shown = browser.get(path)
    assert shown.status_code == 200
    assert (shown["Cache-Control"], shown["Referrer-Policy"]) == ("private, no-store", "same-origin")
    text = shown.content.decode()
    assert "慢行" in text
    assert "手里的 2 朵" in text
    assert "连你有没有关联，也不会知道" in text
    assert "u-7" not in text + path  # the partner's name for the user is nowhere, not even in the address
    assert '<b data-roll="0">' in browser.get("/flowers").content.decode()
    done = say_yes(browser, path).content.decode()
    assert "关联好了" in done
    assert '<b data-roll="2">' in browser.get("/flowers").content.decode()
    assert "你们已经" in browser.get(path).content.decode()
    [link] = Link.objects.all()
    assert (link.donor_id, [link.partner_donor_id]) == (donor, donors_behind(scenes.partner_id, "u-7"))
    ended = browser.post(f"/links/{link.id}/end", follow=True).content.decode()
    assert "已经解除和“慢行”的关联" in ended
    assert '<b data-roll="0">' in browser.get("/flowers").content.decode()


def test_signing_in_comes_back_to_the_page_and_links_the_account(partner: Client) -> None:
    path, user = open_page(partner), make_user("me@example.org")
    browser = visit(language="en")
    shown = browser.get(path).content.decode()
    [login] = re.findall(r'href="(/accounts/login/\?next=[^"]+)"', shown)
    assert parse_qs(urlsplit(login).query)["next"] == [path]
    browser.force_login(user, BACKEND)
    assert "me@example.org" in browser.get(path).content.decode()
    assert "Linked. Your flowers from “Ambler” are here now, too" in say_yes(browser, path).content.decode()
    [link] = Link.objects.all()
    assert link.donor.user_id == user.id


def test_a_guests_link_goes_with_them_into_their_account(partner: Client) -> None:
    guest, user = make_donor(), make_user()
    path = open_page(partner)
    say_yes(visit(guest), path)
    claim_donor(guest, user.id)
    browser = visit()
    browser.force_login(user, BACKEND)
    assert "慢行" in browser.get("/links/").content.decode()
    assert "你们已经" in browser.get(open_page(partner)).content.decode()


@pytest.mark.parametrize("statement", ["", "rfl1.e30.AAAA", "x" * 7_000, "rfu1.a.b"])
def test_an_address_that_we_did_not_make_is_refused(scenes: Scenes, statement: str) -> None:
    for answer in (visit().get("/links/new", {"statement": statement}), visit().post("/links/new")):
        assert answer.status_code == 400
        assert "不是由本站开出的" in answer.content.decode()


def test_one_kind_of_statement_is_never_taken_for_another(partner: Client) -> None:
    [token] = partner.user_tokens(["u-7"], ["daily-steps"])
    assert visit().get("/links/new", {"statement": token.token}).status_code == 400
    statement = parse_qs(urlsplit(open_page(partner)).query)["statement"][0]
    assert read_link_statement(statement).expires_at - clock.now() <= LIFE
    with pytest.raises(UserTokenInvalid):
        read_token(statement, token_key(), clock.now())


def test_an_expired_address_says_so_and_links_nobody(partner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    path, browser = open_page(partner), visit(make_donor())
    later = clock.now() + LIFE
    monkeypatch.setattr(clock, "now", lambda: later)
    for answer in (browser.get(path), say_yes(browser, path), say_yes(browser, path, release="1")):
        assert answer.status_code == 410
        assert "这个关联链接已经过期" in answer.content.decode()
        assert 'href="http://app.test"' in answer.content.decode()  # the way back to the app
    assert Link.objects.count() == 0


def test_a_used_address_is_refused_whoever_opens_it(partner: Client, scenes: Scenes) -> None:
    mine, path = visit(make_donor()), open_page(partner)
    say_yes(mine, path)
    stranger = visit(make_donor())
    for answer in (stranger.get(path), say_yes(stranger, path)):
        assert (answer.status_code, "已经用过" in answer.content.decode()) == (409, True)
    assert "已经用过" in say_yes(stranger, path, release="1").content.decode()
    [derived] = donors_behind(scenes.partner_id, "u-7")
    link = find_link(derived)
    assert link is not None
    mine.post(f"/links/{link.id}/end")
    again = say_yes(mine, path)
    assert (again.status_code, "已经用过" in again.content.decode()) == (409, True)


def test_a_user_linked_with_somebody_else_is_told_and_has_the_last_word(partner: Client) -> None:
    say_yes(visit(make_donor()), open_page(partner))
    me, mine = make_donor(), open_page(partner)
    browser = visit(me)
    for answer in (browser.get(mine), say_yes(browser, mine)):
        assert (answer.status_code, "另一位捐赠人关联" in answer.content.decode()) == (409, True)
        assert "是我，关联" not in answer.content.decode()
    assert Link.objects.filter(donor_id=me).count() == 0
    freed = say_yes(browser, mine, release="1")
    assert (freed.status_code, "原来的关联已经解除" in freed.content.decode()) == (200, True)
    assert "关联好了" in say_yes(browser, mine).content.decode()
    assert Link.objects.get(ended_at=None).donor_id == me


def test_nobody_ends_somebody_elses_link(partner: Client) -> None:
    say_yes(visit(make_donor()), open_page(partner))
    [link] = Link.objects.all()
    for browser in (visit(), visit(make_donor())):
        assert browser.post(f"/links/{link.id}/end").status_code == 404
        assert "还没有关联" in browser.get("/links/").content.decode()
    assert Link.objects.get().ended_at is None


def test_a_suspended_partner_opens_no_pages_and_its_pages_link_nobody(partner: Client, scenes: Scenes) -> None:
    path = open_page(partner)
    suspend_partners([scenes.partner_id], "查一查", make_user(is_operator=True).id, clock.now())
    assert say_yes(visit(make_donor()), path).status_code == 403
    with pytest.raises(Problem) as refused:
        partner.link_pages(["u-7"])
    assert refused.value.code == "partner_not_active"
    assert Link.objects.count() == 0


def test_pages_are_opened_by_the_list_and_bad_lists_refused_by_name(partner: Client) -> None:
    pages = partner.link_pages(["u-1", "u-2", "u-1"])
    assert [each.user for each in pages] == ["u-1", "u-2", "u-1"]
    assert len({each.url for each in pages}) == 3
    assert timedelta(minutes=14) < pages[0].expires_at - clock.now() <= LIFE
    for users in ([], [""], ["u\n"], ["u" * 129], ["u"] * 1_001):
        with pytest.raises(Problem) as refused:
            partner.link_pages(users)
        assert refused.value.code == "link_users_invalid"
    unsigned = Browser().post("/api/partner/v1/links", "{}", content_type="application/json")
    assert (unsigned.status_code, unsigned.json()["code"]) == (401, "signature_missing")
    document = json.loads(Browser().get("/api/partner/v1/openapi.json").content)
    assert "post" in document["paths"]["/api/partner/v1/links"]


def test_what_the_page_costs(partner: Client, django_assert_num_queries: Any) -> None:
    browser, path = visit(make_donor()), open_page(partner)
    browser.get(path)
    with django_assert_num_queries(7):
        assert browser.get(path).status_code == 200

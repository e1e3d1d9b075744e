"""Signing in: one address, one code, in; a guest's gifts come along, and nobody learns who has an account."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail, signing
from django.core.cache import cache
from django.test import Client

from redflower.domains.people.models import Donor, User
from redflower.domains.people.services import make_operator
from redflower.faces.shared.donor_cookie import COOKIE
from tests.factories import NOON, make_donor, make_user

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
CONFIRM = "/accounts/login/code/"
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}


@pytest.fixture(autouse=True)
def _fresh_limits(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()


def read_code() -> str:
    """The code in the latest e-mail."""
    return re.search(r"^\s+(\d{6})$", str(mail.outbox[-1].body), re.MULTILINE)[1]


def sign_in(client: Client, email: str, **more: Any) -> Any:
    """Asks for a code and gives it; the answer to the code."""
    asked = client.post(LOGIN, {"email": email, **more})
    assert asked.status_code == 302, asked.content.decode()
    assert asked["Location"].startswith(CONFIRM)
    return client.post(asked["Location"], {"code": read_code(), **more})


def is_in(client: Client) -> bool:
    """Whether the session belongs to somebody."""
    return "_auth_user_id" in client.session


def test_an_unknown_address_joins_by_the_same_two_steps(client: Client):
    answer = sign_in(client, "New@Example.org")
    assert (answer.status_code, answer["Location"]) == (302, "/me")
    user = User.objects.get()
    assert (user.email, user.has_usable_password(), user.is_operator) == ("new@example.org", False, False)
    assert EmailAddress.objects.get(user=user).verified
    assert is_in(client)


def test_a_known_address_signs_in_and_goes_where_it_was_going(client: Client):
    make_operator("op@example.org", NOON)
    answer = sign_in(client, "op@example.org", next="/backoffice/")
    assert answer["Location"] == "/backoffice/"
    assert User.objects.count() == 1


def test_known_and_unknown_addresses_are_answered_alike(client: Client):
    make_user("known@example.org")
    answers = []
    for email in ("known@example.org", "stranger@example.org"):
        asked = Client().post(LOGIN, {"email": email})
        subject = re.sub(r"\d{6}", "", mail.outbox[-1].subject)
        answers.append((asked.status_code, asked["Location"], subject))
    assert answers[0] == answers[1]


def test_joining_from_the_sign_up_address_is_the_same_door(client: Client):
    answer = client.get("/accounts/signup/?next=/me")
    assert answer["Location"] == f"{LOGIN}?next=/me"


def test_a_wrong_code_is_refused_and_three_end_the_attempt(client: Client):
    asked = client.post(LOGIN, {"email": "new@example.org"})
    right = read_code()
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(2):
        answer = client.post(asked["Location"], {"code": wrong})
        assert answer.status_code == 200
        assert "验证码不对" in answer.content.decode()
    assert client.post(asked["Location"], {"code": wrong}).status_code == 302
    client.post(asked["Location"], {"code": right})
    assert not is_in(client)
    assert not EmailAddress.objects.filter(verified=True).exists()


def test_a_code_works_once_and_only_where_it_was_asked_for(client: Client):
    client.post(LOGIN, {"email": "new@example.org"})
    code, elsewhere = read_code(), Client()
    elsewhere.post(CONFIRM, {"code": code})
    assert not is_in(elsewhere)


def test_another_code_can_be_asked_for(client: Client):
    client.post(LOGIN, {"email": "new@example.org"})
    first = read_code()
    client.post(CONFIRM, {"action": "resend"})
    assert len(mail.outbox) == 2
    assert read_code() != first
    assert client.post(CONFIRM, {"code": read_code()})["Location"] == "/me"


def test_going_back_to_the_door_starts_over_with_another_address(client: Client):
    client.post(LOGIN, {"email": "tpyo@example.org"})
    assert client.get(LOGIN).status_code == 200
    sign_in(client, "typo@example.org")
    assert User.objects.get(pk=client.session["_auth_user_id"]).email == "typo@example.org"


def test_asking_too_often_for_one_address_is_refused_kindly(client: Client):
    for _ in range(3):
        assert Client().post(LOGIN, {"email": "often@example.org"}).status_code == 302
    refused = client.post(LOGIN, {"email": "often@example.org"})
    assert "过几分钟再来" in refused.content.decode()
    assert len(mail.outbox) == 3


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@b", "x\x00@example.org", "<script>@example.org", "é" * 300 + "@example.org", "a b@c.de"]
)
def test_what_is_no_address_is_kept_in_the_form_and_called_so(client: Client, email: str):
    answer = client.post(LOGIN, {"email": email})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "邮箱" in page
    assert "aria-invalid" in page
    assert "<script>@" not in page
    assert not User.objects.exists()


def test_a_suspended_account_is_told_so_by_mail_and_nobody_else_is(client: Client):
    user = make_user("gone@example.org")
    User.objects.filter(pk=user.pk).update(is_active=False)
    asked = client.post(LOGIN, {"email": "gone@example.org"})
    assert asked["Location"] == CONFIRM
    assert "已停用" in mail.outbox[-1].subject
    assert re.search(r"\d{6}", str(mail.outbox[-1].body)) is None


def test_a_mail_server_that_is_away_is_said_and_nothing_is_lost(client: Client, settings: Any):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = 1
    answer = client.post(LOGIN, {"email": "new@example.org"})
    assert answer.status_code == 200
    assert "没能寄出去" in answer.content.decode()


def test_the_mail_speaks_the_readers_language_under_the_sites_name(client: Client):
    client.post(LOGIN, {"email": "en@example.org"}, **ENGLISH)
    message = mail.outbox[-1]
    assert message.subject.endswith("is your code for Red Flower")
    assert "good for ten minutes" in message.body
    client.post(LOGIN, {"email": "zh@example.org"})
    assert mail.outbox[-1].subject.endswith("是你在小红花公益的验证码")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_way_back_never_leaves_the_site(client: Client, target: str):
    assert sign_in(client, "new@example.org", next=target)["Location"] == "/me"


def test_a_guests_gifts_come_along_and_the_old_cookie_opens_nothing_afterwards(client: Client):
    donor = make_donor()
    client.cookies[COOKIE] = signing.dumps(str(donor), salt="donor")
    sign_in(client, "new@example.org")
    user = User.objects.get()
    assert Donor.objects.get(pk=donor).user_id == user.id
    client.post("/accounts/logout/")
    assert not is_in(client)
    # The device still holds the cookie; another account that signs in here gets nothing of the first one's.
    sign_in(client, "other@example.org")
    assert Donor.objects.get(pk=donor).user_id == user.id


def test_signing_out_asks_first(client: Client):
    sign_in(client, "new@example.org")
    assert "退出登录" in client.get("/accounts/logout/").content.decode()
    assert is_in(client)
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert not is_in(client)


def test_the_demos_operators_are_entered_by_one_button(client: Client, settings: Any):
    assert client.post("/accounts/login/as-demo-operator/", {"operator": "a"})["Location"] == "/backoffice/"
    assert User.objects.get().email == "operator-a@demo.redflower.test"
    assert client.get("/accounts/login/as-demo-operator/").status_code == 405
    assert Client().post("/accounts/login/as-demo-operator/", {"operator": "root"}).status_code == 404
    settings.REDFLOWER_DEMO = False
    assert Client().post("/accounts/login/as-demo-operator/", {"operator": "a"}).status_code == 404


def test_no_page_of_the_account_has_a_password(client: Client):
    sign_in(client, "new@example.org")
    for path in ("password/change/", "password/reset/", "password/set/", "email/", "2fa/"):
        assert client.get(f"/accounts/{path}").status_code == 404


@pytest.mark.parametrize("path", ["passkeys/", "passkeys/add/", "logout/", "inactive/"])
def test_every_page_speaks_both_languages(client: Client, path: str):
    sign_in(client, "new@example.org")
    chinese = client.get(f"/accounts/{path}").content.decode()
    english = client.get(f"/accounts/{path}", **ENGLISH).content.decode()
    assert 'lang="zh-Hans"' in chinese
    main = english[english.index("<main") : english.index("</main>")]
    assert not re.search(r"[\u4e00-\u9fff]", main)


def test_strangers_are_sent_to_the_door_with_the_way_back(client: Client):
    assert client.get("/accounts/passkeys/")["Location"] == f"{LOGIN}?next=/accounts/passkeys/"

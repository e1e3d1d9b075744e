"""What nobody should send, sent through HTTP in both languages: each a named refusal or a parked alarm, never a 500."""

import html
import json
import re
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpResponse
from django.utils import translation

from redflower.adapters import payment_errors
from redflower.adapters.sandbox import NOTICE_MAX_BYTES
from redflower.adapters.sandbox_bank import Bank
from redflower.adapters.sandbox_bank.keys import load_private_key
from redflower.adapters.sandbox_bank.notices import describe_outcome, render, sign
from redflower.adapters.sandbox_bank.types import ChargeRequest
from redflower.domains.donations import errors as donation_errors
from redflower.domains.donations.models import Gift
from redflower.domains.donations.posting import make_gifts
from redflower.domains.donations.types import IntentOutcome, MessageState
from redflower.domains.ledger.models import Transfer
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.domains.organizations.models import Charity
from redflower.domains.payments.errors import OrderNotFound
from redflower.domains.payments.models import Alarm, Capture, End, Order
from redflower.domains.projects.models import Project
from redflower.faces.donor_site.views import notices as notices_view
from redflower.faces.shared.instance import gift_path
from redflower.faces.shared.refusals import tell
from redflower.kernel import clock, money
from redflower.kernel.errors import Refusal
from redflower.kernel.ids import new_id
from tests.faces.journey import (
    NOTICE_PATH,
    Visitor,
    deliver,
    give_and_settle,
    open_project,
    pay,
    post_notice,
    read_errors,
    read_field,
)
from tests.factories import GIVING, ask, make_charity, make_donor
from tests.races.conftest import connect, without  # noqa: F401

pytestmark = pytest.mark.django_db
LANGUAGES = {"zh-CN": "zh-hans", "en": "en"}


@pytest.fixture
def project(db: None) -> Project:
    return open_project()


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def visitor(language: str) -> Visitor:
    return Visitor(language)


def told(refusal: Refusal, language: str) -> str:
    """A refusal's sentence as this visitor reads it."""
    with translation.override(LANGUAGES[language]):
        return tell(refusal)


def words_of(answer: HttpResponse) -> str:
    return html.unescape(answer.content.decode())


def nothing_is_written() -> bool:
    return not any(model.objects.exists() for model in (Order, Gift, Capture, End, Transfer))


# --- the form -------------------------------------------------------------------------------------------------------

UNREADABLE, TOO_SMALL = money.AmountUnreadable(), money.AmountTooSmall()
TOO_LARGE = money.AmountTooLarge(limit_yuan="10,000,000")
AMOUNTS: list[tuple[str, Refusal]] = [
    ("0", TOO_SMALL),
    ("0.00", TOO_SMALL),
    ("-1", UNREADABLE),
    ("0.001", UNREADABLE),
    ("1e2", UNREADABLE),
    ("１０", UNREADABLE),
    ("NaN", UNREADABLE),
    ("Infinity", UNREADABLE),
    (str(2**63), TOO_LARGE),
    ("10000001", TOO_LARGE),
    ("10000000.01", TOO_LARGE),
    ("1,000", UNREADABLE),
    ("+5", UNREADABLE),
    ("0x10", UNREADABLE),
    ("٣", UNREADABLE),
    ("", UNREADABLE),
    ("   ", UNREADABLE),
    ("1\x00", UNREADABLE),
    ("1" * 5000, UNREADABLE),
]


@pytest.mark.parametrize(("amount", "refusal"), AMOUNTS, ids=lambda value: str(value)[:24])
def test_an_amount_that_is_none_is_told_beside_the_field(
    visitor: Visitor, language: str, project: Project, provider: Bank, amount: str, refusal: Refusal
) -> None:
    answer = visitor.give(project, amount=amount, message="还在")
    assert answer.status_code == refusal.status
    assert html.unescape(read_errors(answer.content.decode())["amount"]) == told(refusal, language)
    assert "还在" in words_of(answer)
    assert nothing_is_written()


@pytest.mark.parametrize(
    ("field", "text", "refusal"),
    [
        ("message", "a\x00b", donation_errors.TextUnreadable()),
        ("message", "\u202e元001 捐", donation_errors.TextUnreadable()),
        ("message", "a\u2066b\u2069", donation_errors.TextUnreadable()),
        ("message", "\ufeff", donation_errors.TextUnreadable()),
        ("message", "字" * 10_000, donation_errors.MessageTooLong(limit=200, length=10_000)),
        ("shown_name", "a\u202eb", donation_errors.TextUnreadable()),
        ("shown_name", "a\nb", donation_errors.TextUnreadable()),
        ("shown_name", "字" * 31, donation_errors.NameTooLong(limit=30)),
        ("shown_name", "", donation_errors.NameMissing()),
        ("shown_as", "king", donation_errors.ShownAsUnknown()),
    ],
    ids=lambda value: ascii(value)[:24],
)
def test_a_text_that_lies_or_overflows_is_told_beside_the_field(
    visitor: Visitor, language: str, project: Project, provider: Bank, field: str, text: str, refusal: Refusal
) -> None:
    answer = visitor.give(project, **{"shown_as": "named", "shown_name": "林", field: text})
    assert answer.status_code == 422
    assert html.unescape(read_errors(answer.content.decode())[field]) == told(refusal, language)
    assert nothing_is_written()


@pytest.mark.parametrize(
    "raw", ["%ED%A0%80", "%FF%FE", "%C0%AF", "%E4%BD"], ids=["surrogate", "latin", "overlong", "cut"]
)
def test_bytes_that_are_no_text_are_refused_and_not_repaired(
    visitor: Visitor, language: str, project: Project, provider: Bank, raw: str
) -> None:
    form = visitor.open_form(project)
    fields = "&".join(f"{name}={value}" for name, value in {**form, "amount": "1", "shown_as": "anonymous"}.items())
    answer = visitor.client.post(
        f"/projects/{project.slug}/give", f"{fields}&message={raw}", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 422
    assert html.unescape(read_errors(answer.content.decode())["message"]) == told(
        donation_errors.TextUnreadable(), language
    )
    assert nothing_is_written()


def test_markup_is_kept_as_typed_shown_as_text_and_held_for_a_moderator(
    visitor: Visitor, project: Project, provider: Bank
) -> None:
    typed = "<script>alert(1)</script><img src=x onerror=alert(2)> {{ 7*7 }} %(n)s {limit}"
    path = give_and_settle(visitor, project, provider, message=typed, shown_as="named", shown_name="<b>林</b>")
    assert Gift.objects.get().message == typed and Gift.objects.get().message_state == MessageState.HELD
    for address in (path, "/me", f"/projects/{project.slug}", f"/projects/{project.slug}/ledger"):
        page = visitor.get(address).content.decode()
        assert "<script>alert" not in page and "<img src=x" not in page and "<b>林" not in page, address
    assert "{{ 7*7 }}" in words_of(visitor.get(path))
    assert "alert(1)" not in visitor.get(f"/projects/{project.slug}").content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "draft", "published_at": None},
        {"state": "submitted", "published_at": None},
        {"state": "hidden"},
        {"charity": "draft"},
    ],
    ids=str,
)
def test_a_project_the_public_may_not_see_answers_like_one_that_never_was(
    visitor: Visitor, provider: Bank, fields: dict[str, Any]
) -> None:
    of_project = {name: value for name, value in fields.items() if name != "charity"}
    charity = make_charity(state=fields.get("charity", "published"))
    project = open_project(charity=charity, **of_project)
    never = {page: words_of(visitor.get(f"/projects/never-was/{page}?read_facts=1")) for page in ("calm", "give")}
    for page, unknown in never.items():
        answer = visitor.get(f"/projects/{project.slug}/{page}?read_facts=1")
        assert answer.status_code == 404
        assert _bare(words_of(answer), project.slug) == _bare(unknown, "never-was")
    form = visitor.open_form(open_project())
    assert visitor.send(project, form).status_code == 404
    assert nothing_is_written()


def _bare(page: str, address: str) -> str:
    """A page without what differs by nature: its own address, and the form tokens that are masked anew every time."""
    return re.sub("[A-Za-z0-9]{64}", "", page).replace(address, "")


@pytest.mark.parametrize("how", ["finished", "upcoming", "paused", "suspended"])
def test_a_project_that_takes_no_gifts_now_says_so_by_name(
    visitor: Visitor, language: str, project: Project, provider: Bank, how: str
) -> None:
    form, now = visitor.open_form(project), clock.now()
    changes = {
        "finished": {"ends_at": now - timedelta(seconds=1)},
        "upcoming": {"starts_at": now + timedelta(days=1)},
        "paused": {"state": "paused"},
    }
    if how == "suspended":
        Charity.objects.filter(id=project.charity_id).update(state="suspended")
    else:
        Project.objects.filter(id=project.id).update(**changes[how])
    title = project.title_en if language == "en" else project.title_zh
    for answer in (visitor.send(project, form), visitor.get(f"/projects/{project.slug}/give?read_facts=1")):
        assert answer.status_code == 409
        assert told(donation_errors.ProjectNotOpen(title=title), language) in words_of(answer)
    assert visitor.get(f"/projects/{project.slug}/calm").status_code == 200
    assert nothing_is_written()


@pytest.mark.parametrize(
    "changed", [{"amount": "11"}, {"message": "另一句"}, {"shown_as": "named", "shown_name": "林"}], ids=str
)
def test_the_same_key_with_other_content_is_explained_and_given_a_fresh_key(
    visitor: Visitor, project: Project, provider: Bank, changed: dict[str, str]
) -> None:
    form = visitor.open_form(project)
    first = visitor.send(project, form)
    answer = visitor.send(project, form, **changed)
    page = answer.content.decode()
    assert answer.status_code == 409 and Gift.objects.count() == 1
    fresh = read_field(page, "key")
    assert fresh != form["key"] and all(value in page for value in changed.values())
    second = visitor.send(project, form | {"key": fresh}, **changed)
    assert second["Location"] != first["Location"] and Gift.objects.count() == 2


def test_the_same_key_of_somebody_else_is_another_gift(visitor: Visitor, project: Project, provider: Bank) -> None:
    form, other = visitor.open_form(project), Visitor()
    theirs = other.open_form(project) | {"key": form["key"]}
    assert visitor.send(project, form)["Location"] != other.send(project, theirs, amount="99")["Location"]


@pytest.mark.parametrize("key", ["", "k" * 65, "a\x00b"], ids=ascii)
def test_a_form_without_a_proper_key_is_given_one(visitor: Visitor, project: Project, provider: Bank, key: str) -> None:
    form = visitor.open_form(project)
    answer = visitor.send(project, form | {"key": key}, message="还在")
    page = answer.content.decode()
    assert answer.status_code == 422 and "还在" in page and nothing_is_written()
    assert visitor.send(project, form | {"key": read_field(page, "key")}).status_code == 303


@pytest.mark.parametrize("address", ["/projects/{slug}/give", "/projects/{slug}/calm", "/me/name", "/g/{token}/pay"])
def test_a_form_that_is_not_from_our_pages_does_nothing(
    visitor: Visitor, project: Project, provider: Bank, address: str
) -> None:
    token = gift_path(new_id()).rsplit("/", 1)[1]
    answer = visitor.client.post(address.format(slug=project.slug, token=token), {"amount": "10", "read_facts": "1"})
    assert answer.status_code == 403 and "<h1" in answer.content.decode()
    assert nothing_is_written()


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("address", ["/projects/{slug}/give", "/projects/{slug}/calm", "/me", NOTICE_PATH, "/g/x"])
def test_a_method_nobody_offers_is_refused(
    visitor: Visitor, project: Project, provider: Bank, method: str, address: str
) -> None:
    visitor.client.handler.enforce_csrf_checks = False
    assert getattr(visitor.client, method)(address.format(slug=project.slug)).status_code == 405


def test_a_body_over_the_limit_is_refused(visitor: Visitor, project: Project, provider: Bank) -> None:
    form = visitor.open_form(project)
    assert visitor.send(project, form, message="x" * 300_000).status_code in (400, 413)
    many = {f"field{number}": "" for number in range(2000)}
    assert visitor.send(project, form, **many).status_code in (400, 413)
    assert nothing_is_written()


# --- the private link -----------------------------------------------------------------------------------------------


def test_a_guessed_link_gives_nothing_away(visitor: Visitor, project: Project, provider: Bank) -> None:
    genuine = give_and_settle(visitor, project, provider).rsplit("/", 1)[1]
    stranger = Visitor("zh-CN")
    never = _bare(words_of(stranger.get("/g/" + "a" * 64)), "a" * 64)
    guesses = [
        genuine[:-1] + ("b" if genuine[-1] != "b" else "c"),
        genuine[:26] + gift_path(new_id()).rsplit("/", 1)[1][26:],
        genuine.upper(),
        genuine[:-1],
        gift_path(new_id()).rsplit("/", 1)[1],  # signed by us, but nothing was ever given under it
        "%00",
        "付款",
    ]
    for guess in guesses:
        answer = stranger.get(f"/g/{guess}")
        assert answer.status_code == 404, guess
        assert answer["Referrer-Policy"] == "same-origin" and "no-store" in answer["Cache-Control"]
        if guess.isascii() and "%" not in guess:
            assert _bare(words_of(answer), guess) == never
        token = read_field(stranger.get("/me").content.decode(), "csrfmiddlewaretoken")
        assert stranger.post(f"/g/{guess}/pay", token).status_code == 404
        assert stranger.get(f"/projects/{project.slug}/give?read_facts=1&again={guess}").status_code in (200, 404)


def test_a_cookie_somebody_made_opens_nothing(visitor: Visitor, project: Project, provider: Bank) -> None:
    give_and_settle(visitor, project, provider, amount="77")
    stranger = Visitor()
    for made in (str(Gift.objects.get().donor_id), "x:y:z", "\x00", "a" * 5000):
        stranger.client.cookies["rf_donor"] = made
        assert "¥77" not in stranger.get("/me").content.decode()


# --- the notices' door ----------------------------------------------------------------------------------------------


def signed(
    facts: dict[str, Any], at_seconds: int = 0, key: Ed25519PrivateKey | None = None
) -> tuple[bytes, dict[str, str]]:
    """A notice with these facts, as the provider would sign it."""
    at = clock.now() + timedelta(seconds=at_seconds)
    body = render(facts, at)
    return body, sign(key or load_private_key(Path(settings.REDFLOWER_DATA) / "sandbox"), body, at)


@pytest.fixture
def paid(project: Project, provider: Bank) -> dict[str, Any]:
    """The facts of a payment whose notice has not come yet."""
    answer = Visitor().give(project, amount="10")
    pay(answer, provider)
    return describe_outcome(provider.get_charge(answer["Location"].rsplit("/", 1)[1]))


def refusals(paid: dict[str, Any]) -> list[tuple[str, Callable[[], tuple[bytes, dict[str, str]]], Refusal]]:
    """Every way a notice can be unbelievable, how to make it, and what is answered."""

    def altered(body: bytes) -> tuple[bytes, dict[str, str]]:
        return body, sign(load_private_key(Path(settings.REDFLOWER_DATA) / "sandbox"), body, clock.now())

    def tampered() -> tuple[bytes, dict[str, str]]:
        body, headers = signed(paid)
        return body.replace(b'"amount_minor":1000', b'"amount_minor":9999'), headers

    text = json.dumps(paid)
    e = payment_errors
    return [
        ("no signature", lambda: (signed(paid)[0], {}), e.NoticeUnsigned()),
        (
            "half a signature",
            lambda: (signed(paid)[0], {**signed(paid)[1], "Sandbox-Signature": "ed25519=AAAA"}),
            e.NoticeUnsigned(),
        ),
        ("another key", lambda: signed(paid, key=Ed25519PrivateKey.generate()), e.NoticeForged()),
        ("another amount than signed", tampered, e.NoticeForged()),
        ("too old", lambda: signed(paid, -600), e.NoticeStale()),
        ("from the future", lambda: signed(paid, 600), e.NoticeStale()),
        ("no JSON", lambda: altered(b"{"), e.NoticeUnreadable()),
        ("not an object", lambda: altered(b"[]"), e.NoticeUnreadable()),
        ("a key twice", lambda: altered(text.replace("{", '{"amount_minor": 1, ', 1).encode()), e.NoticeUnreadable()),
        ("NaN", lambda: altered(text.replace("1000", "NaN", 1).encode()), e.NoticeUnreadable()),
        ("no UTF-8", lambda: altered(b'{"order_no": "\xff"}'), e.NoticeUnreadable()),
        ("deep", lambda: altered(b"[" * 15_000), e.NoticeUnreadable()),
        (
            "an exponent",
            lambda: altered(text.replace("1000", "1e3", 1).encode()),
            e.NoticeIncomplete(field="amount_minor"),
        ),
        ("2^63", lambda: signed(paid | {"amount_minor": 2**63}), e.NoticeIncomplete(field="amount_minor")),
        (
            "a field missing",
            lambda: signed({k: v for k, v in paid.items() if k != "txn"}),
            e.NoticeIncomplete(field="txn"),
        ),
        ("NUL in an id", lambda: signed(paid | {"txn": "a\x00"}), e.NoticeIncomplete(field="txn")),
        ("another merchant", lambda: signed(paid | {"merchant": "another"}), e.NoticeForAnother()),
        ("too large", lambda: altered(b" " * (NOTICE_MAX_BYTES + 1)), e.NoticeTooLarge(limit_bytes=NOTICE_MAX_BYTES)),
        ("far too large", lambda: altered(b" " * 1_000_000), e.NoticeTooLarge(limit_bytes=NOTICE_MAX_BYTES)),
        ("nothing", lambda: altered(b""), e.NoticeUnreadable()),
    ]


def test_a_notice_nobody_should_believe_is_refused_by_name(
    project: Project, provider: Bank, paid: dict[str, Any], language: str
) -> None:
    for name, make, refusal in refusals(paid):
        body, headers = make()
        answer = post_notice(body, headers, language)
        assert (answer.status_code, answer.json()["code"]) == (refusal.status, refusal.code), name
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["title"] == told(refusal, language)
    assert (
        not Capture.objects.exists()
        and not Alarm.objects.exists()
        and get_balance(AccountKind.PROJECT, project.id) == 0
    )
    assert deliver(provider)[0].json() == {"result": "settled"}


@pytest.mark.parametrize(
    ("change", "alarm"),
    [
        ({"amount_minor": 999}, "wrong_amount"),
        ({"amount_minor": 1001}, "wrong_amount"),
        ({"currency": "USD"}, "wrong_currency"),
    ],
    ids=str,
)
def test_money_that_does_not_fit_its_order_is_parked_and_acknowledged(
    project: Project, provider: Bank, paid: dict[str, Any], change: dict[str, Any], alarm: str
) -> None:
    for _ in range(2):
        answer = post_notice(*signed(paid | change))
        assert (answer.status_code, answer.json()) == (200, {"result": "parked"})
    [parked] = Alarm.objects.all()
    assert (parked.kind, str(parked.order_id), parked.resolved_at) == (alarm, paid["order_no"], None)
    assert get_balance(AccountKind.PROJECT, project.id) == 0 and not Capture.objects.exists()
    page = Visitor().get(gift_path(Gift.objects.get().id)).content.decode()
    assert "请不要再付一次" in page and "没有扣款" not in page  # money may have moved: nobody says it did not
    assert deliver(provider)[0].json() == {"result": "settled"}  # the true notice still settles


def test_an_order_paid_by_two_transactions_settles_once_and_alarms(
    project: Project, provider: Bank, paid: dict[str, Any]
) -> None:
    deliver(provider)
    assert post_notice(*signed(paid | {"txn": "another"})).json() == {"result": "parked"}
    assert Alarm.objects.get().kind == "paid_twice"
    assert "另一次付款" in Visitor().get(gift_path(Gift.objects.get().id)).content.decode()
    assert get_balance(AccountKind.PROJECT, project.id) == 1000


def test_an_order_nobody_knows_is_parked_and_asked_for_again(
    provider: Bank, paid: dict[str, Any], language: str
) -> None:
    answer = post_notice(*signed(paid | {"order_no": str(new_id())}), language)
    assert answer.status_code == 404 and answer.json()["code"] == "order_not_found"
    assert answer.json()["title"] == told(OrderNotFound(), language)
    assert Alarm.objects.get().kind == "unknown_order"


def test_a_payment_after_the_order_expired_still_reaches_the_project(
    project: Project, provider: Bank, paid: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = clock.now() + timedelta(hours=5)
    monkeypatch.setattr(clock, "now", lambda: ahead)
    assert deliver(provider)[0].json() == {"result": "settled"}
    assert get_balance(AccountKind.PROJECT, project.id) == 1000


def test_a_failure_told_after_the_money_came_changes_nothing(
    project: Project, provider: Bank, paid: dict[str, Any]
) -> None:
    deliver(provider)
    failed = paid | {"status": "failed", "event": "payment.failed", "txn": "later"}
    assert post_notice(*signed(failed)).json() == {"result": "ended"}
    page = Visitor().get(gift_path(Gift.objects.get().id)).content.decode()
    assert "谢谢你" in page and get_balance(AccountKind.PROJECT, project.id) == 1000


@pytest.mark.parametrize(
    "fault", [OperationalError, InterfaceError, psycopg.OperationalError, psycopg.errors.DeadlockDetected]
)
def test_while_the_database_is_away_the_provider_is_asked_to_come_again(
    provider: Bank, paid: dict[str, Any], monkeypatch: pytest.MonkeyPatch, fault: type[Exception], language: str
) -> None:
    def away(*_: object) -> None:
        raise fault("gone")

    monkeypatch.setattr(notices_view, "settle", away)
    answer = post_notice(*signed(paid), language)
    assert answer.status_code == 503 and answer.json()["code"] == "unavailable" and answer["Retry-After"]


def test_an_answer_takes_less_than_a_second(provider: Bank, paid: dict[str, Any]) -> None:
    body, headers = signed(paid)
    start = time.perf_counter()
    post_notice(body, headers)
    assert time.perf_counter() - start < 1


def send_at_once(body: bytes, headers: dict[str, str], times: int) -> list[str]:
    """Brings one notice on several connections at the same moment; returns the results, sorted."""
    start = threading.Barrier(times)
    results: list[str] = []

    def bring() -> None:
        start.wait()
        try:
            results.append(post_notice(body, headers).json().get("result", "refused"))
        finally:
            connection.close()

    threads = [threading.Thread(target=bring) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results)


@pytest.mark.django_db(transaction=True)
def test_a_notice_brought_several_times_at_once_settles_once(
    project: Project, provider: Bank, paid: dict[str, Any]
) -> None:
    assert send_at_once(*signed(paid), 4) == ["replayed", "replayed", "replayed", "settled"]
    assert get_balance(AccountKind.PROJECT, project.id) == 1000
    assert Capture.objects.count() == 1 and Transfer.objects.filter(kind="gift").count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_its_unique_keys_the_same_notice_is_captured_again(
    project: Project,
    provider: Bank,
    paid: dict[str, Any],
    connect: Callable[[], psycopg.Connection[Any]],  # noqa: F811
) -> None:
    with (
        without("payments_capture", "payments_capture_pkey", "provider_transaction_pays_once"),
        without("ledger_transfer", "ledger_transfer_pkey"),  # the ledger's own key is a second guard
    ):
        gate = (
            connect()
        )  # lets everybody look and nobody write, until two have looked: on a busy machine they come in turn
        gate.execute("LOCK TABLE payments_capture IN SHARE MODE")
        crowd = threading.Thread(target=send_at_once, args=(*signed(paid), 4))
        crowd.start()
        for _ in range(200):
            [waiting] = gate.execute(
                "SELECT count(*) FROM pg_locks WHERE relation = 'payments_capture'::regclass AND NOT granted"
            ).fetchone() or (0,)
            if waiting >= 2:
                break
            time.sleep(0.05)
        gate.commit()
        crowd.join()
        assert Capture.objects.count() > 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("status", "result"), [("paid", "settled"), ("failed", "ended")])
def test_a_notice_that_overtakes_our_own_row_is_parked_then_settles_and_the_alarm_clears(
    project: Project,
    provider: Bank,
    connect: Callable[[], psycopg.Connection[Any]],  # noqa: F811
    status: str,
    result: str,
) -> None:
    now, slow = clock.now(), connect()
    [order] = make_gifts(slow, [ask(project.id, make_donor(), 1000)], "sandbox", GIVING, now)
    assert isinstance(order, IntentOutcome)
    [charge] = provider.open_charges(
        settings.REDFLOWER_MERCHANT,
        [ChargeRequest(str(order.gift_id), 1000, "CNY", "-", "/", f"http://127.0.0.1:9{NOTICE_PATH}")],
        now,
    )
    decided = provider.pay(charge.charge_id, "payer", now, "normal" if status == "paid" else "fail")
    early = post_notice(*signed(describe_outcome(decided)))
    assert early.status_code == 404 and Alarm.objects.get().resolved_at is None
    slow.commit()
    again = post_notice(*signed(describe_outcome(decided)))
    assert (again.status_code, again.json()) == (200, {"result": result})
    assert Alarm.objects.get().resolved_at is not None
    assert get_balance(AccountKind.PROJECT, project.id) == (1000 if status == "paid" else 0)

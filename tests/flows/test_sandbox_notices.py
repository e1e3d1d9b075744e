"""What the provider sends is believed only when it is the provider's, fresh, whole and for us."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from redflower.adapters import payment_errors as refusals
from redflower.adapters.sandbox import ChargeStatus, SandboxClient
from redflower.adapters.sandbox_bank import Bank, ChargeRequest, SignedNotice, notices
from redflower.domains.payments.types import NoticeStatus, PaymentNotice
from redflower.kernel.errors import Refusal

NOON = datetime(2025, 9, 9, 4, 0, 0, 123_000, tzinfo=UTC)
ORDER = UUID("01992c9e-5c00-7000-8000-000000000001")
MERCHANT = "red-flower"
PAID = PaymentNotice(
    provider="sandbox",
    provider_txn="",  # the provider's own choice; filled in by the test that knows it
    order_id=ORDER,
    amount_minor=1_000,
    currency="CNY",
    payer_id="payer-1",
    status=NoticeStatus.PAID,
    paid_at=NOON,
)

REQUEST = ChargeRequest(
    order_no=str(ORDER),
    amount_minor=1_000,
    currency="CNY",
    description="乡村儿童营养午餐",
    return_path="/g/token",
    notice_url="http://127.0.0.1:9/notices/sandbox",
)


class Desk:
    """Both sides of the counter: the bank, our client, and a pen that signs what the test likes."""

    def __init__(self, folder: Path) -> None:
        self.bank = Bank(folder)
        self.client = SandboxClient(folder, MERCHANT, now=lambda: NOON)
        self.charge_id = self.client.create([REQUEST])[0].url.rsplit("/", 1)[1]

    def pay(self, behaviour: Any = "normal") -> SignedNotice:
        self.bank.pay(self.charge_id, "payer-1", NOON, behaviour)
        return self.bank.take_due_notices(NOON, 10)[0]

    def sign(self, body: bytes, at: datetime = NOON) -> dict[str, str]:
        return notices.sign(self.bank._key, body, at)

    def verify(self, body: bytes, headers: dict[str, str] | None = None, now: datetime = NOON) -> PaymentNotice:
        return self.client.verify_notice(self.sign(body) if headers is None else headers, body, now)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("bank"))


@pytest.fixture
def fresh(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(scope="module")
def facts(desk: Desk) -> dict[str, Any]:
    return json.loads(desk.pay().body)


def encode(facts: Any) -> bytes:
    return json.dumps(facts, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("behaviour", "status"), [("normal", "paid"), ("twice", "paid"), ("fail", "failed"), ("cancel", "cancelled")]
)
def test_a_genuine_notice_is_read_to_the_millisecond(fresh: Desk, behaviour: str, status: str) -> None:
    sent = fresh.pay(behaviour)
    notice = fresh.client.verify_notice(sent.headers, sent.body, NOON)
    assert notice == PAID._replace(provider_txn=notice.provider_txn, status=NoticeStatus(status))
    assert len(notice.provider_txn) > 10


def test_twice_is_the_same_transaction_both_times(fresh: Desk) -> None:
    fresh.bank.pay(fresh.charge_id, "payer-1", NOON, "twice")
    first, second = (
        fresh.client.verify_notice(sent.headers, sent.body, NOON) for sent in fresh.bank.take_due_notices(NOON, 10)
    )
    assert first == second


def test_header_names_may_come_in_any_case(desk: Desk, facts: dict[str, Any]) -> None:
    body = encode(facts)
    assert desk.verify(body, {name.upper(): value for name, value in desk.sign(body).items()}).order_id == ORDER


def test_a_body_over_the_limit_is_refused_before_anything_else(desk: Desk) -> None:
    with pytest.raises(refusals.NoticeTooLarge):
        desk.verify(b" " * (16 * 1024 + 1), headers={})


def without(name: str) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda headers: {key: value for key, value in headers.items() if key != name}


def having(name: str, change: Callable[[str], str]) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda headers: headers | {name: change(headers[name])}


@pytest.mark.parametrize(
    "spoil",
    [
        without("Sandbox-Signature"),
        without("Sandbox-Timestamp"),
        having("Sandbox-Signature", lambda value: value.removeprefix("ed25519=")),
        having("Sandbox-Signature", lambda value: value.replace("ed25519", "none")),
        having("Sandbox-Signature", lambda value: value[:-4]),
        having("Sandbox-Signature", lambda value: value + "!"),
        having("Sandbox-Signature", lambda _: "ed25519=签名"),
        having("Sandbox-Timestamp", lambda value: "-" + value),
        having("Sandbox-Timestamp", lambda value: value + ".5"),
        having("Sandbox-Timestamp", lambda value: value + "000000000000"),
        having("Sandbox-Timestamp", lambda _: "１７５７"),
    ],
)
def test_a_missing_or_malformed_signature_is_named(desk: Desk, facts: dict[str, Any], spoil: Any) -> None:
    body = encode(facts)
    with pytest.raises(refusals.NoticeUnsigned):
        desk.verify(body, spoil(desk.sign(body)))


@pytest.mark.parametrize(("age_seconds", "is_fresh"), [(-301, False), (-299, True), (299, True), (302, False)])
def test_only_a_fresh_signature_counts(desk: Desk, facts: dict[str, Any], age_seconds: int, is_fresh: bool) -> None:
    body, now = encode(facts), NOON + timedelta(seconds=age_seconds)
    if is_fresh:
        assert desk.verify(body, desk.sign(body), now).order_id == ORDER
    else:
        with pytest.raises(refusals.NoticeStale):
            desk.verify(body, desk.sign(body), now)


class TestForgery:
    def test_another_amount(self, desk: Desk, facts: dict[str, Any]) -> None:
        headers = desk.sign(encode(facts))
        with pytest.raises(refusals.NoticeForged):
            desk.verify(encode(facts | {"amount_minor": 100_000}), headers)

    def test_the_same_facts_spelt_otherwise(self, desk: Desk, facts: dict[str, Any]) -> None:
        headers = desk.sign(encode(facts))
        with pytest.raises(refusals.NoticeForged):
            desk.verify(encode(facts) + b" ", headers)

    def test_another_key(self, desk: Desk, facts: dict[str, Any]) -> None:
        body = encode(facts)
        with pytest.raises(refusals.NoticeForged):
            desk.verify(body, notices.sign(Ed25519PrivateKey.generate(), body, NOON))

    def test_an_old_signature_under_a_new_timestamp(self, desk: Desk, facts: dict[str, Any]) -> None:
        body = encode(facts)
        old = desk.sign(body, NOON - timedelta(days=1))
        with pytest.raises(refusals.NoticeForged):
            desk.verify(body, old | {"Sandbox-Timestamp": str(int(NOON.timestamp()))})

    def test_a_signature_of_zeros(self, desk: Desk, facts: dict[str, Any]) -> None:
        zeros = "ed25519=" + base64.b64encode(bytes(64)).decode()
        with pytest.raises(refusals.NoticeForged):
            desk.verify(encode(facts), desk.sign(encode(facts)) | {"Sandbox-Signature": zeros})

    @given(position=st.integers(min_value=0, max_value=300), bit=st.integers(min_value=0, max_value=7))
    def test_any_flipped_bit(self, desk: Desk, facts: dict[str, Any], position: int, bit: int) -> None:
        body = encode(facts)
        spoilt = bytearray(body)
        spoilt[position % len(body)] ^= 1 << bit
        with pytest.raises(refusals.NoticeForged):
            desk.verify(bytes(spoilt), desk.sign(body))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b'{"a": 1, "a": 1}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": "\xff"}',
        b"\xef\xbb\xbf{}",
        b'{"a": ' + b"1" * 5_000 + b"}",
        b"[" * 16_000,
    ],
)
def test_a_signed_body_that_is_not_plain_json_is_named(desk: Desk, body: bytes) -> None:
    with pytest.raises(refusals.NoticeUnreadable):
        desk.verify(body)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("provider", ["wechat", None]),
        ("merchant", [1, None, []]),
        ("status", ["settled", "PAID", [], None]),
        ("event", ["payment.failed", None]),
        ("txn", ["", "a\x00b", "交易", "x" * 129, 7]),
        ("order_no", ["1", "", str(ORDER).upper(), "{" + str(ORDER) + "}", ORDER.hex, 7]),
        ("amount_minor", [0, -1, 10.0, 1e2, "1000", "１０００", True, None, 2**63]),
        ("currency", ["cny", "人民币", "CNYX", "CNY\n", 156]),
        ("payer_id", ["", "a b", "\ud800", None]),
        ("paid_at", ["2025-09-09 04:00:00.000Z", "2025-02-30T04:00:00.000Z", "2025-09-09T04:00:00Z", 1, None]),
    ],
)
def test_a_missing_or_wrong_field_is_named(desk: Desk, facts: dict[str, Any], field: str, wrong: list[Any]) -> None:
    spoilt = [{name: value for name, value in facts.items() if name != field}]
    spoilt += [facts | {field: value} for value in wrong]
    for content in spoilt:
        with pytest.raises(refusals.NoticeIncomplete) as refusal:
            desk.verify(json.dumps(content).encode())
        assert refusal.value.facts == {"field": field}


def test_a_notice_for_another_merchant_is_not_ours(desk: Desk, facts: dict[str, Any]) -> None:
    with pytest.raises(refusals.NoticeForAnother):
        desk.verify(encode(facts | {"merchant": "blue-flower"}))


@given(body=st.binary(max_size=400))
def test_whatever_arrives_the_answer_is_a_named_refusal(desk: Desk, body: bytes) -> None:
    with pytest.raises(Refusal):
        desk.verify(body)


def test_a_field_the_provider_adds_one_day_is_left_alone(desk: Desk, facts: dict[str, Any]) -> None:
    assert desk.verify(encode(facts | {"coupon": "花"})).order_id == ORDER


class TestLists:
    """Many notices under one signature."""

    def tell(self, desk: Desk, *told: bytes) -> list[PaymentNotice]:
        body = b"[" + b",".join(told) + b"]"
        return desk.client.verify_notices(desk.sign(body), body, NOON)

    def test_each_is_read_as_it_would_be_alone(self, desk: Desk, facts: dict[str, Any]) -> None:
        told = [
            facts,
            {**facts, "coupon": "花", "charge_id": 7},
            {key: facts[key] for key in facts if key != "charge_id"},
        ]
        for some in (told, told[:1], told[2:]):
            assert self.tell(desk, *map(encode, some)) == [desk.verify(encode(one)) for one in some]
        assert self.tell(desk) == []

    @pytest.mark.parametrize(
        "again", [b'"txn":"other"', b'"\\u0074xn":"other"', b'"amount_minor":1', b'"new":{"a":1,"a":1}']
    )
    def test_a_key_told_twice_is_refused_wherever_it_hides(
        self, desk: Desk, facts: dict[str, Any], again: bytes
    ) -> None:
        once = encode(facts)
        with pytest.raises(refusals.NoticeUnreadable):
            self.tell(desk, once, once[:-1] + b"," + again + b"}", once)

    def test_one_wrong_field_refuses_them_all_by_name(self, desk: Desk, facts: dict[str, Any]) -> None:
        with pytest.raises(refusals.NoticeIncomplete) as refusal:
            self.tell(desk, encode(facts), encode(facts | {"payer_id": "a b"}))
        assert refusal.value.facts == {"field": "payer_id"}
        with pytest.raises(refusals.NoticeForAnother):
            self.tell(desk, encode(facts), encode(facts | {"merchant": "blue-flower"}))
        for stranger in (b"7", b"[]", b"null"):
            with pytest.raises(refusals.NoticeUnreadable):
                self.tell(desk, encode(facts), stranger)


class TestAsking:
    def test_the_page_is_where_the_order_is_paid_and_a_replay_leads_to_the_same_page(self, fresh: Desk) -> None:
        assert fresh.client.create([REQUEST])[0].url == f"/sandbox/pay/{fresh.charge_id}"

    def test_an_amount_changed_between_order_and_payment_is_named(self, fresh: Desk) -> None:
        with pytest.raises(refusals.OrderOpenedDifferently):
            fresh.client.create([replace(REQUEST, amount_minor=999)])

    def test_what_the_provider_cannot_take_is_named(self, fresh: Desk) -> None:
        with pytest.raises(refusals.OrderUnacceptable):
            fresh.client.create([replace(REQUEST, currency="USD")])

    def test_a_query_tells_what_the_notice_tells(self, fresh: Desk) -> None:
        unpaid = ChargeStatus(str(ORDER), "open", None)
        assert fresh.client.query([str(ORDER), "unknown"]) == [unpaid]
        sent = fresh.pay()
        told = fresh.client.verify_notice(sent.headers, sent.body, NOON)
        assert fresh.client.query([str(ORDER)]) == [ChargeStatus(str(ORDER), "paid", told)]

    def test_closing_says_if_the_donor_was_faster(self, fresh: Desk) -> None:
        fresh.pay()
        assert fresh.client.close(str(ORDER)).state == "paid"
        with pytest.raises(refusals.OrderUnknown):
            fresh.client.close("unknown")

    def test_a_provider_that_does_not_answer_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "bank").write_text("a file where the folder should be")
        lost = SandboxClient(tmp_path / "bank", MERCHANT)
        with pytest.raises(refusals.ProviderDown):
            lost.create([REQUEST])
        with pytest.raises(refusals.ProviderDown):
            lost.verify_notice({"Sandbox-Timestamp": str(int(NOON.timestamp())), **_SOME_SIGNATURE}, b"{}", NOON)


_SOME_SIGNATURE = {"Sandbox-Signature": "ed25519=" + base64.b64encode(bytes(64)).decode()}

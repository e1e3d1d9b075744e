"""Receipts handed out: one original, then copies; and codes that find a gift again without being stored."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from redflower.domains.donations.audit import INVARIANTS
from redflower.domains.donations.errors import CodeUnknown, CodeUnreadable
from redflower.domains.donations.models import Receipt
from redflower.domains.donations.rules import is_coded, read_code, write_code
from redflower.domains.donations.selectors import get_coded_gift, list_settled_gifts_of_year
from redflower.domains.donations.services import issue_receipts
from redflower.domains.donations.types import ReceiptForm, ReceiptRequest
from redflower.kernel.ids import id_at
from tests.factories import NOON, ask, give, intend, make_donor, make_project

MINUTE = timedelta(minutes=1)
IDS = st.builds(id_at, st.integers(0, (1 << 44) - 1))


def request(subject_id: UUID, **content: object) -> ReceiptRequest:
    return ReceiptRequest(ReceiptForm.GIFT, subject_id, {"amount_minor": 1000, **content}, "zh-hans")


@pytest.mark.django_db(transaction=True)
def test_the_first_receipt_is_the_original_and_every_later_one_a_copy_of_it():
    gift = give(make_project().id)
    [first] = issue_receipts([request(gift)], NOON)
    assert first.is_original and first.issued_at == NOON
    copies = issue_receipts([request(gift), request(gift)], NOON + MINUTE)
    assert [copy.is_original for copy in copies] == [False, False]
    assert {copy.first_issued_at for copy in copies} == {NOON}
    [other] = issue_receipts([request(gift, year=2026)], NOON + MINUTE)
    assert other.is_original  # other content is another receipt
    assert issue_receipts([], NOON) == []
    assert [invariant.count_differences() for invariant in INVARIANTS if "receipt" in invariant.code] == [0]


@pytest.mark.django_db(transaction=True)
def test_a_second_original_and_a_changed_receipt_are_refused_by_the_database():
    gift = give(make_project().id)
    issue_receipts([request(gift)], NOON)
    row = Receipt.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Receipt.objects.create(
            id=id_at(1),
            form="gift",
            subject_id=gift,
            sha256=row.sha256,
            language="en",
            is_original=True,
            issued_at=NOON,
        )
    with (
        pytest.raises(Exception, match=r"append-only|insert-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE donations_receipt SET is_original = false")


@given(IDS)
def test_a_code_means_its_gift_whatever_the_eye_mistook(gift_id: UUID):
    code = write_code(gift_id)
    assert len(code.replace("-", "")) == 14
    for typed in (code, code.lower(), code.replace("-", " "), code.replace("0", "o").replace("1", "l"), f" {code} "):
        read = read_code(typed)
        assert read.floor <= gift_id < read.ceiling and is_coded(gift_id, read)


@pytest.mark.parametrize("text", ["", "ABC", "U" * 14, "0" * 15, "核" * 14, "０" * 13, "0000-00000-0000!"])
def test_what_is_no_code_is_refused(text: str):
    with pytest.raises(CodeUnreadable):
        read_code(text)


@pytest.mark.django_db(transaction=True)
def test_a_code_finds_settled_gifts_only_and_no_neighbour():
    project = make_project()
    gifts = [give(project.id, 100 + number) for number in range(5)]
    for number, gift in enumerate(gifts):
        assert get_coded_gift(write_code(gift), NOON).amount_minor == 100 + number
    waiting = intend(ask(project.id)).gift_id
    for code in (write_code(waiting), write_code(id_at(1))):
        with pytest.raises(CodeUnknown):
            get_coded_gift(code, NOON)


@pytest.mark.django_db(transaction=True)
def test_a_year_is_the_calendar_year_where_the_site_is():
    project, donor = make_project(), make_donor()
    new_year = NOON.replace(month=12, day=31, hour=16, minute=0)  # midnight in Shanghai
    project.ends_at = new_year + timedelta(days=9)
    project.save()
    give(project.id, 100, at=new_year - MINUTE, donor_id=donor)
    give(project.id, 200, at=new_year + MINUTE, donor_id=donor)
    found = [
        [gift.amount_minor for gift in list_settled_gifts_of_year([donor], year, "Asia/Shanghai", NOON)]
        for year in (2026, 2027)
    ]
    assert found == [[100], [200]]

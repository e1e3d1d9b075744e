"""Receipts and verification over HTTP: who sees what, originals and copies, codes, proofs that hold offline."""

import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from redflower.domains.donations.models import Gift, Receipt
from redflower.domains.donations.rules import write_code
from redflower.domains.festivals.models import Pool
from redflower.domains.festivals.services import close_pools, draw_due_slices
from redflower.domains.proofs.selectors import find_entries, get_public_key
from redflower.domains.proofs.types import EntryKind
from redflower.faces.commands import verify_gift
from redflower.faces.followers.proofs import follow_once
from redflower.faces.shared.instance import gift_path
from redflower.kernel.note import check_proof, read_key, read_proof
from tests.faces.journey import find_chinese
from tests.factories import NOON, ask, give, intend, make_donor, make_festival, make_project

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _log_of_its_own(settings: Any, tmp_path: Path) -> None:
    settings.REDFLOWER_DATA = tmp_path
    settings.REDFLOWER_LOG = tmp_path / "log"


def log_until(subject_id: UUID, kind: EntryKind) -> None:
    """Keeps the log until a fact is in it: a transaction elsewhere in the server may hold events back for a moment."""
    for _ in range(200):
        while follow_once():
            pass
        if kind in {entry.kind for entry in find_entries([subject_id])}:
            return
        time.sleep(0.05)
    raise AssertionError("the log stands still")


def get(path: str, language: str = "zh-CN") -> tuple[int, str]:
    answer = Client(headers={"accept-language": language}).get(path)
    return answer.status_code, answer.content.decode()


@pytest.fixture
def gift() -> Gift:
    """A gift of ¥66 with a match, in the log."""
    festival = make_festival(budget_minor=100_000)
    gift_id = give(make_project(title_en="Lunch").id, 6600, donor_id=make_donor(), shown_as="named", shown_name="Lin")
    draw_due_slices(festival, "Asia/Shanghai", NOON + timedelta(hours=3))
    log_until(gift_id, EntryKind.AWARD)
    return Gift.objects.get(id=gift_id)


def test_the_receipt_is_for_whoever_holds_the_link_and_tells_where_the_money_went(gift: Gift):
    status, page = get(f"{gift_path(gift.id)}/receipt")
    assert status == 200 and write_code(gift.id) in page and "Lin" in page
    assert len(re.findall(r'class="mark" href="/verify/entries/\d+"', page)) == 3  # gift, flower, match
    status, english = get(f"{gift_path(gift.id)}/receipt", "en")
    main = english[english.index("<main") : english.index("</main>")]
    assert find_chinese(main.replace(gift.project.title_zh, "")) == []
    answer = Client().get(f"{gift_path(gift.id)}/receipt")
    assert answer["Cache-Control"] == "private, no-store" and "noindex" in answer["X-Robots-Tag"]
    assert get(f"/g/{'a' * 52}/receipt")[0] == 404
    waiting = intend(ask(gift.project_id)).gift_id
    assert Client().get(f"{gift_path(waiting)}/receipt").status_code == 302
    assert Client().post(f"{gift_path(waiting)}/receipt.pdf").status_code == 404


def test_the_first_pdf_is_the_original_and_the_next_a_copy(gift: Gift):
    path = f"{gift_path(gift.id)}/receipt.pdf"
    first, second = (Client().post(path) for _ in range(2))
    assert first["Content-Type"] == "application/pdf" and first.content.startswith(b"%PDF-")
    assert list(Receipt.objects.order_by("issued_at").values_list("is_original", flat=True)) == [True, False]
    assert len(second.content) != len(first.content)
    assert Client().get(path).status_code == 405  # looking ahead must not hand out the original
    assert write_code(gift.id) in first["Content-Disposition"]


def test_a_code_leads_to_public_facts_and_to_nobody(gift: Gift):
    code = write_code(gift.id)
    for typed in (code, code.lower().replace("-", " ")):
        status, page = get(f"/verify?code={typed}")
        assert status == 200 and "¥66" in page and 'data-bench="proof"' in page
        assert "Lin" not in page and gift_path(gift.id) not in page and str(gift.donor_id) not in page
    status, page = get("/verify?code=nonsense")
    assert status == 422 and 'id="code-error"' in page
    status, page = get("/verify?code=0000-00000-00000", "en")
    assert status == 404 and "No settled gift" in page
    assert get("/verify")[0] == 200
    assert Client().get("/verify", headers={"accept-language": "en"}).content.decode().count('data-bench="proof"') == 0


def test_verifying_costs_a_fixed_number_of_queries(gift: Gift, django_assert_max_num_queries):
    get("/verify")
    with django_assert_max_num_queries(9):
        get(f"/verify?code={write_code(gift.id)}")
    with django_assert_max_num_queries(9):
        get(f"{gift_path(gift.id)}/receipt")


def test_a_proof_file_holds_offline_and_no_byte_of_it_can_be_changed(gift: Gift, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    answer = Client().get(f"/verify/gifts/{write_code(gift.id)}.tlog-proof")
    key = get_public_key()
    proof = read_proof(answer.content)
    assert check_proof(answer.content, proof.extra, read_key(key)).size > proof.index
    assert str(gift.id).encode() in proof.extra and str(gift.donor_id).encode() not in proof.extra
    file = tmp_path / "gift.tlog-proof"
    file.write_bytes(answer.content)
    assert verify_gift.run([str(file), "--key", key]) == 0
    # The name in a signature line of nobody we know is passed over; every other byte counts.
    for place in range(0, len(answer.content), 7):
        changed = bytearray(answer.content)
        changed[place] ^= 1
        file.write_bytes(bytes(changed))
        assert verify_gift.run([str(file), "--key", key]) == 1, (place, bytes(changed[place - 9 : place + 9]))
    assert verify_gift.run([str(tmp_path / "none"), "--key", key]) == 2


def test_every_entry_and_every_total_has_its_page(gift: Gift):
    status, page = get("/verify/entries/0")
    assert status == 200 and 'data-bench="proof"' in page
    assert get("/verify/entries/99999")[0] == 404
    assert Client().get("/verify/entries/99999.tlog-proof").status_code == 404
    status, page = get("/verify/totals")
    assert status == 200 and "¥66" in page and f"/verify/totals/{gift.project.slug}" in page
    status, page = get(f"/verify/totals/{gift.project.slug}", "en")
    assert status == 200 and str(gift.project_id) in page and "¥66" in page
    assert get("/verify/totals/no-such-project")[0] == 404
    assert Client().get("/verify/verify_draw.py").content.startswith(b"#!/usr/bin/env python3")


def test_a_pool_s_page_waits_for_the_secret_and_then_offers_to_draw_again(gift: Gift):
    pool = Pool.objects.get()
    status, page = get(f"/verify/draws/{pool.id}")
    assert status == 200 and "data-bench" not in page and bytes(pool.secret).hex() not in page
    close_pools(pool.festival_id, NOON + timedelta(hours=3))
    log_until(pool.id, EntryKind.POOL_CLOSED)
    status, page = get(f"/verify/draws/{pool.id}", "en")
    assert status == 200 and 'data-bench="draw"' in page and 'data-announced="1"' in page
    assert get(f"/verify/draws/{gift.id}")[0] == 404


def test_a_year_s_summary_is_for_whoever_gave_in_it(gift: Gift, client: Client):
    assert client.get("/me/receipts/2026").status_code == 404
    client.cookies["rf_donor"] = _donor_cookie(gift)
    page = client.get("/me/receipts/2026").content.decode()
    assert write_code(gift.id) in page and "¥66" in page
    marks = [client.post("/me/receipts/2026.pdf").status_code for _ in range(2)]
    assert marks == [200, 200]
    assert list(Receipt.objects.order_by("issued_at").values_list("form", "is_original")) == [
        ("year", True),
        ("year", False),
    ]
    assert client.get("/me/receipts/2025").status_code == 404 == client.get("/me/receipts/99999").status_code


def _donor_cookie(gift: Gift) -> str:
    from django.core import signing

    return signing.dumps(str(gift.donor_id), salt="donor")

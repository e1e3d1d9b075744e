"""A visitor who goes through the giving journey by its forms, and the provider's post office beside them."""

import re
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client

from redflower.adapters.sandbox_bank import Bank, Behaviour
from redflower.domains.payments.models import Order
from redflower.domains.projects.models import Project
from redflower.faces.shared.instance import gift_path
from redflower.kernel import clock
from tests.factories import make_project

NOTICE_PATH = "/notices/sandbox"
_HAN = re.compile(r"[\u4e00-\u9fff]+")


def open_project(**fields: Any) -> Project:
    """A project that can be given to now."""
    now = clock.now()
    dates = {"starts_at": now - timedelta(days=100), "ends_at": now + timedelta(days=100)}
    return make_project(**{**dates, **fields})


def read_field(page: str, name: str) -> str:
    """The value a form's input holds."""
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found[1]


def read_errors(page: str) -> dict[str, str]:
    """The sentences shown beside fields, by field."""
    found = re.findall(r'id="error-(\w+)">(?:<svg.*?</svg>)?([^<]+)<', page, re.DOTALL)
    return dict(found)


def find_chinese(page: str) -> list[str]:
    """Chinese words on an English page, apart from the switch of language."""
    visible = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    return [word for word in _HAN.findall(visible) if word != "中文"]


class Visitor:
    """A browser: keeps its cookies, sends the forms' tokens, follows nothing by itself."""

    def __init__(self, language: str = "zh-CN") -> None:
        self.client = Client(enforce_csrf_checks=True, headers={"accept-language": language})

    def get(self, url: str, **headers: str) -> HttpResponse:
        return self.client.get(url, headers=headers)

    def post(self, url: str, token: str, **fields: str) -> HttpResponse:
        return self.client.post(url, {"csrfmiddlewaretoken": token, **fields})

    def open_form(self, project: Project, **query: str) -> dict[str, str]:
        """The giving form's hidden fields, as its page sends them."""
        page = self.client.get(f"/projects/{project.slug}/give", {"read_facts": "1", **query}).content.decode()
        return {name: read_field(page, name) for name in ("csrfmiddlewaretoken", "read_facts", "key", "confirmed")}

    def send(self, project: Project, form: dict[str, str], **fields: str) -> HttpResponse:
        """Sends the form with what was typed into it."""
        typed = {"amount": "10", "shown_as": "anonymous", "shown_name": "", "message": ""}
        return self.client.post(f"/projects/{project.slug}/give", {**form, **typed, **fields})

    def give(self, project: Project, **fields: str) -> HttpResponse:
        """Opens the form and sends it."""
        return self.send(project, self.open_form(project), **fields)


def find_order(answer: HttpResponse, provider: Bank) -> Order:
    """The order behind a redirect to the provider's page."""
    assert answer.status_code == 303, answer.content.decode()[:2000]
    return Order.objects.get(id=provider.get_charge(answer["Location"].rsplit("/", 1)[1]).order_no)


def pay(answer: HttpResponse, provider: Bank, behaviour: Behaviour = "normal", payer: str = "payer_1") -> str:
    """Pays on the provider's page that a sent form led to; returns the gift's private page."""
    provider.pay(answer["Location"].rsplit("/", 1)[1], payer, clock.now(), behaviour)
    return gift_path(find_order(answer, provider).id)


def deliver(provider: Bank) -> list[HttpResponse]:
    """Brings every notice that is due to the site, as the provider does, and returns its answers."""
    answers = []
    for notice in provider.take_due_notices(clock.now(), 100):
        answers.append(post_notice(notice.body, notice.headers))
        if answers[-1].status_code == 200:
            provider.mark_sent([notice.notice_id], clock.now())
    return answers


def post_notice(body: bytes, headers: dict[str, str], language: str = "zh-CN") -> HttpResponse:
    """Posts a raw body to the notices' door, without cookies or token, as a program does."""
    extra = {name: value for name, value in headers.items() if name != "Content-Type"}
    client = Client(enforce_csrf_checks=True, headers={"accept-language": language})
    return client.post(NOTICE_PATH, body, content_type="application/json", headers=extra)


def give_and_settle(visitor: Visitor, project: Project, provider: Bank, **fields: str) -> str:
    """A gift that is paid and settled; returns its private page."""
    path = pay(visitor.give(project, **fields), provider)
    assert [answer.status_code for answer in deliver(provider)] == [200]
    return path

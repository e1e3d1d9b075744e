"""The API against its own document: what schemathesis makes up is answered as the document says, and never with a 5xx."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from redflower.domains.festivals.selectors import list_festivals, list_pools
from redflower.domains.festivals.services import draw_due_slices
from redflower.faces.public_api.docs import example_of
from redflower.faces.public_api.document import get_document
from redflower.faces.shared import instance
from redflower.kernel import clock
from redflower.kernel.limits import AMOUNT_MAX_MINOR
from redflower.kernel.text import has_forbidden_characters
from redflower.project.wsgi import application
from tests.factories import give, make_festival, make_project

PLAIN = {"Accept-Encoding": "identity"}  # schemathesis does not unpack what it reads in-process
HAN = re.compile("[\u4e00-\u9fff]")
CONFORMANCE = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
BOUNDED = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

schema = schemathesis.openapi.from_dict(get_document("zh-hans"))
schema.app = application


@pytest.fixture
def one_transaction(db: None) -> Iterator[None]:
    """Keeps the server's signals from closing the connection that holds the test's transaction, as Django's own client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def names(one_transaction: None) -> dict[str, dict[str, Any]]:
    """A small world, and what stands in it under which name of a path or query parameter."""
    now = clock.now()
    project = make_project(starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=1))
    festival = make_festival(opens_at=now - timedelta(minutes=10), hours=1)
    gifts = [give(project.id, 1000, now, shown_as="named", shown_name="名", message="加油") for _ in range(3)]
    draw_due_slices(festival, "Asia/Shanghai", now + timedelta(minutes=1))
    slugs = {"projects": project.slug, "charities": project.charity.slug, "festivals": list_festivals()[0].slug}
    return {
        "slugs": slugs,
        "path": {"token": instance.gift_path(gifts[0]).removeprefix("/g/")},
        "query": {"pool": str(list_pools(festival)[0].id), "charity": project.charity.slug, "project": project.slug},
        "body": {"project": project.slug},
    }


@schema.parametrize()
@BOUNDED
def test_whatever_is_sent_is_answered_as_the_document_says(case: schemathesis.Case, names: dict[str, Any]) -> None:
    excluded = [positive_data_acceptance] if _is_beyond_schemas(case) else []
    case.call_and_validate(headers=PLAIN, excluded_checks=excluded)
    if _name_what_exists(case, names):
        response = case.call(headers=PLAIN)
        case.validate_response(response, checks=CONFORMANCE)


def _is_beyond_schemas(case: schemathesis.Case) -> bool:
    """True for what no JSON schema can tell from a good request: made-up cursors, invisible characters."""
    asked = {name: str(value) for name, value in (case.query or {}).items()}
    return bool(asked.get("cursor")) or any(map(has_forbidden_characters, asked.values()))


def _name_what_exists(case: schemathesis.Case, names: dict[str, Any]) -> bool:
    """Points a made-up request at things that are there; True when it pointed at any."""
    before = json.dumps([case.path_parameters, case.query, case.body], default=str)
    room = case.operation.path.split("/")[3]
    real = {**names["path"], "slug": names["slugs"].get(room)}
    for parameter in case.path_parameters or {}:
        case.path_parameters[parameter] = real[parameter]
    for parameter in case.query or {}:
        if parameter in names["query"]:
            case.query[parameter] = names["query"][parameter]
    if isinstance(case.body, dict) and isinstance(case.body.get("gifts"), list):
        for gift in case.body["gifts"]:
            if isinstance(gift, dict) and isinstance(gift.get("project"), str):
                gift["project"] = names["body"]["project"]
    return before != json.dumps([case.path_parameters, case.query, case.body], default=str)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_example_of_the_document_fits_its_schema(language: str) -> None:
    document = get_document(language)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for shape in _shapes(operation):
                validator = jsonschema_rs.Draft202012Validator({**shape, "components": document["components"]})
                errors = list(validator.iter_errors(example_of(shape, document)))
                assert not errors, (path, method, errors[0])


def _shapes(operation: dict[str, Any]) -> list[dict[str, Any]]:
    answers = list(operation["responses"].values())
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    contents = [media["schema"] for holder in answers + bodies for media in holder.get("content", {}).values()]
    return contents + [
        parameter["schema"] for parameter in operation["parameters"] if "examples" in parameter["schema"]
    ]


def test_the_english_document_is_all_english_and_the_chinese_one_is_not() -> None:
    english, chinese = (_without_examples(get_document(language)) for language in ("en", "zh-hans"))
    assert HAN.findall(json.dumps(english, ensure_ascii=False)) == []
    assert len(HAN.findall(json.dumps(chinese, ensure_ascii=False))) > 1000


def _without_examples(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _without_examples(value) for key, value in node.items() if key != "examples"}
    return [_without_examples(item) for item in node] if isinstance(node, list) else node


def test_the_document_says_the_largest_amount() -> None:
    amount = get_document("en")["components"]["schemas"]["GiftAsked"]["properties"]["amount_minor"]
    assert str(AMOUNT_MAX_MINOR) in amount["description"]

"""The OpenAPI document in each language: what ninja knows of the operations, and what it cannot know of their problems."""

from copy import deepcopy
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext

from redflower.faces.public_api.api import api
from redflower.faces.public_api.schemas.problems import Problem
from redflower.kernel.text import N_

Json = dict[str, Any]

_PROBLEMS = {
    304: N_("和你手里的一样（If-None-Match）"),
    400: N_("正文不是规范的 JSON，或有重复的键、NaN"),
    404: N_("没有这个地址，或它不对公众开放"),
    411: N_("没有写明正文长度"),
    413: N_("正文太大"),
    415: N_("正文不是 application/json"),
    422: N_("参数或字段写法不对，逐项说明"),
    429: N_("太快了，按 Retry-After 等一等"),
    503: N_("账本或支付服务暂时不在，没有扣款，按 Retry-After 再试"),
}
_DONE = {200: N_("成功"), 201: N_("已签发")}
_READING = (304, 422, 503)
_WRITING = (422, 503)
_WITH_BODY = (400, 411, 413, 415)
_PAGING = ("limit", "cursor")
_SPOKEN = ("summary", "description", "title")


def get_document(language: str) -> Json:
    """The document in a language; do not change it.

    Shape: OpenAPI 3.1.
    """
    return _document("en" if language.startswith("en") else "zh-hans")


def find_operation(request: HttpRequest) -> Json | None:
    """The document's operation that a request asks for, or None when its address has no such method."""
    route = request.resolver_match.route if request.resolver_match else ""
    path = "/" + route.replace("<", "{").replace(">", "}")
    found: Json | None = _document(settings.LANGUAGE_CODE)["paths"].get(path, {}).get((request.method or "").lower())
    return found


@cache
def _document(language: str) -> Json:
    with translation.override(language):
        document = deepcopy(dict(api.get_openapi_schema()))
        document["info"]["license"] = {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"}
        document["servers"] = [{"url": settings.REDFLOWER_BASE_URL}]
        document["components"]["schemas"] |= _problem_schemas()
        for methods in document["paths"].values():
            for method, operation in methods.items():
                _complete(method, operation)
        for schema in document["components"]["schemas"].values():
            schema.pop("description", None)  # a docstring, for those who read the code
        _speak(document)
        return document


def _problem_schemas() -> Json:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs"), "Problem": schema}


def _complete(method: str, operation: Json) -> None:
    responses = operation["responses"]
    statuses = [*(_READING if method == "get" else _WRITING), *(_WITH_BODY if "requestBody" in operation else ())]
    for status in {*statuses, *responses}:
        if not responses.get(status):
            responses[status] = _problem_response(status)
        elif status in _DONE:
            responses[status]["description"] = _DONE[status]
    operation["responses"] = {str(status): responses[status] for status in sorted(responses)}
    operation["parameters"].sort(key=lambda parameter: parameter["name"] in _PAGING)
    for parameter in operation["parameters"]:
        parameter.pop("examples", None)  # they stand in the schema; here they would have to be a map
        _drop_null(parameter["schema"])


def _problem_response(status: int) -> Json:
    response: Json = {"description": _PROBLEMS[status]}
    if status != 304:
        schema = {"$ref": "#/components/schemas/Problem"}
        response["content"] = {"application/problem+json": {"schema": schema}}
    if status in (429, 503):
        response["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "required": True}}
    return response


def _drop_null(schema: Json) -> None:
    """An address cannot say null: a parameter that may be left out is simply not required."""
    choices = [choice for choice in schema.pop("anyOf", ()) if choice.get("type") != "null"]
    if choices:
        schema.update(choices[0])
    if schema.get("default", "") is None:
        del schema["default"]


def _speak(node: Any, names: bool = False) -> None:
    """Translates what people read and drops the titles that are only field names in capitals.

    `names` says that the keys of this node are names of fields, not words of the schema language.
    """
    if isinstance(node, list):
        for item in node:
            _speak(item)
    if not isinstance(node, dict):
        return
    if not names and "title" in node and ("type" in node or "$ref" in node or "anyOf" in node or "enum" in node):
        del node["title"]
    for key, value in node.items():
        if not names and key in _SPOKEN and isinstance(value, str) and value:
            node[key] = gettext(value)
        elif key not in ("examples", "example", "default", "enum", "const"):
            _speak(value, names=key in ("properties", "schemas", "paths", "responses") and not names)

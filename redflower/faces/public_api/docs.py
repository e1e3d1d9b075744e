"""The reference page, made from the OpenAPI document; and the document itself."""

import json
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from redflower.faces.public_api.document import Json, get_document

_LIMITS = ("minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems")


@require_safe
@cache_control(public=True, max_age=300)
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, in the reader's language; any page may read it."""
    document = get_document(translation.get_language() or settings.LANGUAGE_CODE)
    response = JsonResponse(document, json_dumps_params={"ensure_ascii": False})
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """The reference page: every operation with its parameters, an example to copy and what it answers."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    document = get_document(language)
    problem = show_json(example_of({"$ref": "#/components/schemas/Problem"}, document))
    base = settings.REDFLOWER_BASE_URL
    context = {"document": document, "sections": _sections(language), "base": base, "problem": problem}
    return render(request, "public_api/docs.html", context)


@cache
def _sections(language: str) -> list[Json]:
    document = get_document(language)
    return [
        {
            "tag": tag["name"],
            "title": tag["description"],
            "operations": [
                _describe(document, path, method, operation)
                for path, methods in document["paths"].items()
                for method, operation in methods.items()
                if tag["name"] in operation["tags"]
            ],
        }
        for tag in document["tags"]
    ]


def _describe(document: Json, path: str, method: str, operation: Json) -> Json:
    status, answer = next((status, answer) for status, answer in operation["responses"].items() if status[0] == "2")
    schema = answer["content"]["application/json"]["schema"]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "description": operation.get("description", ""),
        "parameters": [_describe_parameter(item, document) for item in operation["parameters"]],
        "body_fields": [{**row, "place": "body"} for row in list_fields(body, document)] if body else [],
        "curl": _write_curl(document, path, method, operation, body),
        "status": status,
        "answer": show_json(example_of(schema, document)),
        "fields": list_fields(schema, document),
        "problems": [(code, item["description"]) for code, item in operation["responses"].items() if code > "300"],
        "open_href": path if method == "get" and not any(item["required"] for item in operation["parameters"]) else "",
    }


def _describe_parameter(parameter: Json, document: Json) -> Json:
    schema = resolve(parameter["schema"], document)
    return {
        "name": parameter["name"],
        "place": parameter["in"],
        "required": parameter["required"],
        "type": name_type(schema, document),
        "text": parameter["schema"].get("description", ""),
        "values": schema.get("enum", []),
        "default": parameter["schema"].get("default", ""),
        "limits": {name: schema[name] for name in _LIMITS if name in schema},
    }


def resolve(schema: Json, document: Json) -> Json:
    """The schema itself, when it stands elsewhere in the document; what is said beside the reference wins."""
    if "$ref" not in schema:
        return schema
    found = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return {**found, **{key: value for key, value in schema.items() if key != "$ref"}}


def example_of(schema: Json, document: Json) -> Any:
    """A value that fits a schema, made of the examples that its fields give."""
    schema = resolve(schema, document)
    if schema.get("examples"):
        return schema["examples"][0]
    for choices in (schema.get("anyOf"), schema.get("oneOf")):
        if choices:
            return example_of(choices[0], document)
    if "enum" in schema:
        return schema["enum"][0]
    if "properties" in schema:
        required = schema.get("required", ())
        shown = {name: field for name, field in schema["properties"].items() if name in required or "examples" in field}
        return {name: example_of(field, document) for name, field in shown.items()}
    if schema.get("type") == "array":
        choices = schema["items"].get("anyOf", [schema["items"]])
        return [example_of(choice, document) for choice in choices]
    return schema.get("default")


def list_fields(schema: Json, document: Json, prefix: str = "") -> list[Json]:
    """Every field of a schema and of what lies inside it, as rows: name, type, whether it must be there, text."""
    schema = resolve(schema, document)
    rows: list[Json] = []
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        whole = resolve(field, document)
        row = {"name": prefix + name, "type": name_type(whole, document), "required": name in required}
        rows.append({**row, "text": field.get("description", ""), "values": whole.get("enum", [])})
        rows += list_fields(whole, document, f"{prefix}{name}.")
    for choice in schema.get("anyOf", ()):
        rows += list_fields(choice, document, prefix)
    if schema.get("type") == "array":
        rows += list_fields(schema["items"], document, f"{prefix.removesuffix('.')}[].")
    return rows


def name_type(schema: Json, document: Json) -> str:
    """A schema's type in a word or two: `string · uuid`, `[object]`, `integer | null`."""
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(name_type(resolve(choice, document), document) for choice in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"[{name_type(resolve(schema['items'], document), document)}]"
    kind = schema.get("type", "any")
    return f"{kind} · {schema['format']}" if "format" in schema else str(kind)


def _write_curl(document: Json, path: str, method: str, operation: Json, body: Json | None) -> str:
    asked = {}
    for parameter in operation["parameters"]:
        example = example_of(parameter["schema"], document)
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(example))
        elif parameter["required"] or parameter["schema"].get("examples"):
            asked[parameter["name"]] = example
    address = f"{settings.REDFLOWER_BASE_URL}{path}" + (f"?{urlencode(asked)}" if asked else "")
    lines = [f"curl '{address}'" if method == "get" else f"curl -X {method.upper()} '{address}'"]
    if body:
        lines += ["-H 'Content-Type: application/json'", f"-d '{show_json(example_of(body, document))}'"]
    return " \\\n  ".join(lines)


def show_json(value: Any) -> str:
    """A value as a person reads it."""
    return json.dumps(value, ensure_ascii=False, indent=2)

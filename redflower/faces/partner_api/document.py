"""The OpenAPI document of the partner API, beside the public one: what a partner's server and its widget may ask."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from redflower.faces.partner_api.views.server import USERS_MAX
from redflower.kernel.limits import BATCH_MAX
from redflower.kernel.text import N_

Json = dict[str, Any]
_TEXT: Json = {"type": "string"}
_COUNT: Json = {"type": "integer"}
_SIGNED = [{"signature": []}]
_BEARER = [{"userToken": []}]


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The document, in the reader's language; any page may read it. Shape: OpenAPI 3.1."""
    response = JsonResponse(write_document(), json_dumps_params={"ensure_ascii": False})
    response["Access-Control-Allow-Origin"] = "*"
    return response


def write_document() -> Json:
    """Every operation with what it takes and answers."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": gettext("小红花合作方接口"),
            "version": "1.0",
            "description": gettext("合作方的服务器签名上报善行、签发用户令牌；网页组件凭用户令牌收花、送花。"),
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "servers": [{"url": settings.REDFLOWER_BASE_URL}],
        "components": {"securitySchemes": _write_schemes(), "schemas": _SCHEMAS},
        "paths": {f"/api/partner/v1/{path}": {method: _write(*rest)} for path, method, *rest in _OPERATIONS},
    }


def _write_schemes() -> Json:
    return {
        "signature": {
            "type": "apiKey",
            "in": "header",
            "name": "Signature",
            "description": gettext("RFC 9421：覆盖 @method、@path 和 content-digest，带 created、keyid 与 nonce"),
        },
        "userToken": {"type": "http", "scheme": "bearer", "description": gettext("用户令牌，15 分钟内有效")},
    }


def _write(name: str, summary: str, security: list[Json], asked: Json | None, answered: Json) -> Json:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    operation: Json = {
        "operationId": name,
        "summary": gettext(summary),
        "security": security,
        "responses": {
            "200": {"description": gettext("逐项答复"), "content": {"application/json": {"schema": answered}}},
            "4XX": {"description": gettext("整个请求没有被接受"), "content": problem},
        },
    }
    if name == "show_scene":
        operation["parameters"] = [{"name": "scene", "in": "path", "required": True, "schema": _TEXT}]
    if asked is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": asked}}}
    return operation


def _object(required: tuple[str, ...] = (), **fields: Json) -> Json:
    return {"type": "object", "properties": fields, **({"required": list(required)} if required else {})}


def _list(of: Json, most: int | None = None) -> Json:
    return {"type": "array", "items": of, **({"minItems": 1, "maxItems": most} if most else {})}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


_SCHEMAS: Json = {
    "Deed": _object(
        ("id", "campaign", "user", "done_at"),
        id={**_TEXT, "maxLength": 64},
        campaign=_TEXT,
        user={**_TEXT, "maxLength": 128},
        done_at={**_TEXT, "format": "date-time"},
        amount=_COUNT,
        device=_TEXT,
        subject=_TEXT,
        project=_TEXT,
        facts={"type": "object"},
    ),
    "DeedAnswer": _object(
        ("id", "status"),
        id=_TEXT,
        status={"enum": ["accepted", "capped", "held", "refused", "replayed"]},
        reason=_TEXT,
        message=_TEXT,
        flowers=_COUNT,
        money_minor=_COUNT,
        item=_TEXT,
        deed_id=_TEXT,
        first=_TEXT,
    ),
    "User": _object(("user",), user=_TEXT, campaigns=_list(_TEXT), deeds={"type": "object"}),
    "Token": _object(user=_TEXT, token=_TEXT, expires_at={**_TEXT, "format": "date-time"}),
    "Link": _object(user=_TEXT, url={**_TEXT, "format": "uri"}, expires_at={**_TEXT, "format": "date-time"}),
    "Act": _object(id=_TEXT, result=_TEXT, code=_TEXT, title=_TEXT, flowers=_COUNT, unlocked_minor=_COUNT),
    "Standing": _object(
        campaign={"type": "object"},
        me={"type": "object"},
        deed={"type": "object"},
        targets=_list({"type": "object"}),
        unplaced=_list({"type": "object"}),
    ),
    "Problem": _object(type=_TEXT, title=_TEXT, status=_COUNT, code=_TEXT, facts={"type": "object"}),
}
_ACTED = _object(answers=_list(_ref("Act")), state=_ref("Standing"))
_ACTS_MAX = 10
_OPERATIONS = (
    (
        "deeds",
        "post",
        "report_deeds",
        N_("上报善行，逐件答复"),
        _SIGNED,
        _object(("deeds",), deeds=_list(_ref("Deed"), BATCH_MAX)),
        _object(answers=_list(_ref("DeedAnswer"))),
    ),
    (
        "user-tokens",
        "post",
        "issue_user_tokens",
        N_("为用户签发令牌"),
        _SIGNED,
        _object(("users",), users=_list(_ref("User"), USERS_MAX)),
        _object(tokens=_list(_ref("Token"))),
    ),
    (
        "links",
        "post",
        "open_link_pages",
        N_("为用户开出关联页，由他们自己确认"),
        _SIGNED,
        _object(("users",), users=_list(_object(("user",), user=_TEXT), USERS_MAX)),
        _object(links=_list(_ref("Link"))),
    ),
    (
        "campaigns",
        "get",
        "list_campaigns",
        N_("可以上报的活动"),
        _SIGNED,
        None,
        _object(campaigns=_list({"type": "object"})),
    ),
    ("widget/scenes/{scene}", "get", "show_scene", N_("用户在一个活动里的情况"), _BEARER, None, _ref("Standing")),
    (
        "widget/deeds",
        "post",
        "collect",
        N_("收小红花"),
        _BEARER,
        _object(
            ("deeds",),
            deeds=_list(_object(("scene", "id"), scene=_TEXT, id=_TEXT, facts={"type": "object"}), _ACTS_MAX),
        ),
        _ACTED,
    ),
    (
        "widget/flowers",
        "post",
        "give_flowers",
        N_("送出几朵小红花"),
        _BEARER,
        _object(
            ("gives",),
            gives=_list(
                _object(
                    ("scene", "id", "kind", "to", "flowers"),
                    scene=_TEXT,
                    id=_TEXT,
                    kind={"enum": ["project", "dream"]},
                    to=_TEXT,
                    flowers=_COUNT,
                ),
                _ACTS_MAX,
            ),
        ),
        _ACTED,
    ),
    (
        "widget/placements",
        "post",
        "place",
        N_("把爱心额度放进项目"),
        _BEARER,
        _object(
            ("placements",),
            placements=_list(_object(("scene", "id", "project"), scene=_TEXT, id=_TEXT, project=_TEXT), _ACTS_MAX),
        ),
        _ACTED,
    ),
)

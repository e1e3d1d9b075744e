"""The public files of every draw: whatever it takes to do it again, and nothing about who anybody is."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe

from redflower.domains.festivals.rules import count_slices
from redflower.domains.festivals.selectors import (
    find_pool,
    get_draw_lines,
    list_all_pools,
    list_draw_parts,
)
from redflower.domains.festivals.selectors.bonuses import list_bonus_days
from redflower.domains.festivals.types import BonusDayLine, DrawPart, FestivalView, PoolState, PoolView
from redflower.kernel.canon import canonical_bytes

FORMAT = "redflower/draw/2"
KINDS = ("slices", "tickets", "awards")
_FOREVER = "public, max-age=31536000, immutable"
_SOON = "public, max-age=5"


@require_safe
def draws(request: HttpRequest) -> HttpResponse:
    """Every pool there is, and where its files are."""
    pools = [
        {
            "festival": festival.slug,
            "file": f"{_address(pool.id)}pool.json",
            "name_en": pool.name_en,
            "name_zh": pool.name_zh,
        }
        | {"pool": pool.id, "state": pool.state.value}
        for festival, pool in list_all_pools()
    ]
    return _answer(canonical_bytes({"format": FORMAT, "pools": pools}), "application/json", _SOON)


@require_safe
def draw(request: HttpRequest, pool_id: UUID) -> HttpResponse:
    """One pool: its rule set, its commitment, its secret once closed, and the parts its slices come in."""
    found = find_pool(pool_id)
    if found is None:
        raise Http404
    festival, pool = found
    parts = list_draw_parts(pool_id)
    days = list_bonus_days(pool_id) if counts_flowers(pool) else None
    body = canonical_bytes(_describe(festival, pool, parts, days))
    return _answer(body, "application/json", _SOON)


@require_safe
def draw_bonus(request: HttpRequest, pool_id: UUID) -> HttpResponse:
    """What projects had gathered as each day began, a line a day, where the pool's rule counts flowers."""
    found = find_pool(pool_id)
    if found is None or not counts_flowers(found[1]):
        raise Http404
    lines = b"".join(day.line + b"\n" for day in list_bonus_days(pool_id))
    return _answer(lines, "application/x-ndjson", _SOON)


def counts_flowers(pool: PoolView) -> bool:
    """Whether flowers make a difference to a pool's draws."""
    return bool(pool.rule_body.get("flower_tiers"))


@require_safe
def draw_part(request: HttpRequest, pool_id: UUID, kind: str, part: int) -> HttpResponse:
    """The lines of one part; a part that can no longer grow may be kept for ever."""
    found = find_pool(pool_id)
    parts = list_draw_parts(pool_id) if found and kind in KINDS else []
    if part >= len(parts):
        raise Http404
    asked = parts[part]
    cache = _FOREVER if _is_complete(found[1], parts, asked) else _SOON
    tag = f'"{pool_id.hex}-{kind}-{part}-{asked.last_slice}-{asked.tickets}"'
    if request.headers.get("If-None-Match", "").removeprefix("W/") == tag:
        return _label(HttpResponseNotModified(), cache, tag)
    lines = get_draw_lines(kind, pool_id, asked, settings.TIME_ZONE)
    return _answer(lines.encode(), "application/x-ndjson", cache, tag)


def _describe(
    festival: FestivalView, pool: PoolView, parts: list[DrawPart], days: list[BonusDayLine] | None
) -> dict[str, Any]:
    bonus = {} if days is None else {"bonus": f"{_address(pool.id)}bonus.ndjson"}
    return {
        "format": FORMAT,
        "pool": {
            "id": pool.id,
            "name_zh": pool.name_zh,
            "name_en": pool.name_en,
            "sponsor_zh": pool.sponsor_zh,
            "sponsor_en": pool.sponsor_en,
            "state": pool.state.value,
            "budget_minor": pool.budget_minor,
            "granted_minor": pool.granted_minor,
            "returned_minor": pool.returned_minor,
            "closed_at": pool.closed_at,
        },
        "festival": {
            "id": festival.id,
            "slug": festival.slug,
            "name_zh": festival.name_zh,
            "name_en": festival.name_en,
            "opens_at": festival.opens_at,
            "closes_at": festival.closes_at,
            "slice_seconds": festival.slice_seconds,
            "allowance_seconds": festival.allowance_seconds,
            "slices": count_slices(festival.opens_at, festival.closes_at, festival.slice_seconds),
            "drawn_through": festival.drawn_through,
            "time_zone": settings.TIME_ZONE,
        },
        "rule_set": {
            "code": pool.rule_code,
            "version": pool.rule_version,
            "sha256": pool.rule_sha256,
            "body": pool.rule_body,
        },
        "secret_sha256": pool.secret_sha256,
        "secret": pool.revealed_secret or None,
        "reveal_by": pool.reveal_by,
        "beacon": pool.beacon,
        "bonus": days and [{"day": each.day, "projects": each.projects, "sha256": each.sha256} for each in days],
        "files": {kind: f"{_address(pool.id)}{kind}/{{part}}.ndjson" for kind in KINDS} | bonus,
        "parts": [
            {
                "part": part.part,
                "first_slice": part.first_slice,
                "last_slice": part.last_slice,
                "slices": part.slices,
                "tickets": part.tickets,
                "granted_minor": part.granted_minor,
                "complete": _is_complete(pool, parts, part),
            }
            for part in parts
        ],
    }


def _is_complete(pool: PoolView, parts: list[DrawPart], part: DrawPart) -> bool:
    return pool.state == PoolState.CLOSED or part.part < len(parts) - 1


def _address(pool_id: UUID) -> str:
    return f"/open/draws/{pool_id}/"


def _answer(body: bytes, kind: str, cache: str, tag: str = "") -> HttpResponse:
    return _label(HttpResponse(body, content_type=f"{kind}; charset=utf-8"), cache, tag)


def _label(response: HttpResponse, cache: str, tag: str) -> HttpResponse:
    """The same for everybody, in any language, from any page: public facts."""
    response["Cache-Control"] = cache
    response["Content-Language"] = "zh-Hans, en"
    response["Access-Control-Allow-Origin"] = "*"
    if tag:
        response["ETag"] = tag
    return response

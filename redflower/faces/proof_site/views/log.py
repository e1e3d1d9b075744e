"""The public log's files, as the C2SP formats name them: static bytes, for anybody's tools."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from redflower.domains.projects.selectors import find_projects_by_id
from redflower.domains.proofs import selectors
from redflower.domains.proofs.errors import LogNotStarted
from redflower.kernel.canon import instant
from redflower.kernel.tlog import (
    ENTRIES,
    HASH_BYTES,
    TILE_WIDTH,
    Tile,
    TilePathMalformed,
    read_bundle,
    read_tile_path,
    write_bundle,
)

_FOR_EVER = "public, max-age=31536000, immutable"
_TEXT = "text/plain; charset=utf-8"
_BYTES = "application/octet-stream"


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The signed checkpoint; it changes, so nobody keeps it."""
    note = selectors.log_files().read_checkpoint()
    return _answer(note, _TEXT, "no-cache") if note else _nothing("no checkpoint yet")


@require_safe
def key(request: HttpRequest) -> HttpResponse:
    """The public key, as one line of text."""
    try:
        return _answer(f"{selectors.get_public_key()}\n".encode(), _TEXT, "public, max-age=300")
    except LogNotStarted:
        return _nothing("no key yet")


@require_safe
def tile(request: HttpRequest, name: str) -> HttpResponse:
    """A tile or an entry bundle, as far as the published checkpoint reaches."""
    try:
        asked = read_tile_path(f"tile/{name}")
        size = selectors.get_checkpoint().size
    except (TilePathMalformed, LogNotStarted):
        return _nothing("no such tile")
    data = _read(asked) if asked.is_within(size) else None
    return _answer(data, _BYTES, _FOR_EVER) if data else _nothing("no such tile")


def _read(asked: Tile) -> bytes | None:
    """A file's bytes; a partial tile that is gone because the tile is full is cut out of the full one."""
    files = selectors.log_files()
    data = files.read(asked.path)
    if data is not None or asked.width == TILE_WIDTH:
        return data
    whole = files.read(asked.full.path)
    if whole is None:
        return None
    if asked.level == ENTRIES:
        return write_bundle(read_bundle(whole, asked.full)[: asked.width])
    return whole[: asked.width * HASH_BYTES]


@require_safe
def totals(request: HttpRequest) -> HttpResponse:
    """What the log adds up to, of all and by project, with the checkpoint it holds for. Units: fen."""
    try:
        logged = selectors.get_logged_totals()
    except LogNotStarted:
        return _nothing("no checkpoint yet")
    names = find_projects_by_id(logged.projects)
    answer = JsonResponse(
        {
            "checkpoint": logged.checkpoint.note,
            "size": logged.checkpoint.size,
            "signed_at": instant(logged.signed_at),
            "gifts": logged.gifts,
            "given_minor": logged.amount_minor,
            "matched_minor": logged.matched_minor,
            "projects": {
                str(project_id): {
                    "slug": names[project_id].slug if project_id in names else "",
                    "gifts": sums.gifts,
                    "given_minor": sums.amount_minor,
                    "matched_minor": sums.matched_minor,
                }
                for project_id, sums in logged.projects.items()
            },
        }
    )
    answer["Cache-Control"] = "no-cache"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def _answer(data: bytes, content_type: str, caching: str) -> HttpResponse:
    answer = HttpResponse(data, content_type=content_type)
    answer["Cache-Control"] = caching
    answer["Access-Control-Allow-Origin"] = "*"  # public bytes, signed: a verifier may run on anybody's page
    return answer


def _nothing(why: str) -> HttpResponse:
    return HttpResponse(f"404 {why}\n", status=404, content_type=_TEXT, headers={"Cache-Control": "no-store"})

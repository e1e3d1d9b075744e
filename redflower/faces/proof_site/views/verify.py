"""Where anybody checks anything: a gift by its code, an entry, a draw, a total."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from redflower.domains.donations.errors import CodeUnknown, CodeUnreadable
from redflower.domains.donations.selectors import get_coded_gift
from redflower.domains.festivals.selectors import find_pool, list_all_pools
from redflower.domains.festivals.types import PoolState
from redflower.domains.projects.selectors import find_projects_by_id, get_project
from redflower.domains.proofs.errors import EntryNotPublished, LogNotStarted
from redflower.domains.proofs.rules import is_catching_up
from redflower.domains.proofs.selectors import (
    build_inclusion_proof,
    find_entries,
    get_logged_totals,
    get_public_key,
    list_entries,
)
from redflower.domains.proofs.types import EntryKind, EntryView
from redflower.faces.proof_site.sentences import sentences_of_draws, sentences_of_proofs
from redflower.faces.proof_site.trail import find_checkpoint, load_trail, read_body
from redflower.faces.shared.refusals import tell
from redflower.kernel import clock
from redflower.kernel.note import write_proof

_SCRIPT = Path(__file__).resolve().parents[4] / "tools" / "verify_draw.py"


@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """The page that checks: a search by code, and what else can be checked. With a code, the gift's public facts."""
    code = request.GET.get("code", "").strip()[:64]
    context: dict[str, Any] = {"code": code, "checkpoint": find_checkpoint(), "key": _find_key()}
    status = 200
    if code:
        try:
            context["trail"] = load_trail(get_coded_gift(code, clock.now()))
            context["sentences"] = sentences_of_proofs()
        except (CodeUnreadable, CodeUnknown) as refusal:
            context["error"], status = tell(refusal), refusal.status
    if "trail" not in context:
        context["pools"] = list_all_pools()
    return render(request, "proof_site/verify.html", context, status=status)


@require_safe
def entry(request: HttpRequest, index: int) -> HttpResponse:
    """One entry of the log, and the proof that it is in it."""
    found = list_entries(index, 1)
    if not found:
        raise Http404
    checkpoint = find_checkpoint()
    return render(
        request,
        "proof_site/entry.html",
        {
            "entry": found[0],
            "body": read_body(found[0]),
            "text": json.dumps(read_body(found[0]), ensure_ascii=False, indent=2, sort_keys=True),
            "checkpoint": checkpoint,
            "is_proven": checkpoint is not None and index < checkpoint.size,
            "sentences": sentences_of_proofs(),
            "key": _find_key(),
        },
    )


@require_safe
def entry_proof(request: HttpRequest, index: int) -> HttpResponse:
    """The `.tlog-proof` file of an entry; the entry itself is in its `extra` line, so that it can be checked offline.

    Errors: EntryNotPublished.
    """
    return _answer_proof(list_entries(index, 1))


@require_safe
def gift_proof(request: HttpRequest, code: str) -> HttpResponse:
    """The `.tlog-proof` file of the gift that a verification code means.

    Errors: CodeUnreadable, CodeUnknown, EntryNotPublished.
    """
    entries = find_entries([get_coded_gift(code, clock.now()).id])
    return _answer_proof([each for each in entries if each.kind == EntryKind.GIFT])


def _answer_proof(found: Sequence[EntryView]) -> HttpResponse:
    checkpoint = find_checkpoint()
    index = found[0].index if found else 0
    if not found or checkpoint is None or index >= checkpoint.size:
        raise EntryNotPublished
    proof = write_proof(index, build_inclusion_proof(index, checkpoint.size), checkpoint.note, found[0].body)
    response = HttpResponse(proof, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="redflower-{index}.tlog-proof"'
    return _share(response, "public, max-age=60")


@require_safe
def draw(request: HttpRequest, pool_id: UUID) -> HttpResponse:
    """The page on which a browser draws a pool again; the server only hands out the files."""
    found = find_pool(pool_id)
    if found is None:
        raise Http404
    festival, pool = found
    entries = {each.kind: each.index for each in find_entries([pool_id])}
    return render(
        request,
        "proof_site/draw.html",
        {
            "festival": festival,
            "pool": pool,
            "is_closed": pool.state == PoolState.CLOSED,
            "announced": entries.get(EntryKind.POOL_ANNOUNCED),
            "revealed": entries.get(EntryKind.POOL_REVEALED),
            "key": _find_key(),
            "checkpoint": find_checkpoint(),
            "sentences": sentences_of_draws() | sentences_of_proofs(),
        },
    )


@require_safe
def totals(request: HttpRequest, slug: str = "") -> HttpResponse:
    """What the log adds up to at its checkpoint, of all or of one project, and how to add it up again.

    Errors: ProjectNotFound, LogNotStarted.
    """
    project = get_project(slug, clock.now()) if slug else None
    logged = get_logged_totals([project.id] if project else None)
    listed = [] if project else sorted(logged.projects.items(), key=lambda each: -each[1].amount_minor)[:20]
    names = find_projects_by_id([project_id for project_id, _ in listed]) if listed else {}
    own = logged.projects.get(project.id) if project else None
    return render(
        request,
        "proof_site/totals.html",
        {
            "project": project,
            "logged": logged,
            "is_catching_up": is_catching_up(logged, clock.now()),
            "gifts": (own.gifts if own else 0) if project else logged.gifts,
            "amount_minor": (own.amount_minor if own else 0) if project else logged.amount_minor,
            "matched_minor": (own.matched_minor if own else 0) if project else logged.matched_minor,
            "listed": [(names[project_id], sums) for project_id, sums in listed if project_id in names],
            "key": _find_key(),
        },
    )


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """The script that draws a pool again on anybody's computer, as it stands in the source."""
    if not _SCRIPT.is_file():  # installed without its source tree
        raise Http404
    return _share(
        HttpResponse(_SCRIPT.read_bytes(), content_type="text/x-python; charset=utf-8"), "public, max-age=300"
    )


def _find_key() -> str:
    try:
        return get_public_key()
    except LogNotStarted:
        return ""


def _share(response: HttpResponse, cache: str) -> HttpResponse:
    response["Cache-Control"] = cache
    response["Content-Language"] = "zh-Hans, en"
    response["Access-Control-Allow-Origin"] = "*"
    return response

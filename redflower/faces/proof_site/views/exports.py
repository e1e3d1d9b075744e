"""Open data: the page that tells what there is, and the finished files, served as they lie on disk."""

import re

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from redflower.faces.shared.exports import shelf, tables
from redflower.faces.shared.exports.shelf import Export, ExportFile
from redflower.faces.shared.schema_org import Linked, describe_crumbs, describe_dataset
from redflower.kernel.canon import canonical_bytes

# An export is made every few minutes at most; whoever asks more often is told that nothing has changed.
_CACHE = "public, max-age=300"
_RANGE = re.compile(r"bytes=([0-9]{0,19})-([0-9]{0,19})", re.ASCII)


@require_safe
def open_data(request: HttpRequest) -> HttpResponse:
    """What there is, how it was made, and what it leaves out."""
    export = shelf.find_export()
    address = request.build_absolute_uri("/open")
    context = {
        "export": export,
        "tables": [(table, _files_of(export, table.name)) for table in tables.TABLES],
        "documents": [export.files[name] for name in tables.DOCUMENTS if export and name in export.files],
        "licence": tables.LICENCE,
        "licence_url": tables.LICENCE_URL,
        "linked": _describe(export, address),
        "address": address,
    }
    return render(request, "proof_site/open_data.html", context)


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """Every table and column in words."""
    linked = describe_crumbs([("/open", request.build_absolute_uri("/open")), ("schema", request.build_absolute_uri())])
    return render(request, "proof_site/open_schema.html", {"tables": tables.TABLES, "linked": linked})


@require_safe
def schema_file(request: HttpRequest) -> HttpResponse:
    """The same for programs."""
    facts = {
        "tables_version": tables.VERSION,
        "licence": tables.LICENCE_URL,
        "tables": [
            {
                "name": table.name,
                "title": {"zh": table.title_zh, "en": table.title_en},
                "about": {"zh": table.about_zh, "en": table.about_en},
                "columns": [
                    {
                        "name": column.name,
                        "type": column.kind.value,
                        "unit": column.unit or None,
                        "optional": column.optional,
                        "meaning": {"zh": column.meaning_zh, "en": column.meaning_en},
                    }
                    for column in table.columns
                ],
            }
            for table in tables.TABLES
        ],
    }
    return _label(HttpResponse(canonical_bytes(facts), content_type="application/json; charset=utf-8"))


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """The files there are, with their hashes and the signed checkpoint they were made at."""
    export = shelf.find_export()
    if export is None:
        return _not_yet(request)
    return _label(HttpResponse(export.manifest, content_type="application/json; charset=utf-8"))


@require_safe
def open_file(request: HttpRequest, name: str) -> HttpResponseBase:
    """One finished file, streamed from disk: compressed for those who take that, in parts where it is Parquet."""
    export = shelf.find_export()
    if export is None:
        known = {f"{table.name}.{ending}" for table in tables.TABLES for ending in tables.FORMATS}
        if name not in known | tables.DOCUMENTS.keys():
            raise Http404
        return _not_yet(request)
    file = export.files.get(name)
    if file is None:
        raise Http404
    compressed = file.is_compressed and "gzip" in request.headers.get("Accept-Encoding", "")
    # What is compressed is so already, once for everybody; what is not would gain nothing.
    request.META.pop("HTTP_ACCEPT_ENCODING", None)
    tag = f'"{file.sha256[:32]}{"-gzip" if compressed else ""}"'
    if tag in request.headers.get("If-None-Match", ""):
        return _label_file(HttpResponseNotModified(), file, export, tag)
    response = _answer_part(request, file) or StreamingHttpResponse(
        file.read(plain=not compressed), content_type=tables.content_type(name)
    )
    if compressed:
        response["Content-Encoding"] = "gzip"
    if response.status_code == 200:
        response["Content-Length"] = str(file.stored if compressed else file.size)
    return _label_file(response, file, export, tag)


def _answer_part(request: HttpRequest, file: ExportFile) -> HttpResponseBase | None:
    """A part of a Parquet file, as programs ask that read only the columns they need; None to answer the whole."""
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    if file.is_compressed or asked is None or not any(asked.groups()):
        return None
    if asked[1]:
        start, end = int(asked[1]), min(int(asked[2] or file.size), file.size - 1)
    else:
        start, end = max(file.size - int(asked[2]), 0), file.size - 1
    if start > end:
        refused = HttpResponse(status=416)
        refused["Content-Range"] = f"bytes */{file.size}"
        return refused
    part = StreamingHttpResponse(
        file.read(plain=True, start=start, length=end - start + 1),
        status=206,
        content_type=tables.content_type(file.name),
    )
    part["Content-Range"] = f"bytes {start}-{end}/{file.size}"
    part["Content-Length"] = str(end - start + 1)
    return part


def _label_file(response: HttpResponseBase, file: ExportFile, export: Export, tag: str) -> HttpResponseBase:
    response["ETag"] = tag
    response["Vary"] = "Accept-Encoding"
    response["X-Log-Size"] = str(export.log_size)
    response["X-Log-Root"] = export.root
    if not file.is_compressed:
        response["Accept-Ranges"] = "bytes"
    return _label(response)


def _label(response: HttpResponseBase) -> HttpResponseBase:
    """The same for everybody, in any language, from any page: public facts."""
    response["Cache-Control"] = _CACHE
    response["Content-Language"] = "zh-Hans, en"
    response["Access-Control-Allow-Origin"] = "*"
    response["Link"] = f'<{tables.LICENCE_URL}>; rel="license"'
    return response


def _not_yet(request: HttpRequest) -> HttpResponse:
    """Before the first export: it is being made, or the log has not begun."""
    response = render(request, "proof_site/open_not_yet.html", status=503)
    response["Retry-After"] = "60"
    return response


def _files_of(export: Export | None, table: str) -> list[ExportFile]:
    return [file for file in export.files.values() if file.table == table] if export else []


def _describe(export: Export | None, address: str) -> Linked:
    return describe_dataset(
        address,
        [f"{address}/{file.name}" for file in export.files.values()] if export else [],
        [tables.content_type(file.name) for file in export.files.values()] if export else [],
        export.built_at if export else None,
        tables.LICENCE_URL,
    )

"""A project's public ledger: every transfer into and out of its account, as people understand it and as a file."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext

from redflower.domains.donations.selectors import find_public_gifts
from redflower.domains.donations.types import GiftView
from redflower.domains.festivals.selectors import count_undrawn_tickets, list_awards_of_gifts
from redflower.domains.festivals.types import AwardView
from redflower.domains.ledger.rules import account_id
from redflower.domains.ledger.selectors import get_project_books, list_project_transfers
from redflower.domains.ledger.types import AccountKind, TransferView
from redflower.domains.projects.selectors import get_project
from redflower.domains.proofs.selectors import find_entries
from redflower.domains.proofs.types import EntryKind
from redflower.faces.donor_site.views.feed import donor_name
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.paging import read_cursor
from redflower.kernel import clock
from redflower.kernel.ids import short_code
from redflower.kernel.money import FEN_PER_YUAN
from redflower.kernel.text import N_

_PAGE = 40
_FILE_PAGE = 1000
_HEADS = (N_("编号"), N_("时间"), N_("类别"), N_("从"), N_("金额（元）"), N_("规则"), N_("时间片"), N_("转账编号"))
_KINDS = {
    "gift": N_("捐赠"),
    "award": N_("配捐"),
    "dream_grant": N_("梦想资助"),
    "deed_money": N_("善行解锁"),
    "deed_placed": N_("善行解锁"),
    "goal_granted": N_("目标奖励"),
    "deed_money_returned": N_("冲正"),
    "gift_returned": N_("退回捐赠"),
    "award_returned": N_("退回配捐"),
    "reversal": N_("冲正"),
    "payout": N_("拨付"),
}
# A spreadsheet takes a cell that begins like this for a formula; some also in full width.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


@dataclass(frozen=True, slots=True)
class Line:
    """One transfer as people understand it. Units: fen, with its sign for the project."""

    id: UUID
    kind: str
    kind_name: str
    source: str
    amount_minor: int
    rule: str
    slice_no: int | None
    at: datetime
    log_index: int | None  # its place in the public log; None while it waits for the next checkpoint


@dataclass(frozen=True, slots=True)
class Entry:
    """What one fact (a gift) moved: its own transfer, and those that followed from it."""

    code: str
    name: str
    message: str
    is_waiting: bool  # its slice is still to be drawn
    lines: tuple[Line, ...]

    @property
    def amount_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines)

    @property
    def at(self) -> datetime:
        return self.lines[0].at


def project_ledger(request: HttpRequest, slug: str) -> HttpResponse:
    """The ledger page of a project.

    Errors: ProjectNotFound, CursorInvalid.
    """
    now = clock.now()
    view = get_project(slug, now)
    after = read_cursor(request)
    transfers, cursor = _load_page(view.id, after, _PAGE)
    entries = _describe(view.id, transfers, now, _find_places(transfers))
    return render(
        request,
        "donor_site/ledger.html",
        {
            "project": view,
            "books": get_project_books(view.id),
            "entries": entries,
            "shown_minor": sum(entry.amount_minor for entry in entries),
            "is_first": after is None,
            "next_href": f"/projects/{view.slug}/ledger?after={cursor}" if cursor else "",
        },
    )


def ledger_file(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """Every transfer of a project's account as CSV, written as it is read, so that its length does not matter.

    Errors: ProjectNotFound.
    """
    view = get_project(slug, clock.now())
    response = StreamingHttpResponse(
        _write_rows(view.id, translation.get_language()), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="redflower-{view.slug}.csv"'
    return response


def _load_page(project_id: UUID, after: UUID | None, size: int) -> tuple[list[TransferView], UUID | None]:
    """A page that never parts a gift from its matches, and where the next one begins."""
    found = list_project_transfers(project_id, after, size + 1)
    if len(found) <= size:
        return found, None
    # Ids of what a gift caused begin like the gift's own: its transfers lie beside each other.
    split = found[-1].subject_id
    whole = [transfer for transfer in found if transfer.subject_id != split] or found[:size]
    return whole, whole[-1].id


def _find_places(transfers: Sequence[TransferView]) -> dict[str, int]:
    """Where the public log tells of each transfer, by the transfer's id; entries and checkpoint are one commit."""
    told = {}
    for entry in find_entries({each for transfer in transfers for each in (transfer.subject_id, transfer.id)}):
        body = json.loads(entry.body)
        if transfer := body.get("transfer"):
            told[transfer] = entry.index
        if entry.kind == EntryKind.MOVES:
            told |= {item[0]: entry.index for item in body["items"]}
    return told


def _describe(
    project_id: UUID, transfers: Sequence[TransferView], now: datetime, places: Mapping[str, int]
) -> list[Entry]:
    subjects = {transfer.subject_id for transfer in transfers}
    gifts = find_public_gifts(subjects, now)
    awards = list_awards_of_gifts(subjects)
    waiting = count_undrawn_tickets(subjects)
    return [
        _entry(
            project_id, subject, list(group), gifts.get(subject), awards.get(subject, ()), subject in waiting, places
        )
        for subject, group in groupby(transfers, key=lambda transfer: transfer.subject_id)
    ]


def _entry(
    project_id: UUID,
    subject: UUID,
    transfers: Iterable[TransferView],
    gift: GiftView | None,
    awards: Iterable[AwardView],
    is_waiting: bool,
    in_log: Mapping[str, int],
) -> Entry:
    by_account = {account_id(AccountKind.POOL, award.pool_id): award for award in awards}
    own = account_id(AccountKind.PROJECT, project_id)
    # The gift first, then its matches in the order of their pools, then what came later.
    places = {pool: place for place, pool in enumerate(by_account)}
    ordered = sorted(transfers, key=lambda each: (each.kind != "gift", places.get(each.debit_id, len(places))))
    return Entry(
        code=short_code(subject),
        name=donor_name(gift),
        message=gift.message if gift else "",
        is_waiting=is_waiting,
        lines=tuple(_line(transfer, own, gift, by_account, in_log.get(str(transfer.id))) for transfer in ordered),
    )


def _line(
    transfer: TransferView, own: UUID, gift: GiftView | None, awards: Mapping[UUID, AwardView], log_index: int | None
) -> Line:
    award = awards.get(transfer.debit_id)
    kind_name = gettext(_KINDS.get(transfer.kind, N_("转账")))
    return Line(
        id=transfer.id,
        kind=transfer.kind,
        kind_name=kind_name,
        source=pick(award, "pool_name") if award else donor_name(gift) if transfer.kind == "gift" else kind_name,
        amount_minor=transfer.amount if transfer.credit_id == own else -transfer.amount,
        rule=transfer.rule,
        slice_no=award.slice_no if award else None,
        at=transfer.booked_at,
        log_index=log_index,
    )


class _Echo:
    """What `csv.writer` writes into: hands each row back."""

    def write(self, row: str) -> str:
        return row


def _write_rows(project_id: UUID, language: str) -> Iterator[str]:
    writer = csv.writer(_Echo())
    # Rows are written after the request has left the middleware: the language is not a matter of luck.
    with translation.override(language):
        # The byte order mark tells spreadsheets that this is UTF-8.
        yield "\ufeff" + writer.writerow([gettext(head) for head in _HEADS])
        after: UUID | None = None
        while True:
            transfers, after = _load_page(project_id, after, _FILE_PAGE)
            for entry in _describe(project_id, transfers, clock.now(), {}):
                for line in entry.lines:
                    yield writer.writerow(_cells(entry, line))
            if after is None:
                return


def _cells(entry: Entry, line: Line) -> list[object]:
    sign, fen = ("-", -line.amount_minor) if line.amount_minor < 0 else ("", line.amount_minor)
    return [
        entry.code,
        timezone.localtime(line.at).isoformat(timespec="seconds"),
        _plain(line.kind_name),
        _plain(line.source),
        f"{sign}{fen // FEN_PER_YUAN}.{fen % FEN_PER_YUAN:02}",
        _plain(line.rule),
        line.slice_no,
        line.id,
    ]


def _plain(text: str) -> str:
    """A text that no spreadsheet runs as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text

"""Making the exports: a little at a time, so that the worker that makes them still draws and follows on time.

The tables are the log's entries told as rows, up to one checkpoint; so anybody can make the same files from `/log/`.
"""

import contextlib
import fcntl
import shutil
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings

from redflower.domains.organizations.selectors import list_charities
from redflower.domains.organizations.types import CharityView
from redflower.domains.projects.rules import compute_openness
from redflower.domains.projects.selectors import list_projects
from redflower.domains.projects.types import ProjectView
from redflower.domains.proofs.errors import LogNotStarted
from redflower.domains.proofs.rules import add_up
from redflower.domains.proofs.selectors import get_checkpoint, list_entries
from redflower.domains.proofs.types import CheckpointView
from redflower.faces.shared.exports import grants360, iati, rows, shelf, tables
from redflower.faces.shared.exports.writers import HashedFile, TableWriter
from redflower.faces.shared.site import current_site
from redflower.kernel import clock
from redflower.kernel.canon import canonical_bytes, instant

FORMAT = "redflower/open/1"
ENTRIES_AT_ONCE = 2_000
_PAGE = 200
_LEAST_PAUSE = timedelta(minutes=5)
_MOST_PAUSE = timedelta(hours=1)  # projects change without the log
_SHARE = 20  # of one processor's time, at most a twentieth


class OpenData:
    """The worker's exports of one installation."""

    def __init__(self) -> None:
        self._work: Iterator[None] | None = None
        self._not_before = clock.now()

    def build_once(self) -> int:
        """Does a little of the next export when one is due; returns 1 while there is more to do at once."""
        if self._work is None:
            if clock.now() < self._not_before or not _is_due(clock.now()):
                return 0
            self._work = build(shelf.folder(), clock.now())
        try:
            next(self._work)
        except StopIteration:
            self._work = None
            return 0
        except BaseException:
            # Half an export is nobody's: it is thrown away, and tried again after a while.
            self._work = None
            self._not_before = clock.now() + _LEAST_PAUSE
            raise
        return 1


def build_all(folder: Path, now: datetime) -> None:
    """Makes a whole export at once, for a command or a test.

    Errors: LogNotStarted.
    """
    for _ in build(folder, now):
        pass


def _is_due(now: datetime) -> bool:
    try:
        size = get_checkpoint().size
    except LogNotStarted:
        return False
    last = shelf.find_export()
    if last is None:
        return True
    age = now - last.built_at
    pause = max(_LEAST_PAUSE, timedelta(seconds=last.seconds * _SHARE))
    return age >= pause and (size != last.log_size or age >= _MOST_PAUSE)


def build(folder: Path, now: datetime) -> Iterator[None]:
    """Makes an export at the published checkpoint, a page at each step; ends without one when another process is at it.

    Errors: LogNotStarted.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        if not _is_ours(stack.enter_context((folder / "lock").open("w"))):
            return
        for left in folder.glob("making-*"):  # by a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        making = folder / f"making-{int(now.timestamp() * 1000):015d}"
        making.mkdir()
        stack.callback(shutil.rmtree, making, ignore_errors=True)
        began = time.process_time()
        making_of = _Making(making, get_checkpoint(), now)
        yield from making_of.steps()
        made = making_of.manifest(int(time.process_time() - began) + 1)
        (making / shelf.MANIFEST).write_bytes(made)
        done = folder / making.name.replace("making", "build")
        making.rename(done)
        shelf.publish(done)


def _is_ours(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class _Making:
    """One export in the making."""

    def __init__(self, folder: Path, checkpoint: CheckpointView, now: datetime) -> None:
        site = current_site()
        zone = ZoneInfo(settings.TIME_ZONE)
        self.folder, self.checkpoint, self.now = folder, checkpoint, now
        self.tally = rows.Tally(zone)
        self.issuer = iati.Issuer(
            settings.REDFLOWER_BASE_URL, site.name_zh, site.name_en, settings.REDFLOWER_ORG_ID_PREFIX, zone, now
        )
        self.files: list[dict[str, Any]] = []
        self.slugs: dict[str, str] = {}

    def steps(self) -> Iterator[None]:
        """Everything, a page at a time."""
        for page in _project_pages(self.now):
            self.slugs |= {str(project.id): project.slug for project in page}
            yield
        yield from self._entries()
        charities: dict[str, CharityView] = {}
        yield from self._charities(charities)
        yield from self._projects(charities)

    def manifest(self, seconds: int) -> bytes:
        """The list of what there is, and what it was made at."""
        facts = {
            "format": FORMAT,
            "tables_version": tables.VERSION,
            "licence": tables.LICENCE_URL,
            "built_at": instant(self.now),
            "seconds": seconds,
            "checkpoint": {
                "origin": self.checkpoint.origin,
                "size": self.checkpoint.size,
                "root": self.checkpoint.root.hex(),
                "note": self.checkpoint.note,
            },
            "totals": {
                "gifts": self.tally.gifts.rows,
                "given_minor": self.tally.gifts.minor,
                "matched_minor": self.tally.awards.minor + self.tally.sponsored.minor,
            },
            "files": self.files,
        }
        return canonical_bytes(facts)

    def _entries(self) -> Iterator[None]:
        writers = {
            table.name: TableWriter(table, self.folder) for table in (tables.GIFTS, tables.AWARDS, tables.SLICES)
        }
        for start in range(0, self.checkpoint.size, ENTRIES_AT_ONCE):
            found = list_entries(start, min(ENTRIES_AT_ONCE, self.checkpoint.size - start))
            for place in found:
                self._take(place.index, msgspec.json.decode(place.body), writers)
            yield
        for writer in writers.values():
            self.files += writer.close()
            yield
        pools = TableWriter(tables.POOLS, self.folder)
        for pool_id, facts in self.tally.pools.items():
            pools.add(rows.pool_row(pool_id, facts, self.tally.of_pool(pool_id)))
        self.files += pools.close()

    def _take(self, index: int, entry: rows.Entry, writers: dict[str, TableWriter]) -> None:
        """One entry; kinds that no table tells of are passed over."""
        match entry["kind"]:
            case "gift":
                writers["gifts"].add(rows.gift_row(index, entry, self.slugs))
                self.tally.add("", entry["project"], entry["amount"], entry["at"])
            case "award":
                writers["awards"].add(rows.award_row(index, entry))
                self.tally.add(entry["pool"], entry["project"], entry["amount"], entry["at"])
            case "dream_granted" | "moves":
                for project, _, _, minor in add_up(entry):
                    self.tally.add(rows.SPONSORS, project, minor, entry["at"])
            case "slice":
                writers["slices"].add(rows.slice_row(index, entry))
            case "pool_announced":
                self.tally.pools[entry["id"]] = {**entry, "index": index}
            case "pool_revealed":
                self.tally.pools[entry["id"]]["secret"] = entry["secret"]
            case "pool_closed":
                self.tally.pools[entry["id"]] |= {"returned": entry["returned"], "closed_at": entry["at"]}

    def _charities(self, charities: dict[str, CharityView]) -> Iterator[None]:
        table = TableWriter(tables.CHARITIES, self.folder)
        page = list_charities(limit=_PAGE)
        while page:
            for charity in page:
                charities[str(charity.id)] = charity
                table.add(rows.charity_row(charity, self.issuer.base_url))
            yield
            page = list_charities(after=page[-1].id, limit=_PAGE)
        self.files += table.close()
        if charities:
            self._document("iati-organisations.xml", iati.write_organisations(charities.values(), self.issuer))

    def _projects(self, charities: dict[str, CharityView]) -> Iterator[None]:
        table = TableWriter(tables.PROJECTS, self.folder)
        activities = HashedFile(self.folder / "iati-activities.xml")
        activities.write(iati.open_activities(self.issuer))
        grantees: dict[str, grants360.Grantee] = {}
        for page in _project_pages(self.now):
            for project in page:
                openness = compute_openness(project, self.now)
                table.add(rows.project_row(project, openness, self.tally, self.issuer.base_url))
                charity = charities.get(str(project.charity_id))
                if charity is None:  # listed since its page of charities was read
                    continue
                grantees[str(project.id)] = _grantee(project, charity, self.issuer.zone)
                activities.write(iati.write_activity(project, openness, charity, self.tally, self.issuer))
            yield
        activities.write(iati.CLOSE_ACTIVITIES)
        self.files += table.close()
        line = activities.close(rows=len(grantees))
        if grantees:  # a document of nothing would not be valid
            self.files.append(line)
        self._document("360giving.json", grants360.write_grants(self.tally, grantees, self.issuer))

    def _document(self, name: str, pieces: Iterator[bytes]) -> None:
        file, count = HashedFile(self.folder / name), 0
        for piece in pieces:
            file.write(piece)
            count += 1
        line = file.close(rows=max(count - 2, 0))  # its first and its last piece are no records
        if count:  # an empty document would not be valid
            self.files.append(line)


def _grantee(project: ProjectView, charity: CharityView, zone: ZoneInfo) -> grants360.Grantee:
    return grants360.Grantee(
        project.slug,
        project.title_zh,
        project.title_en,
        charity,
        project.starts_at.astimezone(zone).date(),
        project.ends_at.astimezone(zone).date(),
    )


def _project_pages(now: datetime) -> Iterator[list[ProjectView]]:
    """Every listed project, a page at a time, in an order that does not change meanwhile."""
    page = list_projects(openness="all", limit=_PAGE, now=now, day_seed="open-data")
    while page:
        yield page
        page = list_projects(openness="all", after=page[-1].id, limit=_PAGE, now=now, day_seed="open-data")

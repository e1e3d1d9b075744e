"""Reads of the public log. Proofs are read from the published tiles, so they hold for what everybody can see."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from redflower.domains.proofs.errors import EntryNotPublished, LogNotStarted
from redflower.domains.proofs.posting import facts, moves
from redflower.domains.proofs.posting.loaders import LOADERS
from redflower.domains.proofs.rules import HEARD, make_salt, slice_subject
from redflower.domains.proofs.types import (
    CheckpointView,
    Draft,
    EntryKind,
    EntryView,
    LoggedProject,
    LoggedTotals,
    Opening,
)
from redflower.kernel.note import read_checkpoint, write_proof
from redflower.kernel.tlog import Tile, TiledTree
from redflower.plumbing.db import fetch_all, fetch_one, raw_connection
from redflower.plumbing.log_files import LogFiles

_ENTRY = "SELECT index, kind, subject_id, body FROM proofs_entry"


def find_entries(subject_ids: Iterable[UUID]) -> list[EntryView]:
    """The entries about these facts, in the log's order: a gift's own, its awards and its flower; a pool's; a rule
    set's; the batch that a transfer is in. A slice of a pool is found by `rules.slice_subject`."""
    ids = list(subject_ids)
    rows = fetch_all(
        f"""{_ENTRY} WHERE subject_id = ANY(%s) UNION ALL {_ENTRY} WHERE parent_id = ANY(%s)
            UNION ALL {_ENTRY} WHERE index IN (SELECT index FROM proofs_mention WHERE subject_id = ANY(%s))""",
        [ids, ids, ids],
    )
    found = {row["index"]: _view(row) for row in rows}
    return [found[index] for index in sorted(found)]


def find_slice_entries(pool_id: UUID, slice_nos: Iterable[int]) -> list[EntryView]:
    """The entries of a pool's draws of these slices, in the log's order."""
    return find_entries([slice_subject(pool_id, slice_no) for slice_no in slice_nos])


def list_entries(start: int, limit: int) -> list[EntryView]:
    """Up to `limit` entries from place `start` on."""
    return [
        _view(row)
        for row in fetch_all(f"{_ENTRY} WHERE index >= %s AND index < %s ORDER BY index", [start, start + limit])
    ]


def list_entries_after(index: int, limit: int) -> list[EntryView]:
    """Up to `limit` entries behind a place, whether or not places are missing."""
    return [_view(row) for row in fetch_all(f"{_ENTRY} WHERE index > %s ORDER BY index LIMIT %s", [index, limit])]


_BATCHES = {EntryKind.FLOWER: facts.load_flowers, EntryKind.MOVES: moves.load_batch}


def load_facts(kind: EntryKind, entries: Sequence[EntryView]) -> dict[UUID, Draft]:
    """What the rows say now of the facts that these entries of one kind tell, by subject; as the log would tell it."""
    with transaction.atomic():  # inside the caller's view of the database, where there is one
        conn = raw_connection()
        if kind in _BATCHES:
            batches = [(entry.subject_id, _read_ids(entry)) for entry in entries]
            return {subject: draft for subject, ids in batches if (draft := _BATCHES[kind](conn, ids))}
        if kind == EntryKind.SLICE:
            drafts = facts.load_slices(conn, [pair for entry in entries if (pair := _read_slice(entry))])
        else:
            drafts = LOADERS[kind](conn, [entry.subject_id for entry in entries])
    return {draft.subject_id: draft for draft in drafts}


def _read_ids(entry: EntryView) -> list[UUID]:
    """The earnings or transfers that a batch tells of; none where it cannot be read any more."""
    try:
        return [UUID(item[0]) for item in json.loads(entry.body)["items"]]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return []


def _read_slice(entry: EntryView) -> tuple[UUID, int] | None:
    try:
        fields = json.loads(entry.body)
        return UUID(fields["pool"]), int(fields["slice"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def was_signed_meanwhile(size: int, root: bytes) -> bool:
    """Whether a checkpoint has been signed by now: asked beside the caller's transaction, which may be an older view."""
    beside = connection.copy()
    try:
        with beside.cursor() as cursor:
            cursor.execute("SELECT root FROM proofs_checkpoint WHERE size = %s", [size])
            row = cursor.fetchone()
    finally:
        beside.close()
    return row is not None and bytes(row[0]) == root


def list_signed() -> list[tuple[int, bytes]]:
    """Size and root of every checkpoint ever signed, in order."""
    return [
        (row["size"], bytes(row["root"])) for row in fetch_all("SELECT size, root FROM proofs_checkpoint ORDER BY size")
    ]


def list_latest_entries(limit: int) -> list[EntryView]:
    """The last entries, the latest first."""
    return [_view(row) for row in fetch_all(f"{_ENTRY} ORDER BY index DESC LIMIT %s", [limit])]


def get_checkpoint() -> CheckpointView:
    """The checkpoint as published.

    Errors: LogNotStarted.
    """
    note = log_files().read_checkpoint()
    if note is None:
        raise LogNotStarted
    text = note.decode()
    checkpoint = read_checkpoint(text.rpartition("\n\n")[0] + "\n")
    return CheckpointView(checkpoint.origin, checkpoint.size, checkpoint.root, text)


def get_public_key() -> str:
    """The log's public key, as one line of text.

    Errors: LogNotStarted.
    """
    key = log_files().read("key")
    if key is None:
        raise LogNotStarted
    return key.decode().strip()


def build_inclusion_proof(index: int, size: int) -> list[bytes]:
    """The sibling hashes from an entry up to the root of the published tree of a size.

    Errors: ProofOfNothing, EntryNotPublished (the tree has not come so far).
    """
    return published_tree(size).prove_inclusion(index)


def build_tlog_proof(index: int) -> str:
    """A `.tlog-proof` file for an entry, at the published checkpoint.

    Errors: LogNotStarted, EntryNotPublished.
    """
    checkpoint = get_checkpoint()
    if index >= checkpoint.size:
        raise EntryNotPublished
    return write_proof(index, build_inclusion_proof(index, checkpoint.size), checkpoint.note)


def published_tree(size: int) -> TiledTree:
    """The tree of a size, read from the published tiles.

    Errors: EntryNotPublished, when it is read, where a tile is missing.
    """
    return TiledTree(size, _read_tile)


def _read_tile(tile: Tile) -> bytes:
    """A tile; a partial one that is gone because the tile is full is cut out of the full one."""
    files = log_files()
    data = files.read(tile.path)
    if data is None:
        whole = files.read(tile.full.path)
        data = whole[: tile.width * 32] if whole else None
    if data is None:
        raise EntryNotPublished
    return data


def log_files() -> LogFiles:
    """The folder that is served."""
    return LogFiles(Path(settings.REDFLOWER_LOG))


def has_started() -> bool:
    """Whether a checkpoint was ever signed."""
    return fetch_one("SELECT 1 FROM proofs_checkpoint LIMIT 1") is not None


def get_last_signed() -> CheckpointView:
    """The last checkpoint signed; the published one is the same, or follows within a moment.

    Errors: LogNotStarted.
    """
    row = fetch_one("SELECT size, root, note FROM proofs_checkpoint ORDER BY size DESC LIMIT 1")
    if row is None:
        raise LogNotStarted
    return CheckpointView(row["note"].split("\n", 1)[0], row["size"], bytes(row["root"]), row["note"])


def find_signed_root(size: int) -> bytes | None:
    """The root that was signed for a size, or None when none was."""
    row = fetch_one("SELECT root FROM proofs_checkpoint WHERE size = %s", [size])
    return bytes(row["root"]) if row else None


def get_logged_totals(project_ids: Sequence[UUID] | None = None) -> LoggedTotals:
    """What the log adds up to at its last signed checkpoint: of the whole site and of projects (all, or those asked
    for), in one view of the database.

    Units: fen.
    Errors: LogNotStarted.
    """
    row = fetch_one(
        """SELECT c.size, c.root, c.note, c.signed_at, t.*,
                  (SELECT min(happened_at) FROM plumbing_event
                   WHERE (xid, id) > (coalesce((SELECT xid FROM plumbing_cursor WHERE follower = 'proofs'), '0'),
                                      coalesce((SELECT event_id FROM plumbing_cursor WHERE follower = 'proofs'), 0))
                     AND kind = ANY(%s)) AS waits_since
           FROM (SELECT * FROM proofs_checkpoint ORDER BY size DESC LIMIT 1) c,
                (SELECT coalesce(sum(gifts), 0)::bigint AS gifts, coalesce(sum(amount_minor), 0)::bigint AS amount,
                        coalesce(sum(matched_minor), 0)::bigint AS matched,
                        coalesce(json_agg(json_build_array(project_id, gifts, amount_minor, matched_minor)
                                          ORDER BY project_id)
                                 FILTER (WHERE %s::uuid[] IS NULL OR project_id = ANY(%s::uuid[])), '[]') AS projects
                 FROM proofs_total) t""",
        [list(HEARD), project_ids, project_ids],
    )
    if row is None:
        raise LogNotStarted
    checkpoint = CheckpointView(row["note"].split("\n", 1)[0], row["size"], bytes(row["root"]), row["note"])
    projects = {UUID(project): LoggedProject(*sums) for project, *sums in row["projects"]}
    sums = (row["gifts"], row["amount"], row["matched"])
    return LoggedTotals(checkpoint, row["signed_at"], *sums, row["waits_since"], projects)


def find_opening(gift_id: UUID) -> Opening | None:
    """What opens a gift's commitments, for its donor's eyes only; None once the person is erased."""
    row = fetch_one(
        """SELECT g.donor_id, k.key FROM donations_gift g JOIN proofs_person_key k ON k.donor_id = g.donor_id
           WHERE g.id = %s AND k.key IS NOT NULL""",
        [gift_id],
    )
    return Opening(gift_id, make_salt(bytes(row["key"]), gift_id), row["donor_id"]) if row else None


def _view(row: dict[str, object]) -> EntryView:
    return EntryView(row["index"], EntryKind(row["kind"]), row["subject_id"], bytes(row["body"]))

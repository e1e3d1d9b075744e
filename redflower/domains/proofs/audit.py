"""The invariants of the public log: what it tells is what the rows say now, and what was signed is what is there.

Every finding is named: which entry, which fact, what is wrong. Somebody who edits, deletes, adds, reorders or backdates
a row would have to change the log as well, and everybody who has seen a checkpoint would notice.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from redflower.domains.festivals.rules.drawing import gifts_root
from redflower.domains.festivals.selectors import list_slice_tickets
from redflower.domains.proofs import rules, selectors
from redflower.domains.proofs.types import Draft, EntryKind, EntryView
from redflower.kernel.errors import Refusal
from redflower.kernel.merkle import leaf_hash
from redflower.kernel.note import open_checkpoint, read_key
from redflower.kernel.text import N_
from redflower.kernel.tlog import ENTRIES, HASH_BYTES, TILE_WIDTH, Edge, Tile, list_tiles, write_bundle
from redflower.plumbing.auditing import Invariant
from redflower.plumbing.db import fetch_all, fetch_one

_AT_ONCE = 256 * 20


def _runs() -> Iterator[list[EntryView]]:
    """All entries in the order of their places, some thousand at a time."""
    start = -1
    while run := selectors.list_entries_after(start, _AT_ONCE):
        yield run
        start = run[-1].index


# --- the log against the facts --------------------------------------------------------------------


def _find_differing() -> Iterator[str]:
    """Entries that say something else than the rows do now."""
    for run in _runs():
        by_kind: dict[EntryKind, list[EntryView]] = {}
        for entry in run:
            by_kind.setdefault(entry.kind, []).append(entry)
        for kind, entries in by_kind.items():
            now = selectors.load_facts(kind, entries)
            for entry in entries:
                yield from _compare(entry, now.get(entry.subject_id))


def _compare(entry: EntryView, now: Draft | None) -> Iterator[str]:
    name = f"#{entry.index} {entry.kind} {entry.subject_id}"
    if now is None:
        yield f"{name}: deleted"
        return
    if not now.agrees:
        yield f"{name}: its rows contradict each other"
    if now.body == entry.body:
        return
    try:
        told, says = json.loads(entry.body), json.loads(now.body)
    except ValueError:
        yield f"{name}: entry unreadable"
        return
    if not isinstance(told, dict):
        yield f"{name}: entry unreadable"
        return
    fields = [field for field in sorted(told.keys() | says.keys()) if told.get(field) != says.get(field)]
    if entry.kind in _ABOUT_PEOPLE and not _is_changed_beside_the_erased(told, says, fields):
        return
    yield f"{name}: changed since it was logged: {', '.join(fields)}{_name_items(told, says)}"


_ABOUT_PEOPLE = (EntryKind.GIFT, EntryKind.FLOWER, EntryKind.MOVES)
_COMMITMENT = {EntryKind.FLOWER: 4, EntryKind.MOVES: 5}  # its place in an item
_ITEMS_NAMED = 5


def _name_items(told: Mapping[str, Any], says: Mapping[str, Any]) -> str:
    """Which items of a batch are others now, by their ids."""
    old, new = ({item[0]: item for item in each.get("items", ())} for each in (told, says))
    other = [item for item in sorted(old.keys() | new.keys()) if old.get(item) != new.get(item)]
    more = f" +{len(other) - _ITEMS_NAMED}" if len(other) > _ITEMS_NAMED else ""
    return f" ({', '.join(other[:_ITEMS_NAMED])}{more})" if other else ""


def _is_changed_beside_the_erased(told: Mapping[str, Any], says: Mapping[str, Any], fields: Iterable[str]) -> bool:
    """Commitments of erased people cannot be made again; whatever else differs is a change."""
    place = _COMMITMENT.get(told["kind"], 0)
    for field in fields:
        if field in ("donor", "payment") and says[field] is None:
            continue
        if field == "items" and _without_erased(told["items"], says["items"], place):
            continue
        return True
    return False


def _without_erased(told: Sequence[list[object]], says: Sequence[list[object]], place: int) -> bool:
    """Whether items are the same but for commitments that are no longer there."""
    if len(told) != len(says):
        return False
    pairs = list(zip(told, says, strict=True))
    same = all(old[:place] == new[:place] and old[place + 1 :] == new[place + 1 :] for old, new in pairs)
    return same and all(new[place] in (None, old[place]) for old, new in pairs)


# Facts whose event the log has not read yet are on their way.
_UNREAD = """(SELECT e.kind, e.facts FROM plumbing_event e LEFT JOIN plumbing_cursor k ON k.follower = 'proofs'
              WHERE k.follower IS NULL OR (e.xid, e.id) > (k.xid, k.event_id))"""
_UNREAD_GIFTS = f"""(SELECT gift::uuid AS gift FROM {_UNREAD} e, LATERAL jsonb_array_elements_text(e.facts -> 'gifts') AS gift
                     WHERE e.kind = 'gifts.settled')"""
_UNREAD_TRANSFERS = f"""(SELECT t::uuid AS transfer
                         FROM {_UNREAD} e, LATERAL jsonb_array_elements_text(e.facts -> 'transfers') AS t
                         WHERE e.kind = 'transfers.booked')"""
_UNREAD_SLICES = f"""(SELECT (e.facts ->> 'festival')::uuid AS festival, s::int AS slice_no
                      FROM {_UNREAD} e, LATERAL jsonb_array_elements_text(e.facts -> 'slices') AS s
                      WHERE e.kind = 'slices.drawn')"""
_UNREAD_POOLS = f"(SELECT (facts ->> 'pool')::uuid AS pool, kind FROM {_UNREAD} e WHERE kind LIKE 'pool.%%')"
_MISSING = {
    "gift": f"""SELECT c.order_id AS id FROM payments_capture c
                LEFT JOIN proofs_entry e ON e.subject_id = c.order_id AND e.kind = 'gift'
                LEFT JOIN {_UNREAD_GIFTS} u ON u.gift = c.order_id WHERE e.index IS NULL AND u.gift IS NULL""",
    "flower": f"""SELECT f.id FROM flowers_earning f JOIN donations_gift g ON g.id = f.subject_id
                  LEFT JOIN proofs_mention m ON m.subject_id = f.subject_id
                  LEFT JOIN {_UNREAD_GIFTS} u ON u.gift = f.subject_id WHERE m.index IS NULL AND u.gift IS NULL""",
    "bonus_counted": f"""SELECT b.id FROM festivals_bonus_day b
                         LEFT JOIN proofs_entry e ON e.subject_id = b.id AND e.kind = 'bonus_counted'
                         LEFT JOIN {_UNREAD} u ON u.kind = 'bonus.counted' AND u.facts ->> 'pool' = b.pool_id::text
                              AND u.facts ->> 'day' = b.day::text
                         WHERE e.index IS NULL AND u.kind IS NULL""",
    "slice": f"""SELECT s.pool_id || '/' || s.slice_no AS id FROM festivals_slice s
                 JOIN festivals_pool p ON p.id = s.pool_id
                 LEFT JOIN {_UNREAD_SLICES} u ON u.festival = p.festival_id AND u.slice_no = s.slice_no
                 LEFT JOIN (SELECT convert_from(body, 'UTF8')::jsonb AS b FROM proofs_entry WHERE kind = 'slice') e
                        ON (e.b ->> 'pool')::uuid = s.pool_id AND (e.b ->> 'slice')::int = s.slice_no
                 WHERE e.b IS NULL AND u.festival IS NULL""",
    "award": f"""SELECT a.id FROM festivals_award a JOIN festivals_pool p ON p.id = a.pool_id
                 LEFT JOIN proofs_entry e ON e.subject_id = a.id AND e.kind = 'award'
                 LEFT JOIN {_UNREAD_SLICES} u ON u.festival = p.festival_id AND u.slice_no = a.slice_no
                 WHERE e.index IS NULL AND u.festival IS NULL""",
    "transfer": f"""SELECT t.id FROM ledger_transfer t LEFT JOIN proofs_mention m ON m.subject_id = t.id
                    LEFT JOIN {_UNREAD_TRANSFERS} u ON u.transfer = t.id
                    WHERE NOT t.kind = ANY(ARRAY{list(rules.TOLD_ELSEWHERE)}) AND m.index IS NULL AND u.transfer IS NULL""",
    "dream_opened": f"""SELECT d.id FROM dreams_dream d JOIN dreams_opening o ON o.round_id = d.round_id
                        LEFT JOIN proofs_entry e ON e.subject_id = d.id AND e.kind = 'dream_opened'
                        LEFT JOIN {_UNREAD} u ON u.kind = 'round.opened' AND u.facts ->> 'round' = d.round_id::text
                        WHERE e.index IS NULL AND u.kind IS NULL""",
    "dream outcome": f"""SELECT x.dream_id AS id FROM dreams_outcome x
                         LEFT JOIN proofs_entry e ON e.subject_id = x.dream_id
                              AND e.kind = CASE WHEN x.granted THEN 'dream_granted' ELSE 'dream_not_met' END
                         LEFT JOIN {_UNREAD} u ON u.kind IN ('dream.granted', 'dream.not_met')
                              AND u.facts ->> 'dream' = x.dream_id::text
                         WHERE e.index IS NULL AND u.kind IS NULL""",
    "report": f"""SELECT r.id FROM disclosures_report r
                  LEFT JOIN proofs_entry e ON e.subject_id = r.id AND e.kind = 'report'
                  LEFT JOIN {_UNREAD} u ON u.kind = 'report.published' AND u.facts ->> 'report' = r.id::text
                  WHERE e.index IS NULL AND u.kind IS NULL""",
    "correction": f"""SELECT c.id FROM people_change c JOIN people_change_decision d ON d.change_id = c.id
                      LEFT JOIN proofs_entry e ON e.subject_id = c.id AND e.kind = 'correction'
                      LEFT JOIN {_UNREAD} u ON u.kind = 'change.published' AND u.facts ->> 'change' = c.id::text
                      WHERE d.is_published AND c.was <> '{{}}' AND e.index IS NULL AND u.kind IS NULL""",
    "rule_set": f"""SELECT DISTINCT c.rule_set_id AS id FROM scenes_campaign c
                    LEFT JOIN proofs_entry e ON e.subject_id = c.rule_set_id AND e.kind = 'rule_set'
                    LEFT JOIN {_UNREAD} u ON u.kind = 'campaign.published' AND u.facts ->> 'campaign' = c.id::text
                    WHERE c.state IN ('published', 'paused', 'closed') AND e.index IS NULL AND u.kind IS NULL""",
    "pool_announced": f"""SELECT p.id FROM festivals_pool p
                          LEFT JOIN proofs_entry e ON e.subject_id = p.id AND e.kind = 'pool_announced'
                          LEFT JOIN {_UNREAD_POOLS} u ON u.pool = p.id AND u.kind = 'pool.announced'
                          WHERE e.index IS NULL AND u.pool IS NULL""",
    "pool_closed": f"""SELECT p.id FROM festivals_pool p
                       LEFT JOIN proofs_entry e ON e.subject_id = p.id AND e.kind = 'pool_closed'
                       LEFT JOIN {_UNREAD_POOLS} u ON u.pool = p.id AND u.kind = 'pool.closed'
                       WHERE p.state = 'closed' AND e.index IS NULL AND u.pool IS NULL""",
}


def _find_missing() -> Iterator[str]:
    """Facts that the log does not tell, though their event was read or never written."""
    for kind, sql in _MISSING.items():
        for row in fetch_all(sql, []):
            yield f"{kind} {row['id']}: not in the log"


def _find_late() -> Iterator[str]:
    """Events that the log has not taken a minute of events later; what happened before it began has a minute from then."""
    if not selectors.has_started():
        return
    row = fetch_one(
        f"""SELECT count(*) AS n, min(e.id) AS first FROM plumbing_event e
            CROSS JOIN (SELECT min(signed_at) AS began_at FROM proofs_checkpoint WHERE size = 0) c
            LEFT JOIN plumbing_cursor k ON k.follower = 'proofs'
            WHERE (k.follower IS NULL OR (e.xid, e.id) > (k.xid, k.event_id))
              AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
              AND greatest(e.happened_at, c.began_at)
                  < (SELECT max(happened_at) FROM plumbing_event) - interval '{rules.LOG_LAG_SECONDS} seconds'
              AND e.kind = ANY(%s)""",
        [list(rules.HEARD)],
    )
    if row and row["n"]:
        yield f"{row['n']} events wait, the first is {row['first']}"


def _find_wrong_roots() -> Iterator[str]:
    """Drawn slices whose tickets are no longer those that their root, as logged, was made of."""
    rows = fetch_all(
        """SELECT p.festival_id, convert_from(e.body, 'UTF8')::jsonb ->> 'pool' AS pool,
                  (convert_from(e.body, 'UTF8')::jsonb ->> 'slice')::int AS slice_no,
                  convert_from(e.body, 'UTF8')::jsonb ->> 'gifts_root' AS root, e.index
           FROM proofs_entry e JOIN festivals_pool p ON p.id = (convert_from(e.body, 'UTF8')::jsonb ->> 'pool')::uuid
           WHERE e.kind = 'slice' ORDER BY e.index""",
        [],
    )
    roots: dict[UUID, dict[int, str]] = {}
    for row in rows:
        if row["festival_id"] not in roots:
            roots[row["festival_id"]] = _compute_roots(row["festival_id"])
        if roots[row["festival_id"]].get(row["slice_no"]) != row["root"]:
            yield f"#{row['index']} slice {row['pool']}/{row['slice_no']}: its tickets were changed"


def _compute_roots(festival_id: UUID) -> dict[int, str]:
    return {slice_no: gifts_root(tickets).hex() for slice_no, tickets in list_slice_tickets(festival_id).items()}


# --- the log against what was signed and published ------------------------------------------------


def _find_broken() -> Iterator[str]:
    """Places that are missing, and signed roots that the entries do not give any more."""
    signed = selectors.list_signed()
    waiting = {size: root for size, root in signed if size}
    edge = Edge()
    for run in _runs():
        leaves: list[bytes] = []
        for place, entry in enumerate(run, edge.size):
            if entry.index != place:
                yield f"#{place}: missing"
                return
            leaves.append(leaf_hash(entry.body))
        start = edge.size
        for size in sorted(size for size in waiting if start < size <= start + len(run)):
            edge, _ = edge.grow(leaves[edge.size - start : size - start])
            if edge.root != waiting.pop(size):
                yield f"checkpoint of {size}: the entries do not give the signed root; one below #{size} was changed"
                return
        edge, _ = edge.grow(leaves[edge.size - start :])
    for size in sorted(waiting):
        yield f"checkpoint of {size}: entries are missing, there are {edge.size}"
    if edge.size > (signed[-1][0] if signed else 0):
        yield f"#{signed[-1][0] if signed else 0}: entries without a checkpoint"


def _find_unpublished() -> Iterator[str]:
    """A published checkpoint that is not one we signed, and files that are not what the entries give."""
    files = selectors.log_files()
    note = files.read_checkpoint()
    if note is None:
        return
    try:
        checkpoint = open_checkpoint(note, read_key(selectors.get_public_key()))
    except Refusal as refusal:
        yield f"log/checkpoint: {refusal}"
        return
    if not selectors.was_signed_meanwhile(checkpoint.size, checkpoint.root):
        yield f"log/checkpoint: {checkpoint.size} entries, which the database has never signed"
        return
    edge = Edge()
    for run in _runs():
        kept = run[: checkpoint.size - edge.size]
        yield from _find_other_bundles(kept, edge.size)
        edge, full = edge.grow([leaf_hash(entry.body) for entry in kept])
        yield from _find_other_tiles(full)
        if edge.size >= checkpoint.size:
            break
    yield from _find_other_tiles(edge.partial_tiles())
    yield from (f"log/{tile.path}: missing" for tile in list_tiles(checkpoint.size) if files.read(tile.path) is None)


def _find_other_bundles(entries: Sequence[EntryView], start: int) -> Iterator[str]:
    """Runs begin at a bundle's first place; the last bundle may be a partial one."""
    for place in range(0, len(entries), TILE_WIDTH):
        bodies = [entry.body for entry in entries[place : place + TILE_WIDTH]]
        number = (start + place) // TILE_WIDTH
        widths = [*_earlier_widths(Tile(ENTRIES, number, len(bodies))), len(bodies)]
        yield from _find_other_files(
            {Tile(ENTRIES, number, width).path: write_bundle(bodies[:width]) for width in widths}
        )


def _find_other_tiles(tiles: Iterable[tuple[Tile, bytes]]) -> Iterator[str]:
    for tile, data in tiles:
        widths = [*_earlier_widths(tile), tile.width]
        yield from _find_other_files(
            {Tile(tile.level, tile.number, width).path: data[: width * HASH_BYTES] for width in widths}
        )


def _earlier_widths(tile: Tile) -> list[int]:
    """Partial forms of a tile that older checkpoints are still checked with."""
    widths = selectors.log_files().list_widths(tile.full.path)
    return [width for width in widths if width < tile.width]


def _find_other_files(expected: dict[str, bytes]) -> Iterator[str]:
    files = selectors.log_files()
    for path, data in expected.items():
        if (found := files.read(path)) is not None and found != data:
            yield f"log/{path}: not what the entries give"


def _find_wrong_totals() -> Iterator[str]:
    """Totals beside the checkpoint that the entries do not add up to."""
    rows = fetch_all(
        """WITH e AS MATERIALIZED (
               SELECT kind, convert_from(body, 'UTF8')::jsonb AS b FROM proofs_entry
               WHERE kind IN ('gift', 'award', 'dream_granted', 'moves')),
           sums AS (
               SELECT (b ->> 'project')::uuid AS project, (kind = 'gift')::int AS gifts,
                      CASE kind WHEN 'gift' THEN (b ->> 'amount')::bigint ELSE 0 END AS given,
                      CASE kind WHEN 'gift' THEN 0 ELSE (b ->> 'amount')::bigint END AS matched
               FROM e WHERE kind <> 'moves' AND (b ->> 'amount')::bigint > 0
               UNION ALL
               SELECT (i ->> 2)::uuid, 0, CASE b ->> 'from' WHEN 'donors' THEN (i ->> 3)::bigint ELSE 0 END,
                      CASE b ->> 'from' WHEN 'donors' THEN 0 ELSE (i ->> 3)::bigint END
               FROM e, LATERAL jsonb_array_elements(b -> 'items') AS i
               WHERE kind = 'moves' AND b ->> 'to' = 'project' AND b ->> 'from' <> 'project'
                 AND b ->> 'phase' IN ('posted', 'post')
               UNION ALL
               SELECT (i ->> 1)::uuid, 0, CASE b ->> 'to' WHEN 'donors' THEN -(i ->> 3)::bigint ELSE 0 END,
                      CASE b ->> 'to' WHEN 'donors' THEN 0 ELSE -(i ->> 3)::bigint END
               FROM e, LATERAL jsonb_array_elements(b -> 'items') AS i
               WHERE kind = 'moves' AND b ->> 'from' = 'project' AND b ->> 'phase' IN ('posted', 'post')
                 AND b ->> 'to' IN ('donors', 'sponsor', 'pool', 'campaign', 'unlocked', 'dream_fund'))
           SELECT coalesce(t.project_id, f.project) AS project FROM proofs_total t FULL JOIN (
               SELECT project, sum(gifts) AS gifts, sum(given) AS given, sum(matched) AS matched FROM sums GROUP BY 1) f
             ON f.project = t.project_id
           WHERE (t.gifts, t.amount_minor, t.matched_minor) IS DISTINCT FROM (f.gifts, f.given, f.matched)""",
        [],
    )
    yield from (f"total of {row['project']}" for row in rows)


def _invariant(code: str, sentence: str, find: Callable[[], Iterator[str]]) -> Invariant:
    return Invariant(code, sentence, lambda: sum(1 for _ in find()), find)


INVARIANTS = [
    _invariant(
        "proofs.entries_equal_the_facts",
        N_("公开记录里的每一条，与账本、捐赠、配捐里现在的内容一致"),
        _find_differing,
    ),
    _invariant("proofs.every_fact_is_logged", N_("每一件已发生的事都在公开记录里"), _find_missing),
    _invariant("proofs.log_keeps_up", N_("一分钟以前的事都已写进公开记录"), _find_late),
    _invariant("proofs.tickets_give_the_logged_root", N_("每个时间片的签，与公开的根哈希一致"), _find_wrong_roots),
    _invariant("proofs.entries_give_the_signed_roots", N_("公开记录没有缺号，与签名过的每个根哈希一致"), _find_broken),
    _invariant("proofs.files_are_what_was_signed", N_("公开的文件与签名过的记录一致"), _find_unpublished),
    _invariant("proofs.totals_add_up", N_("检查点旁的合计等于逐条相加"), _find_wrong_totals),
]

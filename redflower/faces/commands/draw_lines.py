"""Reads the public files of a draw, without the code that wrote them, and quickly.

Shape: a part is three files of lines (slices, tickets, awards), by slice and then by gift. Parts are read side by side
on every core (`read_part`: spelling, roots, draw order, chances); then one pass in order decides every ticket
(`draw_replay.Replay`: budget, daily caps) and compares. It speaks of the first places where something differs.
"""

import hashlib
import hmac
import json
import re
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import numpy as np

from redflower.faces.commands.line_columns import Column, Ending, Lines, read_ids, read_instants, read_lines
from redflower.kernel.beacon import Chain, open_round, read_chain

REASONS = ("awarded", "below_minimum", "person_cap_reached", "budget_spent", "share_below_one_fen")
_TICKETS = (
    Ending(
        (b',"gift":"', ("gift", 36), b'","paid_at":"', ("paid_at", 26), b'Z","person":"', ("person", 36), b'","project":"',
         ("project", 36), b'"}\n')
    ),
)  # fmt: skip
_AWARDS = tuple(Ending((b',"gift":"', ("gift", 36), f'","reason":"{name}"}}\n'.encode())) for name in REASONS)
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_PAGE = 256 * 64  # bytes of a leaf of a slice's tree
_ROW = np.dtype([("gift", "V16"), ("person", "V16"), ("project", "V16"), ("amount", ">i8"), ("paid_at", ">i8")])
_sha = hashlib.sha256
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be, and where."""

    place: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Beacon:
    """The public beacon that a pool's seeds are mixed with, and which of its rounds is whose. Units: seconds."""

    chain: Chain
    opens_at: datetime
    step: int
    allowance: int

    @classmethod
    def read(cls, pool: Mapping[str, Any]) -> "Beacon | None":
        """A pool's beacon as its file states it.

        Errors: KeyError, ValueError for what is none.
        """
        if pool.get("beacon") is None:
            return None
        festival = pool["festival"]
        opens_at = datetime.fromisoformat(festival["opens_at"])
        return cls(read_chain(pool["beacon"]), opens_at, festival["slice_seconds"], festival["allowance_seconds"])

    def mix(self, found: Mapping[str, Any]) -> bytes | None:
        """What a slice's seed is mixed with; None when its round is another than the first one after it was due, or
        its signature is not the network's."""
        due = (
            self.opens_at.timestamp() * 1_000_000
            + (found["slice"] * self.step + self.step + self.allowance) * 1_000_000
        )
        elapsed = round(due) - self.chain.genesis_seconds * 1_000_000
        number = elapsed // (self.chain.period_seconds * 1_000_000) + 2 if elapsed >= 0 else 1
        try:
            if found["beacon"]["round"] != number:
                return None
            return open_round(self.chain, number, bytes.fromhex(found["beacon"]["signature"]))
        except (ValueError, KeyError, TypeError):
            return None


@dataclass(frozen=True, slots=True)
class Rule:
    """The numbers of a rule set that decide awards. Units: fen, basis points."""

    method: str
    gift_min: int
    award_min: int
    award_max: int
    award_bps: int | None
    day_cap: int | None
    weight_low: int
    weight_high: int
    reveal_by: str  # an instant; a slice drawn later needs no secret
    beacon: "Beacon | None" = None
    tiers: tuple[tuple[int, int, int], ...] = ()  # flowers from, least and most of what they add; rising
    flowers: Mapping[str, Mapping[bytes, int]] = field(default_factory=dict)  # local day -> project -> flowers

    def is_late(self, found: Mapping[str, Any]) -> bool:
        """Whether a slice was drawn later than its pool had promised. Instants are spelled so that texts compare."""
        return bool(self.reveal_by) and found["drawn_at"] > self.reveal_by

    @classmethod
    def read(cls, body: Mapping[str, Any], reveal_by: str | None = None) -> "Rule":
        """A rule set's body as its file states it, and the pool's promise.

        Errors: KeyError, ValueError for a body that is none.
        """
        if body["method"] not in ("lottery", "share"):
            raise ValueError("method")
        if reveal_by is not None and not _INSTANT.fullmatch(reveal_by):
            raise ValueError("reveal_by")
        return cls(
            body["method"],
            body["gift_min_minor"],
            body["award_min_minor"],
            body["award_max_minor"],
            body.get("award_max_bps"),
            body.get("person_day_cap_minor"),
            body.get("weight_low", 1),
            body.get("weight_high", 1),
            reveal_by or "",
            tiers=tuple((each["from"], each["least_bps"], each["most_bps"]) for each in body.get("flower_tiers") or ()),
        )

    def boost(self, found: Mapping[str, Any], projects: Sequence[bytes], numbers: Column) -> Column:
        """What flowers make of tickets' weights and caps, 10,000 for as they are; `numbers` is what is left of their
        chances. A late slice pays the middle of a tier."""
        added = np.zeros(len(projects), np.int64)
        if counted := self.flowers.get(found["day"]):
            gathered = np.array([counted.get(project, 0) for project in projects])
            for flowers, least, most in self.tiers:
                there = gathered >= flowers
                drawn = least + (numbers[there] % np.uint64(most - least + 1)).astype(np.int64)
                added[there] = (least + most) // 2 if self.is_late(found) else drawn
        return 10_000 + added


@dataclass(frozen=True, slots=True)
class PartFiles:
    """The bytes of one part's three files."""

    part: int
    slices: bytes
    tickets: bytes
    awards: bytes


@dataclass(frozen=True, slots=True)
class ReadPart:
    """What one part says, in columns, one entry per ticket in the file's order; light enough to hand between processes."""

    part: int
    slices: list[dict[str, Any]]
    roots: list[bytes]
    gifts: bytes  # 16 bytes each
    people: bytes  # 16 bytes each
    amounts: array  # type: ignore[type-arg]
    order: array  # type: ignore[type-arg] # places within the slice, in draw order; those below the minimum are left out
    eligible: list[int]  # per slice
    chances: array  # type: ignore[type-arg] # beside `order`: the drawn size, or the drawn weight
    claimed: array  # type: ignore[type-arg]
    reasons: bytes
    findings: list[Finding]
    boosts: array = field(default_factory=lambda: array("q"))  # type: ignore[type-arg] # beside `order`, where flowers count


def merkle_root(leaves: list[bytes]) -> bytes:
    """Root over leaf hashes (RFC 6962): neighbours pair up, an odd one moves up unchanged."""
    if not leaves:
        return _sha(b"").digest()
    while len(leaves) > 1:
        pairs = zip(leaves[::2], leaves[1::2], strict=False)
        leaves = hash_all(b"\x01", [left + right for left, right in pairs]) + leaves[len(leaves) & ~1 :]
    return leaves[0]


def hash_all(prefix: bytes, texts: Iterable[bytes]) -> list[bytes]:
    """SHA-256 of prefix ‖ text for each text. A copied hash costs half of a new one."""
    begin, hashes = _sha(prefix).copy, []
    for text in texts:
        made = begin()
        made.update(text)
        hashes.append(made.digest())
    return hashes


def read_part(files: PartFiles, rule: Rule, secret: bytes) -> ReadPart:
    """Everything about a part that no other part decides."""
    findings: list[Finding] = []
    slices = _read_slices(files, findings)
    tickets = _read(files.part, "tickets", files.tickets, _read_tickets, findings)
    awards = _read(files.part, "awards", files.awards, _read_awards, findings)
    expected = sum(found["tickets"] for found in slices)
    for kind, read in (("tickets", tickets), ("awards", awards)):
        if read is not None and not findings and len(read.amounts) != expected:
            findings.append(_miscounted(files.part, kind, expected, len(read.amounts)))
    if findings or tickets is None or awards is None:
        return _unread(files.part, slices, findings)
    part = ReadPart(
        part=files.part,
        slices=slices,
        roots=[],
        gifts=tickets.rows["gift"].tobytes(),
        people=tickets.rows["person"].tobytes(),
        amounts=array("q", tickets.amounts.tobytes()),
        order=array("I"),
        eligible=[],
        chances=array("q"),
        claimed=array("q", awards.amounts.tobytes()),
        reasons=awards.endings.astype(np.uint8).tobytes(),
        findings=findings,
    )
    if tickets.gifts.tobytes() != awards.fields["gift"].tobytes():
        findings.append(_misplaced(files.part, tickets.gifts.tolist(), awards.fields["gift"].tolist()))
    _draw_slices(part, tickets.rows, rule, secret)
    return part


@dataclass(frozen=True, slots=True)
class _Tickets:
    """A file of tickets: their amounts, their gifts as spelled, and the rows that roots are made of."""

    amounts: Column
    gifts: Column
    rows: Column


def _read_tickets(content: bytes) -> _Tickets:
    lines = read_lines(content, _TICKETS)
    rows = np.empty(len(lines.amounts), _ROW)
    for name in ("gift", "person", "project"):
        rows[name] = np.frombuffer(read_ids(lines.fields[name]), "V16")
    rows["amount"], rows["paid_at"] = lines.amounts, read_instants(lines.fields["paid_at"])
    return _Tickets(lines.amounts, lines.fields["gift"], rows)


def _read_awards(content: bytes) -> Lines:
    return read_lines(content, _AWARDS)


def _read(part: int, kind: str, content: bytes, read: Callable[[bytes], Read], findings: list[Finding]) -> Read | None:
    """A whole file; where a line is not spelled as published ones are, the first of them is named."""
    try:
        return read(content)
    except ValueError:
        lines = [line + b"\n" for line in content.split(b"\n")]
        lines[-1] = lines[-1][:-1]  # behind the last newline
        number = next(number for number, line in enumerate(lines, 1) if not _is_spelled(line, read))
        findings.append(_unreadable(part, kind, number))
        return None


def _is_spelled(line: bytes, read: Callable[[bytes], object]) -> bool:
    try:
        read(line)
    except ValueError:
        return False
    return True


def read_bonus(pool: Mapping[str, Any], content: bytes) -> tuple[dict[str, dict[bytes, int]], list[Finding]]:
    """What projects had gathered as each day began, from its file: local day -> project (16 bytes) -> flowers; and the
    lines that are not the ones whose hashes are stated."""
    lines = content.splitlines()
    flowers: dict[str, dict[bytes, int]] = {}
    findings = []
    if [hashlib.sha256(line).hexdigest() for line in lines] != [each["sha256"] for each in pool["bonus"]]:
        findings.append(_miscounted_flowers(lines, pool["bonus"]))
    for number, line in enumerate(lines, 1):
        try:
            found = json.loads(line)
            flowers[found["day"]] = {
                bytes.fromhex(project.replace("-", "")): int(count) for project, count in found["flowers"].items()
            }
        except (ValueError, KeyError, TypeError, AttributeError):
            findings.append(Finding(f"bonus.ndjson:{number}", *_UNSPELLED))
    return flowers, findings


def _miscounted_flowers(lines: Sequence[bytes], stated: Sequence[Mapping[str, Any]]) -> Finding:
    hashes = [hashlib.sha256(line).hexdigest() for line in lines]
    number = next((n for n, pair in enumerate(zip(hashes, stated, strict=False), 1) if pair[0] != pair[1]["sha256"]), 0)
    return Finding(
        f"bonus.ndjson:{number or min(len(lines), len(stated)) + 1}",
        "这一天开始时各项目的小红花，与公布的指纹不一致",
        "the flowers of this day's beginning do not hash to what was published",
    )


def _unread(part: int, slices: list[dict[str, Any]], findings: list[Finding]) -> ReadPart:
    return ReadPart(part, slices, [], b"", b"", array("q"), array("I"), [], array("q"), array("q"), b"", findings)


def _draw_slices(part: ReadPart, rows: Column, rule: Rule, secret: bytes) -> None:
    """Each slice's root, draw order and chances."""
    low, span = (
        (rule.award_min, rule.award_max - rule.award_min + 1)
        if rule.method == "lottery"
        else (rule.weight_low, rule.weight_high - rule.weight_low + 1)
    )
    start, leaves = 0, rows.tobytes()
    follows = _is_behind(np.frombuffer(part.gifts, ">u8").reshape(-1, 2))
    for found in part.slices:
        end = start + found["tickets"]
        pages = [leaves[at : min(at + _PAGE, end * 64)] for at in range(start * 64, end * 64, _PAGE)]
        root = merkle_root(hash_all(b"\0", pages))
        part.roots.append(root)
        mixed: bytes | None = b""
        if rule.beacon and not rule.is_late(found):
            mixed = rule.beacon.mix(found)
            if mixed is None:
                part.findings.append(_unlit(part.part, found["slice"]))
        seed = hmac.digest(secret, found["slice"].to_bytes(8, "big") + root + (mixed or b""), "sha256")
        if not follows[start : max(end - 1, start)].all():
            part.findings.append(_unsorted(part.part, start, found["slice"]))
        # HMAC(seed, "draw" ‖ 1, 2, 3 …), one behind the other: 8 bytes for a ticket's turn, 8 for its number.
        chance = hashlib.pbkdf2_hmac("sha256", seed, b"draw", 1, 16 * (end - start)) if end > start else b""
        numbers = np.frombuffer(chance, ">u8").reshape(-1, 2).astype(np.uint64)
        able = np.flatnonzero(rows["amount"][start:end] >= rule.gift_min)
        order = able[np.argsort(numbers[able, 0], kind="stable")]
        chances = (numbers[order, 1] % np.uint64(span)).astype(np.int64) + low
        if rule.tiers and found["day"] not in rule.flowers:
            part.findings.append(_uncounted(part.part, found))
        if rule.is_late(found):  # in the order of gifts, and nobody draws anything
            order, chances = able, np.ones(len(able), np.int64)
        if rule.tiers:
            boosts = rule.boost(found, rows["project"][start:end][order].tolist(), numbers[order, 1] // np.uint64(span))
            part.boosts.frombytes(boosts.tobytes())
        part.order.frombytes(order.astype(np.uint32).tobytes())
        part.chances.frombytes(chances.tobytes())
        part.eligible.append(len(order))
        start = end


def _is_behind(ids: Column) -> Column:
    """Whether each id but the first comes behind the one before it; ids as two numbers each."""
    (high, low), (next_high, next_low) = ids[:-1].T, ids[1:].T
    return (next_high > high) | ((next_high == high) & (next_low > low))


def _read_slices(files: PartFiles, findings: list[Finding]) -> list[dict[str, Any]]:
    slices: list[dict[str, Any]] = []
    whole = {"available_minor", "eligible", "granted_minor", "slice", "tickets"}
    for number, line in enumerate(files.slices.splitlines(), 1):
        try:
            found = json.loads(line)
            fine = all(type(found[name]) is int and found[name] >= 0 for name in whole)
            fine = fine and found.keys() - {"beacon"} == whole | {"root", "day", "drawn_at"}
            fine = fine and re.fullmatch("[0-9a-f]{64}", found["root"]) and isinstance(found["day"], str)
            fine = fine and _INSTANT.fullmatch(found["drawn_at"])
        except (ValueError, KeyError, TypeError):
            fine = False
        if not fine:
            findings.append(_unreadable(files.part, "slices", number))
            break
        slices.append(found)
    return slices


def _misplaced(part: int, gifts: Sequence[bytes], awarded: Sequence[bytes]) -> Finding:
    """The two files must speak of the same gifts, line by line."""
    number = next(place for place, pair in enumerate(zip(gifts, awarded, strict=True)) if pair[0] != pair[1])
    award, ticket = awarded[number].decode("ascii", "replace"), gifts[number].decode("ascii", "replace")
    return Finding(
        f"awards/{part}.ndjson:{number + 1}",
        f"这一行说的是捐赠 {award}，签却是捐赠 {ticket} 的",
        f"this line speaks of gift {award}, the ticket of gift {ticket}",
    )


def _unsorted(part: int, start: int, number: int) -> Finding:
    return Finding(
        f"tickets/{part}.ndjson:{start + 1}",
        f"时间片 {number} 的签没有按捐赠编号排列，或有一笔出现了两次",
        f"the tickets of slice {number} are not in the order of their gifts, or one is there twice",
    )


def _unlit(part: int, number: int) -> Finding:
    return Finding(
        f"slices/{part}.ndjson",
        f"时间片 {number} 的公共信标不是应有的那一轮，或者签名不对",
        f"the beacon of slice {number} is not the round that was due, or its signature is not the network's",
    )


def _uncounted(part: int, found: Mapping[str, Any]) -> Finding:
    return Finding(
        f"slices/{part}.ndjson",
        f"时间片 {found['slice']} 那天（{found['day']}）开始时各项目的小红花没有公布",
        f"the flowers as the day of slice {found['slice']} ({found['day']}) began are not published",
    )


_UNSPELLED = ("这一行不是公布格式的写法", "this line is not spelled as published lines are")


def _unreadable(part: int, kind: str, line: int) -> Finding:
    return Finding(f"{kind}/{part}.ndjson:{line}", *_UNSPELLED)


def _miscounted(part: int, kind: str, expected: int, found: int) -> Finding:
    return Finding(
        f"{kind}/{part}.ndjson",
        f"应有 {expected} 行，却有 {found} 行",
        f"has {found} lines where there must be {expected}",
    )

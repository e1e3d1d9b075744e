"""Draws a pool again from its public files, without the code that drew it: standard library only, and quick.

Shape: a part is three files of lines (slices, tickets, awards), by slice and then by gift. Parts are read side by side
on every core (`read_part`: spelling, roots, draw order, chances); then one pass in order decides every ticket
(`Replay.decide`: budget, daily caps) and compares. It speaks of the first places where something differs.
"""

import hashlib
import json
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import accumulate, pairwise
from operator import ge
from typing import Any
from zoneinfo import ZoneInfo

FINDINGS_MAX = 20  # enough to see what is wrong; the count goes on
REASONS = ("awarded", "below_minimum", "person_cap_reached", "budget_spent", "share_below_one_fen")
_AWARDED, _BELOW, _CAPPED, _SPENT, _NOTHING = range(5)
_BY_NAME = {name.encode(): place for place, name in enumerate(REASONS)}

# The places of what is needed; the roots, made of whole lines, hold every other byte.
_TICKET = re.compile(
    rb'\{"amount_minor":([0-9]{1,18}),"gift":"(.{36})","paid_at":".{27}","person":"(.{36})","project":".{36}"\}\n'
)
_AWARD = re.compile(rb'\{"amount_minor":([0-9]{1,18}),"gift":"(.{36})","reason":"(' + b"|".join(_BY_NAME) + rb')"\}\n')
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
_sha = hashlib.sha256


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be, and where."""

    place: str
    zh: str
    en: str


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

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Rule":
        """A rule set's body as its file states it.

        Errors: KeyError, ValueError for a body that is none.
        """
        if body["method"] not in ("lottery", "share"):
            raise ValueError("method")
        return cls(
            body["method"],
            body["gift_min_minor"],
            body["award_min_minor"],
            body["award_max_minor"],
            body.get("award_max_bps"),
            body.get("person_day_cap_minor"),
            body.get("weight_low", 1),
            body.get("weight_high", 1),
        )


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


def pads(key: bytes) -> tuple[bytes, bytes]:
    """The inner and the outer block of HMAC-SHA256 with a key of at most 64 bytes."""
    block = key.ljust(64, b"\0")
    return block.translate(_INNER), block.translate(_OUTER)


def read_part(files: PartFiles, rule: Rule, secret: bytes) -> ReadPart:
    """Everything about a part that no other part decides."""
    findings: list[Finding] = []
    slices = _read_slices(files, findings)
    tickets = _match(files.part, "tickets", files.tickets, _TICKET, findings)
    awards = _match(files.part, "awards", files.awards, _AWARD, findings)
    expected = sum(found["tickets"] for found in slices)
    for kind, rows in (("tickets", tickets), ("awards", awards)):
        if not findings and len(rows) != expected:
            findings.append(_miscounted(files.part, kind, expected, len(rows)))
    if findings:
        return _unread(files.part, slices, findings)
    amounts, gifts, people = zip(*tickets, strict=True) if tickets else ((), (), ())
    claimed, awarded, reasons = zip(*awards, strict=True) if awards else ((), (), ())
    try:
        part = ReadPart(
            part=files.part,
            slices=slices,
            roots=[],
            gifts=_join_ids(gifts),
            people=_join_ids(people),
            amounts=array("q", map(int, amounts)),
            order=array("I"),
            eligible=[],
            chances=array("q"),
            claimed=array("q", map(int, claimed)),
            reasons=bytes(map(_BY_NAME.__getitem__, reasons)),
            findings=findings,
        )
    except ValueError:
        return _unread(files.part, slices, [_unreadable(files.part, "tickets", 1)])
    if gifts != awarded:
        findings.append(_misplaced(files.part, gifts, awarded))
    leaves = hash_all(b"\0", files.tickets.split(b"\n")[:expected])
    _draw_slices(part, leaves, rule, secret)
    return part


def _unread(part: int, slices: list[dict[str, Any]], findings: list[Finding]) -> ReadPart:
    return ReadPart(part, slices, [], b"", b"", array("q"), array("I"), [], array("q"), array("q"), b"", findings)


def _draw_slices(part: ReadPart, leaves: list[bytes], rule: Rule, secret: bytes) -> None:
    """Each slice's root, draw order and chances."""
    low, span = (
        (rule.award_min, rule.award_max - rule.award_min + 1)
        if rule.method == "lottery"
        else (rule.weight_low, rule.weight_high - rule.weight_low + 1)
    )
    start, least, from_bytes = 0, rule.gift_min, int.from_bytes
    everyone = [part.gifts[place : place + 16] for place in range(0, len(part.gifts), 16)]
    inner, outer = pads(secret)
    for found in part.slices:
        end = start + found["tickets"]
        root = merkle_root(leaves[start:end])
        part.roots.append(root)
        seed = _sha(outer + _sha(inner + found["slice"].to_bytes(8, "big") + root).digest()).digest()
        seed_inner, seed_outer = pads(seed)
        rank_by, size_by, close = _sha(seed_inner).copy, _sha(seed_inner + b"size").copy, _sha(seed_outer).copy
        gifts = everyone[start:end]
        if any(map(ge, gifts, gifts[1:])):
            part.findings.append(_unsorted(part.part, start, found["slice"]))
        ranked = []
        for place, gift in enumerate(gifts):
            if part.amounts[start + place] < least:
                continue
            opened, closed = rank_by(), close()
            opened.update(gift)
            closed.update(opened.digest())
            sized, made = size_by(), close()
            sized.update(gift)
            made.update(sized.digest())
            # Equal hashes would go by gift, which is by place: the file lists gifts in their order.
            ranked.append((closed.digest(), place, low + from_bytes(made.digest()[:16], "big") % span))
        ranked.sort()
        part.order.extend([each[1] for each in ranked])
        part.chances.extend([each[2] for each in ranked])
        part.eligible.append(len(ranked))
        start = end


@dataclass(slots=True)
class Replay:
    """One pool while it is drawn again, and what came of it. Units: fen."""

    pool: Mapping[str, Any]
    rule: Rule
    findings: list[Finding] = field(default_factory=list)
    differences: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    granted_minor: int = 0
    slices: int = 0
    tickets: int = 0
    roots: dict[int, str] = field(default_factory=dict)
    wanted: bytes | None = None  # a gift whose decision is to be explained
    explained: list[dict[str, Any]] = field(default_factory=list)
    _last_slice: int = -1
    _day: str = ""
    _next_day: int = -1
    _seen: set[bytes] = field(default_factory=set)
    _had: dict[str, dict[bytes, int]] = field(default_factory=dict)  # local day -> person -> awarded

    def note(self, place: str, zh: str, en: str) -> None:
        """Remembers a difference; past the first few only their number."""
        self.differences += 1
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(Finding(place, zh, en))

    def decide(self, part: ReadPart) -> None:
        """Decides every ticket of the next part and compares it with what was published."""
        for finding in part.findings:
            self.note(finding.place, finding.zh, finding.en)
        if not part.roots:
            return
        before = len(self._seen)
        self._seen.update(part.gifts[place : place + 16] for place in range(0, len(part.gifts), 16))
        if len(self._seen) - before != len(part.amounts):
            self.note(f"tickets/{part.part}.ndjson", "有一笔捐赠有两张签", "a gift has two tickets")
        start = first = 0
        for index, found in enumerate(part.slices):
            end, last = start + found["tickets"], first + part.eligible[index]
            self._check_slice(part, index, found)
            self._decide_slice(part, found, start, end, first, last)
            start, first = end, last

    def _check_slice(self, part: ReadPart, index: int, found: dict[str, Any]) -> None:
        number, place = found["slice"], f"slices/{part.part}.ndjson:{index + 1}"
        if number <= self._last_slice:
            self.note(place, f"时间片 {number} 的次序不对", f"slice {number} is out of order")
        self._last_slice = number
        root = part.roots[index].hex()
        self.roots[number] = root
        if root != found["root"]:
            self.note(
                f"tickets/{part.part}.ndjson",
                f"时间片 {number} 的签算出的根是 {root[:16]}…，公布的是 {found['root'][:16]}…：这一片里有一张签被改动过",
                f"the tickets of slice {number} hash to {root[:16]}…, published was {found['root'][:16]}…: "
                "one of this slice's tickets was changed",
            )
        festival = self.pool["festival"]
        released = self.pool["pool"]["budget_minor"] * min(number + 1, festival["slices"]) // festival["slices"]
        available = released - self.granted_minor
        if available != found["available_minor"]:
            self.note(
                place,
                f"时间片 {number} 可配 {available} 分，公布的是 {found['available_minor']} 分",
                f"slice {number} may give {available} fen, published were {found['available_minor']}",
            )
        if part.eligible[index] != found["eligible"]:
            self.note(
                place,
                f"时间片 {number} 参与抽取的有 {part.eligible[index]} 笔，公布的是 {found['eligible']} 笔",
                f"{part.eligible[index]} gifts take part in slice {number}, published were {found['eligible']}",
            )
        if number >= self._next_day:
            self._day, self._next_day = self._find_day(number)
        day = self._day
        if day != found["day"]:
            self.note(
                place,
                f"时间片 {number} 属于 {day}，公布的是 {found['day']}",
                f"slice {number} belongs to {day}, published was {found['day']}",
            )

    def _find_day(self, number: int) -> tuple[str, int]:
        """The local day a slice begins on, and the first slice of the next day."""
        festival = self.pool["festival"]
        opens, step = datetime.fromisoformat(festival["opens_at"]), timedelta(seconds=festival["slice_seconds"])
        zone = ZoneInfo(festival["time_zone"])
        day = (opens + number * step).astimezone(zone).date()
        midnight = datetime.combine(day + timedelta(days=1), time(), zone)
        return day.isoformat(), max(-((opens - midnight) // step), number + 1)

    def _decide_slice(self, part: ReadPart, found: dict[str, Any], start: int, end: int, first: int, last: int) -> None:
        rule, cap, most, bps = self.rule, self.rule.day_cap, self.rule.award_max, self.rule.award_bps
        order = part.order[first:last].tolist()
        amounts = part.amounts[start:end].tolist()
        wishes = part.chances[first:last].tolist()
        festival = self.pool["festival"]
        released = self.pool["pool"]["budget_minor"] * min(found["slice"] + 1, festival["slices"]) // festival["slices"]
        left = available = released - self.granted_minor
        if rule.method == "share":
            wishes = split(available, [amounts[place] * wish for place, wish in zip(order, wishes, strict=True)])
        had = self._had.setdefault(found["day"], {}) if cap is not None else {}
        people = part.people
        decided = [0] * (end - start)
        reasons = bytearray([_BELOW]) * (end - start)
        for place, wish in zip(order, wishes, strict=True):
            if left == 0:
                reasons[place] = _SPENT
                continue
            if wish == 0:
                reasons[place] = _NOTHING
                continue
            award = wish if wish < left else left
            if cap is not None:
                person = people[(start + place) * 16 : (start + place) * 16 + 16]
                before = had.get(person, 0)
                if before >= cap:
                    reasons[place] = _CAPPED
                    continue
                award = min(award, cap - before)
            if award > most:
                award = most
            if bps is not None:
                award = min(award, max(amounts[place] * bps // 10_000, 1))
            if cap is not None:
                had[person] = before + award
            decided[place] = award
            reasons[place] = _AWARDED
            left -= award
        self.granted_minor += available - left
        self.slices += 1
        self.tickets += end - start
        for code, count in Counter(reasons).items():
            self.reasons[REASONS[code]] += count
        if available - left != found["granted_minor"]:
            self.note(
                f"slices/{part.part}.ndjson",
                f"时间片 {found['slice']} 应配出 {available - left} 分，公布的是 {found['granted_minor']} 分",
                f"slice {found['slice']} gives {available - left} fen, published were {found['granted_minor']}",
            )
        if decided != part.claimed[start:end].tolist() or reasons != part.reasons[start:end]:
            self._name_differences(part, found["slice"], start, decided, reasons)
        if self.wanted is not None:
            self._explain(part, found, start, end, decided, reasons, order, available)

    def _name_differences(
        self, part: ReadPart, number: int, start: int, decided: Sequence[int], reasons: bytearray
    ) -> None:
        for place, (award, reason) in enumerate(zip(decided, reasons, strict=True)):
            claimed, said = part.claimed[start + place], REASONS[part.reasons[start + place]]
            if award != claimed or REASONS[reason] != said:
                gift = _spell(part.gifts[(start + place) * 16 :][:16])
                self.note(
                    f"awards/{part.part}.ndjson:{start + place + 1}",
                    f"时间片 {number} 的捐赠 {gift} 应得 {award} 分（{REASONS[reason]}），公布的是 {claimed} 分（{said}）",
                    f"gift {gift} of slice {number} gets {award} fen ({REASONS[reason]}), published were {claimed} ({said})",
                )

    def _explain(
        self,
        part: ReadPart,
        found: dict[str, Any],
        start: int,
        end: int,
        decided: Sequence[int],
        reasons: bytearray,
        order: Sequence[int],
        available: int,
    ) -> None:
        for place in range(end - start):
            if part.gifts[(start + place) * 16 : (start + place) * 16 + 16] == self.wanted:
                rank = order.index(place) + 1 if place in order else None
                before = sum(decided[earlier] for earlier in order[: rank - 1]) if rank else 0
                self.explained.append(
                    {
                        "slice": found["slice"],
                        "day": found["day"],
                        "amount_minor": part.amounts[start + place],
                        "award_minor": decided[place],
                        "reason": REASONS[reasons[place]],
                        "rank": rank,
                        "of": len(order),
                        "available_minor": available,
                        "left_before_minor": available - before,
                        "root": found["root"],
                        "line": f"tickets/{part.part}.ndjson:{start + place + 1}",
                    }
                )


def split(budget: int, weights: Sequence[int]) -> list[int]:
    """A budget over weights, exact to the fen: ⌊b·Cᵢ/Cₙ⌋ − ⌊b·Cᵢ₋₁/Cₙ⌋ with running totals C."""
    totals = list(accumulate(weights, initial=0))
    whole = totals[-1]
    if whole == 0:
        return [0] * len(weights)
    marks = [budget * total // whole for total in totals]
    return [after - before for before, after in pairwise(marks)]


def _read_slices(files: PartFiles, findings: list[Finding]) -> list[dict[str, Any]]:
    slices: list[dict[str, Any]] = []
    whole = {"available_minor", "eligible", "granted_minor", "slice", "tickets"}
    for number, line in enumerate(files.slices.splitlines(), 1):
        try:
            found = json.loads(line)
            fine = all(type(found[name]) is int and found[name] >= 0 for name in whole)
            fine = fine and found.keys() == whole | {"root", "day", "drawn_at"}
            fine = fine and re.fullmatch("[0-9a-f]{64}", found["root"]) and isinstance(found["day"], str)
        except (ValueError, KeyError, TypeError):
            fine = False
        if not fine:
            findings.append(_unreadable(files.part, "slices", number))
            break
        slices.append(found)
    return slices


def _match(
    part: int, kind: str, content: bytes, pattern: re.Pattern[bytes], findings: list[Finding]
) -> list[tuple[bytes, ...]]:
    rows = pattern.findall(content)
    if len(rows) != content.count(b"\n") or not (content.endswith(b"\n") or not content):
        lines = content.splitlines(keepends=True)
        number = next((place for place, line in enumerate(lines, 1) if not pattern.fullmatch(line)), len(lines))
        findings.append(_unreadable(part, kind, number))
    return rows


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


def _unreadable(part: int, kind: str, line: int) -> Finding:
    return Finding(
        f"{kind}/{part}.ndjson:{line}", "这一行不是公布格式的写法", "this line is not spelled as published lines are"
    )


def _miscounted(part: int, kind: str, expected: int, found: int) -> Finding:
    return Finding(
        f"{kind}/{part}.ndjson",
        f"应有 {expected} 行，却有 {found} 行",
        f"has {found} lines where there must be {expected}",
    )


def _join_ids(ids: Sequence[bytes]) -> bytes:
    return bytes.fromhex(b"".join(ids).replace(b"-", b"").decode())


def _spell(gift: bytes) -> str:
    text = gift.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

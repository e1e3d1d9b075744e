"""Draws a pool again from what its public files say, without the code that drew it, and compares every award."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import accumulate, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from redflower.faces.commands.draw_lines import REASONS, Finding, ReadPart, Rule

FINDINGS_MAX = 20  # enough to see what is wrong; the count goes on
_AWARDED, _BELOW, _CAPPED, _SPENT, _NOTHING = range(5)  # places in REASONS


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
    late: int = 0  # slices drawn after the promised moment
    tickets: int = 0
    roots: dict[int, str] = field(default_factory=dict)
    wanted: bytes | None = None  # a gift whose decision is to be explained
    explained: list[dict[str, Any]] = field(default_factory=list)
    logged: dict[str, tuple[int, str, int]] | None = (
        None  # what the log says each gift was awarded; taken out as it is met
    )
    drawn: dict[int, dict[str, Any]] = field(
        default_factory=dict
    )  # slices as published, for the log to be held against
    _last_slice: int = -1
    _day: str = ""
    _next_day: int = -1
    _gifts: list[tuple[int, bytes]] = field(default_factory=list)  # part, and 16 bytes for each of its tickets
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
        self._gifts.append((part.part, part.gifts))
        start = first = 0
        for index, found in enumerate(part.slices):
            end, last = start + found["tickets"], first + part.eligible[index]
            self._check_slice(part, index, found)
            self._decide_slice(part, found, start, end, first, last)
            start, first = end, last

    def find_twins(self) -> None:
        """Once all parts are decided: no gift may have two tickets, in whatever slices."""
        halves = np.sort(np.frombuffer(b"".join(gifts for _, gifts in self._gifts), np.uint64)[1::2])
        if not (halves[1:] == halves[:-1]).any():  # where second halves differ, gifts do
            return
        seen: set[bytes] = set()
        for part, gifts in self._gifts:
            before, ids = len(seen), _ids(gifts)
            seen.update(ids)
            if len(seen) - before != len(ids):
                self.note(f"tickets/{part}.ndjson", "有一笔捐赠有两张签", "a gift has two tickets")

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
        rule, cap = self.rule, self.rule.day_cap
        order = part.order[first:last].tolist()
        amounts = part.amounts[start:end].tolist()
        wishes = part.chances[first:last].tolist()
        festival = self.pool["festival"]
        released = self.pool["pool"]["budget_minor"] * min(found["slice"] + 1, festival["slices"]) // festival["slices"]
        left = available = released - self.granted_minor
        is_late = rule.is_late(found)
        self.late += is_late
        if is_late and rule.method == "lottery":
            expected = len(order) * ((rule.award_min + rule.award_max) // 2)
            wishes = split(min(available, expected), wishes)
        boosts = part.boosts[first:last].tolist() if rule.flowers.get(found["day"]) else []
        if rule.method == "share":
            weights = [amounts[place] * wish for place, wish in zip(order, wishes, strict=True)]
            if boosts:
                weights = [weight * boost for weight, boost in zip(weights, boosts, strict=True)]
            wishes = split(available, weights)
        limits = self._limit(wishes, [amounts[place] for place in order], boosts)
        had = self._had.setdefault(found["day"], {}) if cap is not None else {}
        people = _ids(part.people[start * 16 : end * 16]) if cap is not None else []
        decided = [0] * (end - start)
        reasons = bytearray([_BELOW]) * (end - start)
        for place, wish, limit in zip(order, wishes, limits, strict=True):
            if left == 0:
                reasons[place] = _SPENT
                continue
            if wish == 0:
                reasons[place] = _NOTHING
                continue
            award = limit if limit < left else left
            if cap is not None:
                person = people[place]
                before = had.get(person, 0)
                if before >= cap:
                    reasons[place] = _CAPPED
                    continue
                if award > cap - before:
                    award = cap - before
                had[person] = before + award
            decided[place] = award
            reasons[place] = _AWARDED
            left -= award
        self.granted_minor += available - left
        self.slices += 1
        self.tickets += end - start
        for code, reason in enumerate(REASONS):
            if count := reasons.count(code):
                self.reasons[reason] += count
        if available - left != found["granted_minor"]:
            self.note(
                f"slices/{part.part}.ndjson",
                f"时间片 {found['slice']} 应配出 {available - left} 分，公布的是 {found['granted_minor']} 分",
                f"slice {found['slice']} gives {available - left} fen, published were {found['granted_minor']}",
            )
        if decided != part.claimed[start:end].tolist() or reasons != part.reasons[start:end]:
            self._name_differences(part, found["slice"], start, decided, reasons)
        if self.logged is not None:
            self._compare_with_log(part, found, start, decided, reasons)
        if self.wanted is not None:
            self._explain(part, found, start, end, decided, reasons, order, available, boosts)

    def _limit(self, wishes: Sequence[int], amounts: Sequence[int], boosts: Sequence[int]) -> list[int]:
        """What each may get of its wish, whoever else gives; all in draw order."""
        limits, bps = np.minimum(wishes, self.rule.award_max), self.rule.award_bps
        if bps is None:
            return limits.tolist()
        largest = max(amounts, default=0) * bps * max(boosts, default=1)
        gifts = np.array(amounts, np.int64 if largest < 1 << 63 else object)
        # With flowers each gift has a cap of its own.
        caps = gifts * bps * np.array(boosts) // 10**8 if boosts else gifts * bps // 10_000
        return np.minimum(limits, np.maximum(caps, 1)).tolist()

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

    def _compare_with_log(
        self, part: ReadPart, found: dict[str, Any], start: int, decided: Sequence[int], reasons: bytearray
    ) -> None:
        assert self.logged is not None  # noqa: S101 - asked by the caller
        self.drawn[found["slice"]] = found
        for place, award in enumerate(decided):
            gift = _spell(part.gifts[(start + place) * 16 :][:16])
            said = self.logged.pop(gift, None)
            if said is None or said[:2] != (award, REASONS[reasons[place]]):
                where = f"log:{said[2]}" if said else "log"
                told = f"{said[0]} ({said[1]})" if said else "–"
                self.note(
                    where,
                    f"捐赠 {gift} 应得 {award} 分（{REASONS[reasons[place]]}），公开记录写的是 {told}",
                    f"gift {gift} gets {award} fen ({REASONS[reasons[place]]}), the log says {told}",
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
        boosts: Sequence[int],
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
                        "is_late": self.rule.is_late(found),
                        "rank": rank,
                        "of": len(order),
                        "bonus_bps": boosts[rank - 1] - 10_000 if boosts and rank else 0,
                        "available_minor": available,
                        "left_before_minor": available - before,
                        "root": found["root"],
                        "line": f"tickets/{part.part}.ndjson:{start + place + 1}",
                    }
                )


def _ids(joined: bytes) -> list[bytes]:
    return np.frombuffer(joined, "V16").tolist()


def split(budget: int, weights: Sequence[int]) -> list[int]:
    """A budget over weights, exact to the fen: ⌊b·Cᵢ/Cₙ⌋ − ⌊b·Cᵢ₋₁/Cₙ⌋ with running totals C."""
    totals = list(accumulate(weights, initial=0))
    whole = totals[-1]
    if whole == 0:
        return [0] * len(weights)
    marks = [budget * total // whole for total in totals]
    return [after - before for before, after in pairwise(marks)]


def _spell(gift: bytes) -> str:
    text = gift.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

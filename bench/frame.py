"""What every benchmark answers, how rounds take turns, and how the table looks."""

import json
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Check:
    """One promised thing: met when `ratio >= target`."""

    name: str
    ratio: float
    target: float
    stretch: float | None = None

    @property
    def met(self) -> bool:
        """Whether the promise is kept."""
        return self.ratio >= self.target


@dataclass(frozen=True, slots=True)
class Measured:
    """What one benchmark saw."""

    figures: Mapping[str, Any]
    checks: Sequence[Check] = field(default_factory=tuple)

    @property
    def tightest(self) -> Check:
        """The check that stands for the whole: the one nearest to, or farthest below, its target."""
        return min(self.checks, key=lambda check: check.ratio / check.target)

    def as_json(self, what: str) -> dict[str, Any]:
        """One object of the results file."""
        return {
            "what": what,
            "ratio": round(self.tightest.ratio, 4),
            "target": self.tightest.target,
            "met": all(check.met for check in self.checks),
            "checks": [
                {
                    "name": check.name,
                    "ratio": round(check.ratio, 4),
                    "target": check.target,
                    "stretch": check.stretch,
                    "met": check.met,
                }
                for check in self.checks
            ],
            "figures": dict(self.figures),
        }


def interleave(rounds: int, runners: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Lets subject and baselines take turns, `rounds` times each; every runner answers with its figure of the round."""
    seen: dict[str, list[float]] = {name: [] for name in runners}
    for number in range(rounds):
        # Back and forth, so that nobody is always the first on a rested machine.
        for name in list(runners) if number % 2 == 0 else reversed(runners):
            seen[name].append(runners[name]())
        told = "  ".join(f"{name} {values[-1]:,.0f}" for name, values in seen.items())
        print(f"    round {number + 1}/{rounds}: {told}", file=sys.stderr, flush=True)
    return seen


def medians(seen: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The middle of each runner's rounds."""
    return {name: statistics.median(values) for name, values in seen.items()}


def print_table(results: Mapping[str, Mapping[str, Any]]) -> None:
    """The ratio table."""
    rows = [("", "what", "check", "ratio", "must", "stretch", "")]
    for code, result in results.items():
        if "error" in result:
            rows.append((code, result["what"], result["error"], "", "", "", "failed"))
        for check in result.get("checks", ()):
            stretch = "" if check["stretch"] is None else f"{check['stretch']:g}"
            verdict = "met" if check["met"] else "MISSED"
            rows.append(
                (code, result["what"], check["name"], f"{check['ratio']:.3g}", f"{check['target']:g}", stretch, verdict)
            )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def dump(results: Mapping[str, Any]) -> str:
    """The results file: one object per promise."""
    return json.dumps(results, indent=2, ensure_ascii=False) + "\n"

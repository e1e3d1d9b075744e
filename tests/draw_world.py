"""Made-up draws of any size, decided by the platform's own rules and written as their public files."""

import json
import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from redflower.domains.festivals.rules import read_rule
from redflower.domains.festivals.rules.bonuses import write_bonus_day
from redflower.domains.festivals.rules.drawing import add_awards, draw_slice, gifts_root, list_decisions, make_tickets
from redflower.domains.festivals.rules.late import draw_late_slice, is_late
from redflower.domains.festivals.services import read_preset
from redflower.domains.festivals.types import TicketView
from redflower.kernel.canon import canonical_bytes, instant, sha256_hex
from redflower.kernel.clock import local_date
from redflower.kernel.draw import commit_secret, released_budget, slice_seed
from tests.beacons import CHAIN, sign_round

OPENS_AT = datetime(2026, 9, 8, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai: days change on the way
ZONE = "Asia/Shanghai"
PROJECT = UUID("01990000-0000-7000-8000-000000000001")
SECRET = b"a secret of thirty-two bytes ...."


def make_draw(
    code: str = "random-2018",
    gifts: int = 60,
    slices: int = 12,
    people: int = 9,
    budget_minor: int = 40_000,
    part_tickets: int = 20,
    seed: int = 1,
    late_from: int | None = None,
    beacon: bool = False,
    flowers: Sequence[int] = (),
    gift_below_minor: int = 100_000,
    twin: bool = False,
    **rule: Any,
) -> dict[str, bytes]:
    """The public files of one closed pool, by their name; slices from `late_from` on were drawn later than promised,
    seeds are mixed with `tests.beacons.CHAIN` where asked for. `flowers`: gifts go to as many projects, each with so many
    as the first day began, and with thirty more a day. With a `twin`, a gift of the first slice has a second ticket in the last.
    Units: fen."""
    reveal_by = OPENS_AT + timedelta(seconds=600 * slices) + timedelta(hours=1)
    chance = random.Random(seed)
    preset = read_preset(code)
    body = {**preset["body"], **rule}
    read = read_rule(code, 1, body)
    projects, choice = [PROJECT, *(UUID(int=PROJECT.int + n) for n in range(1, len(flowers)))], random.Random(seed)
    gathered: dict[object, dict[str, int]] = {}
    tickets: dict[int, list[TicketView]] = defaultdict(list)
    persons = [UUID(int=chance.getrandbits(128)) for _ in range(people)]
    for _ in range(gifts):
        number = chance.randrange(slices)
        paid_at = OPENS_AT + timedelta(seconds=600 * number, microseconds=chance.randrange(600_000_000))
        amount = chance.choice((1, 99, 100, 660, 1000, chance.randrange(1, gift_below_minor)))
        tickets[number].append(
            TicketView(
                UUID(int=chance.getrandbits(128)), chance.choice(persons), choice.choice(projects), amount, paid_at
            )
        )
    if twin:
        first, last = min(tickets), max(tickets)
        paid_at = OPENS_AT + timedelta(seconds=600 * last)
        tickets[last].append(tickets[first][0]._replace(paid_at=paid_at))
    lines: dict[str, list[list[bytes]]] = {"slices": [], "tickets": [], "awards": []}
    had: dict[object, dict[bytes, int]] = defaultdict(dict)
    granted = taken = 0
    bins: list[dict[str, int]] = []
    for number in sorted(tickets):
        drawn = tickets[number]
        if not bins or taken // part_tickets != bins[-1]["bin"]:
            bins.append({"bin": taken // part_tickets, "first_slice": number, "slices": 0, "tickets": 0})
            for kind in lines.values():
                kind.append([])
        day = local_date(OPENS_AT + timedelta(seconds=600 * number), ZONE)
        if read.flower_tiers and day not in gathered:
            counts = {str(each): count + 30 * len(gathered) for each, count in zip(projects, flowers, strict=False)}
            least = read.flower_tiers[0].flowers_from
            gathered[day] = {each: count for each, count in counts.items() if count >= least}
        counted = {UUID(each).bytes: count for each, count in gathered.get(day, {}).items()}
        available = released_budget(budget_minor, slices, number) - granted
        rows = make_tickets(drawn)
        root = gifts_root(rows)
        drawn_at = OPENS_AT + timedelta(seconds=600 * number + 603)
        if late_from is not None and number >= late_from:
            drawn_at = reveal_by + timedelta(seconds=600 * number, microseconds=1)
        mixed, heard = b"", {}
        if beacon and not is_late(reveal_by, drawn_at):
            round_no = CHAIN.find_round(OPENS_AT + timedelta(seconds=600 * (number + 1) + 3))
            signature = sign_round(round_no)
            mixed, heard = sha256(signature).digest(), {"beacon": {"round": round_no, "signature": signature.hex()}}
        if is_late(reveal_by, drawn_at):
            decided = draw_late_slice(read, rows, available, had[day], counted)
        else:
            decided = draw_slice(read, slice_seed(SECRET, number, root, mixed), rows, available, had[day], counted)
        add_awards(had[day], rows, decided)
        decisions, given = list_decisions(rows, decided), decided.granted_minor
        granted += given
        lines["slices"][-1].append(
            canonical_bytes(
                {
                    "available_minor": available,
                    "day": day,
                    "drawn_at": drawn_at,
                    "eligible": decided.eligible,
                    "granted_minor": given,
                    "root": root.hex(),
                    "slice": number,
                    "tickets": len(drawn),
                    **heard,
                }
            )
        )
        for ticket in sorted(drawn, key=lambda ticket: ticket.gift_id.bytes):
            lines["tickets"][-1].append(
                canonical_bytes(
                    {
                        "amount_minor": ticket.amount_minor,
                        "gift": ticket.gift_id,
                        "paid_at": ticket.paid_at,
                        "person": ticket.person_id,
                        "project": ticket.project_id,
                    }
                )
            )
        for decision in sorted(decisions, key=lambda decision: decision.gift_id.bytes):
            lines["awards"][-1].append(
                canonical_bytes(
                    {"amount_minor": decision.amount_minor, "gift": decision.gift_id, "reason": decision.reason.value}
                )
            )
        bins[-1] |= {"last_slice": number, "slices": bins[-1]["slices"] + 1}
        bins[-1]["tickets"] += len(drawn)
        taken += len(drawn)
    pool = {
        "format": "redflower/draw/2",
        "pool": {
            "id": "01990000-0000-7000-8000-0000000000aa",
            "name_zh": "池",
            "name_en": "Pool",
            "sponsor_zh": "赞助方",
            "sponsor_en": "Sponsor",
            "state": "closed",
            "budget_minor": budget_minor,
            "granted_minor": granted,
            "returned_minor": budget_minor - granted,
            "closed_at": instant(OPENS_AT + timedelta(days=2)),
        },
        "festival": {
            "id": "01990000-0000-7000-8000-0000000000bb",
            "slug": "made-up",
            "name_zh": "节",
            "name_en": "Festival",
            "opens_at": instant(OPENS_AT),
            "closes_at": instant(OPENS_AT + timedelta(seconds=600 * slices)),
            "slice_seconds": 600,
            "allowance_seconds": 3,
            "slices": slices,
            "drawn_through": slices - 1,
            "time_zone": ZONE,
        },
        "rule_set": {"code": code, "version": 1, "sha256": sha256_hex(body), "body": body},
        "secret_sha256": commit_secret(SECRET),
        "secret": SECRET.hex(),
        "reveal_by": instant(reveal_by),
        "beacon": CHAIN.describe() if beacon else None,
        "bonus": [
            {"day": str(day), "projects": len(told), "sha256": sha256(write_bonus_day(day, told)).hexdigest()}
            for day, told in gathered.items()
        ]
        if read.flower_tiers
        else None,
        "files": {kind: f"{kind}/{{part}}.ndjson" for kind in lines},
        "parts": [
            {key: value for key, value in found.items() if key != "bin"} | {"part": part, "complete": True}
            for part, found in enumerate(bins)
        ],
    }
    files = {"pool.json": json.dumps(pool, ensure_ascii=False).encode()}
    if read.flower_tiers:
        files["bonus.ndjson"] = b"".join(write_bonus_day(day, told) + b"\n" for day, told in gathered.items())
    for kind, parts in lines.items():
        for part, rows in enumerate(parts):
            files[f"{kind}/{part}.ndjson"] = b"\n".join(rows) + b"\n"
    return files


def make_tiered_draw(number: int, gifts: int = 90) -> dict[str, bytes]:
    """A made-up draw whose rule counts flowers, all of it from one number: tiers, projects with their flowers, caps, and
    whether some of it was drawn too late. For programs that must come to the same as the platform."""
    chance = random.Random(number)
    froms = sorted(chance.sample(range(1, 150), chance.randint(1, 3)))
    tiers = []
    for flowers_from in froms:
        least = chance.randint(0, 9_000)
        tiers.append({"from": flowers_from, "least_bps": least, "most_bps": chance.randint(least, 10_000)})
    return make_draw(
        "random-2018",
        gifts,
        chance.randint(2, 14),
        chance.randint(1, 12),
        budget_minor=chance.choice((11, 40_000, 9_000_000)),
        part_tickets=chance.randint(10, 60),
        seed=number,
        late_from=chance.choice((None, None, chance.randint(0, 14))),
        beacon=chance.random() < 0.3,
        flowers=[chance.choice((0, flowers_from - 1, flowers_from, chance.randrange(300))) for flowers_from in froms],
        flower_tiers=tiers,
        award_max_bps=chance.choice((None, 1, 10_000, 10_000)),
        person_day_cap_minor=chance.choice((None, 700, 99_900)),
    )


def write_draw(files: dict[str, bytes], folder: Path) -> Path:
    """The same as files in a folder, as somebody keeps them who has fetched them."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder

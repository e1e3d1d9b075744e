#!/usr/bin/env python3
"""Draws a matching pool again, from nothing but the public files of a Red Flower site. Python 3.9 or newer, nothing else.

    python3 verify_draw.py https://site.example POOL      reads the files from the site
    python3 verify_draw.py FOLDER                         reads them from a folder (pool.json, slices/, tickets/ …)

What it is about. A sponsor gives money to a *pool*. While a festival runs, time is cut into *slices* of a few seconds, and
every gift paid in a slice has a *ticket* in it. When a slice is over, the pool's money for it is drawn among the tickets.
Before the first gift the site published (1) the rules and (2) the SHA-256 of a secret. After the pool has closed it
published the secret. From these and the tickets every result follows. This script computes each result and compares it.

It shows that results follow from what is published. That rules and secret stood *before* the first gift is shown by the
site's public log: `redflower verify draw` and the page /verify check that as well.
"""

# ruff: noqa: B905, RUF007 - plain zip() works in every Python this is to run on

import hashlib
import hmac
import json
import pathlib
import sys
import urllib.request
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo


def main(base, pool_name=""):
    read = reader(base, pool_name)
    pool = json.loads(read("pool.json"))
    rule, festival = pool["rule_set"]["body"], pool["festival"]
    print(f"{pool['pool']['name_zh']} / {pool['pool']['name_en']}")

    # 1. Are these the rules and the secret that were promised?
    check("the rules are the ones that were published", sha256(canonical(rule)).hex(), pool["rule_set"]["sha256"])
    if pool["secret"] is None:
        sys.exit("The pool has not closed: its secret is not public yet, and nobody can draw it again.")
    secret = bytes.fromhex(pool["secret"])
    check("the secret is the one that was promised", sha256(secret).hex(), pool["secret_sha256"])

    # Where flowers count: what each project had gathered as a day began, a line a day, promised by its hash.
    flowers = {}  # day -> {project: flowers}
    for place, line in enumerate(read("bonus.ndjson").splitlines() if rule.get("flower_tiers") else []):
        counted, stated = json.loads(line), pool["bonus"][place]
        check(f"flowers as {counted['day']} began", sha256(line).hex(), stated["sha256"], quiet=True)
        flowers[counted["day"]] = counted["flowers"]

    # 2. Draw every slice again, in their order.
    granted = tickets_seen = 0
    awarded_today = {}  # (day, person) -> fen, for rules that have a daily cap
    gifts_seen = set()
    for part in pool["parts"]:
        tickets = iter(read(f"tickets/{part['part']}.ndjson").splitlines())
        awards = iter(read(f"awards/{part['part']}.ndjson").splitlines())
        for line in read(f"slices/{part['part']}.ndjson").splitlines():
            slice_ = json.loads(line)
            number, where = slice_["slice"], f"slice {slice_['slice']}"
            lines = [next(tickets, b"{}") for _ in range(slice_["tickets"])]

            # Each ticket is 64 bytes, pages of 256 tickets are the leaves of the tree whose root was published at the draw.
            listed = [json.loads(each) for each in lines]
            rows = b"".join(ticket_bytes(each) for each in listed)
            pages = [rows[start : start + 256 * 64] for start in range(0, len(rows), 256 * 64)]
            root = merkle_root([sha256(b"\x00" + page) for page in pages])
            check(f"{where}: the tickets are the ones that were drawn", root.hex(), slice_["root"], quiet=True)

            # By now the pool had released its budget evenly over time; what earlier slices did not give rolls on.
            released = pool["pool"]["budget_minor"] * (number + 1) // festival["slices"]
            available = released - granted
            check(f"{where}: what there was to give", available, slice_["available_minor"], quiet=True)

            # The seed needs the secret, which the site had fixed, and the root, which the donors made.
            begins = datetime.fromisoformat(festival["opens_at"].replace("Z", "+00:00"))
            begins += timedelta(seconds=number * festival["slice_seconds"])
            day = begins.astimezone(ZoneInfo(festival["time_zone"])).date()
            late = (pool.get("reveal_by") or "9999") < slice_["drawn_at"]  # instants are spelled so that texts compare
            mixed = b""
            if pool.get("beacon") and not late:
                mixed = hear(pool["beacon"], slice_["beacon"], begins, festival, where)
            seed = keyed(secret, number.to_bytes(8, "big") + root + mixed)
            gathered = flowers[str(day)] if rule.get("flower_tiers") else {}
            drawn = draw(rule, None if late else seed, listed, available, day, awarded_today, gathered)

            for ticket in drawn:
                claimed = json.loads(next(awards, b"{}"))
                check(
                    f"{where}: gift {ticket['gift']}",
                    {k: ticket[k] for k in ("gift", "award", "reason")},
                    {
                        "gift": claimed.get("gift"),
                        "award": claimed.get("amount_minor"),
                        "reason": claimed.get("reason"),
                    },
                    quiet=True,
                )
                check(f"gift {ticket['gift']} has one ticket only", ticket["gift"] in gifts_seen, False, quiet=True)
                gifts_seen.add(ticket["gift"])
            granted += sum(ticket["award"] for ticket in drawn)
            tickets_seen += len(drawn)
        check(
            f"part {part['part']}: nothing is left over",
            (next(tickets, None), next(awards, None)),
            (None, None),
            quiet=True,
        )

    # 3. Does it add up?
    check("tickets", tickets_seen, sum(part["tickets"] for part in pool["parts"]))
    check("granted, in fen", granted, pool["pool"]["granted_minor"])
    check("granted + returned = budget", granted + pool["pool"]["returned_minor"], pool["pool"]["budget_minor"])
    if pool.get("beacon"):
        print(
            "The public beacon's rounds are the right ones; their signatures were NOT checked here (redflower verify draw does)."
        )
    print(f"Every award of {tickets_seen} tickets was computed again and agrees.")


def hear(beacon, heard, begins, festival, where):
    """What a public beacon gave to a slice: randomness that nobody knew before. It must be the first round made after the
    slice was due, and its randomness is the SHA-256 of its signature. The signature itself (BLS12-381) needs more than bare
    Python: `redflower verify draw` checks it."""
    due = begins + timedelta(seconds=festival["slice_seconds"] + festival["allowance_seconds"])
    genesis = datetime.fromtimestamp(beacon["genesis_seconds"], timezone.utc)  # noqa: UP017 - as above
    number = max((due - genesis) // timedelta(seconds=beacon["period_seconds"]) + 2, 1)
    check(f"{where}: the beacon's round", number, heard["round"], quiet=True)
    return sha256(bytes.fromhex(heard["signature"]))


def draw(rule, seed, tickets, available, day, awarded_today, gathered):
    """What each ticket of one slice gets: adds 'award' (fen) and 'reason' to it. Returns them in the order of the file."""
    taking_part = [ticket for ticket in tickets if ticket["amount_minor"] >= rule["gift_min_minor"]]
    for ticket in tickets:
        ticket["award"], ticket["reason"], ticket["boost"] = 0, "below_minimum", 10_000

    if seed is None:
        # Drawn after the moment that was promised before opening. Whoever knows the secret could have waited because they
        # did not like the result, so no secret is asked: everybody gets what a draw would have given on average.
        for ticket in taking_part:
            ticket["boost"] += bonus(rule, gathered.get(ticket["project"], 0), None)
        wishes = split(available, [ticket["amount_minor"] * ticket["boost"] for ticket in taking_part])
        if rule["method"] == "lottery":
            average = (rule["award_min_minor"] + rule["award_max_minor"]) // 2
            wishes = split(min(available, len(taking_part) * average), [1] * len(taking_part))
        return give(rule, tickets, taking_part, wishes, available, day, awarded_today)

    # Chance: a keyed hash of 1, 2, 3 ... gives 32 bytes for every two tickets. Of a ticket's 16 bytes the first eight say
    # when its turn is, the last eight which number it draws: in a lottery the size of its award, in a share its weight.
    for place, ticket in enumerate(tickets):
        block = keyed(seed, b"draw" + (place // 2 + 1).to_bytes(4, "big"))
        chance = block[16:] if place % 2 else block[:16]
        ticket["turn"], ticket["number"] = chance[:8], int.from_bytes(chance[8:], "big")
    taking_part.sort(key=lambda ticket: ticket["turn"])
    low, high = (
        (rule["award_min_minor"], rule["award_max_minor"])
        if rule["method"] == "lottery"
        else (rule["weight_low"], rule["weight_high"])
    )
    numbers = [low + ticket["number"] % (high - low + 1) for ticket in taking_part]
    wishes = numbers
    if rule["method"] == "share":
        for ticket in taking_part:  # flowers make a weight and a cap larger, by what is left of the ticket's own number
            left = ticket["number"] // (high - low + 1)
            ticket["boost"] += bonus(rule, gathered.get(ticket["project"], 0), left)
        weights = [ticket["amount_minor"] * number * ticket["boost"] for ticket, number in zip(taking_part, numbers)]
        wishes = split(available, weights)
    return give(rule, tickets, taking_part, wishes, available, day, awarded_today)


def bonus(rule, flowers, number):
    """What a project's flowers add, in hundredths of a percent: within its tier by the number, the middle without one."""
    added = 0
    for tier in rule.get("flower_tiers") or []:
        if flowers >= tier["from"]:
            least, most = tier["least_bps"], tier["most_bps"]
            added = (least + most) // 2 if number is None else least + number % (most - least + 1)
    return added


def split(money, weights):
    """Splits money by weights, exactly to the fen: running totals, rounded down."""
    totals = [0]
    for weight in weights:
        totals.append(totals[-1] + weight)
    marks = [money * total // totals[-1] if totals[-1] else 0 for total in totals]
    return [after - before for before, after in zip(marks, marks[1:])]


def give(rule, tickets, taking_part, wishes, available, day, awarded_today):
    """Gives each ticket in its turn what it wishes for, as far as the caps and the slice's budget allow."""
    left = available
    for ticket, wish in zip(taking_part, wishes):
        person = (day, ticket["person"])
        had, cap = awarded_today.get(person, 0), rule.get("person_day_cap_minor")
        if left == 0:
            ticket["reason"] = "budget_spent"
        elif wish == 0:
            ticket["reason"] = "share_below_one_fen"
        elif cap is not None and had >= cap:
            ticket["reason"] = "person_cap_reached"
        else:
            award = min(wish, left, rule["award_max_minor"])
            if cap is not None:
                award = min(award, cap - had)
            if rule.get("award_max_bps") is not None:  # hundredths of a percent of the gift, at least one fen
                most = ticket["amount_minor"] * rule["award_max_bps"] * ticket["boost"] // (10_000 * 10_000)
                award = min(award, max(most, 1))
            ticket["award"], ticket["reason"] = award, "awarded"
            awarded_today[person] = had + award
            left -= award
    return tickets


def ticket_bytes(ticket):
    """A ticket's 64 bytes: three numbers of 16, then fen and microseconds since 1970 as 8 bytes each."""
    ids = b"".join(bytes.fromhex(ticket[name].replace("-", "")) for name in ("gift", "person", "project"))
    paid = datetime.fromisoformat(ticket["paid_at"].replace("Z", "+00:00")) - datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - Python 3.9 reads this too
    return ids + ticket["amount_minor"].to_bytes(8, "big") + (paid // timedelta(microseconds=1)).to_bytes(8, "big")


def sha256(content):
    return hashlib.sha256(content).digest()


def keyed(key, text):
    """HMAC-SHA256."""
    return hmac.new(key, text, hashlib.sha256).digest()


def merkle_root(level):
    """The root over leaf hashes (RFC 6962): neighbours are hashed in pairs; an odd one out moves up as it is."""
    while len(level) > 1:
        pairs = [sha256(b"\x01" + one + other) for one, other in zip(level[::2], level[1::2])]
        level = pairs + level[len(pairs) * 2 :]
    return level[0] if level else sha256(b"")


def canonical(value):
    """The one way to write a value that is hashed: keys sorted, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def check(what, found, published, quiet=False):
    """Compares; the first difference ends the script and says where it is."""
    if found != published:
        sys.exit(f"✗ {what}\n  computed:  {found}\n  published: {published}")
    if not quiet:
        print(f"✓ {what}: {found}")


def reader(base, pool_name):
    """A function that reads one public file by its name."""
    if not base.startswith(("http://", "https://")):
        return lambda name: pathlib.Path(base, name).read_bytes()

    def fetch(path):
        with urllib.request.urlopen(base.rstrip("/") + path, timeout=60) as answer:  # noqa: S310 - http(s), as just checked
            return answer.read()

    listed = json.loads(fetch("/open/draws/index.json"))["pools"]
    found = [
        each for each in listed if pool_name and (each["pool"].startswith(pool_name) or each["festival"] == pool_name)
    ]
    if len(found) != 1:
        sys.exit(
            "Choose one POOL:\n"
            + "\n".join(f"  {each['pool']}  {each['name_en']} ({each['state']})" for each in listed)
        )
    folder = found[0]["file"].rsplit("/", 1)[0]
    return lambda name: fetch(f"{folder}/{name}")


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        sys.exit(f"✗ a file is not there, or not spelled as it must be: {error!r}")

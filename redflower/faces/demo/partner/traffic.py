"""Ambler's other users: a handful of made-up people whose deeds are reported in bulk, gently."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from redflower_client import Client, Deed, RedFlowerError

_PEOPLE = 60
_AT_ONCE = 8
_STORIES = ("porpoise", "nanyin", "football", "dogs")


def make_deeds(rng: Random, slugs: dict[str, str], now: datetime, zone: str, count: int = _AT_ONCE) -> list[Deed]:
    """What a few people did just now; a few of them did too little, or the same again, as people do."""
    local = now.astimezone(ZoneInfo(zone))
    minutes = local.hour * 60 + local.minute
    deeds = []
    for _ in range(count):
        person = f"walker-{rng.randrange(_PEOPLE)}"
        kind = rng.choice(
            [kind for kind in ("steps", "green", "like", "game", "round_up") if kind in slugs] or ["steps"]
        )
        name = f"{kind}.{person}.{now:%H%M%S}.{rng.randrange(10**6)}"
        told: dict[str, object] = {"id": name, "campaign": slugs.get(kind, ""), "user": person, "done_at": now}
        if kind == "steps":
            told |= {
                "amount": min(rng.randint(1_500, 14_000), minutes * 90),
            }
        elif kind == "green":
            told |= {"subject": name[:64], "facts": {"act": rng.choice(["ride", "ride", "own_cup", "linen"])}}
        elif kind == "like":
            story = rng.choice(_STORIES)
            told |= {"subject": story}
        elif kind == "round_up":
            payment = rng.randint(501, 6_000)
            spare = -payment % 100
            told |= {"subject": name[:64], "amount": spare, "facts": {"payment_minor": payment, "confirmed": True}}
        deeds.append(Deed(**told))  # type: ignore[arg-type]
    return deeds


def report_until(
    stop: threading.Event, client: Client, slugs: dict[str, str], now: Callable[[], datetime], zone: str, pause: timedelta,
    note: Callable[[int, int], None],
) -> None:  # fmt: skip
    """Reports a few deeds every `pause` until told to stop; what went unheard is reported again with the next ones."""
    rng, unheard = Random(), list[Deed]()
    while not stop.wait(pause.total_seconds()):
        deeds = [*unheard, *make_deeds(rng, slugs, now(), zone)]
        try:
            report = client.report_deeds(deeds)
        except RedFlowerError:
            unheard = deeds[-100:]
            continue
        unheard = []
        note(len(deeds), len(report.with_status("accepted", "capped")))

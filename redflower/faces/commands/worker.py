"""The worker: draws due slices, closes finished pools, asks about late payments, and lets followers catch up."""

import argparse
import logging
import signal
import threading
from collections.abc import Callable, Sequence

from django.conf import settings
from django.db import close_old_connections

from redflower.domains.festivals import selectors, services
from redflower.faces.followers import dreams, proofs, scenes, search, webhooks
from redflower.faces.followers.insights import follow_once
from redflower.faces.shared.beacons import Beacons
from redflower.faces.shared.exports.builder import OpenData
from redflower.faces.shared.late_payments import LatePayments
from redflower.faces.shared.refunds import Refunds
from redflower.faces.shared.webhooks import loopback_ports, webhook_key
from redflower.flows.webhooks import deliver_due_webhooks
from redflower.kernel import clock
from redflower.plumbing.db import DATABASE_ERRORS

TICK_SECONDS = 0.5
log = logging.getLogger("redflower.worker")
_beacons = Beacons()
_late_payments = LatePayments()
_open_data = OpenData()
_refunds = Refunds()


def run(arguments: Sequence[str]) -> int:
    """Works until SIGTERM or SIGINT; whatever was in hand commits or is rolled back whole."""
    argparse.ArgumentParser(prog="redflower worker", description=__doc__).parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        if not work_once():
            stop.wait(TICK_SECONDS)
    return 0


def work_once() -> bool:
    """One round over everything that is due; True when there may be more to do at once."""
    return any(
        [
            _guard("beacons", _beacons.fetch_once),
            _guard("draw", _draw),
            _guard("insights", follow_once),
            _guard("log", proofs.follow_once),
            _guard("payments", _late_payments.ask_once),
            _guard("refunds", _refunds.release_once),
            _guard("refunded", _refunds.ask_once),
            _guard("webhooks", webhooks.follow_once),
            _guard("post", _post),
            _guard("scenes", scenes.follow_once),
            _guard("goals", scenes.tidy_once),
            _guard("dreams", dreams.follow_once),
            _guard("letters", dreams.post_once),
            _guard("search", search.follow_once),
            _guard("open data", _open_data.build_once),
        ]
    )


def _guard(name: str, work: Callable[[], int]) -> bool:
    """One task's failure is logged and retried at the next tick; it never stops the others."""
    try:
        return work() > 0
    except DATABASE_ERRORS as error:
        log.warning("%s failed and will be tried again: %s", name, error)
        close_old_connections()  # a broken one; the next round opens another
    except Exception:
        log.exception("%s failed", name)
    return False


def _post() -> int:
    return deliver_due_webhooks(webhook_key(), loopback_ports(), clock.now())


def _draw() -> int:
    drawn = 0
    for festival in selectors.list_festivals_to_draw(clock.now()):
        now = clock.now()
        drawn += services.draw_due_slices(festival.id, settings.TIME_ZONE, now)
        if selectors.is_fully_drawn(festival.slug):
            drawn += services.close_pools(festival.id, now)
    return drawn

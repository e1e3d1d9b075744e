"""The sandbox provider's post office: delivers its notices to merchants until told to stop.

A part of the provider, run as a process of its own so that a merchant that answers slowly never holds up a payer.
"""

import argparse
import logging
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx

from redflower.adapters.sandbox_bank import Bank, BankDown, SignedNotice
from redflower.kernel import clock

POLL = timedelta(milliseconds=100)
SENDERS = 16
# Everything taken must be over before its lease is (30 s): 64 notices, 16 at a time, 5 s each at the worst.
IN_HAND_MAX = 64
_TIMEOUT = httpx.Timeout(5.0)
_AFTER_FAULT_SECONDS = 1.0

log = logging.getLogger("redflower.sandbox_post")


def run(args: Sequence[str]) -> int:
    """Delivers until SIGTERM or SIGINT, then finishes what is on the wire and returns 0.

    Needs: REDFLOWER_DATA, the data folder; the bank is in its `sandbox` folder.
    """
    parser = argparse.ArgumentParser(prog="redflower sandbox-post", description=__doc__)
    parser.parse_args(args)
    data = os.environ.get("REDFLOWER_DATA")
    if not data:
        parser.error("REDFLOWER_DATA, the data folder, is not set")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    post_until(stop, Bank(Path(data) / "sandbox"))
    return 0


def post_until(stop: threading.Event, bank: Bank) -> None:
    """Takes what is due, sends it side by side, and writes down each answer, until `stop` is set.

    Killed in the middle, it loses nothing: what it had taken is due again when its lease ends.
    """
    in_hand: dict[Future[str | None], int] = {}
    with (
        # Loopback and merchants named by the operator only: no proxies, and a notice follows no redirect.
        httpx.Client(timeout=_TIMEOUT, trust_env=False, limits=httpx.Limits(max_connections=SENDERS)) as client,
        ThreadPoolExecutor(SENDERS, thread_name_prefix="sandbox-post") as pool,
    ):
        while not stop.wait(POLL.total_seconds()):
            try:
                _write_down_answers(bank, in_hand)
                for notice in bank.take_due_notices(clock.now(), IN_HAND_MAX - len(in_hand)):
                    in_hand[pool.submit(_deliver, client, notice)] = notice.notice_id
            except BankDown as fault:
                log.warning("the provider's books cannot be used now: %s", fault)
                stop.wait(_AFTER_FAULT_SECONDS)
        pool.shutdown(cancel_futures=True)
    _write_down_answers(bank, in_hand)


def _write_down_answers(bank: Bank, in_hand: dict[Future[str | None], int]) -> None:
    """Marks what is over; what was called off at the stop keeps its lease and is sent by the next run."""
    # Looked at once: an answer that arrives from here on belongs to the next round.
    over = [future for future in in_hand if future.done()]
    answers = [(in_hand[future], future.result()) for future in over if not future.cancelled()]
    if sent := [notice_id for notice_id, fault in answers if fault is None]:
        bank.mark_sent(sent, clock.now())
    if failed := [(notice_id, fault) for notice_id, fault in answers if fault is not None]:
        bank.mark_retry(failed, clock.now())
    for future in over:
        del in_hand[future]


def _deliver(client: httpx.Client, notice: SignedNotice) -> str | None:
    """Sends one notice; None when the merchant answered 2xx, else what went wrong."""
    try:
        response = client.post(notice.url, content=notice.body, headers=notice.headers)
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        return f"{type(fault).__name__}: {fault}"
    return None if response.is_success else f"HTTP {response.status_code}"

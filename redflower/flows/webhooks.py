"""Telling partners: take what is due, speak to their servers outside every transaction, write down what became of it."""

from collections.abc import Callable, Sequence
from datetime import datetime

from redflower.adapters.webhooks import Answer, Parcel, post_parcels
from redflower.domains.partners.rules import derive_secret, list_secret_versions
from redflower.domains.partners.selectors import has_due_messages
from redflower.domains.partners.services import record_tries, take_due_messages
from redflower.domains.partners.types import DueMessage, TryResult

# All of them are over before their lease is: 32 parcels, 16 at a time, 8 s each at the worst, in 60 s.
TAKEN_MAX = 32

Post = Callable[[Sequence[Parcel]], list[Answer]]


def deliver_due_webhooks(key: bytes, loopback_ports: frozenset[int], now: datetime) -> int:
    """Delivers a handful of what is due; returns how many were tried.

    Replay: killed after a partner has heard and before that is written down, it tells them again, under the same id.
    """
    return deliver_through(lambda parcels: post_parcels(parcels, loopback_ports), key, now)


def deliver_through(post: Post, key: bytes, now: datetime) -> int:
    """As `deliver_due_webhooks`, through a post office of the caller's."""
    if not has_due_messages(now):
        return 0
    due = take_due_messages(TAKEN_MAX, now)
    answers = post([_pack(message, key, now) for message in due])
    results = [
        TryResult(message.id, answer.status, answer.error, answer.milliseconds, now)
        for message, answer in zip(due, answers, strict=True)
    ]
    if results:
        record_tries(results)
    return len(results)


def _pack(message: DueMessage, key: bytes, at: datetime) -> Parcel:
    versions = list_secret_versions(message.secret_version, message.rotated_at, at)
    secrets = tuple(derive_secret(message.endpoint_id, version, key) for version in versions)
    return Parcel(f"msg_{message.id.hex}", message.url, message.body.encode(), secrets, at)

"""Partners: events are told once per endpoint, tries are kept, and pauses grow."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from redflower.adapters.webhooks import Answer, Parcel
from redflower.domains.partners import rules, selectors, services
from redflower.domains.partners.errors import EndpointNotFound, EndpointsTooMany, MessageNotFound
from redflower.domains.partners.types import MessageState, NewMessage
from redflower.flows.webhooks import deliver_through
from redflower.plumbing.db import command
from tests.factories import NOON, make_user

pytestmark = pytest.mark.django_db(transaction=True)
PARTNER = UUID(int=7)
KEY = b"key"
queue = command(services.queue_messages)


def news(key: str = "deeds-1", kind: str = "deeds.settled", partner: UUID = PARTNER) -> NewMessage:
    return NewMessage(partner, key, kind, {"deeds": [{"id": "d-1", "result": "earned", "flowers": 2}]})


def endpoint(kinds: Sequence[str] = (), partner: UUID = PARTNER) -> UUID:
    return services.open_endpoint(partner, f"https://hooks.example.org/{uuid4()}", kinds, NOON)


class Post:
    """A post office that answers as told and keeps what it was given."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.parcels: list[Parcel] = []

    def __call__(self, parcels: Sequence[Parcel]) -> list[Answer]:
        self.parcels += parcels
        statuses = [self.statuses.pop(0) if self.statuses else 204 for _ in parcels]
        return [Answer(status, "" if 200 <= status < 300 else f"HTTP {status}", 12) for status in statuses]


def deliver_at(post: Post, at: datetime) -> int:
    return deliver_through(post, KEY, at)


def test_an_event_is_told_once_to_every_endpoint_that_wants_it() -> None:
    everything, only_caps = endpoint(), endpoint(["cap.reached"])
    endpoint(partner=UUID(int=8))
    assert queue([news(), news("cap-1", "cap.reached")], NOON) == 3
    assert queue([news(), news("cap-1", "cap.reached")], NOON) == 0
    told = selectors.list_messages(PARTNER)
    assert {(each.endpoint_id, each.kind) for each in told} == {
        (everything, "deeds.settled"), (everything, "cap.reached"), (only_caps, "cap.reached"),
    }  # fmt: skip
    body = json.loads(next(each for each in told if each.kind == "deeds.settled").body)
    assert (body["type"], body["data"]["deeds"][0]["flowers"]) == ("deeds.settled", 2)
    assert all(each.id.version == 7 for each in told)


def test_a_message_is_heard_and_done() -> None:
    endpoint()
    queue([news()], NOON)
    post = Post()
    assert deliver_through(post, KEY, NOON) == 1
    assert deliver_through(post, KEY, NOON + timedelta(days=9)) == 0
    [message] = selectors.list_messages(PARTNER)
    assert (message.state, message.tries, message.last_status) == (MessageState.HEARD, 1, 204)
    assert post.parcels[0].message_id == f"msg_{message.id.hex}"
    assert selectors.count_messages_by_state(PARTNER, NOON)[MessageState.HEARD] == 1


def test_pauses_grow_until_the_message_is_given_up_and_a_replay_keeps_its_id() -> None:
    operator = make_user(is_operator=True)
    endpoint()
    queue([news()], NOON)
    post, at, pauses = Post(*[500] * rules.TRIES_MAX), NOON, []
    for _ in range(rules.TRIES_MAX):
        assert deliver_at(post, at) == 1
        [message] = selectors.list_messages(PARTNER)
        if message.due_at is None:
            break
        pauses.append(message.due_at - at)
        assert deliver_at(post, message.due_at - timedelta(milliseconds=1)) == 0
        at = message.due_at
    assert [int(pause.total_seconds()) for pause in pauses] == list(rules.RETRY_SECONDS)
    assert (message.state, message.last_error) == (MessageState.GIVEN_UP, "HTTP 500")
    assert services.replay_messages(PARTNER, [message.id], operator.id, at) == 1
    assert deliver_through(post, KEY, at) == 1
    assert len({parcel.message_id for parcel in post.parcels}) == 1
    assert [each.number for each in selectors.list_tries(message.id)] == list(range(1, rules.TRIES_MAX + 2))
    assert selectors.get_message(PARTNER, message.id).state == MessageState.HEARD
    with pytest.raises(MessageNotFound):
        services.replay_messages(UUID(int=9), [message.id], operator.id, at)


def test_a_sender_that_dies_holds_a_message_no_longer_than_its_lease() -> None:
    endpoint()
    queue([news()], NOON)
    [taken] = services.take_due_messages(10, NOON)  # and never records what became of it
    assert services.take_due_messages(10, NOON + rules.LEASE - timedelta(seconds=1)) == []
    [again] = services.take_due_messages(10, NOON + rules.LEASE)
    assert again.id == taken.id


def test_one_message_to_a_broken_partner_delays_nobody_elses() -> None:
    endpoint()
    services.open_endpoint(UUID(int=8), "https://other.example.org/", [], NOON)
    queue([news(), news(partner=UUID(int=8))], NOON)
    assert deliver_through(Post(0, 204), KEY, NOON) == 2
    states = [selectors.list_messages(partner)[0].state for partner in (PARTNER, UUID(int=8))]
    assert sorted(states) == [MessageState.HEARD, MessageState.WAITING]


def test_both_secrets_sign_for_a_day_after_a_rotation() -> None:
    operator, hook = make_user(is_operator=True), endpoint()
    queue([news()], NOON)
    assert services.rotate_endpoint_secret(PARTNER, hook, operator.id, NOON) == 2
    post = Post(500)
    deliver_through(post, KEY, NOON)
    deliver_through(post, KEY, NOON + rules.ROTATION_OVERLAP)
    new, old = (rules.derive_secret(hook, version, KEY) for version in (2, 1))
    assert [parcel.secrets for parcel in post.parcels] == [(new, old), (new,)]
    assert new != old


def test_a_closed_endpoint_hears_nothing_more() -> None:
    operator, hook = make_user(is_operator=True), endpoint()
    queue([news()], NOON)
    services.close_endpoint(PARTNER, hook, operator.id, NOON)
    assert deliver_through(Post(), KEY, NOON) == 0
    assert queue([news("deeds-2")], NOON) == 0
    with pytest.raises(EndpointNotFound):
        selectors.get_endpoint(PARTNER, hook)


def test_there_is_a_limit_to_endpoints_and_the_same_address_is_the_same_endpoint() -> None:
    made = [services.open_endpoint(PARTNER, f"https://example.org/{n}", [], NOON) for n in range(rules.ENDPOINTS_MAX)]
    assert services.open_endpoint(PARTNER, "https://example.org/0", [], NOON) == made[0]
    with pytest.raises(EndpointsTooMany):
        services.open_endpoint(PARTNER, "https://example.org/one-more", [], NOON)

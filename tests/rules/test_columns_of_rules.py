"""What is decided by the thousand is what is decided one by one."""

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122

from hypothesis import given
from hypothesis import strategies as st

from redflower.domains.donations.rules import check_gift, find_refused
from redflower.domains.donations.types import GiftRequest
from redflower.domains.festivals.rules import people_in_festival, person_in_festival
from redflower.domains.ledger.rules import account_id, account_ids
from redflower.domains.ledger.types import AccountKind
from redflower.kernel.clock import local_date, local_dates
from redflower.kernel.errors import Refusal
from redflower.kernel.ids import derive_id, derive_ids, hashed_id, hashed_ids, ids_at, new_id, read_ids

IDS = st.lists(st.uuids(), max_size=8)
INSTANT = st.integers(-(10**15), 7 * 10**15).map(
    lambda us: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
)


@given(IDS, st.text(max_size=20))
def test_derived_ids(bases, purpose):
    assert derive_ids([base.bytes for base in bases], purpose) == [derive_id(base, purpose).bytes for base in bases]


@given(st.lists(st.binary(min_size=16, max_size=16), max_size=8))
def test_hashed_ids(digests):
    assert hashed_ids(digests) == [hashed_id(digest).bytes for digest in digests]


@given(IDS, st.sampled_from(AccountKind))
def test_accounts(owners, kind):
    assert account_ids(kind, [owner.bytes for owner in owners]) == [account_id(kind, owner).bytes for owner in owners]


@given(IDS, st.uuids())
def test_people_of_a_festival(people, festival):
    assert people_in_festival([person.bytes for person in people], festival) == [
        person_in_festival(person, festival).bytes for person in people
    ]


@given(st.lists(INSTANT, max_size=8), st.sampled_from(["Asia/Shanghai", "America/New_York", "UTC"]))
def test_local_days(instants, zone):
    assert local_dates(instants, zone) == [local_date(at, zone) for at in instants]


def test_fresh_ids_of_one_instant_are_version_seven_and_all_different():
    moment = new_id().int >> 80
    ids = ids_at(moment, 1_000)
    assert len(set(ids)) == 1_000
    assert all((each.version, each.variant, each.int >> 80) == (7, RFC_4122, moment) for each in read_ids(ids))


@given(IDS)
def test_ids_read_from_their_bytes(ids):
    assert read_ids([each.bytes for each in ids]) == ids
    assert [str(each) for each in read_ids([each.bytes for each in ids])] == [str(each) for each in ids]


PLAIN = st.builds(
    GiftRequest,
    st.text("abc", min_size=1, max_size=3),
    st.uuids(),
    st.uuids(),
    st.integers(1, 10**9),
    st.just("anonymous"),
)
ODD = st.builds(
    GiftRequest, st.sampled_from(["k", "", "k" * 81, "k\u200d", "\u200d", "😀", "\ufffd", "\n"]), st.uuids(), st.uuids(),
    st.sampled_from([1, 0, -1, 10**9, 10**9 + 1, True, 1.5, "1"]), st.sampled_from(["anonymous", "named", "loud"]),
    st.sampled_from(["", " ", "小满", "x" * 100]), st.sampled_from(["", "hi", "\x00", "x" * 2_000]),
)  # fmt: skip


def check_one(request):
    try:
        check_gift(request)
    except Refusal as refusal:
        return type(refusal)
    return None


@given(st.lists(PLAIN, max_size=4), st.lists(ODD, max_size=2))
def test_gifts_refused(plain, odd):
    requests = [*plain, *odd, *plain]
    found = find_refused(requests)
    assert [type(found[place]) if place in found else None for place in range(len(requests))] == [
        check_one(request) for request in requests
    ]

"""A round of dreams at its full size: 8,000 proposals on the desk and ten million flowers given. Prints a table.

Not one of the numbered promises: `python -m bench.dreams [--ballots N]`. The past is written by one statement a table, the
way the rooms write it; then every list, count and ballot is asked for as the pages ask, and timed.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

_PROPOSALS, _DREAMS, _DONORS = 8_000, 40, 400_000
_FLOWERS_A_BALLOT = 2

# Proposal n was handed in n minutes into the call; every third waits for the desk still.
_PROPOSAL = """
INSERT INTO dreams_proposal (id, call_id, author_id, title_zh, title_en, summary_zh, summary_en, need_zh, need_en, story_zh,
    story_en, helped_zh, helped_en, people, cause, region, budget, grant_minor, motif, palette, picture_seed, author_name,
    about_zh, about_en, email, language, needs_look, words, created_at, saved_at)
SELECT (lpad(to_hex(1788600000000 + n * 60000), 12, '0') || '7000' || '8' || substr(md5(n::text), 1, 15))::uuid, %(call)s,
    p.author_id, p.title_zh || n, p.title_en || n, p.summary_zh, p.summary_en, repeat(p.need_zh, 40), p.need_en,
    repeat(p.story_zh, 60), p.story_en, p.helped_zh, p.helped_en, p.people, (ARRAY['education','health','elderly','rural'])[1 + n %% 4],
    (ARRAY['530000','110000','440000','620000'])[1 + n / 7 %% 4], p.budget, p.grant_minor, p.motif, p.palette, n %% 900, p.author_name,
    p.about_zh, p.about_en, p.email, p.language, n %% 50 = 0,
    to_tsvector('simple', (ARRAY['piano','well','library','bridge','garden'])[1 + n %% 5] || ' school hills ' || n),
    %(at)s, %(at)s
FROM dreams_proposal p, generate_series(1, %(count)s) AS n WHERE p.id = %(one)s
"""
_SUBMITTED = """
INSERT INTO dreams_act (id, proposal_id, number, act, reason, suggestion, actor_id, at)
SELECT gen_random_uuid(), id, 1, 'submit', '', '', NULL, %(at)s FROM dreams_proposal WHERE title_zh ~ '[0-9]$'
"""
_ANSWERED = """
INSERT INTO dreams_act (id, proposal_id, number, act, reason, suggestion, actor_id, at)
SELECT gen_random_uuid(), id, 2, (ARRAY['shortlist','return','decline'])[1 + picture_seed / 3 %% 3], 'because', '', %(actor)s, %(at)s
FROM dreams_proposal WHERE title_zh ~ '[0-9]$' AND picture_seed %% 3 > 0
"""
_PEOPLE = """
INSERT INTO people_donor (id, shown_name, region, created_at)
SELECT (lpad(to_hex(1788500000000 + n), 12, '0') || '7000' || '8' || substr(md5(n || 'donor'), 1, 15))::uuid, '', '', %(at)s
FROM generate_series(1, %(count)s) AS n
"""
_BALLOT_ID = "(lpad(to_hex(1788700000000 + n), 12, '0') || '7000' || '8' || substr(md5(n || 'ballot'), 1, 15))::uuid"
_GIVEN = """
FROM generate_series(1, %(count)s) AS n, (SELECT array_agg(id ORDER BY id) AS ids FROM people_donor) d,
     (SELECT array_agg(x.id ORDER BY x.id) AS ids FROM dreams_dream x) r
"""
_DONOR = "d.ids[1 + (hashint8(n) & 2147483647) %% cardinality(d.ids)]"
_DREAM = "r.ids[1 + (hashint8(n * 7) & 2147483647) %% cardinality(r.ids)]"
_BALLOTS = f"""
INSERT INTO dreams_ballot (id, dream_id, donor_id, key, flowers, shown_name, words, words_state, rally_id, given_at)
SELECT {_BALLOT_ID}, {_DREAM}, {_DONOR}, n::text, {_FLOWERS_A_BALLOT}, CASE WHEN n %% 10 = 0 THEN 'Ada' ELSE '' END,
    CASE WHEN n %% 10 = 0 THEN 'go on' ELSE '' END,
    CASE WHEN n %% 10 > 0 THEN 'none' WHEN n %% 5000 = 0 THEN 'held' ELSE 'shown' END, NULL, %(at)s {_GIVEN}
"""
_TRANSFERS = """
INSERT INTO ledger_transfer (id, asset, kind, phase, debit_id, credit_id, amount, subject_id, rule, booked_at)
SELECT md5(b.id || 'given')::uuid, 2, 'flowers_given', 'posted', md5(b.donor_id::text)::uuid, a.id, b.flowers, b.id, '', b.given_at
FROM dreams_ballot b JOIN ledger_account a ON a.owner_id = b.dream_id AND a.kind = 'dream'
"""
_BALANCES = """
UPDATE ledger_account a SET credits_posted = n.flowers FROM (SELECT dream_id, sum(flowers) AS flowers FROM dreams_ballot GROUP BY 1) n
WHERE a.owner_id = n.dream_id AND a.kind = 'dream'
"""
_TALLIES = """
UPDATE dreams_tally t SET ballots = n.ballots, givers = n.givers
FROM (SELECT dream_id, count(*) AS ballots, count(DISTINCT donor_id) AS givers FROM dreams_ballot GROUP BY 1) n
WHERE n.dream_id = t.dream_id
"""


def main() -> int:
    """Fills a database of its own, times what pages ask of it, and prints both."""
    parser = argparse.ArgumentParser(prog="python -m bench.dreams", description=__doc__)
    parser.add_argument(
        "--ballots", type=int, default=5_000_000, help=f"acts of giving, {_FLOWERS_A_BALLOT} flowers each"
    )
    count = parser.parse_args().ballots
    from bench.database import bench_database, connect

    with bench_database() as dsn, connect(dsn) as conn:
        one, call, actor, dreams = _make_round()
        began = time.monotonic()
        _fill(conn, one, call, actor, count)
        print(
            f"filled {_PROPOSALS:,} proposals, {count * _FLOWERS_A_BALLOT:,} flowers in {time.monotonic() - began:.0f} s\n"
        )
        for name, work in _reads(call, dreams):
            print(f"{name:<44} {_time(work):>9.1f} ms")
        _give(dreams)
    return 0


def _make_round() -> tuple[UUID, UUID, UUID, list[UUID]]:
    """The smallest round with as many dreams as a real one, through the rooms' own doors."""
    from redflower.domains.dreams import selectors
    from tests.dreaming import open_dreams

    dreams, operators = open_dreams(_DREAMS, minimum=50_000_000, fund_minor=10**11)
    proposal = selectors.find_dream(dreams[0], _now()).proposal_id  # type: ignore[union-attr]
    return proposal, selectors.get_proposal(proposal).call_id, operators[0], dreams


def _now() -> Any:
    from tests.dreaming import OPENS

    return OPENS + timedelta(days=1)


def _fill(conn: Any, one: UUID, call: UUID, actor: UUID, count: int) -> None:
    known = {"one": one, "call": call, "actor": actor, "at": _now()}
    steps = [
        (_PROPOSAL, _PROPOSALS), (_SUBMITTED, 0), (_ANSWERED, 0), (_PEOPLE, _DONORS), (_BALLOTS, count), (_TRANSFERS, 0),
        (_BALANCES, 0), (_TALLIES, 0),
    ]  # fmt: skip
    for statement, rows in steps:
        with conn.transaction():
            conn.execute("SET LOCAL session_replication_role = replica")
            conn.execute(statement, {**known, "count": rows})
    conn.execute("ANALYZE")
    conn.execute("CHECKPOINT")


def _reads(call: UUID, dreams: list[UUID]) -> list[tuple[str, Callable[[], object]]]:
    """What the desk, the garden and a giver's own pages ask."""
    from redflower.domains.dreams import audit, selectors
    from redflower.domains.dreams.types import ProposalState
    from redflower.domains.people.services import make_donors
    from redflower.plumbing.db import fetch_all

    now = _now()
    row = selectors.list_proposals(call, limit=50)
    deep = fetch_all("SELECT id FROM dreams_proposal ORDER BY id OFFSET 1000 LIMIT 1", [])[0]["id"]
    donor = fetch_all("SELECT donor_id FROM dreams_ballot LIMIT 1", [])[0]["donor_id"]
    newcomer = make_donors(1, now)[0]
    round_id = selectors.find_dream(dreams[0], now).round_id  # type: ignore[union-attr]
    assert len(row) == 50  # noqa: S101 - an empty desk would be quick
    reads: list[tuple[str, Callable[[], object]]] = [
        ("desk: first page", lambda: selectors.list_proposals(call, limit=51)),
        ("desk: what waits", lambda: selectors.list_proposals(call, [ProposalState.SUBMITTED], limit=51)),
        ("desk: theme and place", lambda: selectors.list_proposals(call, (), "education", "530000", limit=51)),
        ("desk: words", lambda: selectors.list_proposals(call, text="piano", limit=51)),
        ("desk: a word that is rare", lambda: selectors.list_proposals(call, text="7777", limit=51)),
        ("desk: with contact details", lambda: selectors.list_proposals(call, needs_look=True, limit=51)),
        ("desk: page far back", lambda: selectors.list_proposals(call, after=deep, limit=51)),
        ("desk: counts of one call", lambda: selectors.count_proposals_by_state(call)),
        ("desk: counts of all calls", lambda: selectors.count_proposals_by_state()),
        ("desk: handed in, by call", lambda: selectors.count_handed_in([call])),
        ("every console page: words that wait", selectors.count_held_words),
        ("desk: words to look at", selectors.list_held_words),
        ("shortlist for all", lambda: selectors.list_public_shortlist(call)),
        ("round: 40 dreams with their flowers", lambda: selectors.list_dreams([round_id], now)),
        ("round: givers", lambda: selectors.count_givers(dreams)),
        ("dream: page", lambda: selectors.find_dream(dreams[3], now)),
        ("dream: what givers say", lambda: selectors.list_words(dreams[3])),
        ("giver: own ballots", lambda: selectors.get_ballots_of_person([donor], limit=30)),
        ("giver: what they gave", lambda: selectors.sum_given([donor], "Asia/Shanghai")),
        ("giver: letters", lambda: selectors.list_letters([donor])),
        ("newcomer: all of the same", lambda: (selectors.get_ballots_of_person([newcomer]), selectors.list_letters([newcomer]))),
        ("clock: dreams to decide", lambda: selectors.list_dreams_to_decide(now)),
        ("clock: dreams to return", selectors.list_dreams_to_return),
    ]  # fmt: skip
    return reads + [(f"audit: {law.code}", law.count_differences) for law in audit.INVARIANTS]


def _time(work: Callable[[], object]) -> float:
    """The middle of five times in milliseconds; of one, for what takes seconds."""
    taken = []
    for _ in range(6):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1_000)
        if taken[-1] > 2_000:
            return taken[-1]
    return statistics.median(taken[1:])


def _give(dreams: list[UUID]) -> None:
    """Ballots through the room's own door beside all those rows, and the decision at the close."""
    from redflower.domains.dreams import services
    from redflower.domains.dreams.types import BallotOutcome, BallotRequest
    from redflower.domains.people.services import make_donors
    from redflower.kernel.ids import new_id
    from tests.dreaming import CLOSES, pick_flowers

    for size, rounds in ((1, 60), (100, 10), (1_000, 5)):
        donors = make_donors(size, _now())
        pick_flowers(donors, rounds)
        began, given = time.perf_counter(), 0
        for turn in range(rounds):
            chosen = [dreams[(place + turn) % len(dreams)] for place in range(size)]
            pairs = zip(donors, chosen, strict=True)
            requests = [BallotRequest(new_id().hex, (donor,), dream, 1) for donor, dream in pairs]
            given += sum(isinstance(each, BallotOutcome) for each in services.give_flowers(requests, (), _now()))
        took = time.perf_counter() - began
        print(f"{f'ballots, {size} at once ({given:,} given)':<44} {given / took:>9.0f} a second")
    began = time.perf_counter()
    services.decide_dreams(dreams, CLOSES)
    print(f"{'deciding 40 dreams at the close':<44} {(time.perf_counter() - began) * 1_000:>9.1f} ms")


if __name__ == "__main__":
    raise SystemExit(main())

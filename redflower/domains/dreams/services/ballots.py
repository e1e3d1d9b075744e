"""Giving flowers to dreams, by the list, and taking them back while a round allows it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from redflower.domains.dreams import errors, posting, rules
from redflower.domains.dreams.posting import NewBallot
from redflower.domains.dreams.services.rounds import reverse_ballots
from redflower.domains.dreams.types import BallotOutcome, BallotRequest
from redflower.domains.flowers.rules import plan_pieces
from redflower.domains.ledger import posting as ledger
from redflower.domains.ledger.posting import post_transfers
from redflower.domains.ledger.rules import account_id
from redflower.domains.ledger.types import AccountKind
from redflower.domains.people.posting import welcome_guests
from redflower.kernel.errors import Refusal
from redflower.kernel.ids import id_at, millisecond_of
from redflower.plumbing.db import command, raw_connection
from redflower.plumbing.events import append_events


@command
def give_flowers(
    requests: Sequence[BallotRequest], held_words: Collection[str], now: datetime
) -> list[BallotOutcome | Refusal]:
    """Gives flowers to dreams; one answer per request, in order: what was given, or why not.

    Holds the accounts of all givers and dreams before it looks, so a giver's last flower is spent once, a cap is a cap,
    and the flower that reaches a dream's minimum is the last one. Ask `decide_dreams` about those that are met.
    Errors (as answers): what `rules.check_ballot` refuses, BallotConflict, DreamNotFound, what `rules.check_room`
    refuses, FlowersNotEnough.
    Replay: the same key of the same person is answered as the first time.
    """
    giving = _Giving(requests, held_words, now)
    answers = [giving.answer(request) for request in requests]
    giving.write()
    return answers


class _Giving:
    """A list of acts of giving while their accounts are held."""

    def __init__(self, requests: Sequence[BallotRequest], held_words: Collection[str], now: datetime) -> None:
        self._conn, self._held_words, self._now = raw_connection(), held_words, now
        donors = {donor for request in requests for donor in request.donor_ids}
        dreams = {request.dream_id for request in requests}
        purses = {account_id(AccountKind.FLOWERS, donor): donor for donor in donors}
        free = ledger.hold_accounts(
            self._conn, [*purses, *(account_id(AccountKind.DREAM, dream_id) for dream_id in dreams)]
        )
        self._held = {purses[account]: flowers for account, flowers in free.items() if account in purses}
        self._standings = posting.load_standings(self._conn, dreams)
        self._first = posting.find_first_answers(self._conn, donors, {request.key for request in requests})
        self._by_dream: dict[tuple[UUID, UUID], int] = defaultdict(int)
        self._by_round: dict[tuple[UUID, UUID], int] = defaultdict(int)
        for donor, dream, round_id, flowers in posting.load_given(self._conn, donors):
            self._by_dream[donor, dream] += flowers
            self._by_round[donor, round_id] += flowers
        self._ballots: list[NewBallot] = []
        self._new_givers: dict[UUID, int] = defaultdict(int)

    def answer(self, request: BallotRequest) -> BallotOutcome | Refusal:
        try:
            rules.check_ballot(request)
            return self._find_first(request) or self._plan(request)
        except Refusal as refusal:
            return refusal

    def _find_first(self, request: BallotRequest) -> BallotOutcome | None:
        known = [self._first[donor, request.key] for donor in request.donor_ids if (donor, request.key) in self._first]
        if not known:
            return None
        if {dream for _, dream, _ in known} != {request.dream_id} or sum(f for *_, f in known) != request.flowers:
            raise errors.BallotConflict
        standing = self._standings[request.dream_id]
        return BallotOutcome(
            tuple(ballot for ballot, *_ in known), request.dream_id, request.flowers, standing.flowers,
            standing.flowers >= standing.minimum, True,
        )  # fmt: skip

    def _plan(self, request: BallotRequest) -> BallotOutcome:
        standing = self._standings.get(request.dream_id)
        if standing is None:
            raise errors.DreamNotFound
        given_dream = sum(self._by_dream[donor, request.dream_id] for donor in request.donor_ids)
        given_round = sum(self._by_round[donor, standing.round_id] for donor in request.donor_ids)
        rules.check_room(standing, request.flowers, given_dream, given_round, self._now)
        pieces = plan_pieces(request.flowers, request.donor_ids, self._held)
        ballots = [self._take(request, standing, donor, part, place) for place, (donor, part) in enumerate(pieces)]
        self._new_givers[request.dream_id] += given_dream == 0
        self._standings[request.dream_id] = _with_flowers(standing, standing.flowers + request.flowers)
        total = standing.flowers + request.flowers
        return BallotOutcome(
            tuple(ballots), request.dream_id, request.flowers, total, total >= standing.minimum, False
        )  # fmt: skip

    def _take(self, request: BallotRequest, standing: rules.Standing, donor: UUID, part: int, place: int) -> UUID:
        ballot_id = id_at(millisecond_of(self._now))
        words = request.words.strip() if place == 0 else ""  # said once, however many purses it came from
        judged = rules.judge_words(f"{request.shown_name} {words}" if words else "", self._held_words)
        self._ballots.append(
            NewBallot(
                ballot_id, request.dream_id, donor, request.key, part, request.shown_name.strip(), words, judged.value,
                request.rally_id,
            )
        )  # fmt: skip
        self._held[donor] -= part
        self._by_dream[donor, request.dream_id] += part
        self._by_round[donor, standing.round_id] += part
        self._first[donor, request.key] = (ballot_id, request.dream_id, part)
        return ballot_id

    def write(self) -> None:
        if not self._ballots:
            return
        # Whoever earned their flowers in a partner's app gives here for the first time, perhaps.
        welcome_guests(self._conn, (ballot.donor_id for ballot in self._ballots), self._now)
        posting.insert_ballots(self._conn, self._ballots, self._new_givers, self._now)
        post_transfers(self._conn, posting.plan_ballot_transfers(self._ballots), self._now)
        facts = {"ballots": [str(ballot.id) for ballot in self._ballots]}
        append_events(self._conn, [("flowers.to_dreams", facts)], self._now)


def _with_flowers(standing: rules.Standing, flowers: int) -> rules.Standing:
    return rules.Standing(
        standing.dream_id, standing.opened, standing.opens_at, standing.closes_at, standing.granted, standing.minimum,
        flowers, standing.round_id, standing.person_dream_cap, standing.person_round_cap,
    )  # fmt: skip


@command
def withdraw_ballots(ids: Sequence[UUID], donor_ids: Collection[UUID], now: datetime) -> int:
    """Takes a person's own flowers back while their round is open, allows it, and the dream is undecided; all or none.

    Errors: BallotNotFound (another's too), WithdrawalNotAllowed.
    Replay: a ballot withdrawn before stays withdrawn; returns how many went back now.
    """
    conn = raw_connection()
    rows = conn.execute(
        """SELECT b.id, b.dream_id, b.donor_id, b.flowers, r.may_withdraw FROM dreams_ballot b
           JOIN dreams_dream d ON d.id = b.dream_id JOIN dreams_round r ON r.id = d.round_id
           WHERE b.id = ANY(%s) AND b.donor_id = ANY(%s) ORDER BY b.id""",
        [list(ids), list(donor_ids)],
    ).fetchall()
    if len(rows) != len(set(ids)):
        raise errors.BallotNotFound
    dreams = {row[1] for row in rows}
    ledger.hold_accounts(
        conn,
        {account_id(AccountKind.DREAM, dream) for dream in dreams}
        | {account_id(AccountKind.FLOWERS, row[2]) for row in rows},
    )
    standings = posting.load_standings(conn, dreams)
    reversed_before = conn.execute(
        "SELECT ballot_id FROM dreams_ballot_reversal WHERE ballot_id = ANY(%s)", [list(ids)]
    )
    gone = {row[0] for row in reversed_before}
    back = [row for row in rows if row[0] not in gone]
    for row in back:
        standing = standings[row[1]]
        is_running = standing.granted is None and standing.flowers < standing.minimum and now < standing.closes_at
        if not (row[4] and is_running):
            raise errors.WithdrawalNotAllowed
    if back:
        reverse_ballots(conn, [row[:4] for row in back], "withdrawn", now)
        _untally(conn, back)
    return len(back)


def _untally(conn: posting.Connection, back: Sequence[tuple[UUID, UUID, UUID, int, bool]]) -> None:
    """Takes withdrawn ballots out of the tallies; somebody who has nothing left with a dream is no giver of it."""
    conn.execute(
        """UPDATE dreams_tally t SET ballots = t.ballots - n.ballots, givers = t.givers - n.gone
           FROM (SELECT w.dream_id, count(*) AS ballots,
                        count(DISTINCT w.donor_id) FILTER (WHERE NOT EXISTS (
                            SELECT 1 FROM dreams_ballot o LEFT JOIN dreams_ballot_reversal v ON v.ballot_id = o.id
                            WHERE o.donor_id = w.donor_id AND o.dream_id = w.dream_id AND v.ballot_id IS NULL)) AS gone
                 FROM dreams_ballot w WHERE w.id = ANY(%s) GROUP BY 1) n WHERE t.dream_id = n.dream_id""",
        [[row[0] for row in back]],
    )

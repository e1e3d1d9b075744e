"""From proposal to letter: what the room of dreams promises, on a real database."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from redflower.domains.dreams import errors, selectors, services
from redflower.domains.dreams.audit import INVARIANTS
from redflower.domains.dreams.types import (
    Act,
    BallotOutcome,
    BallotRequest,
    DraftSave,
    DreamState,
    LetterKind,
    NewDream,
    NewFeedback,
    NewRound,
    ProposalState,
    ScreenAct,
)
from redflower.domains.flowers.audit import INVARIANTS as FLOWERS
from redflower.domains.flowers.errors import FlowersInvalid, FlowersNotEnough
from redflower.domains.ledger.audit import INVARIANTS as LEDGER
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.domains.people.errors import OperatorNeeded, ReviewerIsSubmitter
from redflower.kernel.ids import new_id
from tests.dreaming import (
    CLOSES,
    GRANT,
    OPENS,
    give,
    make_call,
    make_giver,
    make_operators,
    make_wish,
    open_dreams,
    pick_flowers,
    propose,
)
from tests.factories import NOON, make_charity, make_donor

pytestmark = pytest.mark.django_db(transaction=True)
SECOND = timedelta(seconds=1)


def assert_books_add_up():
    # Flowers of these tests come from the mint without a deed, which is all that the first of the flowers' laws minds.
    checks = [*LEDGER, *INVARIANTS, *(each for each in FLOWERS if each.code == "flowers.issued_equals_circulating")]
    assert {each.code: found for each in checks if (found := each.count_differences())} == {}


# --- proposals ------------------------------------------------------------------------------------


def test_a_draft_may_have_holes_and_a_proposal_may_not():
    call, author, draft = make_call(make_operators()[0]), make_donor(), new_id()
    services.save_proposals([DraftSave(draft, call, author, make_wish(story_zh="", story_en=""))], "zh-hans", (), NOON)
    with pytest.raises(errors.WishIncomplete):
        services.submit_proposals([draft], NOON)
    assert selectors.get_proposal(draft).state == ProposalState.DRAFT
    services.save_proposals([DraftSave(draft, call, author, make_wish())], "zh-hans", (), NOON)
    services.submit_proposals([draft], NOON)
    assert selectors.get_proposal(draft).state == ProposalState.SUBMITTED


def test_what_was_handed_in_stays_as_it_was():
    call, author = make_call(make_operators()[0]), make_donor()
    proposal = propose(call, author)
    with pytest.raises(errors.ProposalStateConflict):
        services.save_proposals([DraftSave(proposal, call, author, make_wish(title_zh="别的"))], "zh-hans", (), NOON)


def test_nobody_rewrites_the_draft_of_another():
    call, draft = make_call(make_operators()[0]), new_id()
    services.save_proposals([DraftSave(draft, call, make_donor(), make_wish())], "zh-hans", (), NOON)
    with pytest.raises(errors.ProposalStateConflict):
        services.save_proposals([DraftSave(draft, call, make_donor(), make_wish())], "zh-hans", (), NOON)


@pytest.mark.parametrize("days", [-2, 11])
def test_a_call_takes_proposals_while_it_is_open(days):
    call = make_call(make_operators()[0])
    with pytest.raises(errors.CallNotOpen):
        propose(call, at=NOON + timedelta(days=days))


def test_a_returned_proposal_has_two_weeks_more():
    operator = make_operators()[0]
    proposal = propose(make_call(operator))
    services.screen_proposals([ScreenAct(proposal, Act.RETURN, "预算里少了运费", "请把运费写进去")], operator, NOON)
    with pytest.raises(errors.CallNotOpen):
        services.submit_proposals([proposal], NOON + timedelta(days=25))
    services.submit_proposals([proposal], NOON + timedelta(days=20))
    assert [act.act for act in selectors.list_acts(proposal)] == [Act.SUBMIT, Act.RETURN, Act.SUBMIT]


# --- the desk -------------------------------------------------------------------------------------


def test_the_desk_answers_many_at_once_each_with_its_own_reason():
    operator = make_operators()[0]
    call = make_call(operator)
    first, second, third = (propose(call) for _ in range(3))
    acts = [
        ScreenAct(first, Act.SHORTLIST),
        ScreenAct(second, Act.DECLINE, "已有同样的项目"),
        ScreenAct(third, Act.RETURN, "缺报价"),
    ]
    services.screen_proposals(acts, operator, NOON)
    counts = selectors.count_proposals_by_state(call)
    assert [counts[s] for s in (ProposalState.SHORTLISTED, ProposalState.DECLINED, ProposalState.RETURNED)] == [1, 1, 1]
    assert selectors.list_acts(second)[-1].reason == "已有同样的项目"
    assert len(selectors.list_waiting_mails()) == 6  # each author: handed in, and answered


def test_declining_needs_a_reason_and_an_operator():
    operator = make_operators()[0]
    proposal = propose(make_call(operator))
    with pytest.raises(errors.ReasonMissing):
        services.screen_proposals([ScreenAct(proposal, Act.DECLINE, " ")], operator, NOON)
    with pytest.raises(OperatorNeeded):
        services.screen_proposals([ScreenAct(proposal, Act.SHORTLIST)], new_id(), NOON)


def test_one_wrong_row_stops_the_whole_list():
    operator = make_operators()[0]
    call = make_call(operator)
    fine, gone = propose(call), propose(call)
    services.withdraw_proposals([gone], NOON)
    with pytest.raises(errors.ProposalStateConflict):
        services.screen_proposals([ScreenAct(fine, Act.SHORTLIST), ScreenAct(gone, Act.SHORTLIST)], operator, NOON)
    assert selectors.get_proposal(fine).state == ProposalState.SUBMITTED


def test_a_list_of_any_length_is_read_with_the_same_queries():
    call = make_call(make_operators()[0])
    for _ in range(4):
        propose(call)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        rows = selectors.list_proposals(call, cause="education", text="钢琴")
        counts = selectors.count_proposals_by_state(call)
    assert (len(rows), counts[ProposalState.SUBMITTED], len(seen)) == (4, 4, 2)


# --- rounds ---------------------------------------------------------------------------------------


def test_a_round_reserves_every_grant_before_the_first_flower():
    open_dreams(3)
    call = selectors.list_calls()[0]
    fund = selectors.get_fund(call.id)
    assert (fund.reserved_minor, fund.granted_minor, fund.free_minor) == (3 * GRANT, 0, 17 * GRANT)
    assert_books_add_up()


def test_a_round_that_the_fund_cannot_carry_does_not_open():
    with pytest.raises(errors.FundTooLow):
        open_dreams(3, fund_minor=2 * GRANT)
    assert selectors.list_rounds() == []
    assert selectors.get_fund(selectors.list_calls()[0].id).reserved_minor == 0


def test_a_round_is_opened_by_a_second_person_once():
    operators = make_operators()
    call = make_call(operators[0])
    proposal = propose(call)
    services.screen_proposals([ScreenAct(proposal, Act.SHORTLIST)], operators[0], NOON)
    plan = NewRound("round-one", call, "一轮", "Round", "概要", "Summary", OPENS, CLOSES)
    round_id = services.plan_round(plan, [NewDream(proposal, make_charity().id, 10)], operators[0], NOON)
    with pytest.raises(ReviewerIsSubmitter):
        services.open_round(round_id, operators[0], NOON)
    services.open_round(round_id, operators[1], NOON)
    with pytest.raises(errors.RoundAlreadyOpened):
        services.open_round(round_id, operators[1], NOON)


def test_a_first_letter_later_than_ninety_days_is_no_plan():
    with pytest.raises(errors.RoundInvalid):
        open_dreams(feedback_days=(91, 180))


# --- flowers --------------------------------------------------------------------------------------


def test_flowers_move_and_are_counted():
    [dream], _ = open_dreams()
    donor = make_giver(5)
    give(dream, donor, 3, shown_name="阿珍", words="加油")
    assert get_balance(AccountKind.FLOWERS, donor) == 2
    view = selectors.find_dream(dream, OPENS)
    assert (view.flowers, view.missing, selectors.count_givers([dream])[dream].givers) == (3, 7, 1)
    assert [words.words for words in selectors.list_words(dream)] == ["加油"]
    assert_books_add_up()


def test_whoever_earned_their_flowers_in_a_partners_app_gives_to_dreams_too():
    [dream], _ = open_dreams()
    stranger = new_id()  # known by their flowers alone: no row of people speaks of them yet
    pick_flowers([stranger], 3)
    give(dream, stranger, 1)
    give(dream, stranger, 2)
    connection.check_constraints()
    assert selectors.find_dream(dream, OPENS).flowers == 3
    assert_books_add_up()


def test_the_same_form_sent_twice_gives_once():
    [dream], _ = open_dreams()
    donor = make_giver(5)
    first, again = (give(dream, donor, 2, key="form-1") for _ in range(2))
    assert (first.ballot_ids, again.replayed, get_balance(AccountKind.FLOWERS, donor)) == (again.ballot_ids, True, 3)
    with pytest.raises(errors.BallotConflict):
        give(dream, donor, 3, key="form-1")


def test_flowers_come_from_everybody_one_has_been():
    [dream], _ = open_dreams()
    first, second = make_giver(2), make_giver(2)
    assert len(give(dream, first, 3, donor_ids=(first, second)).ballot_ids) == 2
    assert selectors.count_givers([dream])[dream].givers == 1
    with pytest.raises(FlowersNotEnough):
        give(dream, first, 2, donor_ids=(first, second))
    assert_books_add_up()


@pytest.mark.parametrize(
    ("flowers", "at", "refusal"),
    [
        (0, OPENS, FlowersInvalid),
        (11, OPENS, errors.DreamNeedsFewer),
        (1, OPENS - SECOND, errors.DreamNotOpen),
        (1, CLOSES, errors.DreamNotOpen),
    ],
)
def test_flowers_that_cannot_be_taken_are_refused(flowers, at, refusal):
    [dream], _ = open_dreams()
    with pytest.raises(refusal):
        give(dream, make_giver(20), flowers, at)


def test_caps_count_over_acts_and_dreams():
    [first, second], _ = open_dreams(2, person_dream_cap=3, person_round_cap=4)
    donor = make_giver(20)
    give(first, donor, 3)
    with pytest.raises(errors.DreamCapReached):
        give(first, donor, 1)
    with pytest.raises(errors.RoundCapReached):
        give(second, donor, 2)
    give(second, donor, 1)
    assert_books_add_up()


def test_a_list_of_ballots_is_answered_one_by_one_in_few_statements():
    [first, second], _ = open_dreams(2, minimum=50)
    donors = [make_giver(2) for _ in range(20)]
    requests = [BallotRequest(new_id().hex, (donor,), first, 1) for donor in donors]
    requests += [BallotRequest(new_id().hex, (donor,), second, 2) for donor in donors[:3]]
    with CaptureQueriesContext(connection):
        answers = services.give_flowers(requests, (), OPENS)
    assert sum(isinstance(answer, BallotOutcome) for answer in answers) == 20
    assert all(isinstance(answer, FlowersNotEnough) for answer in answers[20:])
    assert_books_add_up()


def test_flowers_may_be_taken_back_while_nothing_is_decided():
    [dream], _ = open_dreams()
    donor = make_giver(5)
    [ballot] = give(dream, donor, 3).ballot_ids
    with pytest.raises(errors.BallotNotFound):
        services.withdraw_ballots([ballot], [make_donor()], OPENS)
    assert services.withdraw_ballots([ballot], [donor], OPENS) == 1
    assert services.withdraw_ballots([ballot], [donor], OPENS) == 0
    assert get_balance(AccountKind.FLOWERS, donor) == 5
    assert selectors.count_givers([dream])[dream].givers == 0
    assert_books_add_up()


def test_a_round_may_forbid_taking_back():
    [dream], _ = open_dreams(may_withdraw=False)
    donor = make_giver(5)
    [ballot] = give(dream, donor, 3).ballot_ids
    with pytest.raises(errors.WithdrawalNotAllowed):
        services.withdraw_ballots([ballot], [donor], OPENS)


def test_held_words_wait_for_a_moderator():
    [dream], operators = open_dreams()
    give(dream, make_giver(), 1, words="加我微信")
    [held] = selectors.list_held_words()
    assert selectors.list_words(dream) == []
    assert services.moderate_words([held.id], True, operators[0], OPENS) == 1
    assert services.moderate_words([held.id], False, operators[0], OPENS) == 0
    assert len(selectors.list_words(dream)) == 1
    assert selectors.list_held_words() == []


def test_a_rally_page_counts_what_it_brought():
    [dream], _ = open_dreams()
    captain = make_donor()
    [rally] = services.make_rallies([(dream, captain, "阿珍", "就差几朵了")], (), OPENS)
    assert services.make_rallies([(dream, captain, "别人", "")], (), OPENS) == [rally]
    give(dream, make_giver(), 2, rally_id=rally)
    give(dream, make_giver(), 3, rally_id=rally)
    page = selectors.find_rallies([rally])[rally]
    assert (page.name, page.friends, page.flowers) == ("阿珍", 2, 5)


# --- outcomes and letters -------------------------------------------------------------------------


def test_the_last_flower_grants_the_dream_and_no_more_are_taken():
    [dream], _ = open_dreams()
    assert give(dream, make_giver(), 10).is_met
    with pytest.raises(errors.DreamMet):
        give(dream, make_giver(), 1)
    assert selectors.list_dreams_to_decide(OPENS) == [dream]
    assert services.decide_dreams([dream], OPENS) == [dream]
    assert services.decide_dreams([dream], OPENS) == []
    assert selectors.find_dream(dream, OPENS).state == DreamState.GRANTED
    fund = selectors.get_fund(selectors.list_calls()[0].id)
    assert (fund.reserved_minor, fund.granted_minor) == (0, GRANT)
    assert_books_add_up()


def test_below_the_minimum_the_flowers_return_and_the_grant_is_free_again():
    [dream], _ = open_dreams()
    donors = [make_giver(4) for _ in range(3)]
    for donor in donors[:2]:
        give(dream, donor, 4)
    assert services.decide_dreams([dream], CLOSES - SECOND) == []
    assert services.decide_dreams([dream], CLOSES) == [dream]
    assert services.return_flowers([dream], CLOSES, limit=1) == 1
    assert services.return_flowers(selectors.list_dreams_to_return(), CLOSES) == 1
    assert services.return_flowers([dream], CLOSES) == 0
    assert [get_balance(AccountKind.FLOWERS, donor) for donor in donors] == [4, 4, 4]
    assert get_balance(AccountKind.DREAM, dream) == 0
    view = selectors.find_dream(dream, CLOSES)
    assert (view.state, view.flowers) == (DreamState.NOT_MET, 8)
    assert selectors.get_fund(selectors.list_calls()[0].id).free_minor == 20 * GRANT
    assert selectors.list_acts(view.proposal_id)[-1].act == Act.MISS
    assert [letter.kind for letter in selectors.list_letters([donors[0]])] == [LetterKind.RETURNED]
    assert selectors.list_letters([donors[2]]) == []
    assert_books_add_up()


def feedback(dream, stage, **fields):
    values = {
        "title_zh": "钢琴到了",
        "title_en": "It came",
        "body_zh": "正文",
        "body_en": "Text",
        "spent_minor": GRANT // 2,
    }
    return NewFeedback(
        **{"dream_id": dream, "stage": stage, "people": 126, "is_last": False, "written_by": None, **values, **fields}
    )


def test_every_giver_gets_one_letter_a_stage_until_the_dream_is_closed():
    [dream], operators = open_dreams()
    donor, other = make_giver(6), make_giver(4)
    give(dream, donor, 6)
    give(dream, other, 4)
    services.decide_dreams([dream], OPENS)
    later = OPENS + timedelta(days=60)
    [told] = services.write_feedback([feedback(dream, 1)], later)
    assert len(selectors.list_letters([donor])) == 1  # nothing is told before it was reviewed
    assert services.review_feedback([told], True, "", operators[1], later) == 1
    assert services.review_feedback([told], True, "", operators[1], later) == 0
    assert [letter.kind for letter in selectors.list_letters([other])] == [LetterKind.FEEDBACK, LetterKind.GRANTED]
    assert selectors.count_unread_letters([donor]) == 2
    letter = selectors.list_letters([donor])[0]
    services.mark_letters_read([letter.id], [donor], later)
    services.mark_letters_read([letter.id], [donor], later)
    assert selectors.count_unread_letters([donor]) == 1
    assert selectors.get_letter(letter.id, [make_donor()]) is None
    [last] = services.write_feedback([feedback(dream, 2, is_last=True)], later)
    services.review_feedback([last], True, "", operators[1], later)
    with pytest.raises(errors.FeedbackNotDue):
        services.write_feedback([feedback(dream, 3)], later)
    assert selectors.list_letters([donor])[0].kind == LetterKind.CLOSING


def test_returned_feedback_may_be_written_again_and_not_told_twice():
    [dream], operators = open_dreams()
    give(dream, make_giver(), 10)
    services.decide_dreams([dream], OPENS)
    [told] = services.write_feedback([feedback(dream, 1, written_by=operators[0])], OPENS)
    with pytest.raises(errors.FeedbackNotDue):
        services.write_feedback([feedback(dream, 1)], OPENS)
    with pytest.raises(ReviewerIsSubmitter):
        services.review_feedback([told], True, "", operators[0], OPENS)
    services.review_feedback([told], False, "请写明花在了哪里", operators[1], OPENS)
    assert services.write_feedback([feedback(dream, 1)], OPENS)


def test_letters_go_by_mail_only_to_those_who_asked_and_once():
    [dream], _ = open_dreams()
    asked, silent = make_giver(5), make_giver(5)
    services.wish_for_mail(asked, "a@example.org", "zh-hans", OPENS)
    give(dream, asked, 5)
    give(dream, silent, 5)
    services.decide_dreams([dream], OPENS)
    assert (services.queue_letters(OPENS), services.queue_letters(OPENS)) == (1, 0)
    letters = [post for post in selectors.list_waiting_mails() if post.kind == "letter"]
    assert [post.to for post in letters] == ["a@example.org"]
    services.mark_sent([post.id for post in selectors.list_waiting_mails()], OPENS)
    assert selectors.list_waiting_mails() == []
    services.end_mail_wish([asked])
    assert selectors.find_mail_wish([asked]) == ""


def test_a_person_sees_where_their_flowers_went():
    [dream, other], _ = open_dreams(2)
    donor = make_giver(14)
    give(dream, donor, 10)
    give(other, donor, 4)
    services.decide_dreams([dream], OPENS)
    services.decide_dreams([other], CLOSES)
    services.return_flowers([other], CLOSES)
    sums = selectors.sum_given([donor], "Asia/Shanghai")
    assert (sums.given, sums.returned, sums.granted, sums.people) == (10, 4, 1, 126)
    assert {ballot.why for ballot in selectors.get_ballots_of_person([donor])} == {"returned", ""}


def test_nobody_has_more_flowers_than_the_mint_has_made():
    donor = make_giver(1)
    pick_flowers([donor], 2)
    assert get_balance(AccountKind.FLOWERS, donor) == 3
    assert_books_add_up()

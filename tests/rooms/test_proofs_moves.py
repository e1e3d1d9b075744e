"""Flowers of deeds, flowers given and returned, sponsors' money, dreams, reports: each told once, each held against the log."""

import json
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import transaction

from redflower.domains.disclosures.services import decide_disclosure, propose_report, publish_reports
from redflower.domains.disclosures.types import Report, ReportDraft, ReportKind
from redflower.domains.dreams.services import decide_dreams, return_flowers, withdraw_ballots
from redflower.domains.flowers.services import release_deeds, reverse_deeds
from redflower.domains.insights.selectors import find_project_totals
from redflower.domains.ledger.selectors import get_project_books
from redflower.domains.people.types import Reason
from redflower.domains.proofs import rules, selectors
from redflower.domains.proofs.audit import INVARIANTS
from redflower.domains.proofs.services import erase_people
from redflower.domains.proofs.types import EntryKind
from redflower.domains.scenes.rules.judging import derive_donor_id
from redflower.domains.scenes.services.campaigns import close_campaigns
from redflower.domains.scenes.services.deeds import place_money
from redflower.domains.scenes.services.together import grant_goals
from redflower.domains.scenes.types import Limits
from redflower.faces.followers.insights import follow_once
from redflower.kernel.canon import sha256_hex
from redflower.kernel.ids import new_id
from tests.dreaming import CLOSES, OPENS, give, make_giver, open_dreams
from tests.factories import NOON, make_project, make_user
from tests.rooms.test_proofs import bodies, follow, one
from tests.rooms.test_proofs_audit import FACTS, LOGGED, found, tamper
from tests.scenes import POLICY, deed, make_campaign, make_partner, report

pytestmark = pytest.mark.django_db(transaction=True)


def tell(project: UUID) -> UUID:
    told = Report(new_id(), project, ReportKind.FINANCE, "账目", "Accounts", "买了米", "Rice", NOON)
    publish_reports([told], NOON)
    return told.id


def correct(project: UUID, report_id: UUID, body: str, at: datetime) -> None:
    """Two people put a report's text right."""
    maker, checker = (make_user(is_operator=True).id for _ in range(2))
    draft = ReportDraft(project, ReportKind.FINANCE, "账目", "Accounts", body, "Rice", report_id)
    decide_disclosure(propose_report(draft, Reason("写错了", "A slip"), maker, at), True, "", checker, at)


@pytest.fixture
def world():
    """Two dreams, one granted and one not; deeds that earned flowers and money, of which some went back; a correction."""
    (granted, missed), _ = open_dreams(2, minimum=10, may_withdraw=True)
    giver, other = make_giver(30), make_giver(30)
    first = give(granted, giver, 4)
    give(missed, other, 5)
    withdraw_ballots(first.ballot_ids, [giver], OPENS + timedelta(minutes=1))
    give(granted, giver, 6, OPENS + timedelta(minutes=2))
    give(granted, other, 4, OPENS + timedelta(minutes=3))
    decide_dreams([granted], OPENS + timedelta(minutes=4))
    decide_dreams([missed], CLOSES)
    return_flowers([missed], CLOSES)

    project = make_project().id
    partner, operator = make_partner(), make_user(is_operator=True).id
    steps = make_campaign(budget_minor=1_000, projects=[project], limits=Limits(device_accounts=1))
    outcomes = report(
        partner, [deed(steps, "a", device="d"), deed(steps, "b", device="d"), deed(steps, "c"), deed(steps, "d")]
    )
    release_deeds([outcomes[1].deed_id], "", operator, "Asia/Shanghai", NOON + timedelta(minutes=1))
    reverse_deeds([outcomes[2].deed_id], "假的", operator, NOON + timedelta(minutes=2))
    make_campaign("steps", projects=[project])  # of the same rules, published before the log has read of either
    shake = make_campaign("shake", budget_minor=1_000, projects=[project])
    shaken = report(partner, [deed(shake, user, subject=f"pay-{user}", facts={"payment_minor": 500}) for user in "ab"])
    donor = derive_donor_id(partner.id, "a", POLICY.salt)
    place_money({shaken[0].deed_id: project}, [donor], NOON + timedelta(minutes=3))
    close_campaigns([shake.id], "结束", operator, NOON + timedelta(minutes=4))
    report_id = tell(project)
    correct(project, report_id, "买了面", NOON + timedelta(minutes=5))
    correct(project, report_id, "买了米和面", NOON + timedelta(minutes=6))
    follow()
    return {"project": project, "giver": giver, "granted": granted}


def told(kind: str, move: str = "") -> list[dict]:
    return [each for each in bodies() if each["kind"] == kind and (not move or each["move"] == move)]


def test_every_transfer_is_told_once(world):
    assert found() == {}
    items = [item[0] for each in told("moves") for item in each["items"]]
    elsewhere = ", ".join(f"'{kind}'" for kind in rules.TOLD_ELSEWHERE)
    assert len(items) == len(set(items)) == one(f"SELECT count(*) FROM ledger_transfer WHERE kind NOT IN ({elsewhere})")
    kinds = {each["move"] for each in told("moves")}
    assert {"deed_flower", "deed_burned", "deed_money", "deed_money_returned", "deed_placed", "deed_unplaced"} <= kinds
    assert {"flowers_given", "flowers_returned", "campaign_funded", "campaign_returned", "dream_funded"} <= kinds


def test_a_dream_is_told_from_its_promise_to_its_end(world):
    assert len(told("dream_opened")) == 2
    [granted], [missed] = told("dream_granted"), told("dream_not_met")
    assert granted["id"] == str(world["granted"])
    assert (granted["flowers"], granted["minimum"], granted["amount"]) == (10, 10, 5_000_000)
    assert (missed["flowers"], missed["project"]) == (5, None)
    # The flowers come before what they decide.
    order = [(each["kind"], each.get("move")) for each in bodies()]
    assert order.index(("moves", "flowers_given")) < order.index(("dream_granted", None))


def test_a_report_keeps_its_first_wording_in_the_log_and_every_correction_is_told(world):
    [first], corrections = told("report"), told("correction")
    texts = {"title_zh": "账目", "title_en": "Accounts", "body_zh": "买了米", "body_en": "Rice"}
    assert first["sha256"] == sha256_hex(texts)
    assert [(each["subject"], each["fields"], each["reason_zh"]) for each in corrections] == [
        (first["id"], ["body_zh"], "写错了")
    ] * 2
    assert corrections[0]["becomes_sha256"] == corrections[1]["was_sha256"] == sha256_hex({"body_zh": "买了面"})


def test_rules_of_deeds_are_told_in_full(world):
    assert {each["code"] for each in told("rule_set")} == {one("SELECT code FROM scenes_rule_set WHERE kind = 'steps'"),
                                                          one("SELECT code FROM scenes_rule_set WHERE kind = 'shake'")}  # fmt: skip


def test_nothing_says_who_they_are(world):
    people = one("SELECT string_agg(id::text, ' ') FROM people_donor").split()
    purses = one("SELECT string_agg(id::text, ' ') FROM ledger_account WHERE kind = 'flowers'").split()
    whole = json.dumps(bodies())
    assert people
    assert not any(each in whole for each in people + purses)


def test_a_person_can_show_that_a_deed_was_theirs(world):
    """Whoever is told the salt and the fact computes the commitment; without the salt it says nothing."""
    [placed] = told("moves", "deed_placed")
    transfer, _, project, _, deed_id, commitment, refers_to = placed["items"][0]
    assert (project, refers_to) == (str(world["project"]), None)
    donor = one("SELECT donor_id FROM scenes_deed WHERE id = %s", deed_id)
    salt = rules.make_salt(bytes(one("SELECT key FROM proofs_person_key WHERE donor_id = %s", donor)), UUID(transfer))
    [draft] = selectors.load_facts(EntryKind.MOVES, selectors.find_entries([UUID(transfer)])).values()
    assert json.loads(draft.body)["items"][0][5] == commitment != rules.commit_fact(salt, donor, [])


def test_totals_are_what_the_projects_books_say(world):
    logged = selectors.get_logged_totals([world["project"]]).projects[world["project"]]
    assert logged.matched_minor == get_project_books(world["project"]).matched_minor > 0
    sums = [sum(each) for each in zip(*(added[1:] for entry in bodies() for added in rules.add_up(entry)), strict=True)]
    whole = selectors.get_logged_totals()
    assert sums == [whole.gifts, whole.amount_minor, whole.matched_minor]
    assert whole.matched_minor == logged.matched_minor + 5_000_000
    while follow_once():
        pass
    assert find_project_totals([world["project"]])[world["project"]].matched_minor == logged.matched_minor


def test_a_goal_that_is_reached_is_told():
    project = make_project().id
    rule = {"goal": {"scope": "all", "measure": "deeds", "target": 1, "grant_minor": 500}}
    campaign = make_campaign("game", budget_minor=10_000, projects=[project], rule=rule)
    report(make_partner(), [deed(campaign, amount=1)])
    assert grant_goals([campaign.id], NOON) == 1
    follow()
    assert [each["amount"] for each in told("moves", "goal_granted")] == [500]
    assert found() == {}


def test_the_entries_of_a_transfer_are_found(world):
    transfer = UUID(told("moves", "deed_money")[0]["items"][0][0])
    assert [entry.kind for entry in selectors.find_entries([transfer])] == [EntryKind.MOVES]


TAMPERING = [
    # edited
    ("UPDATE ledger_transfer SET amount = amount + 1 WHERE kind = 'deed_flower'", FACTS, "items ("),
    ("UPDATE ledger_transfer SET credit_id = gen_random_uuid() WHERE kind = 'deed_money'", FACTS, "to"),
    ("UPDATE ledger_transfer SET rule = 'steps@9' WHERE kind = 'deed_flower'", FACTS, "rule"),
    ("UPDATE ledger_transfer SET subject_id = gen_random_uuid() WHERE kind = 'flowers_given'", FACTS, "items"),
    ("UPDATE ledger_account SET owner_id = gen_random_uuid() WHERE kind = 'flowers'", FACTS, "contradict"),
    ("UPDATE scenes_deed SET donor_id = gen_random_uuid()", FACTS, "contradict"),
    ("UPDATE scenes_deed SET amount = amount + 1", FACTS, "items"),
    ("UPDATE scenes_deed SET flowers = flowers + 1 WHERE status < 3", FACTS, "items"),
    ("UPDATE scenes_ruling SET flowers = flowers + 1", FACTS, "items"),
    ("UPDATE scenes_placement SET project_id = gen_random_uuid() WHERE project_id IS NOT NULL", FACTS, "items"),
    ("UPDATE flowers_burning SET burned = burned - 1", FACTS, "contradict"),
    ("UPDATE dreams_ballot SET flowers = flowers + 1", FACTS, "items"),
    ("UPDATE dreams_ballot SET dream_id = gen_random_uuid()", FACTS, "items"),
    ("UPDATE dreams_dream SET minimum = 1", FACTS, "minimum"),
    ("UPDATE dreams_dream SET grant_minor = 1", FACTS, "amount"),
    ("UPDATE dreams_outcome SET flowers = 11 WHERE granted", FACTS, "flowers"),
    ("UPDATE dreams_outcome SET granted = true", FACTS, "dream_not_met"),
    ("UPDATE dreams_round SET closes_at = closes_at + interval '1 day'", FACTS, "closes_at"),
    ("UPDATE dreams_call SET fund_minor = fund_minor + 1", FACTS, "contradict"),
    ("UPDATE scenes_campaign SET budget_minor = budget_minor + 1, returned_minor = returned_minor + 1", FACTS, "contradict"),
    ("UPDATE scenes_rule_set SET body = body || '{\"target\": 1}'", FACTS, "body"),
    ("UPDATE disclosures_report SET body_zh = '买了油'", FACTS, "contradict"),
    ("UPDATE disclosures_report SET body_en = 'Oil'", FACTS, "sha256"),
    ("UPDATE people_change SET was = '{\"body_zh\": \"买了油\"}' WHERE kind <> 'call'", FACTS, "was_sha256"),
    ("UPDATE people_change SET reason_zh = '改了'", FACTS, "reason_zh"),
    ("UPDATE people_change_decision SET is_published = false", FACTS, "deleted"),
    ("UPDATE people_change_decision SET decided_at = decided_at - interval '1 day'", FACTS, "at"),
    # deleted
    ("DELETE FROM ledger_transfer WHERE kind = 'deed_burned'", FACTS, "deleted"),
    ("DELETE FROM ledger_transfer WHERE kind = 'dream_grant' AND phase = 'post'", FACTS, "transfer"),
    ("DELETE FROM scenes_deed", FACTS, "contradict"),
    ("DELETE FROM dreams_ballot", FACTS, "contradict"),
    ("DELETE FROM dreams_ballot_reversal", FACTS, "items"),
    ("DELETE FROM dreams_outcome", FACTS, "deleted"),
    ("DELETE FROM disclosures_report", FACTS, "deleted"),
    ("DELETE FROM proofs_mention", LOGGED, "transfer"),
    ("DELETE FROM proofs_entry WHERE kind = 'dream_granted'", LOGGED, "dream outcome"),
    ("DELETE FROM proofs_entry WHERE kind = 'dream_opened'", LOGGED, "dream_opened"),
    ("DELETE FROM proofs_entry WHERE kind = 'report'", LOGGED, "report"),
    ("DELETE FROM proofs_entry WHERE kind = 'correction'", LOGGED, "correction"),
    ("DELETE FROM proofs_entry WHERE kind = 'rule_set'", LOGGED, "rule_set"),
    # added
    ("INSERT INTO ledger_transfer SELECT gen_random_uuid(), asset, kind, phase, debit_id, credit_id, amount, subject_id,"
     " NULL, NULL, rule, booked_at FROM ledger_transfer WHERE kind = 'deed_flower' LIMIT 1", LOGGED, "transfer"),
    # backdated
    ("UPDATE ledger_transfer SET booked_at = booked_at - interval '1 day' WHERE kind = 'deed_money'", FACTS, "at"),
    ("UPDATE scenes_deed SET done_at = done_at - interval '1 hour'", FACTS, "items"),
    ("UPDATE scenes_deed SET received_at = received_at - interval '1 day'", FACTS, "items"),
    ("UPDATE dreams_ballot SET given_at = given_at - interval '1 day'", FACTS, "contradict"),
    ("UPDATE dreams_outcome SET decided_at = decided_at - interval '1 day'", FACTS, "at"),
    ("UPDATE dreams_opening SET opened_at = opened_at - interval '1 day'", FACTS, "at"),
    ("UPDATE disclosures_report SET published_at = published_at - interval '1 day'", FACTS, "at"),
]  # fmt: skip


def test_tampering_is_found_and_named(world):
    missed = {}
    for sql, code, names in TAMPERING:
        with transaction.atomic():
            tamper(sql)
            said = {each.code: list(each.name_differences()) for each in INVARIANTS}
            transaction.set_rollback(True)
        if not any(names in name for name in said[code]):
            missed[sql] = {code: names for code, names in said.items() if names}
    assert missed == {}
    assert found() == {}


def test_erased_people_are_no_difference_but_other_changes_are(world):
    erase_people([world["giver"]], NOON)
    assert found() == {}
    tamper("UPDATE ledger_transfer SET amount = amount + 1 WHERE kind = 'flowers_given'")
    assert FACTS in found()

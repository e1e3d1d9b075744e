"""A partner's user and a donor here are one person: with consent, once a statement, and for as long as either end wishes."""

from datetime import timedelta

import pytest

from redflower.domains.people.models import AuditRow
from redflower.domains.scenes.errors import (
    LinkStatementExpired,
    LinkStatementUsed,
    PartnerNotActive,
    UserLinkedElsewhere,
)
from redflower.domains.scenes.rules.judging import derive_donor_id
from redflower.domains.scenes.selectors.links import find_link, is_statement_used, list_linked_donors, list_links
from redflower.domains.scenes.services.links import link_donors, release_users, unlink_donors
from redflower.domains.scenes.services.partners import suspend_partners
from redflower.domains.scenes.types import LinkStatement, NewLink, ReportingPartner
from redflower.kernel.ids import new_id
from tests.factories import NOON, make_donor, make_user
from tests.scenes import POLICY, make_partner

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOON + timedelta(minutes=15)


def state(partner: ReportingPartner, user: str = "a") -> LinkStatement:
    return LinkStatement(new_id(), partner.id, derive_donor_id(partner.id, user, POLICY.salt), LATER)


def test_a_persons_donors_elsewhere_are_theirs_once_they_say_so():
    partner, donor, other = make_partner(), make_donor(), make_donor()
    first, second = state(partner), state(partner)
    link_donors([NewLink(first, (donor,))], None, NOON)
    link_donors([NewLink(first, (donor,))], None, NOON)  # sent twice
    link_donors([NewLink(second, (other, donor))], None, NOON)  # the same person, by another device
    assert list_linked_donors([donor]) == [first.partner_donor_id]
    assert (is_statement_used(first.id), is_statement_used(second.id)) == (True, False)
    [link] = list_links([donor])
    assert (link.donor_id, link.consented_at, link.name_zh[:2]) == (donor, NOON, "应用")
    assert unlink_donors([link.id], [other], None, NOON) == 0
    assert unlink_donors([link.id], [donor], None, NOON) == 1
    assert unlink_donors([link.id], [donor], None, NOON) == 0
    assert list_linked_donors([donor]) == []


def test_a_statement_links_once_soon_and_nobody_elses_user():
    partner, donor, other = make_partner(), make_donor(), make_donor()
    statement, fresh = state(partner), state(partner)
    with pytest.raises(LinkStatementExpired):
        link_donors([NewLink(statement, (donor,))], None, LATER)
    link_donors([NewLink(statement, (donor,))], None, NOON)
    with pytest.raises(UserLinkedElsewhere):
        link_donors([NewLink(fresh, (other,))], None, NOON)
    assert list_linked_donors([other]) == []
    unlink_donors([find_link(statement.partner_donor_id).id], [donor], None, NOON)
    for who in (donor, other):
        with pytest.raises(LinkStatementUsed):
            link_donors([NewLink(statement, (who,))], None, NOON)
    link_donors([NewLink(fresh, (other,))], None, NOON)
    assert list_linked_donors([other]) == [fresh.partner_donor_id]


def test_the_partners_user_has_the_last_word():
    partner, donor, other = make_partner(), make_donor(), make_donor()
    used, fresh = state(partner), state(partner)
    link_donors([NewLink(used, (donor,))], None, NOON)
    with pytest.raises(LinkStatementUsed):
        release_users([used], NOON)
    with pytest.raises(LinkStatementExpired):
        release_users([fresh], LATER)
    assert find_link(fresh.partner_donor_id) is not None
    assert (release_users([fresh], NOON), release_users([fresh], NOON)) == (1, 0)
    link_donors([NewLink(fresh, (other,))], None, NOON)
    assert find_link(fresh.partner_donor_id).donor_id == other


def test_all_or_none_by_the_list_and_only_of_partners_that_are_open():
    good, bad, donor, other = make_partner(), make_partner(), make_donor(), make_donor()
    held, free = state(bad), state(good)
    link_donors([NewLink(held, (other,))], None, NOON)
    with pytest.raises(UserLinkedElsewhere):
        link_donors([NewLink(free, (donor,)), NewLink(state(bad), (donor,))], None, NOON)
    assert list_linked_donors([donor]) == []
    suspend_partners([bad.id], "查一查", make_user(is_operator=True).id, NOON)
    with pytest.raises(PartnerNotActive):
        link_donors([NewLink(free, (donor,)), NewLink(state(bad, "b"), (donor,))], None, NOON)
    link_donors([NewLink(free, (donor,)), NewLink(state(good, "b"), (other,))], None, NOON)
    assert list_linked_donors([donor]) == [free.partner_donor_id]


def test_an_account_leaves_a_trace_and_a_guest_does_not():
    partner, user, guest = make_partner(), make_user(), make_donor()
    own = make_donor()
    link_donors([NewLink(state(partner), (own,))], user.id, NOON)
    link_donors([NewLink(state(partner), (own,))], user.id, NOON)  # nothing new
    link_donors([NewLink(state(partner, "b"), (guest,))], None, NOON)
    [link] = list_links([own])
    unlink_donors([link.id], [own], user.id, NOON)
    acts = AuditRow.objects.filter(act__startswith="donor_").order_by("id").values_list("act", "actor_id", "subject_id")
    assert list(acts) == [("donor_linked", user.id, link.id), ("donor_unlinked", user.id, link.id)]

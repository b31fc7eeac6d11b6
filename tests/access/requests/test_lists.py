"""Which requests a person may see, and how a list is narrowed."""

from datetime import timedelta

import pytest

from access.core.states import GrantState, RequestState
from access.models import AccessRequest
from access.policy import decides_for
from access.requests import decide, lists
from access.requests.lists import Narrowing
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_request_knows_its_approvers_as_an_index_of_its_policy(flow, adam, rita, now):
    factories.also_decided_by(flow, rita)
    asked = factories.request_at(now=now)
    assert set(asked.asked.values_list("person", flat=True)) == {adam.pk, rita.pk}
    flow.stages.all().delete()
    assert asked.asked.count() == 2


def test_people_see_their_own_and_what_they_may_decide(flow, jon, adam, rita, now):
    asked = factories.request_at(now=now)
    assert list(lists.visible_to(jon, now=now)) == [asked]
    assert list(lists.visible_to(adam, now=now)) == [asked]
    assert list(lists.visible_to(rita, now=now)) == []


def test_an_admin_sees_all_and_a_deactivated_one_does_not(flow, olga, now):
    factories.request_at(now=now)
    assert lists.visible_to(olga, now=now).count() == 1
    olga.is_active = False
    assert lists.visible_to(olga, now=now).count() == 0


def test_who_has_decided_still_sees_it(flow, adam, now):
    asked = factories.request_at(now=now)
    decide.approve(request=asked, by=adam, comment="", now=now)
    asked.asked.all().delete()
    assert list(lists.visible_to(adam, now=now)) == [asked]


def test_one_who_asked_decides_and_approves_sees_it_once(flow, adam, rita, now):
    factories.also_decided_by(flow, rita)
    factories.request_at(now=now, requester=adam)
    assert lists.visible_to(adam, now=now).count() == 1


def test_the_status_is_that_of_the_access_once_it_is_approved(flow, now):
    assert lists.status_of(factories.request_at(now=now)) == RequestState.PENDING
    factories.grant(state=GrantState.ACTIVE, now=now)
    assert lists.status_of(AccessRequest.objects.get(state=RequestState.APPROVED)) == GrantState.ACTIVE


def refs(**narrowing):
    found = lists.narrowed(AccessRequest.objects.all(), Narrowing(**narrowing))
    return set(found.values_list("ref", flat=True))


def test_each_part_of_a_narrowing_keeps_what_fits(flow, rita, now):
    mine = factories.request_at(now=now - timedelta(days=3))
    hers = factories.request_at(now=now, requester=rita, state=RequestState.DENIED)
    held = factories.grant(state=GrantState.ACTIVE, now=now).requests.get()

    assert refs() == {mine.ref, hers.ref, held.ref}
    assert refs(status="pending") == {mine.ref}
    assert refs(status="denied") == {hers.ref}
    assert refs(status="active") == {held.ref}
    assert refs(person="moss") == {hers.ref}
    assert refs(person="RITA@example") == {hers.ref}
    assert refs(person="jon moss") == set()
    assert refs(since=now - timedelta(days=1)) == {hers.ref, held.ref}
    assert refs(until=now) == {mine.ref}
    assert refs(target="staging") == set()
    assert refs(target="prod", status="denied", person="rita") == {hers.ref}


def test_every_status_that_can_be_chosen_is_told_apart(flow, now):
    found = {status: refs(status=status) for status, _label in lists.STATUSES}
    assert set(found) == {"pending", "approved", "denied", "withdrawn", "lapsed", *GrantState.values}


def test_only_what_gives_no_access_is_told_as_approved(flow, now):
    factories.grant(state=GrantState.ACTIVE, now=now)
    deploy = factories.request_at(in_flow=factories.approval_flow(), state=RequestState.APPROVED, now=now)
    assert refs(status="approved") == {deploy.ref}


def test_an_approval_is_narrowed_to_by_its_flow(flow, now):
    factories.request_at(now=now)
    deploy = factories.request_at(in_flow=factories.approval_flow(), now=now)
    assert refs(target="flow:deploy") == {deploy.ref}
    assert refs(target="flow:production-access") == refs(target="deploy") == set()
    assert targets(deploy.requester, now) == [("prod", "Prod"), ("flow:deploy", "Deploy")]


def targets(person, now, *, own=True):
    return lists.targets_of(decides_for.of(person, now=now), own=own)


def test_the_targets_of_a_list_are_named_once(flow, jon, now):
    factories.request_at(now=now)
    factories.request_at(now=now)
    assert targets(jon, now) == [("prod", "Prod")]


def test_of_others_those_targets_are_named_that_one_is_asked_about(flow, adam, rita, olga, now):
    factories.target("staging", "Staging", "role-2")
    factories.request_at(now=now)
    assert targets(adam, now) == []
    assert targets(adam, now, own=False) == targets(olga, now, own=False) == [("prod", "Prod")]
    assert targets(rita, now, own=False) == []
    flow.stages.get().pools.get().groups.add(factories.group("Security", rita))
    assert targets(rita, now, own=False) == [("prod", "Prod")]

"""What a person can ask for, and what they are told before they do."""

from datetime import timedelta

import pytest

from access.core.states import GrantState, RequestState
from access.models import AccessRequest, DirectoryMembership, DirectoryRole, Flow
from access.requests import choices
from tests import factories

pytestmark = pytest.mark.django_db


def choice(flow, person, name="prod"):
    return next(one for one in choices.choices(flow=flow, requester=person) if one.target.name == name)


def staging(flow):
    role = DirectoryRole.objects.get(name="Staging")
    made = factories.target("staging", "Staging", role.external_id)
    flow.strategy.targets.add(made)
    return made


def test_only_flows_that_take_requests_are_offered(flow, jon):
    factories.flow("closed", label="Closed", is_active=False)
    assert choices.flows(jon) == [flow]


def test_the_flow_used_last_comes_first(flow, jon, now):
    another = factories.flow("another", label="A flow before it in the alphabet")
    assert choices.flows(jon) == [another, flow]
    factories.request_at(now=now, in_flow=flow)
    assert choices.flows(jon) == [flow, another]


def test_what_was_asked_for_recently_comes_first(flow, jon, now):
    staging(flow)
    assert [one.target.name for one in choices.choices(flow=flow, requester=jon)] == ["prod", "staging"]
    factories.request_at(now=now, for_target=staging(flow))
    found = choices.choices(flow=flow, requester=jon)
    assert [one.target.name for one in found] == ["staging", "prod"]
    assert found[0].asked_at == now


def test_what_somebody_else_asked_for_does_not_come_first(flow, rita, now):
    factories.request_at(now=now, for_target=staging(flow))
    assert [one.target.name for one in choices.choices(flow=flow, requester=rita)] == ["prod", "staging"]


@pytest.mark.parametrize("search", ["pro", "PROD", "prod pr", "  prod  "])
def test_the_search_looks_in_names_and_environments_without_regard_to_case(flow, jon, search):
    staging(flow)
    found = choices.choices(flow=flow, requester=jon, search=search)
    assert [one.target.name for one in found] == ["prod"]


def test_a_search_that_fits_nothing_finds_nothing(flow, jon):
    assert choices.choices(flow=flow, requester=jon, search="nowhere") == []


@pytest.mark.parametrize("state", [GrantState.SCHEDULED, GrantState.GRANTING, GrantState.ACTIVE, GrantState.REVOKING])
def test_what_the_person_holds_is_told(flow, jon, now, state):
    grant = factories.grant(state=state, now=now)
    assert choice(flow, jon).grant == grant


def test_what_has_ended_is_not_told(flow, jon, now):
    factories.grant(state=GrantState.ENDED, now=now)
    assert choice(flow, jon).grant is None


def test_a_standing_member_is_told_so(flow, adam):
    factories.mapping(adam)
    assert choice(flow, adam).standing


def test_a_membership_that_the_portal_made_is_not_standing(flow, jon, now):
    factories.grant(state=GrantState.ACTIVE, now=now)
    role = DirectoryRole.objects.get(name="Prod")
    DirectoryMembership.objects.create(role=role, account_id=factories.account_id(jon))
    assert not choice(flow, jon).standing


def test_a_person_without_an_account_is_no_standing_member(flow, adam):
    assert not choice(flow, adam).standing


def test_choices_take_a_fixed_number_of_queries(flow, jon, now, django_assert_num_queries):
    factories.grant(state=GrantState.ACTIVE, now=now)
    with django_assert_num_queries(6):
        choices.choices(flow=flow, requester=jon)
    for number in range(30):
        flow.strategy.targets.add(factories.target(f"t-{number}", f"T {number}", f"r-{number}"))
    with django_assert_num_queries(6):
        assert len(choices.choices(flow=flow, requester=jon)) == 31


def decided(now, *minutes, flow=None):
    for wait in minutes:
        one = factories.request_at(state=RequestState.DENIED, now=now, in_flow=flow)
        AccessRequest.objects.filter(pk=one.pk).update(created_at=now - timedelta(minutes=wait))


def test_the_usual_wait_is_the_median_of_what_was_decided(flow, now):
    decided(now, 2, 12, 300)
    assert choices.usual_wait(flow, now=now) == timedelta(minutes=12)


def test_too_few_decisions_tell_no_usual_wait(flow, now):
    decided(now, 2, 12)
    assert choices.usual_wait(flow, now=now) is None


def test_what_lapsed_or_is_long_ago_or_of_another_flow_does_not_count(flow, now):
    decided(now, 2, 12)
    decided(now - timedelta(days=91), 5)
    factories.request_at(state=RequestState.LAPSED, now=now)
    decided(now, 7, flow=factories.flow("another", label="Another"))
    assert choices.usual_wait(Flow.objects.get(pk=flow.pk), now=now) is None

"""A flow says who may stand in: the groups that it names, or else whom it asks anyway."""

from datetime import timedelta

import pytest

from access.core.errors import Invalid, NotAllowed
from access.core.states import RequestState
from access.grants import active
from access.models import AccessRequest, Delegation, Flow
from access.people import current_delegations, delegations
from access.policy import approvers, decides_for
from access.requests import approval_queue, decide, detail, find, lists, pagination
from access.requests.lists import Narrowing
from access.requests.pagination import Place
from tests import factories

pytestmark = pytest.mark.django_db


def away(adam, to, now) -> Delegation:
    """As it may have been set before the flow said so, or by somebody past the service."""
    return Delegation.objects.create(
        from_person=adam, to_person=to, starts_at=now, ends_at=now + timedelta(days=1), due_at=now, reason="Away.",
        created_by=adam, created_at=now, accepted_at=now,
    )  # fmt: skip


def may(person, request, now) -> bool:
    """By the rules and by the database's own words for them, which have to agree."""
    by_rule = person.pk in {one.id for one in approvers.deciders(request, now=now)}
    listed = AccessRequest.objects.filter(approvers.asked_to_decide(person, now=now), pk=request.pk).exists()
    assert by_rule == listed == approval_queue.waiting_for(person, now=now).filter(pk=request.pk).exists()
    return by_rule


def reads(person, request, now) -> bool:
    """Whether the request, and the access that came of it, is theirs to read: everywhere, or nowhere."""
    found = lists.visible_to(person, now=now).filter(pk=request.pk).exists()
    grant = request.grant and active.ever_visible_to(person, now=now).filter(pk=request.grant.pk).exists()
    assert found == (detail.known(request.ref, reader=person, now=now) is not None)
    assert found == bool(detail.find(request.ref, reader=person, now=now))
    reach = decides_for.of(person, now=now)
    part = pagination.visible(reach, Narrowing(), Place(), size=20)
    assert found == (request.pk in {one.pk for one in part.requests})
    assert found == any(one.pk == request.pk for one in find.anything(request.ref, reach=reach, now=now).requests)
    assert found == bool(lists.targets_of(reach, own=False))
    assert found == (approvers.approves(person, [request], now=now) == {request.pk})
    assert grant in (None, found)
    return found


def test_who_may_not_stand_in_does_not_read_what_the_one_who_is_away_is_asked(flow, adam, rita, now):
    request = factories.request_at(now=now)
    granted = factories.request_at(state=RequestState.APPROVED, now=now, requester=factories.person("kim"))
    away(adam, rita, now)
    assert not reads(rita, request, now)
    assert not reads(rita, granted, now)
    assert reads(adam, request, now)

    flow.stand_ins.add(factories.group("Leads", rita))
    assert reads(rita, request, now)
    assert reads(rita, granted, now)
    Flow.objects.get().stand_ins.clear()
    assert not reads(rita, request, now)


@pytest.mark.parametrize("by", ["group", "manager"])
def test_nor_what_they_are_asked_as_one_of_a_group_or_as_a_manager(flow, adam, rita, jon, now, by):
    flow.stages.all().delete()
    if by == "group":
        factories.stage(flow, factories.group("Security", adam))
    else:
        type(jon).objects.filter(pk=jon.pk).update(manager=adam)
        jon.refresh_from_db()
        factories.stage(flow, managers=True)
    request = factories.request_at(now=now)
    away(adam, rita, now)
    assert not reads(rita, request, now)
    flow.stand_ins.add(factories.group("Leads", rita))
    assert reads(rita, request, now)


def test_who_is_asked_anyway_reads_it_as_before(flow, adam, rita, now):
    factories.stage(flow, rita, label="Security")
    request = factories.request_at(now=now)
    away(adam, rita, now)
    assert reads(rita, request, now)


def test_by_default_only_whom_the_flow_asks_anyway(flow, adam, rita, now):
    request = factories.request_at(now=now)
    away(adam, rita, now)
    assert not may(rita, request, now)
    with pytest.raises(NotAllowed):
        decide.approve(request=request, by=rita, comment="", now=now)


def test_who_is_asked_in_another_stage_stands_in(flow, adam, rita, now):
    factories.stage(flow, rita, factories.person("stella"), label="Security")
    request = factories.request_at(now=now)
    away(adam, rita, now)
    assert may(rita, request, now)
    assert decide.approve(request=request, by=rita, comment="", now=now).on_behalf_of == adam


def test_where_a_flow_names_groups_their_members_stand_in_and_nobody_else(flow, adam, rita, now):
    stella = factories.person("stella")
    factories.stage(flow, stella, label="Security")
    flow.stand_ins.add(factories.group("Leads", rita))
    request = factories.request_at(now=now)
    first = away(adam, stella, now)
    assert not may(stella, request, now)
    Delegation.objects.filter(pk=first.pk).delete()
    away(adam, rita, now)
    assert may(rita, request, now)


def test_an_approval_no_longer_counts_once_its_giver_may_no_longer_stand_in(flow, adam, rita, olga, now):
    factories.stage(flow, olga, label="Security")
    leads = factories.group("Leads", rita)
    flow.stand_ins.add(leads)
    request = factories.request_at(now=now)
    away(adam, rita, now)
    decide.approve(request=request, by=rita, comment="", now=now)
    leads.members.clear()
    with pytest.raises(NotAllowed, match="Stage 1 comes before"):
        decide.approve(request=request, by=olga, comment="", now=now)
    assert request.decisions.get(by=rita).void_at


def test_another_flow_s_stand_ins_do_not_stand_in_here(flow, adam, rita, now):
    other = factories.flow("staging-access")
    other.stand_ins.add(factories.group("Leads", rita))
    request = factories.request_at(now=now)
    away(adam, rita, now)
    assert not may(rita, request, now)


def test_the_form_offers_whom_one_may_name_and_the_service_takes_nobody_else(flow, adam, rita, jon, client, now):
    assert not current_delegations.can_stand_in(adam).filter(pk=rita.pk).exists()
    with pytest.raises(Invalid, match="stand in"):
        delegations.delegate(
            from_person=adam, to_person=rita, starts_at=None, ends_at=now + timedelta(days=1), reason="x", by=adam,
            now=now,
        )  # fmt: skip
    flow.stand_ins.add(factories.group("Leads", rita))
    assert list(current_delegations.can_stand_in(adam)) == [rita]
    client.force_login(adam)
    page = client.get("/account/away/").content.decode()
    assert rita.email in page
    assert jon.email not in page


def test_of_those_whom_it_asks_by_a_group_or_as_a_manager_each_can_be_named(flow, adam, rita, jon, now):
    factories.stage(flow, factories.group("Security", rita), managers=True)
    jon.manager = factories.person("stella")
    jon.save()
    assert {one.email for one in current_delegations.can_stand_in(adam)} == {rita.email, "stella@example.com"}
    assert Flow.objects.get(pk=flow.pk).stand_ins.count() == 0

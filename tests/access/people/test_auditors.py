"""Auditors read everything and change nothing."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from access.core.errors import Conflict, Invalid, NotAllowed, Refusal
from access.core.states import EndReason, GrantState, RequestState
from access.grants import active, begin, end_early
from access.models import AccessRequest, AuditEvent, Channel, Decision, Grant, User
from access.notify import preferences
from access.people import known_people
from access.policy import approvers, check_flows
from access.requests import approval_queue, ask, decide, detail, lists, offboard
from access.requests.preview import preview
from tests import factories

pytestmark = pytest.mark.django_db
REFUSED = "You are an auditor here. Auditors read everything and change nothing."


@pytest.fixture
def vera(db):
    """Audits."""
    return factories.person("vera", is_auditor=True)


def make_auditor(user):
    User.objects.filter(pk=user.pk).update(is_auditor=True)
    user.refresh_from_db()
    return user


# What they read


def test_an_auditor_sees_every_request_and_grant(flow, vera, now):
    asked = factories.request_at(now=now)
    held = factories.grant(now=now)
    assert set(lists.visible_to(vera, now=now)) == {asked, held.requests.get()}
    assert list(active.visible_to(vera, now=now)) == [held]
    assert detail.find(asked.ref, reader=vera, now=now) == asked


def test_an_auditor_gets_the_evidence_and_no_button(flow, vera, now):
    request = factories.grant(now=now).requests.get()
    told = detail.detail(request, reader=vera, now=now)
    assert told.can_see_evidence
    assert detail.evidence(request, reader=vera, now=now)["grant"]["state"] == GrantState.ACTIVE
    assert not any([told.can_end, told.can_extend, told.can_withdraw, told.can_write_off])
    assert told.row.why_not == REFUSED


def test_an_auditor_who_was_deactivated_reads_nothing(flow, vera, now):
    factories.request_at(now=now)
    vera.is_active = False
    assert not lists.visible_to(vera, now=now).exists()


def test_what_they_are_here_for_is_said(flow, vera):
    assert {one.role for one in known_people.known() if one.user == vera} == {"Reads everything and changes nothing."}


# What they can't do


def new(flow, target, by, now):
    return ask.ask(
        flow=flow, target=target, requester=by, seconds=3600, reason="to fix it", ticket="", starts_at=None,
        submission=uuid.uuid4(), now=now,
    )  # fmt: skip


WAYS = {
    "ask": lambda one, vera, now: new(one.flow, one.target, vera, now),
    "withdraw": lambda one, vera, now: ask.withdraw(request=one, by=vera, now=now),
    "approve": lambda one, vera, now: decide.approve(request=one, by=vera, comment="", now=now),
    "deny": lambda one, vera, now: decide.deny(request=one, by=vera, comment="No.", now=now),
    "choose": lambda one, vera, now: preferences.choose(vera, channel=Channel.EMAIL, mute=["own"]),
}
WAYS_OF_GRANTS = {
    "end": lambda held, vera, now: end_early.end(grant=held, by=vera, now=now),
    "end all": lambda held, vera, now: end_early.end_all(target=held.target, by=vera, confirmation="prod", now=now),
    "write off": lambda held, vera, now: end_early.write_off(grant=held, by=vera, reason="gone", now=now),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_an_auditor_is_refused_every_service_though_a_pool_asks_them(flow, vera, now, way):
    factories.also_decided_by(flow, vera)
    request = factories.request_at(now=now)
    before = AuditEvent.objects.count()
    with pytest.raises(NotAllowed, match=REFUSED):
        way(request, vera, now)
    assert AuditEvent.objects.count() == before
    assert AccessRequest.objects.get().state == RequestState.PENDING


@pytest.mark.parametrize("way", WAYS_OF_GRANTS.values(), ids=WAYS_OF_GRANTS)
def test_an_auditor_ends_no_access_though_a_pool_asks_them(flow, vera, now, way):
    factories.also_decided_by(flow, vera)
    held = factories.grant(now=now)
    with pytest.raises(Refusal):
        way(held, vera, now)
    assert held.refreshed().state == GrantState.ACTIVE


def test_one_who_became_an_auditor_a_moment_ago_decides_nothing(flow, adam, now):
    request = factories.request_at(now=now)
    User.objects.filter(pk=adam.pk).update(is_auditor=True)
    assert not adam.is_auditor  # as an older page knows them
    with pytest.raises(NotAllowed):
        decide.approve(request=request, by=adam, comment="", now=now)
    assert not Decision.objects.exists()


def test_an_auditor_has_nothing_to_review_and_is_not_asked(flow, vera, jon, now):
    factories.also_decided_by(flow, vera)
    request = factories.request_at(now=now)
    assert not approval_queue.waiting_for(vera, now=now).exists()
    assert {one.id for one in approvers.deciders(request, now=now)} == {factories.person("adam").pk}


def test_a_policy_that_leans_on_an_auditor_is_a_dead_end_with_the_name(flow, vera, jon, target, now):
    factories.decided_by(flow, vera)
    factories.mapping(jon)
    sentence = "Nobody could approve this request: auditors decide nothing: Vera. Tell an admin."
    with pytest.raises(Invalid, match=sentence):
        new(flow, target, jon, now)
    assert preview(flow=flow, target=target, requester=jon, now=now).blocked["flow"] == sentence
    assert "auditors decide nothing: Vera." in check_flows.check(flow, now=now)


def test_a_dead_end_names_those_who_left_and_the_auditors_apart(flow, vera, adam, jon, target, now):
    factories.decided_by(flow, vera, adam)
    User.objects.filter(pk=adam.pk).update(is_active=False)
    told = preview(flow=flow, target=target, requester=jon, now=now).blocked["flow"]
    assert "those who could decide it can no longer sign in: Adam Novak. auditors decide nothing: Vera." in told


# Who becomes one


def test_nobody_is_an_auditor_and_a_superuser(vera, olga):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=olga.pk).update(is_auditor=True)
    with pytest.raises(ValidationError, match="nobody is an auditor and a superuser"):
        User.objects.create_superuser("both@example.com", is_auditor=True)


def test_rights_of_an_auditor_are_to_view_whatever_they_were_given(vera):
    vera.is_staff = True
    assert vera.has_perm("access.view_flow")
    assert vera.has_module_perms("access")
    assert not vera.has_perm("access.change_flow")
    assert not vera.has_perms(["access.view_flow", "access.delete_flow"])
    assert not vera.has_perm("auth.view_permission")
    vera.is_active = False
    assert not vera.has_perm("access.view_flow")


def test_who_becomes_an_auditor_holds_nothing_and_waits_for_nothing(flow, jon, olga, now):
    held, pending = factories.grant(now=now), factories.request_at(now=now)
    offboard.leave(user=jon, by=olga, now=now, why="The person became an auditor.")
    pending.refresh_from_db()
    assert pending.state == RequestState.WITHDRAWN
    assert held.refreshed().state == GrantState.REVOKING
    assert AuditEvent.objects.get(type="grant.revoking").data["comment"] == "The person became an auditor."


def test_what_was_approved_meanwhile_does_not_begin_for_an_auditor(flow, jon, now):
    waiting = factories.grant(state=GrantState.SCHEDULED, now=now)
    make_auditor(jon)
    begin.begin(Grant.objects.select_related("person", "target").get(pk=waiting.pk), now=now)
    assert waiting.refreshed().end_reason == EndReason.CANCELLED


def test_all_of_a_target_without_any_access_is_no_conflict_to_an_auditor(target, vera, now):
    with pytest.raises(NotAllowed, match=REFUSED):
        active.check_can_end_all(target, by=vera, now=now)
    with pytest.raises(Conflict):
        active.check_can_end_all(target, by=factories.admin(), now=now)

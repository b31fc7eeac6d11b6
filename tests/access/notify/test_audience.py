"""Who is told of what: each step of a request and of access, by table."""

from datetime import timedelta

import pytest
from django.conf import settings as project
from django.db import transaction

from access.audit import log
from access.core.states import EndReason, GrantState
from access.directory import connect
from access.grants import drift, end_early, last_role, lifecycle, record
from access.models import Grant, Kind, Notification, Stage, User
from access.requests import ask, decide, offboard
from integrations.base import Membership, NeedsAttention, ProviderUnavailable
from tests import factories
from tests.access.notify.conftest import rows

HOUR = timedelta(hours=1)


@pytest.fixture
def two(flow, rita):
    """Adam and Rita both have to approve."""
    factories.also_decided_by(flow, rita)
    Stage.objects.update(approvals_needed=2)


@pytest.fixture
def request_(flow, rita, olga, told, now):
    """Jon's request, of which Adam and Rita have been told and heard."""
    factories.also_decided_by(flow, rita)
    request = factories.request_at(now=now)
    told()
    Notification.objects.filter(kind=Kind.ASKED).update(attempts=1, due_at=None, sent_at=now)
    return request


@pytest.fixture
def grant(flow, olga, told, now):
    """Jon's access to Prod for an hour, of which everything so far was told."""
    grant = factories.grant(state=GrantState.ACTIVE, now=now)
    told()
    return grant


def test_approvers_are_told_of_a_request_and_nobody_else_is(flow, rita, olga, told, now):
    factories.also_decided_by(flow, rita)
    factories.request_at(now=now)
    assert told() == {("adam", "asked"), ("rita", "asked")}


def test_a_requester_who_is_an_approver_is_not_asked(flow, adam, rita, told, now):
    factories.also_decided_by(flow, rita)
    factories.request_at(now=now, requester=adam)
    assert told() == {("rita", "asked")}


def test_a_requester_who_may_approve_their_own_is_asked(flow, adam, told, now):
    flow.self_approval = True
    flow.save()
    factories.request_at(now=now, requester=adam)
    assert told() == {("adam", "asked")}


def test_one_approval_of_two_is_told_to_the_requester(two, adam, told, now):
    request = factories.request_at(now=now)
    told()
    decide.approve(request=request, by=adam, comment="", now=now)
    assert told() == {("jon", "approval")}


@pytest.mark.parametrize("verdict", ["approved", "denied"])
def test_a_decision_is_told_to_the_requester_and_to_the_other_approvers(request_, adam, told, now, verdict):
    act = {"approved": decide.approve, "denied": decide.deny}[verdict]
    act(request=request_, by=adam, comment="So be it.", now=now)
    assert told() == {("jon", verdict), ("rita", "settled")}


def test_who_approved_before_hears_that_it_is_settled(two, adam, rita, told, now):
    request = factories.request_at(now=now)
    told()
    Notification.objects.update(attempts=1)
    decide.approve(request=request, by=adam, comment="", now=now)
    decide.approve(request=request, by=rita, comment="", now=now)
    assert told() == {("jon", "approval"), ("jon", "approved"), ("adam", "settled")}


def test_a_request_withdrawn_is_told_to_those_who_were_asked(request_, jon, told, now):
    ask.withdraw(request=request_, by=jon, now=now)
    assert told() == {("adam", "settled"), ("rita", "settled")}


def test_a_request_that_lapsed_is_told_to_the_requester_and_to_those_who_were_asked(request_, told, now):
    ask.lapse(request=request_, now=now + 24 * HOUR)
    assert told(now + 24 * HOUR) >= {("jon", "lapsed"), ("adam", "settled"), ("rita", "settled")}


def test_who_was_not_told_of_a_request_need_not_hear_that_it_is_settled(flow, rita, adam, told, now):
    factories.also_decided_by(flow, rita)
    request = factories.request_at(now=now)
    told()
    decide.approve(request=request, by=adam, comment="", now=now)
    assert told() == {("jon", "approved")}
    assert not Notification.objects.filter(kind__in=(Kind.ASKED, Kind.REMINDER)).exists()


def test_access_that_is_confirmed_is_told_to_its_holder(flow, told, now):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    told()
    factories.move(grant, GrantState.ACTIVE, now=now)
    assert told() == {("jon", "active")}


def test_an_hour_of_access_is_warned_of_ten_minutes_before_its_end(grant, now):
    [warning] = rows(Kind.ENDS_SOON)
    assert warning.recipient == grant.person
    assert warning.due_at == grant.ends_at - timedelta(minutes=10)


def test_short_access_ends_without_a_warning(flow, told, now):
    flow.allowed_durations = [29 * 60]
    flow.save()
    factories.grant(state=GrantState.ACTIVE, now=now, seconds=29 * 60)
    told()
    assert rows(Kind.ENDS_SOON) == []


def test_an_extension_is_told_and_moves_the_warning(grant, told, now):
    lifecycle.extend(grant, seconds=2 * 3600, request_ref="R-22222", actor="usher", now=now)
    assert told() == {("jon", "extended")}
    [warning] = rows(Kind.ENDS_SOON)
    assert warning.due_at == now + 2 * HOUR - timedelta(minutes=10)


def test_an_extension_of_access_that_has_not_begun_is_told_with_its_beginning(flow, told, now):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    told()
    lifecycle.extend(grant, seconds=2 * 3600, request_ref="R-22222", actor="usher", now=now)
    assert told() == set()


def test_access_that_ended_by_itself_is_told_to_its_holder(grant, told, now):
    factories.move(grant, GrantState.REVOKING, now=now + HOUR)
    factories.move(grant, GrantState.ENDED, now=now + HOUR)
    assert told(now + HOUR) == {("jon", "ended")}
    assert {one.kind for one in Notification.objects.filter(grant=grant)} == {"approved", "active", "ended"}


def test_who_gave_access_back_is_not_told_what_they_did(grant, jon, told, now):
    end_early.end(grant=grant, by=jon, now=now)
    factories.move(grant, GrantState.ENDED, now=now)
    assert told() == set()


def test_access_taken_back_is_told_to_its_holder_with_who_and_why_and_not_to_who_did_it(grant, adam, told, now):
    end_early.end(grant=grant, by=adam, now=now, comment="The incident is over.")
    factories.move(grant.refreshed(), GrantState.ENDED, now=now)
    assert told() == {("jon", "ended")}
    [message] = rows(Kind.ENDED)
    assert message.facts["by"] == "Adam Novak"
    assert message.facts["comment"] == "The incident is over."


def test_access_cancelled_before_it_began_is_told_to_its_holder(flow, adam, told, now):
    grant = factories.grant(state=GrantState.SCHEDULED, now=now, starts_at=now + HOUR)
    told()
    end_early.end(grant=grant, by=adam, now=now)
    assert told() == {("jon", "ended")}


def test_a_grant_that_extends_another_ends_in_silence(grant, told, now):
    request = factories.request_at(state="approved", now=now)
    told()
    lifecycle.advance(
        request.grant, GrantState.ENDED, actor="usher", now=now, end_reason=EndReason.MERGED, ended_at=now
    )
    assert told() == set()


def test_a_refusal_is_told_to_the_requester_once(flow, olga, told, now):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    told()
    lifecycle.advance(
        grant, GrantState.REVOKING, actor=log.SYSTEM, now=now, end_reason=EndReason.REFUSED, end_due_at=now,
        data={"reason": EndReason.REFUSED, "text": "Aptible said no."},
    )  # fmt: skip
    assert told() == {("jon", "refused")}
    lifecycle.advance(grant, GrantState.ENDED, actor=log.SYSTEM, now=now, ended_at=now)
    assert told() == set()


def stuck(grant, at, text="Aptible could not be reached."):
    """One pass that failed."""
    with transaction.atomic():
        record._put_off(Grant.objects.select_related("target").get(pk=grant.pk), ProviderUnavailable(text), at=at)


def test_trouble_with_a_start_is_told_to_admins_and_requester_after_two_minutes_once(flow, olga, told, now):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    stuck(grant, now)
    stuck(grant, now, "Aptible did not answer in time.")
    assert told() == {("jon", "approved")}
    assert told(now + timedelta(minutes=2)) == {("jon", "trouble"), ("olga", "trouble")}
    assert len(rows(Kind.TROUBLE)) == 2


def test_trouble_that_passes_is_told_to_nobody(flow, olga, told, now):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    stuck(grant, now)
    told()
    factories.move(grant, GrantState.ACTIVE, now=now)
    told()
    assert rows(Kind.TROUBLE) == []


def test_access_that_is_gone_or_found_again_is_told_to_holder_and_admins(grant, told, now):
    later = now + HOUR / 2
    drift.gone(grant, now=later)
    assert told(later) == {("jon", "gone"), ("olga", "gone")}
    factories.move(grant, GrantState.ENDED, now=later)
    assert told(later) == set()
    membership = Membership("m-1", grant.role_id, grant.account_id)
    drift.again(grant, membership, now=later + HOUR)
    assert told(later + HOUR) >= {("jon", "found_again"), ("olga", "found_again"), ("olga", "overdue")}


def test_access_overdue_by_a_minute_is_told_to_admins_and_holder(grant, told, now):
    factories.move(grant, GrantState.REVOKING, now=now + HOUR)
    assert told(now + HOUR + timedelta(seconds=59)) == set()
    assert told(now + HOUR + timedelta(seconds=60)) == {("jon", "overdue"), ("olga", "overdue")}


def test_a_last_role_is_told_to_the_admins_once_however_often_it_is_tried(grant, told, now):
    for _try in range(3):
        last_role._say(grant, "grant.last_role_lost", at=now, text="")
    assert told() == {("olga", "last_role")}
    assert len(rows(Kind.LAST_ROLE)) == 1


def test_a_grant_written_off_is_told_to_the_holder_and_to_the_other_admins(grant, olga, told, now):
    User.objects.create_superuser("otto@example.com", name="Otto")
    end_early.write_off(grant=grant, by=olga, reason="The organization is gone.", now=now)
    assert told() == {("jon", "ended"), ("otto", "written_off")}


def test_an_integration_that_needs_attention_is_told_to_the_admins_once_an_hour(integration, olga, told, now):
    for minute in (0, 10, 20):
        at = now + timedelta(minutes=minute)
        connect.note_attention(integration, NeedsAttention("The bot's password is wrong."), now=at)
        connect.note_working(integration, now=at)
    assert told(now + HOUR) == {("olga", "attention")}
    assert len(rows(Kind.ATTENTION)) == 1


def test_deactivated_people_are_told_nothing(request_, jon, adam, olga, told, now):
    adam.is_active = False
    adam.save()
    jon.is_active = False
    jon.save()
    offboard.leave(user=jon, by=olga, now=now)
    assert told() == {("rita", "settled")}


def test_an_admin_who_holds_access_is_told_once(flow, olga, told, now):
    factories.mapping(olga, account_id="a-olga")
    grant = factories.grant(state=GrantState.ACTIVE, now=now, person=olga)
    told()
    factories.move(grant, GrantState.REVOKING, now=now + HOUR)
    assert told(now + HOUR + timedelta(minutes=1)) >= {("olga", "overdue")}
    [message] = rows(Kind.OVERDUE)
    assert message.topic == ""


def test_what_an_admin_sets_up_is_told_to_nobody(olga, rita, told, now):
    log.append("flow.changed", actor=olga.email, now=now, subject="flow:production-access")
    assert told() == set()


def test_a_message_holds_no_secret_and_no_object(grant, told, now):
    for one in Notification.objects.all():
        assert all(isinstance(value, str) for value in one.facts.values())
        assert project.SECRET_KEY not in str(one.facts)

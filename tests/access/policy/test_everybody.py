"""Where everybody may ask, everybody can be who decides: but whoever asked, bots, auditors and who left."""

from datetime import timedelta

import pytest

from access.config import everybody
from access.core.errors import Conflict, NotAllowed
from access.core.states import RequestState
from access.models import AuditEvent, Kind, Notification, SlackPost, User
from access.notify import read_log
from access.people import people
from access.policy import approvers, asked_by_name, policy, simulate
from access.requests import approval_queue, break_glass_reviews, decide, escalate, remind
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def group(now, flow, jon, adam, rita):
    made = everybody.make(now=now)
    pool = flow.stages.get().pools.get()
    pool.people.clear()
    pool.groups.set([made])
    return made


@pytest.fixture
def asked(group, jon, now):
    return factories.request_at(now=now)


def test_the_group_is_told_of_and_everybody_is_in_it_but_bots(group, olga, now):
    bot, late = factories.person("bot", is_bot=True), people.join(email="late@example.com", name="Late", now=now)
    assert set(group.members.all()) == set(User.objects.filter(is_bot=False))
    assert late in group.members.all()
    assert bot not in group.members.all()
    assert AuditEvent.objects.get(type="group.added").subject == f"group:{everybody.NAME}"


def test_anybody_may_decide_it_but_whoever_asked(asked, jon, now):
    late = factories.person("late")
    with pytest.raises(NotAllowed):
        decide.approve(request=asked, by=jon, comment="", seconds=None, now=now)
    assert asked in approval_queue.waiting_for(late, now=now)
    decide.approve(request=asked, by=late, comment="", seconds=None, now=now)
    asked.refresh_from_db()
    assert asked.state == RequestState.APPROVED


@pytest.mark.parametrize("fields", [{"is_active": False}, {"is_auditor": True}, {"is_bot": True}])
def test_who_left_or_only_looks_or_is_a_machine_decides_nothing(asked, fields, now):
    who = factories.person("vera", **fields)
    with pytest.raises(NotAllowed):
        decide.approve(request=asked, by=who, comment="", seconds=None, now=now)


def test_nobody_is_told_by_name_and_everybody_finds_it(asked, rita, jon, now, settings):
    settings.EMAIL_IS_SET = True
    read_log.read(now=now)
    assert not Notification.objects.filter(kind__in=[Kind.ASKED, Kind.REMINDER]).exists()
    assert approvers.names(asked, now=now) == ["Everybody"]
    [row] = approval_queue.rows([asked], reader=rita, now=now)
    assert (row.why_not, [one.name for one in row.can_still]) == ("", ["Everybody"])
    with pytest.raises(Conflict, match="nobody is reminded by name"):
        remind.remind(request=asked, by=jon, now=now)
    SlackPost.objects.create(request=asked, channel="C1", position=1, due_at=now)
    assert remind.remind(request=asked, by=jon, now=now) == ()
    assert AuditEvent.objects.latest("id").data["people"] == "Everybody"


def test_who_is_named_beside_it_is_told(group, flow, adam, now, settings):
    factories.also_decided_by(flow, adam)
    settings.EMAIL_IS_SET = True
    request = factories.request_at(now=now)
    read_log.read(now=now)
    assert {one.recipient for one in Notification.objects.filter(kind=Kind.ASKED)} == {adam}
    assert approvers.names(request, now=now) == ["Adam Novak", "Everybody"]


def test_who_is_asked_later_is_named_as_everybody(group, flow, adam, rita, now):
    factories.decided_by(flow, adam)
    factories.pool(flow.stages.get(), group, after=60)
    request, later = factories.request_at(now=now), now + timedelta(seconds=61)
    escalate.pass_on(request, now=later)
    assert AuditEvent.objects.get(type="request.passed_on").data["people"] == "Everybody"
    assert escalate.asked_by(request, 60, now=later) == ()
    decide.approve(request=request, by=rita, comment="", seconds=None, now=later)


def test_its_copy_says_so_and_a_copy_from_before_is_read(group, flow):
    copied = approvers.of_flow(flow).copied()
    [said] = copied["stages"][0]["pools"][0]["groups"]
    assert said == {"id": group.pk, "name": "Everybody", "everybody": True}
    assert policy.read(copied) == approvers.of_flow(flow)
    assert approvers.of_flow(approvers.with_policies(type(flow).objects.all()).get()) == approvers.of_flow(flow)
    del said["everybody"]
    assert not policy.read(copied).stages[0].pools[0].groups[0].everybody


def test_it_is_said_in_words(group, flow, jon, now):
    found = simulate.of_flow(flow, jon, at=now)
    assert found.sentence == "Needs 1 of everybody here but whoever asks."
    assert found.dead_end is None
    assert [one.name for one in found.steps[0].at_once] == ["Everybody"], "and not ten thousand names"


def test_an_emergency_is_looked_at_by_admins_and_who_is_named(asked, flow, adam, olga, jon, now):
    in_force = policy.read(asked.policy)
    assert [one.id for one in break_glass_reviews.reviewers(in_force, jon)] == [olga.pk]
    circle = approvers.circles([in_force], [jon]).around(jon)
    assert asked_by_name.reviewers(in_force, circle) == ()

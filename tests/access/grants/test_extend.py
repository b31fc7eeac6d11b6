"""Holding on without asking anybody: once, by the holder, where the flow behind the access allows it."""

from datetime import timedelta

import pytest

from access.core.errors import Conflict, NotAllowed
from access.core.states import GrantState
from access.grants import begin, claim, extend
from access.models import AccessRequest, AuditEvent, Flow, Grant, Notification, Target, User
from access.notify import letters, read_log
from access.requests import detail, explain
from tests import factories
from tests.access.policy import fast_tracks

pytestmark = pytest.mark.django_db
HOUR, HALF = 3600, 1800
NEEDS_APPROVAL = "An extension of this access needs an approval: ask for it."


@pytest.fixture(autouse=True)
def free(flow):
    """Half an hour is free."""
    Flow.objects.update(free_extension=HALF)


@pytest.fixture
def held(flow, now):
    """Jon holds Prod for an hour."""
    return factories.grant(now=now)


def test_it_ends_later_once_and_the_log_tells(held, jon, now):
    ends_at = held.ends_at + timedelta(seconds=HALF)
    extended = extend.extend(grant=held, by=jon, now=now)
    assert (extended.ends_at, extended.due_at, extended.seconds) == (ends_at, ends_at, HOUR)
    assert (extended.free_extension_at, extended.free_extension_seconds) == (now, HALF)
    event = AuditEvent.objects.latest("id")
    assert (event.type, event.actor, event.grant_ref) == ("grant.extended", "jon@example.com", held.ref)
    assert event.data == {
        "path": "free", "seconds": HALF, "was": held.ends_at.isoformat(), "ends_at": ends_at.isoformat()
    }  # fmt: skip

    with pytest.raises(Conflict, match="extended without approval already"):
        extend.extend(grant=held, by=jon, now=now)
    assert held.refreshed().ends_at == ends_at


@pytest.mark.parametrize("who", ["adam", "rita", "olga"])
def test_only_the_holder_extends(held, request, now, who):
    with pytest.raises(NotAllowed, match="Only the person who holds this access"):
        extend.extend(grant=held, by=request.getfixturevalue(who), now=now)


def test_a_rule_that_refuses_wins_over_an_extension_too(flow, held, jon, now):
    """Whom a rule keeps out by now does not hold on past it."""
    known = fast_tracks.rule(flow, deny=True, in_group=factories.group("Leavers"), reason="They are on their way out.")
    known.in_group.members.add(jon)
    with pytest.raises(NotAllowed, match=r"A rule of this flow refuses it.*They are on their way out\."):
        extend.extend(grant=held, by=jon, now=now)
    assert held.refreshed().ends_at == held.ends_at
    assert held.refreshed().free_extension_at is None

    known.in_group.members.clear()
    assert extend.extend(grant=held, by=jon, now=now).free_extension_at == now


STATES = [GrantState.SCHEDULED, GrantState.GRANTING, GrantState.REVOKING, GrantState.ENDED]


@pytest.mark.parametrize("state", STATES)
def test_only_what_is_active_is_extended(flow, jon, now, state):
    grant = factories.grant(now=now, state=state)
    with pytest.raises(Conflict, match="Only access that is held now"):
        extend.extend(grant=grant, by=jon, now=now)


def test_what_is_due_to_end_is_not_extended_though_nobody_has_ended_it_yet(held, jon):
    with pytest.raises(Conflict):
        extend.extend(grant=held, by=jon, now=held.ends_at)
    assert extend.extend(grant=held, by=jon, now=held.ends_at - timedelta(seconds=1))


CLOSED = {
    "the flow allows none": lambda held: Flow.objects.update(free_extension=0),
    "the flow is closed": lambda held: Flow.objects.update(is_active=False),
    "they may no longer ask": lambda held: Flow.objects.get().requesters.add(factories.group("On call")),
    "the flow gives it no more": lambda held: factories.strategy().targets.clear(),
    "they held it before": lambda held: Grant.objects.update(standing=True),
    "it was break-glass": lambda held: AccessRequest.objects.update(path="break_glass"),
    "they were deactivated": lambda held: User.objects.filter(pk=held.person_id).update(is_active=False),
    "they are an auditor now": lambda held: User.objects.filter(pk=held.person_id).update(is_auditor=True),
}


@pytest.mark.parametrize("change", CLOSED.values(), ids=CLOSED)
def test_otherwise_it_needs_an_approval(held, jon, now, change):
    change(held)
    with pytest.raises(NotAllowed, match=NEEDS_APPROVAL):
        extend.extend(grant=held, by=jon, now=now)
    assert held.refreshed().ends_at == held.ends_at


def test_an_auditor_extends_nothing(held, jon, now):
    jon.is_auditor = True
    with pytest.raises(NotAllowed, match="You are an auditor here"):
        extend.extend(grant=held, by=jon, now=now)


@pytest.mark.parametrize(
    ("longest", "added"),
    [(None, HALF), (8 * HOUR, HALF), (HOUR + HALF, HALF), (HOUR + 600, 600), (HOUR + 60, 60)],
)
def test_the_whole_time_stays_within_the_maximum_of_the_target(held, jon, now, longest, added):
    Target.objects.update(max_seconds=longest)
    assert extend.extend(grant=held, by=jon, now=now).free_extension_seconds == added


@pytest.mark.parametrize("longest", [HOUR + 59, HOUR, 60])
def test_where_the_maximum_leaves_nothing_an_approval_is_needed(held, jon, now, longest):
    Target.objects.update(max_seconds=longest)
    with pytest.raises(Conflict, match="at most without a new approval"):
        extend.extend(grant=held, by=jon, now=now)


def test_the_flow_of_the_latest_request_counts_after_a_merge(held, jon, now):
    other = factories.flow("other", label="Other", free_extension=0)
    later = now + timedelta(minutes=1)
    second = factories.grant(state=GrantState.SCHEDULED, now=later, in_flow=other)
    begin.begin(Grant.objects.select_related("person", "target").get(pk=second.pk), now=later)
    with pytest.raises(NotAllowed, match=NEEDS_APPROVAL):
        extend.extend(grant=held, by=jon, now=later)
    Flow.objects.filter(pk=other.pk).update(free_extension=600)
    assert extend.extend(grant=held, by=jon, now=later).free_extension_seconds == 600


def test_an_approved_extension_comes_after_a_free_one_and_never_makes_it_shorter(held, jon, now):
    extended = extend.extend(grant=held, by=jon, now=now)
    second = factories.grant(state=GrantState.SCHEDULED, now=now)
    begin.begin(Grant.objects.select_related("person", "target").get(pk=second.pk), now=now)
    assert held.refreshed().ends_at == extended.ends_at
    with pytest.raises(Conflict, match="already"):
        extend.extend(grant=held, by=jon, now=now)


def test_it_is_taken_away_at_its_new_end(grant, run, jon, now):
    active = run(grant, now)
    extended = extend.extend(grant=active, by=jon, now=now)
    assert run(grant, active.ends_at).state == GrantState.ACTIVE
    assert run(grant, extended.ends_at).state == GrantState.ENDED


def test_what_the_worker_has_begun_to_end_is_not_brought_back(held, jon):
    claim.take(Target.objects.get(), holder="w", now=held.ends_at)
    with pytest.raises(Conflict):
        extend.extend(grant=held, by=jon, now=held.ends_at - timedelta(seconds=1))
    assert held.refreshed().state == GrantState.REVOKING


def test_the_story_and_the_evidence_tell(held, jon, adam, now):
    extend.extend(grant=held, by=jon, now=now)
    request = AccessRequest.objects.get()
    told = detail.detail(request, reader=adam, now=now)
    [step] = [one for one in told.steps if one.kind == "grant.extended"]
    assert (step.title, step.who) == ("Extended", "Jon Reyes")
    assert step.note == "By 30 min, without approval: the flow allows that once."
    proof = explain.evidence(request, now=now)
    assert proof["grant"]["free_extension_seconds"] == HALF
    [event] = [one for one in proof["events"] if one["type"] == "grant.extended"]
    assert event["text"] == "jon@example.com extended their access to prod without approval."


def test_it_is_offered_to_the_holder_alone_and_once(held, jon, adam, now):
    request = AccessRequest.objects.get()
    assert detail.detail(request, reader=jon, now=now).free_seconds == HALF
    assert detail.detail(request, reader=adam, now=now).free_seconds == 0
    extend.extend(grant=held, by=jon, now=now)
    told = detail.detail(AccessRequest.objects.get(), reader=jon, now=now)
    assert (told.free_seconds, told.can_extend) == (0, True)


# Who hears of it


@pytest.fixture
def mail(settings):
    settings.EMAIL_IS_SET = True


def told_of(grant, by, now):
    read_log.read(now=now)
    extend.extend(grant=grant, by=by, now=now)
    read_log.read(now=now)
    return Notification.objects.filter(kind="extended")


def test_who_approved_it_is_told_and_the_holder_is_not(mail, flow, held, jon, rita, now):
    factories.also_decided_by(flow, rita)
    [row] = told_of(held, jon, now)
    assert row.recipient == factories.person("adam")
    said = letters.letter(
        Notification.objects.select_related("request", "grant__person", "grant__target").get(pk=row.pk)
    )
    assert said.subject == "Jon Reyes extended Prod by 30 min without approval"
    assert "The flow allows that once for each access, without approval." in said.text[1]


def test_where_nobody_approved_all_who_could_have_are_told(mail, flow, held, jon, rita, now):
    AccessRequest.objects.get().decisions.all().delete()
    AccessRequest.objects.update(path="fast_track")
    told = told_of(held, jon, now)
    assert {one.recipient for one in told} == {factories.person("adam")}


def test_the_warning_before_the_end_moves_along(mail, held, jon, now):
    told_of(held, jon, now)
    soon = Notification.objects.get(kind="ends_soon")
    assert soon.due_at == held.refreshed().ends_at - timedelta(minutes=10)

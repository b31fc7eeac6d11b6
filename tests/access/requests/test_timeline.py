"""The story of a request, step by step."""

from datetime import timedelta

import pytest

from access.audit import log
from access.core.states import GrantState, RequestState
from access.grants import begin, end_early
from access.grants.record import Look, outcome
from access.grants.trouble import Trouble, trouble
from access.models import AccessRequest, Flow, Grant, Stage, Target
from access.requests import ask, decide, timeline
from access.requests.steps import DONE, NEXT, NOW, TROUBLE
from integrations.base import ProviderError, ProviderUnavailable
from tests import factories

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def told(request):
    return timeline.steps(AccessRequest.objects.select_related("target", "requester", "grant").get(pk=request.pk))


def titles(request, tone=None):
    return [step.title for step in told(request) if tone in (None, step.tone)]


def step(request, title):
    return next(one for one in told(request) if one.title == title)


def test_a_pending_request_tells_what_is_still_to_come(flow, now):
    asked = factories.request_at(now=now)
    assert titles(asked, DONE) == ["Asked"]
    assert titles(asked, NEXT) == ["Approval", "Confirmed active", "Confirmed ended"]
    assert step(asked, "Asked").who == "Jon Reyes"
    assert (step(asked, "Approval").then, step(asked, "Approval").then_at) == ("Lapses", asked.due_at)


def test_a_whole_story_tells_when_who_and_how_long(flow, adam, now):
    asked = factories.request_at(now=now)
    decide.approve(request=asked, by=adam, comment="Be careful.", now=now + 5 * MINUTE)
    grant = Grant.objects.get()
    for minute, state in ((6, "granting"), (7, "active"), (67, "revoking"), (69, "ended")):
        factories.move(grant, GrantState(state), now=now + minute * MINUTE)
    steps = told(asked)
    assert [(one.title, one.who, one.took) for one in steps] == [
        ("Asked", "Jon Reyes", None),
        ("Approved", "Adam Novak", 5 * MINUTE),
        ("Granting", "", MINUTE),
        ("Confirmed active", "", MINUTE),
        ("Ending", "", 60 * MINUTE),
        ("Confirmed ended", "", 2 * MINUTE),
    ]
    assert steps[1].quote == "Be careful."
    assert {one.tone for one in steps} == {DONE}


def test_approvals_are_counted(flow, adam, rita, now):
    factories.also_decided_by(flow, rita)
    Stage.objects.update(approvals_needed=2)
    asked = factories.request_at(now=now, in_flow=Flow.objects.get())
    assert "Approval 1 of 2" in titles(asked, NEXT)
    decide.approve(request=asked, by=adam, comment="", now=now)
    assert titles(asked)[:3] == ["Asked", "Approved 1 of 2", "Approval 2 of 2"]
    decide.approve(request=asked, by=rita, comment="", now=now)
    assert titles(asked)[:3] == ["Asked", "Approved 1 of 2", "Approved 2 of 2"]


@pytest.mark.parametrize(
    ("state", "title"),
    [(RequestState.DENIED, "Denied"), (RequestState.WITHDRAWN, "Withdrawn"), (RequestState.LAPSED, "Lapsed")],
)
def test_a_request_that_came_to_nothing_has_nothing_to_come(flow, now, state, title):
    asked = factories.request_at(state=state, now=now)
    assert titles(asked) == ["Asked", title]


def test_a_denial_is_told_with_its_reason(flow, now):
    asked = factories.request_at(state=RequestState.DENIED, now=now)
    assert step(asked, "Denied").quote == "Not now."


@pytest.mark.parametrize(("state", "title"), [("granting", "Granting"), ("revoking", "Ending")])
def test_what_is_happening_now_is_marked(flow, now, state, title):
    grant = factories.grant(state=state, now=now)
    assert titles(grant.requests.get(), NOW) == [title]


def test_a_scheduled_start_is_told(flow, now):
    starts_at = now + timedelta(hours=2)
    grant = factories.grant(state=GrantState.SCHEDULED, now=now, starts_at=starts_at)
    asked = grant.requests.get()
    assert titles(asked) == ["Asked", "Approved", "Scheduled", "Granting", "Confirmed active", "Confirmed ended"]
    assert step(asked, "Scheduled").then_at == starts_at


def test_a_start_at_once_is_not_told_as_scheduled(flow, now):
    grant = factories.grant(state=GrantState.SCHEDULED, now=now)
    assert "Scheduled" not in titles(grant.requests.get())


def test_a_cancelled_start_is_told(flow, jon, now):
    grant = factories.grant(state=GrantState.SCHEDULED, now=now, starts_at=now + timedelta(hours=2))
    end_early.end(grant=grant, by=jon, now=now)
    assert titles(grant.requests.get()) == ["Asked", "Approved", "Scheduled", "Cancelled"]


def test_an_early_end_is_told_with_who_and_why(flow, adam, now):
    grant = factories.grant(state=GrantState.ACTIVE, now=now)
    end_early.end(grant=grant, by=adam, comment="The incident is over.", now=now)
    ending = step(grant.requests.get(), "Ending")
    assert ending.who == "Adam Novak"
    assert ending.note == "Taken back by an approver or an admin."
    assert ending.quote == "The incident is over."


def test_trouble_is_told_in_words(flow, now):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    outcome(grant, Look(at=now, listed_at=now, trouble=ProviderUnavailable("Aptible did not answer in time.")))
    trouble = step(grant.requests.get(), "It did not work yet")
    assert trouble.tone == TROUBLE
    assert trouble.note == "Aptible did not answer in time."


def test_a_refusal_is_told_in_words(flow, now):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    outcome(grant, Look(at=now, listed_at=now, trouble=ProviderError("Aptible has no such account.")))
    assert step(grant.requests.get(), "Ending").note == "Aptible refused to grant it. Aptible has no such account."


def test_a_standing_membership_is_told_at_both_ends(flow, now):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    for kind in ("grant.active", "grant.ended"):
        log.append(kind, actor="usher", now=now, grant=grant, data={"evidence": {"standing": True}})
    notes = [one.note for one in told(grant.requests.get())]
    assert "Held already, outside the portal: nothing was added." in notes
    assert "The standing membership was left as found." in notes


@pytest.mark.parametrize("kind", ["grant.last_role_lost", "grant.last_role_unknown", "grant.fallback_role_added"])
def test_the_last_role_is_told_loudly(flow, now, kind):
    grant = factories.grant(state=GrantState.REVOKING, now=now)
    log.append(kind, actor="usher", now=now, grant=grant, data={"text": "Said by the service."})
    loud = next(one for one in told(grant.requests.get()) if one.kind == kind)
    assert loud.tone == TROUBLE
    assert "Prod is the last role of Jon Reyes" in loud.note


def test_a_grant_that_was_written_off_is_never_told_as_confirmed(flow, olga, now):
    grant = factories.grant(state=GrantState.ACTIVE, now=now)
    end_early.write_off(grant=grant, by=olga, reason="The organization is closed.", now=now)
    asked = grant.requests.get()
    last = told(asked)[-1]
    assert (last.title, last.tone, last.who) == ("Ended, not verified", TROUBLE, "Olga Brandt")
    assert last.quote == "The organization is closed."
    assert "Confirmed ended" not in titles(asked)


def test_an_extension_is_told_on_both_requests(flow, adam, now):
    first = factories.grant(state=GrantState.ACTIVE, now=now).requests.get()
    second = factories.request_at(state=RequestState.APPROVED, now=now + 30 * MINUTE)
    begin.begin(second.grant, now=now + 30 * MINUTE)
    until = now + 90 * MINUTE

    extended = step(first, "Extended")
    assert (extended.note, extended.then_at) == (f"By request {second.ref}.", until)
    assert titles(second) == ["Asked", "Approved", "Extended", "Confirmed ended"]
    assert told(second)[-1].then_at == until


def test_the_story_of_an_extension_leaves_out_what_was_before_it(flow, now):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    nothing_seen_of(grant, now)
    factories.move(grant, GrantState.ACTIVE, now=now)
    second = factories.request_at(state=RequestState.APPROVED, now=now + MINUTE)
    begin.begin(second.grant, now=now + MINUTE)
    assert "It did not work yet" not in titles(second)


def nothing_seen_of(grant, now):
    trouble = ProviderUnavailable("Aptible did not answer in time.")
    outcome(grant.refreshed(), Look(at=now, listed_at=now, after=None, trouble=trouble))


def test_a_long_story_takes_as_many_queries_as_a_short_one(flow, now, django_assert_num_queries):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    asked = AccessRequest.objects.select_related("target", "requester", "grant").get()
    with django_assert_num_queries(1):
        timeline.steps(asked)
    for number in range(30):
        log.append("grant.trouble", actor="usher", now=now, grant=grant, data={"text": f"No answer {number}."})
    with django_assert_num_queries(1):
        assert len(timeline.steps(asked)) == 35


def test_no_trouble_means_nothing_stands_in_the_way(flow, now):
    assert trouble(None, now=now) is None
    assert trouble(factories.grant(state=GrantState.GRANTING, now=now), now=now) is None


def test_trouble_says_when_it_is_tried_next(flow, now):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    Grant.objects.update(last_error="No answer.", attempts=3, due_at=now + MINUTE)
    assert trouble(grant.refreshed(), now=now) == Trouble("No answer.", 3, now + MINUTE)


def test_trouble_that_a_worker_is_at_is_being_tried_right_now(flow, now):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    Grant.objects.update(last_error="No answer.", attempts=3, due_at=now + MINUTE)
    Target.objects.update(leased_until=now + MINUTE, leased_by="w")
    assert trouble(grant.refreshed(), now=now).next_try_at is None


def test_withdrawing_names_the_person(flow, jon, now):
    asked = factories.request_at(now=now)
    ask.withdraw(request=asked, by=jon, now=now + MINUTE)
    assert step(asked, "Withdrawn").who == "Jon Reyes"

"""Nobody holds anything in one stretch without an approval for longer than the limit, by whatever mix of ways."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.core.errors import Conflict, Invalid, NotAllowed, Refusal
from access.core.states import GrantState, RequestState
from access.grants import begin, end_early, extend
from access.models import AccessRequest, AfterReview, AuditEvent, Flow, Grant
from access.policy import unapproved_time
from access.requests import ask, break_glass_sign_off, decide
from tests import factories
from tests.access.policy import fast_tracks

pytestmark = pytest.mark.django_db
HOUR = 3600
TICK = timedelta(minutes=10)


@pytest.fixture
def flow(flow, jon):
    """Production access with break-glass for an hour and half an hour more without approval, once."""
    Flow.objects.update(break_glass=True, free_extension=1800, allowed_durations=[1200, HOUR, 2 * HOUR])
    factories.mapping(jon)
    flow.refresh_from_db()
    return flow


@pytest.fixture
def fast(flow, jon):
    """The same target by a rule, without an approver."""
    made = factories.flow("fast", allowed_durations=[1200, HOUR, 2 * HOUR], free_extension=1800)
    fast_tracks.rule(made, in_group=factories.group("On call", jon))
    return made


def asked(flow, jon, now, *, seconds=HOUR, break_glass=False) -> AccessRequest:
    return ask.ask(
        flow=flow, target=factories.target(), requester=jon, seconds=seconds, reason="down", ticket="INC-1",
        starts_at=None, submission=uuid.uuid4(), now=now, break_glass=break_glass,
    )  # fmt: skip


def work(now) -> None:
    """Do what the worker would have done by then."""
    for grant in Grant.objects.exclude(state=GrantState.ENDED).order_by("pk"):
        if grant.state == GrantState.SCHEDULED:
            begin.begin(grant, now=now)
        if grant.refreshed().state == GrantState.GRANTING:
            factories.move(grant, GrantState.ACTIVE, now=now)
    for grant in Grant.objects.filter(state=GrantState.ACTIVE, ends_at__lte=now):
        factories.move(grant, GrantState.REVOKING, now=now)
        factories.move(grant, GrantState.ENDED, now=now)


def sign_off(request, verdict, now):
    break_glass_sign_off.sign_off(
        request=request, by=factories.person("adam"), verdict=verdict, comment="Seen.", now=now
    )


# Break-glass


def test_a_second_one_is_refused_while_the_first_is_live(flow, jon, now):
    first = asked(flow, jon, now, break_glass=True)
    work(now)
    sign_off(first, "justified", now)
    with pytest.raises(Invalid) as refused:
        asked(flow, jon, now + TICK, break_glass=True)
    assert "without anybody's approval since" in refused.value.errors["target"]
    assert "Ask in the normal way." in refused.value.errors["target"]


def test_a_second_one_is_refused_while_the_review_is_unsigned(flow, jon, now):
    asked(flow, jon, now, break_glass=True)
    for minutes in range(0, 90, 10):
        work(now + timedelta(minutes=minutes))
    with pytest.raises(Invalid) as refused:
        asked(flow, jon, now + timedelta(hours=3), break_glass=True)
    assert "is not signed off. Ask in the normal way" in refused.value.errors["target"]


def test_an_approver_extends_it_in_the_normal_way_and_signs_off_nothing(flow, jon, adam, now):
    first = asked(flow, jon, now, break_glass=True)
    work(now)
    second = asked(flow, jon, now + TICK, seconds=2 * HOUR)
    decide.approve(request=second, by=adam, comment="", now=now + TICK)
    work(now + TICK)
    assert Grant.objects.get(state=GrantState.ACTIVE).ends_at == now + TICK + timedelta(hours=2)
    assert AfterReview.objects.get(request=first).signed_off_at is None


def test_one_after_another_is_no_way_around_the_limit(flow, jon, now):
    first = asked(flow, jon, now, break_glass=True)
    work(now)
    end_early.end(grant=Grant.objects.get(), by=jon, now=now + TICK)
    factories.move(Grant.objects.get(), GrantState.ENDED, now=now + TICK)
    sign_off(first, "justified", now + TICK)
    with pytest.raises(Invalid):
        asked(flow, jon, now + TICK + timedelta(minutes=1), break_glass=True)
    assert asked(flow, jon, now + TICK + timedelta(minutes=6), break_glass=True).state == RequestState.APPROVED


def test_not_justified_closes_it_until_an_admin_lifts_that(flow, jon, adam, olga, now):
    first = asked(flow, jon, now, break_glass=True)
    work(now)
    work(now + timedelta(hours=1))
    sign_off(first, "not_justified", now)
    later = now + timedelta(hours=5)
    with pytest.raises(Invalid) as refused:
        asked(flow, jon, later, break_glass=True)
    assert "not to be justified" in refused.value.errors["flow"]
    with pytest.raises(NotAllowed):
        break_glass_sign_off.lift(request=first, by=adam, reason="Fine.", now=later)
    with pytest.raises(Invalid):
        break_glass_sign_off.lift(request=first, by=olga, reason=" ", now=later)
    break_glass_sign_off.lift(request=first, by=olga, reason="We talked.", now=later)
    assert AuditEvent.objects.get(type="review.lifted").data["reason"] == "We talked."
    with pytest.raises(Conflict):
        break_glass_sign_off.lift(request=first, by=olga, reason="Again.", now=later)
    assert asked(flow, jon, later, break_glass=True).state == RequestState.APPROVED


def test_an_admin_lifts_nothing_for_themselves(flow, olga, adam, now):
    request = factories.broken_glass(now=now, requester=olga)
    sign_off(request, "not_justified", now)
    with pytest.raises(NotAllowed):
        break_glass_sign_off.lift(request=request, by=olga, reason="Me.", now=now)


# Fast track


def test_a_rule_does_not_give_again_what_it_gave(fast, jon, now):
    assert asked(fast, jon, now).state == RequestState.APPROVED
    assert asked(fast, jon, now).state == RequestState.PENDING
    work(now)
    assert asked(fast, jon, now + TICK).state == RequestState.PENDING


def test_a_rule_gives_more_while_an_approval_covers_what_is_held(fast, flow, jon, adam, now):
    decide.approve(request=asked(flow, jon, now), by=adam, comment="", now=now)
    work(now)
    assert asked(fast, jon, now + TICK, seconds=2 * HOUR).state == RequestState.APPROVED


def test_a_rule_gives_no_more_once_the_approval_no_longer_covers_what_is_held(fast, flow, jon, adam, now):
    decide.approve(request=asked(flow, jon, now), by=adam, comment="", now=now)
    work(now)
    asked(fast, jon, now + 5 * TICK, seconds=2 * HOUR)
    work(now + 5 * TICK)
    assert asked(fast, jon, now + 7 * TICK).state == RequestState.PENDING


def test_a_rule_gives_again_after_a_real_end(fast, jon, now):
    asked(fast, jon, now)
    work(now)
    work(now + timedelta(hours=1))
    assert asked(fast, jon, now + timedelta(hours=1, minutes=6)).state == RequestState.APPROVED


# Any mix of them

# Mostly what takes it without anybody: one of these has to come while another lasts.
VERBS = ("ask", "fast", "fast", "fast", "glass", "glass", "extend", "approve", "sign", "return", "wait")
STEPS = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 4)), min_size=6, max_size=12)


class Story:
    """Jon, who tries whatever comes, and how long he has held the target uncovered by any approval."""

    def __init__(self, flow, fast, jon, adam, now):
        self.flow, self.fast, self.jon, self.adam, self.now = flow, fast, jon, adam, now
        self.covered_until, self.uncovered, self.longest = now, timedelta(0), timedelta(0)

    def step(self, verb) -> None:
        try:
            getattr(self, verb)()
        except Refusal:
            return

    def ask(self):
        asked(self.flow, self.jon, self.now, seconds=1200)

    def fast_track(self):
        asked(self.fast, self.jon, self.now, seconds=2 * HOUR)

    def glass(self):
        asked(self.flow, self.jon, self.now, break_glass=True)

    def extend(self):
        for grant in Grant.objects.filter(state=GrantState.ACTIVE):
            extend.extend(grant=grant, by=self.jon, now=self.now)

    def approve(self):
        for request in AccessRequest.objects.filter(state=RequestState.PENDING, flow=self.flow):
            decide.approve(request=request, by=self.adam, comment="", now=self.now)
            self.covered_until = max(self.covered_until, self.now + request.duration)

    def sign(self):
        for review in AfterReview.objects.filter(signed_off_at=None):
            sign_off(review.request, "justified", self.now)

    def give_back(self):
        for grant in Grant.objects.filter(state=GrantState.ACTIVE):
            end_early.end(grant=grant, by=self.jon, now=self.now)
            factories.move(grant, GrantState.ENDED, now=self.now)

    def wait(self):
        self.now += TICK
        work(self.now)

    def pass_time(self, ticks) -> None:
        work(self.now)
        for _tick in range(ticks):
            held = Grant.objects.filter(state=GrantState.ACTIVE, ends_at__gt=self.now).exists()
            counts = held and self.covered_until <= self.now
            self.uncovered = self.uncovered + TICK if counts else timedelta(0)
            self.longest = max(self.longest, self.uncovered)
            self.now += TICK
            work(self.now)


NAMED = {"fast": "fast_track", "return": "give_back"}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_unbroken_time_without_an_approval_exceeds_the_limit(flow, fast, jon, adam, now, steps):
    story = Story(flow, fast, jon, adam, now)
    with transaction.atomic():
        for verb, ticks in [*steps, ("wait", 20)]:
            story.step(NAMED.get(verb, verb))
            story.pass_time(ticks)
        transaction.set_rollback(True)
    assert story.longest <= max(unapproved_time.limit(one, factories.target()) for one in (flow, fast))

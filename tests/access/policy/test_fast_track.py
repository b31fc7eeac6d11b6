"""Fast track from the ask to the grant: who gets access at once, who waits for people, who is refused."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from access.audit import log, sentences
from access.core.errors import Invalid
from access.core.states import GrantState, RequestState
from access.models import AccessRequest, AuditEvent, Flow, Grant, Target
from access.policy.fast_track import judge
from access.requests import ask, break_glass, decide
from access.requests.preview import preview
from tests import chain, factories
from tests.access.policy import fast_tracks

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def now():
    """A Monday, 13:00 in Berlin: Jon is on call, and the office is open."""
    return datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def in_group(flow, jon, adam, now):
    fast_tracks.rule(flow, in_group=factories.group("Operators", jon))


def in_another_group(flow, jon, adam, now):
    fast_tracks.rule(flow, in_group=factories.group("Operators", adam))


def on_call(flow, jon, adam, now):
    fast_tracks.rule(flow, schedule=fast_tracks.rotation(jon, adam))


def on_call_next_week(flow, jon, adam, now):
    fast_tracks.rule(flow, schedule=fast_tracks.rotation(adam, jon))


def named_by_pagerduty(flow, jon, adam, now):
    fast_tracks.rule(flow, schedule=fast_tracks.from_pagerduty(jon.email, read_at=now - timedelta(minutes=10)))


def named_by_pagerduty_too_long_ago(flow, jon, adam, now):
    read_at = now - timedelta(minutes=10, seconds=1)
    fast_tracks.rule(flow, schedule=fast_tracks.from_pagerduty(jon.email, read_at=read_at))


def named_by_pagerduty_until_now(flow, jon, adam, now):
    fast_tracks.rule(flow, schedule=fast_tracks.from_pagerduty(jon.email, read_at=now, until=now))


def never_read(flow, jon, adam, now):
    fast_tracks.rule(flow, schedule=fast_tracks.from_pagerduty(jon.email, read_at=None))


def low_risk(flow, jon, adam, now):
    Target.objects.update(risk=Target.Risk.LOW)
    fast_tracks.rule(flow, risk_at_most=Target.Risk.LOW)


def more_risk(flow, jon, adam, now):
    fast_tracks.rule(flow, risk_at_most=Target.Risk.LOW)


def within_hours(flow, jon, adam, now):
    fast_tracks.rule(flow, hours=fast_tracks.office_hours())


def on_call_and_outside_of_hours(flow, jon, adam, now):
    hours = fast_tracks.office_hours()
    fast_tracks.rule(flow, schedule=fast_tracks.rotation(jon), hours=hours, within="outside")


def not_even_then(flow, jon, adam, now):
    on_call(flow, jon, adam, now)
    operators = factories.group("Operators", jon)
    fast_tracks.rule(flow, deny=True, in_group=operators, reason="Operators have their own way.")


def refused_unless_on_call(flow, jon, adam, now):
    schedule = fast_tracks.from_pagerduty(jon.email, read_at=None)
    fast_tracks.rule(flow, deny=True, schedule=schedule, is_on_call="no", reason="Only for those on call.")


def held_before(flow, jon, adam, now, *, times=2):
    for back in range(times):
        hold_once(jon, now - (back + 1) * DAY)
    fast_tracks.rule(flow, held_times=2, held_days=30)


def held_once_before(flow, jon, adam, now):
    held_before(flow, jon, adam, now, times=1)


def held_by_fast_track(flow, jon, adam, now):
    """What a rule approved does not help to fulfil a rule."""
    hold_once(jon, now - DAY)
    first = fast_tracks.rule(flow, in_group=factories.group("Operators", jon))
    hold_once(jon, now - 2 * DAY)
    first.delete()
    fast_tracks.rule(flow, held_times=2, held_days=30)


def held_by_own_approval(flow, jon, adam, now):
    """What people approved for themselves does not help either."""
    Flow.objects.update(self_approval=True)
    factories.also_decided_by(flow, jon)
    for back in (1, 2):
        hold_once(jon, now - back * DAY, by="jon")
    fast_tracks.rule(flow, held_times=2, held_days=30)


def in_a_group_that_has_to_wait(flow, jon, adam, now):
    fast_tracks.rule(flow, not_in_group=factories.group("Trainees", jon))


def hold_once(jon, at, by="adam"):
    """Hold it for a minute, through the real services."""
    asked = factories.request_at(now=at, requester=jon, seconds=60)
    if asked.state == RequestState.PENDING:
        decide.approve(request=asked, by=factories.person(by), comment="", now=at)
        asked.refresh_from_db()
    for state in (GrantState.GRANTING, GrantState.ACTIVE, GrantState.REVOKING, GrantState.ENDED):
        factories.move(asked.grant, state, now=at)


AT_ONCE, PEOPLE, REFUSED = "at once", "people", "refused"
CASES = [
    (in_group, AT_ONCE, "you are in Operators"),
    (in_another_group, PEOPLE, ""),
    (on_call, AT_ONCE, "you are on call until 12 January, 09:00 CET"),
    (on_call_next_week, PEOPLE, ""),
    (named_by_pagerduty, AT_ONCE, "you are on call"),
    (named_by_pagerduty_too_long_ago, PEOPLE, "PagerDuty was last read 10 min ago, so this rule does not apply"),
    (named_by_pagerduty_until_now, PEOPLE, ""),
    (never_read, PEOPLE, "PagerDuty has not been read yet, so this rule does not apply: They repair production."),
    (low_risk, AT_ONCE, "the target's risk is at most low"),
    (more_risk, PEOPLE, ""),
    (within_hours, AT_ONCE, "it is within Office hours until 17:00 CET"),
    (on_call_and_outside_of_hours, PEOPLE, ""),
    (not_even_then, REFUSED, "because you are in Operators: Operators have their own way."),
    (refused_unless_on_call, REFUSED, "nobody can tell whether you are on call in Pager: Only for those on call."),
    (held_before, AT_ONCE, "you have held Prod 2 × in the last 30 days"),
    (held_once_before, PEOPLE, ""),
    (held_by_fast_track, PEOPLE, ""),
    (held_by_own_approval, PEOPLE, ""),
    (in_a_group_that_has_to_wait, PEOPLE, ""),
]


@pytest.mark.parametrize(("set_up", "outcome", "words"), CASES, ids=[one[0].__name__ for one in CASES])
def test_the_form_says_what_the_ask_then_does(flow, target, jon, adam, now, set_up, outcome, words):
    factories.mapping(jon)
    set_up(flow, jon, adam, now)
    target.refresh_from_db()
    told = preview(flow=flow, target=target, requester=jon, now=now)
    assert told.fast_track.approves == (outcome == AT_ONCE)
    assert words in " ".join([told.fast_track.because, *told.fast_track.doubts, *told.blocked.values()])
    if outcome == REFUSED:
        with pytest.raises(Invalid) as refused:
            ask_now(flow, target, jon, now)
        assert refused.value.errors == told.blocked
        assert not AccessRequest.objects.exists()
        return
    made = ask_now(flow, target, jon, now)
    assert told.blocked == {}
    assert made.state == (RequestState.APPROVED if outcome == AT_ONCE else RequestState.PENDING)
    assert made.path == ("fast_track" if outcome == AT_ONCE else "people")
    assert bool(made.grant) == (outcome == AT_ONCE)


def ask_now(flow, target, jon, now, **more):
    given = {"starts_at": None, "submission": uuid.uuid4(), **more}
    return ask.ask(
        flow=flow, target=target, requester=jon, seconds=3600, reason="to fix Ticket 123", ticket="", now=now, **given
    )


def test_the_rule_its_reason_and_what_it_found_are_written_down(flow, target, jon, adam, now):
    factories.mapping(jon)
    on_call(flow, jon, adam, now)
    made = ask_now(flow, target, jon, now)
    assert made.path_facts == {
        "rule": 1,
        "rule_in_words": "Approved at once when on call in Primary: “They repair production.”",
        "reason": "They repair production.",
        "because": "Jon Reyes is on call in Primary until 12 January, 09:00 CET",
        "until": ["2026-01-12T08:00:00+00:00"],
    }
    asked, approved, scheduled = AuditEvent.objects.order_by("id")
    assert [asked.type, approved.type, scheduled.type] == ["request.asked", "request.approved", "grant.scheduled"]
    assert (approved.actor, approved.data) == (log.SYSTEM, {"path": "fast_track", **made.path_facts})
    assert sentences.sentence(approved) == (
        "The rule “They repair production.” approved it at once, because Jon Reyes is on call in Primary until"
        " 12 January, 09:00 CET."
    )
    assert chain.first_bad() is None


def test_the_same_form_sent_twice_opens_one_grant(flow, target, jon, adam, now):
    factories.mapping(jon)
    on_call(flow, jon, adam, now)
    submission = uuid.uuid4()
    first = ask_now(flow, target, jon, now, submission=submission)
    assert ask_now(flow, target, jon, now, submission=submission) == first
    assert Grant.objects.count() == 1


def test_a_rule_helps_where_nobody_could_approve(flow, target, jon, adam, now):
    factories.mapping(jon)
    factories.decided_by(flow, jon)
    assert "flow" in preview(flow=flow, target=target, requester=jon, now=now).blocked
    on_call(flow, jon, adam, now)
    assert ask_now(flow, target, jon, now).state == RequestState.APPROVED


def test_a_closed_flow_and_a_missing_account_still_stop_it(flow, target, jon, adam, now):
    on_call(flow, jon, adam, now)
    Flow.objects.update(is_active=False)
    flow.refresh_from_db()
    with pytest.raises(Invalid) as refused:
        ask_now(flow, target, jon, now)
    assert "takes no requests" in refused.value.errors["flow"]


def test_what_begins_later_is_for_people(flow, target, jon, adam, now):
    factories.mapping(jon)
    on_call(flow, jon, adam, now)
    assert ask_now(flow, target, jon, now, starts_at=now + timedelta(minutes=1)).state == RequestState.PENDING


@pytest.mark.parametrize(("starts_in", "refused"), [(1, False), (6, True)])
def test_a_refusal_looks_at_the_moment_of_the_start(flow, target, jon, now, starts_in, refused):
    factories.mapping(jon)
    hours = fast_tracks.office_hours()
    fast_tracks.rule(flow, deny=True, hours=hours, within="outside", reason="Nobody works at night.")
    starts_at = now + timedelta(hours=starts_in)
    if not refused:
        assert ask_now(flow, target, jon, now, starts_at=starts_at).state == RequestState.PENDING
        return
    with pytest.raises(Invalid, match="it is outside of Office hours: Nobody works at night"):
        ask_now(flow, target, jon, now, starts_at=starts_at)


def test_a_deactivated_person_gets_nothing_from_a_rule(flow, target, jon, adam, now):
    factories.mapping(jon)
    on_call(flow, jon, adam, now)
    jon.is_active = False
    assert ask_now(flow, target, jon, now).state == RequestState.PENDING


def test_judging_takes_as_many_queries_for_many_rules(flow, target, jon, adam, now, django_assert_num_queries):
    for number in range(5):
        schedule = fast_tracks.rotation(adam, jon, name=f"rota-{number}")
        fast_tracks.rule(flow, schedule=schedule, in_group=factories.group("Operators", jon), held_times=1, held_days=9)
    with django_assert_num_queries(7):
        judge.judge(flow=flow, target=target, requester=jon, starts_at=None, now=now)


def test_a_refusal_wins_over_break_glass(flow, target, jon, adam, now):
    factories.mapping(jon)
    Flow.objects.update(break_glass=True)
    flow.refresh_from_db()
    not_even_then(flow, jon, adam, now)
    with pytest.raises(Invalid, match="Operators have their own way"):
        ask.ask(
            flow=flow, target=target, requester=jon, seconds=3600, reason="to fix Ticket 123", ticket="INC-1",
            starts_at=None, submission=uuid.uuid4(), now=now, break_glass=True,
        )  # fmt: skip
    assert break_glass.outlook(flow=flow, target=target, requester=jon, now=now).blocked.keys() == {"flow"}


def test_break_glass_is_not_taken_for_fast_track(flow, target, jon, adam, now):
    factories.mapping(jon)
    Flow.objects.update(break_glass=True)
    flow.refresh_from_db()
    on_call(flow, jon, adam, now)
    made = ask.ask(
        flow=flow, target=target, requester=jon, seconds=3600, reason="to fix Ticket 123", ticket="INC-1",
        starts_at=None, submission=uuid.uuid4(), now=now, break_glass=True,
    )  # fmt: skip
    assert made.path == "break_glass"


def test_a_flow_that_gives_no_access_knows_refusals_only(flow, jon, now):
    Flow.objects.update(strategy=None)
    flow = Flow.objects.get()
    operators = factories.group("Operators", jon)
    fast_tracks.rule(flow, in_group=operators)
    fast_tracks.rule(flow, deny=True, risk_at_least=Target.Risk.LOW)
    assert factories.request_at(now=now, in_flow=flow).state == RequestState.PENDING
    fast_tracks.rule(flow, deny=True, in_group=operators, reason="Operators have their own way.")
    with pytest.raises(Invalid, match="Operators have their own way"):
        factories.request_at(now=now, in_flow=flow)

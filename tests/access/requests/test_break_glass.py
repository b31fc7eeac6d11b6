"""Break-glass: who gets it, when, for how long; and that it never happens unseen."""

import uuid
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from access.core.errors import Invalid, NotAllowed
from access.core.states import GrantState, RequestState
from access.grants import end_early
from access.models import AccessRequest, AfterReview, AuditEvent, Flow, Grant, Notification, User
from access.requests import ask, break_glass, break_glass_sign_off, decide
from tests import chain, factories

HOUR = 3600


@pytest.fixture
def flow(flow):
    """Production access, where break-glass is allowed for an hour."""
    Flow.objects.update(break_glass=True, ticket_pattern="INC-[0-9]+")
    flow.refresh_from_db()
    return flow


@pytest.fixture
def use(flow, target, jon, now):
    """Use break-glass as Jon, with a reason and a ticket, unless the test says otherwise."""
    factories.mapping(jon)

    def use(**typed):
        emergency = {
            "flow": flow, "target": target, "requester": jon, "seconds": HOUR, "reason": "the database is down",
            "ticket": "INC-1", "starts_at": None, "submission": uuid.uuid4(), "now": now, **typed,
        }  # fmt: skip
        return ask.ask(break_glass=True, **emergency)

    return use


def test_access_is_due_at_once_and_nobody_decides(use, adam, now):
    request = use()
    assert (request.state, request.path) == (RequestState.APPROVED, AccessRequest.Path.BREAK_GLASS)
    assert (request.grant.state, request.grant.due_at, request.grant.seconds) == (GrantState.SCHEDULED, now, HOUR)
    assert not request.decisions.exists()
    assert not request.asked.exclude(opens_at=None).exists()


def test_a_review_is_opened_with_the_time_that_the_flow_gives(use, flow, now):
    review = use().after_review
    assert review.deadline == now + timedelta(seconds=flow.review_within)
    assert review.due_at == now + timedelta(seconds=flow.review_within) / 2
    assert (review.signed_off_at, review.verdict, review.escalations) == (None, "", 0)


def test_the_log_says_who_did_it_and_who_is_told(use, olga):
    request = use()
    events = AuditEvent.objects.filter(request_ref=request.ref).order_by("id")
    assert [one.type for one in events] == ["request.asked", "request.approved", "grant.scheduled", "review.opened"]
    assert events[1].actor == "jon@example.com"
    assert events[1].data["path"] == "break_glass"
    assert [one["name"] for one in events[3].data["told"]] == ["Adam Novak", "Olga Brandt"]
    assert chain.first_bad() is None


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"ticket": ""}, "ticket", "Name the ticket or the incident: break-glass needs one."),
        ({"ticket": "none"}, "ticket", "This does not look like a ticket here. Write it as your tracker shows it."),
        ({"reason": "  "}, "reason", "Say why you need it."),
        ({"seconds": 4 * HOUR}, "duration", "Choose one of the durations that break-glass offers here."),
        ({"seconds": 61}, "duration", "Choose one of the durations that break-glass offers here."),
        ({"seconds": 0}, "duration", "Choose one of the durations that break-glass offers here."),
    ],
)
def test_what_is_typed_is_judged(use, typed, field, sentence):
    with pytest.raises(Invalid) as refused:
        use(**typed)
    assert refused.value.errors == {field: sentence}
    assert not AccessRequest.objects.exists()


def test_it_never_starts_later(use, now):
    with pytest.raises(Invalid) as refused:
        use(starts_at=now + timedelta(hours=1))
    assert refused.value.errors == {"starts_at": "Break-glass starts at once. Ask for access that starts later."}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"break_glass": False}, "Production access does not allow break-glass. Ask for access instead."),
        ({"is_active": False}, "This flow takes no requests at the moment."),
    ],
)
def test_a_flow_that_does_not_allow_it_refuses_also_when_it_was_changed_meanwhile(use, change, sentence):
    Flow.objects.update(**change)  # the page still has the flow as it was
    with pytest.raises(Invalid) as refused:
        use()
    assert refused.value.errors == {"flow": sentence}
    assert not Grant.objects.exists()


def test_who_was_deactivated_meanwhile_gets_nothing(use, jon):
    User.objects.filter(pk=jon.pk).update(is_active=False)
    with pytest.raises(NotAllowed):
        use()
    assert not AccessRequest.objects.exists()


def test_who_has_no_account_gets_nothing(use, rita, integration):
    integration.directorypersons.filter(email=rita.email).delete()
    with pytest.raises(Invalid) as refused:
        use(requester=rita)
    assert list(refused.value.errors) == ["target"]


def test_a_target_of_another_flow_is_refused(use, integration):
    with pytest.raises(Invalid) as refused:
        use(target=factories.target("other", "Other", "another-role"))
    assert refused.value.errors["target"] == "Other cannot be asked for in Production access."


def test_a_dead_end_among_the_approvers_does_not_stop_it(use, adam, olga):
    User.objects.filter(pk=adam.pk).update(is_active=False)
    assert use().state == RequestState.APPROVED


def test_a_policy_without_stages_does_not_stop_it(use, flow, olga):
    flow.stages.all().delete()
    assert [one["name"] for one in use().path_facts["told"]] == ["Olga Brandt"]


def test_where_nobody_else_could_look_at_it_afterwards_it_is_refused(use, adam):
    User.objects.filter(pk=adam.pk).update(is_active=False)
    with pytest.raises(Invalid) as refused:
        use()
    assert list(refused.value.errors) == ["flow"]


@pytest.mark.parametrize("is_admin", [True, False])
def test_a_bot_looks_at_nothing_afterwards(use, flow, adam, olga, is_admin):
    """Neither one that is an admin, as that of Terraform is, nor one that approves: a review is for people."""
    User.objects.filter(pk__in=[adam.pk, olga.pk]).update(is_active=False)
    bot = User.objects.create_user("bot@example.com", is_bot=True, is_superuser=is_admin)
    factories.also_decided_by(flow, bot)
    with pytest.raises(Invalid) as refused:
        use()
    assert list(refused.value.errors) == ["flow"]
    User.objects.filter(pk=olga.pk).update(is_active=True)
    review = use().after_review
    assert [one["name"] for one in review.request.path_facts["told"]] == ["Olga Brandt"]
    with pytest.raises(NotAllowed):
        break_glass_sign_off.sign_off(
            request=review.request, by=bot, verdict="justified", comment="Fine.", now=review.opened_at
        )


def test_later_pools_groups_and_managers_are_told_and_the_requester_never_is(use, flow, jon, rita, olga):
    late, boss = factories.person("late"), factories.person("boss")
    User.objects.filter(pk=jon.pk).update(manager=boss)
    jon.refresh_from_db()
    factories.pool(flow.stages.get(), late, jon, after=HOUR)
    factories.stage(flow, factories.group("Security", rita), managers=True)
    Flow.objects.update(self_approval=True)
    told = [one["name"] for one in use(requester=jon).path_facts["told"]]
    assert told == ["Adam Novak", "Boss", "Late", "Olga Brandt", "Rita Moss"]


@pytest.mark.parametrize(
    ("limit", "allowed", "of_target", "offered"),
    [
        (HOUR, [60, HOUR, 4 * HOUR], None, (60, HOUR)),
        (2 * HOUR, [60, HOUR, 4 * HOUR], None, (60, HOUR)),
        (HOUR, [4 * HOUR], None, (HOUR,)),
        (HOUR, [60, HOUR], 600, (60,)),
        (HOUR, [HOUR], 600, (600,)),
        (600, [HOUR], HOUR, (600,)),
    ],
)
def test_the_durations_offered_fit_the_limit(flow, target, limit, allowed, of_target, offered):
    flow.break_glass_seconds, flow.allowed_durations, target.max_seconds = limit, allowed, of_target
    assert break_glass.durations(flow, target) == offered


def test_the_same_submission_twice_is_one_request(use):
    submission = uuid.uuid4()
    assert use(submission=submission).pk == use(submission=submission).pk
    assert AccessRequest.objects.count() == AfterReview.objects.count() == Grant.objects.count() == 1


def test_a_pending_request_sent_again_as_break_glass_stays_pending(use, now):
    asked = factories.request_at(now=now)
    again = use(submission=asked.submission)
    assert (again.pk, again.state) == (asked.pk, RequestState.PENDING)
    assert not AfterReview.objects.exists()


def test_it_says_which_time_it_is_in_seven_days(flow, now):
    used = [factories.broken_glass(now=now + timedelta(days=day)) for day in (0, 3, 6, 9)]
    assert [one.path_facts["recent"] for one in used] == [1, 2, 3, 2 + 1]


def test_an_ordinary_ask_never_becomes_one(flow, now):
    assert factories.request_at(now=now).path == AccessRequest.Path.PEOPLE
    assert not AfterReview.objects.exists()


def test_who_was_skipped_can_end_it(use, adam, now):
    request = use()
    end_early.end(grant=request.grant, by=adam, now=now, comment="No emergency.")
    assert Grant.objects.get().state == GrantState.ENDED


def test_there_is_nothing_left_to_decide(use, adam, now):
    request = use()
    with pytest.raises(Exception, match="already approved"):
        decide.approve(request=request, by=adam, comment="", now=now)


@hypothesis(max_examples=25)
@given(
    allows=st.booleans(),
    limit=st.integers(60, 4 * HOUR),
    allowed=st.lists(st.sampled_from([60, 600, HOUR, 4 * HOUR, 8 * HOUR]), min_size=1, unique=True),
    seconds=st.sampled_from([60, 600, HOUR, 4 * HOUR, 8 * HOUR]),
    ticket=st.sampled_from(["", "INC-1", "x"]),
)
def test_whatever_is_tried_it_is_short_allowed_and_reviewed(use, flow, allows, limit, allowed, seconds, ticket):
    _forget()
    Flow.objects.update(break_glass=allows, break_glass_seconds=limit, allowed_durations=allowed)
    try:
        use(seconds=seconds, ticket=ticket)
    except Invalid:
        assert not AccessRequest.objects.exists()
        return
    request = AccessRequest.objects.get()
    assert allows
    assert ticket == "INC-1"
    assert request.grant.seconds <= limit
    assert AfterReview.objects.get(request=request).due_at is not None


def _forget() -> None:
    for model in (Notification, AfterReview, AccessRequest, Grant):
        model.objects.all().delete()


def test_the_flows_own_fields_are_asked_in_an_emergency_too(use, flow):
    flow.prompt_fields.create(name="customer", label="Customer", required=True)
    with pytest.raises(Invalid) as refused:
        use()
    assert set(refused.value.errors) == {"field-customer"}
    assert not AccessRequest.objects.exists()
    answers = use(answers={"customer": "ACME"}).answers
    assert [(one["name"], one["value"]) for one in answers] == [("customer", "ACME")]

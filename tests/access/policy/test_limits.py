"""How long a target can be held: the target's own maximum under what the flow offers."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.core.errors import Invalid
from access.models import AccessRequest, Flow, Target
from access.policy import limits
from access.requests import approval_queue, ask, decide
from tests import factories

HOUR = 3600
OFFERED = [60, HOUR, 4 * HOUR, 8 * HOUR]


def a_flow(durations, default=HOUR):
    return Flow(label="F", allowed_durations=durations, default_duration=default)


def a_target(longest=None, label="T"):
    return Target(label=label, max_seconds=longest)


@pytest.mark.parametrize(
    ("longest", "offered", "recommended"),
    [
        ([], OFFERED, HOUR),
        ([None], OFFERED, HOUR),
        ([4 * HOUR], [60, HOUR, 4 * HOUR], HOUR),
        ([4 * HOUR - 1], [60, HOUR], HOUR),
        ([1800], [60], 60),
        ([60], [60], 60),
        ([30 * 24 * HOUR], OFFERED, HOUR),
        ([8 * HOUR, None, HOUR], [60, HOUR], HOUR),
    ],
)
def test_what_fits_the_lowest_maximum_is_offered(longest, offered, recommended):
    flow = a_flow(OFFERED)
    told = limits.offered(flow, [a_target(one) for one in longest])
    assert (told, limits.recommended(flow, told)) == (offered, recommended)


def test_a_maximum_under_all_that_the_flow_offers_is_offered_itself():
    flow = a_flow([4 * HOUR, 8 * HOUR], default=4 * HOUR)
    assert limits.offered(flow, [a_target(1800)]) == [1800]
    assert limits.recommended(flow, [1800]) == 1800
    assert limits.nothing_fits(flow, [a_target(1800), a_target()]) == [
        "F has no duration that fits T: all that it offers there is 30 min."
    ]


def test_a_flow_without_durations_offers_none():
    assert limits.offered(a_flow([]), [a_target(60)]) == []
    assert limits.recommended(a_flow([]), []) is None


@given(
    durations=st.lists(st.integers(60, 10**6), min_size=1, max_size=6, unique=True),
    longest=st.lists(st.none() | st.integers(60, 10**6), max_size=4),
    default=st.integers(60, 10**6),
)
def test_nothing_is_ever_offered_that_a_target_does_not_allow(durations, longest, default):
    flow, targets = a_flow(durations, default), [a_target(one) for one in longest]
    told = limits.offered(flow, targets)
    assert told
    assert all(not limits.why_too_long(one, targets) for one in told)
    assert limits.recommended(flow, told) in told
    assert set(told) <= set(durations) or told == [limits.lowest(targets)]


@pytest.fixture
def short(target):
    """Prod can be held for four hours."""
    Target.objects.filter(pk=target.pk).update(max_seconds=4 * HOUR)
    target.refresh_from_db()
    return target


def send(flow, target, requester, now, seconds):
    factories.mapping(requester)
    return ask.ask(
        flow=flow, target=target, requester=requester, seconds=seconds, reason="to fix it", ticket="",
        starts_at=None, submission=uuid.uuid4(), now=now,
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seconds", "sentence"),
    [
        (8 * HOUR, "Prod can be held for 4 h at most. Choose a shorter time."),
        (5 * HOUR, "Choose one of the durations that are offered."),
        (0, "Choose one of the durations that are offered."),
    ],
)
def test_more_than_the_target_allows_is_refused(flow, short, jon, now, seconds, sentence):
    with pytest.raises(Invalid) as refused:
        send(flow, short, jon, now, seconds)
    assert refused.value.errors == {"duration": sentence}
    assert not AccessRequest.objects.exists()


@pytest.mark.django_db
def test_what_fits_can_be_asked_for(flow, short, jon, now):
    assert send(flow, short, jon, now, 4 * HOUR).seconds == 4 * HOUR


@pytest.mark.django_db
def test_an_approver_can_only_give_what_fits_the_maximum_of_today(flow, target, adam, now):
    request = factories.request_at(now=now, seconds=8 * HOUR)
    Target.objects.update(max_seconds=4 * HOUR)
    request = AccessRequest.objects.get()
    [row] = approval_queue.rows([request], reader=adam, now=now)
    assert (row.shorter, row.as_asked) == ([4 * HOUR, HOUR, 60], 8 * HOUR)
    for seconds in (None, 8 * HOUR):
        with pytest.raises(Invalid) as refused:
            decide.approve(request=request, by=adam, comment="", seconds=seconds, now=now)
        assert refused.value.errors == {"duration": "Prod can be held for 4 h at most. Choose a shorter time."}
    decide.approve(request=request, by=adam, comment="", seconds=4 * HOUR, now=now)
    assert AccessRequest.objects.get().grant.seconds == 4 * HOUR


@pytest.mark.django_db
def test_an_approver_may_shorten_to_the_maximum_where_no_duration_fits(flow, target, adam, now):
    request = factories.request_at(now=now, seconds=HOUR)
    Target.objects.update(max_seconds=45)
    decide.approve(request=request, by=adam, comment="", seconds=45, now=now)
    assert AccessRequest.objects.get().grant.seconds == 45

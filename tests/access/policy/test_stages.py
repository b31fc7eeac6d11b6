"""Several stages, groups, managers and those who are asked later: who may decide when, and what they are told."""

from datetime import timedelta

import pytest

from access.core.errors import Conflict, Invalid, NotAllowed
from access.core.states import RequestState
from access.models import AccessRequest, Decision, Flow, Kind, Notification
from access.notify import read_log
from access.policy import approvers, decides_for
from access.requests import approval_queue, decide, detail, lists, timeline
from tests import factories

pytestmark = pytest.mark.django_db

LATER = timedelta(hours=2)


@pytest.fixture
def security(rita):
    return factories.group("Security", rita, factories.person("sami"))


@pytest.fixture
def two_stages(flow, security):
    """First Adam, then one of Security."""
    flow.stages.update(label="Lead")
    factories.stage(flow, security, label="Security")
    return flow


@pytest.fixture
def asked(two_stages, now):
    return factories.request_at(now=now)


def approve(request, by, now):
    return decide.approve(request=request, by=by, comment="", now=now)


def waiting(person, now):
    return list(approval_queue.waiting_for(person, now=now))


def row(request, reader, now):
    request = AccessRequest.objects.select_related("target", "flow", "requester", "grant").get(pk=request.pk)
    return approval_queue.rows([request], reader=reader, now=now)[0]


def test_stages_are_passed_one_after_the_other(asked, adam, rita, now):
    assert (waiting(adam, now), waiting(rita, now)) == ([asked], [])
    with pytest.raises(NotAllowed, match="not your turn yet: Lead comes before Security"):
        approve(asked, rita, now)
    assert approve(asked, adam, now).stage == 0
    assert AccessRequest.objects.get().state == RequestState.PENDING
    assert (waiting(adam, now), waiting(rita, now)) == ([], [asked])
    assert approve(asked, rita, now).stage == 1
    assert AccessRequest.objects.get().state == RequestState.APPROVED
    assert waiting(rita, now) == []


def test_one_denial_in_any_stage_ends_it_and_only_in_turn(asked, adam, rita, now):
    with pytest.raises(NotAllowed):
        decide.deny(request=asked, by=rita, comment="No.", now=now)
    approve(asked, adam, now)
    decide.deny(request=asked, by=rita, comment="No.", now=now)
    assert AccessRequest.objects.get().state == RequestState.DENIED
    assert Decision.objects.get(by=rita).stage == 1


def test_a_group_is_who_is_in_it_at_the_moment_of_the_decision(asked, security, adam, rita, olga, now):
    approve(asked, adam, now)
    security.members.set([olga])
    assert (waiting(rita, now), waiting(olga, now)) == ([], [asked])
    with pytest.raises(NotAllowed, match="Only the approvers"):
        approve(asked, rita, now)
    approve(asked, olga, now)
    assert AccessRequest.objects.get().state == RequestState.APPROVED


def test_a_later_change_of_the_flow_changes_nothing_that_was_asked(asked, two_stages, adam, rita, now):
    two_stages.stages.last().delete()
    approve(asked, adam, now)
    assert AccessRequest.objects.get().state == RequestState.PENDING
    assert waiting(rita, now) == [asked]


def test_the_manager_decides_as_long_as_they_are_it(flow, jon, adam, rita, now):
    factories.decided_by(flow)
    flow.stages.get().pools.update(managers=True)
    jon.manager = rita
    jon.save()
    asked = factories.request_at(now=now)
    assert (waiting(rita, now), waiting(adam, now)) == ([asked], [])
    jon.manager = adam
    jon.save()
    assert (waiting(rita, now), waiting(adam, now)) == ([], [asked])
    with pytest.raises(NotAllowed):
        approve(asked, rita, now)
    approve(asked, adam, now)


def test_without_a_manager_the_ask_is_refused(flow, jon, now):
    factories.decided_by(flow)
    flow.stages.get().pools.update(managers=True)
    with pytest.raises(Invalid, match="you have no manager here"):
        factories.request_at(now=now)


def test_a_stage_passes_to_the_next_pool_after_its_time(flow, rita, now):
    factories.pool(flow.stages.get(), rita, after=7200)
    asked = factories.request_at(now=now)
    soon = now + LATER - timedelta(seconds=1)
    assert (waiting(rita, soon), waiting(rita, now + LATER)) == ([], [asked])
    assert row(asked, rita, soon).current.opens == [(now + LATER, [approvers.approver(rita)])]
    with pytest.raises(NotAllowed, match="asked later"):
        approve(asked, rita, soon)
    approve(asked, rita, now + LATER)
    assert AccessRequest.objects.get().state == RequestState.APPROVED


def test_the_time_of_a_later_stage_begins_when_it_is_reached(two_stages, adam, rita, olga, now):
    factories.pool(two_stages.stages.last(), olga, after=7200)
    asked = factories.request_at(now=now)
    reached = now + timedelta(hours=5)
    approve(asked, adam, reached)
    assert waiting(olga, reached + LATER - timedelta(seconds=1)) == []
    assert waiting(olga, reached + LATER) == [asked]


def test_who_is_needed_later_may_not_approve_first(flow, adam, rita, now):
    factories.also_decided_by(flow, rita)
    factories.stage(flow, rita, label="Security")
    asked = factories.request_at(now=now)
    with pytest.raises(NotAllowed, match="You are needed for Security later"):
        approve(asked, rita, now)
    assert "needed for Security" in row(asked, rita, now).only_deny
    approve(asked, adam, now)
    approve(asked, rita, now)
    assert AccessRequest.objects.get().state == RequestState.APPROVED


def test_nobody_counts_in_two_stages(two_stages, security, adam, rita, now):
    security.members.add(adam)
    asked = factories.request_at(now=now)
    approve(asked, adam, now)
    with pytest.raises(Conflict, match="already decided"):
        approve(asked, adam, now)
    assert AccessRequest.objects.get().state == RequestState.PENDING


@pytest.mark.parametrize("who", ["jon", "rita"])
def test_one_who_asks_never_decides_their_own_through_a_group(two_stages, security, adam, who, now):
    asks = factories.person(who)
    security.members.add(asks)
    asked = factories.request_at(now=now, requester=asks)
    approve(asked, adam, now)
    assert waiting(asks, now) == []
    with pytest.raises(NotAllowed, match="yourself"):
        approve(asked, asks, now)


def test_a_deactivated_member_drops_out(asked, adam, rita, now):
    approve(asked, adam, now)
    rita.is_active = False
    rita.save()
    with pytest.raises(NotAllowed):
        approve(asked, rita, now)
    assert [one.name for one in row(asked, adam, now).can_still] == ["Sami"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda flow, group: group.members.clear(), "Security: nobody is in Security."),
        (lambda flow, group: group.members.set([factories.person("jon")]), "you are the only approver"),
        (lambda flow, group: group.members.update(is_active=False), "can no longer sign in: Rita Moss, Sami"),
        (lambda flow, group: flow.stages.update(approvals_needed=3), "it needs 3 approvals and only one person"),
        (
            lambda flow, group: group.members.set([factories.person("adam")]),
            "Lead and Security together need 2 different people, and only one person could decide in them: Adam Novak.",
        ),
    ],
)
def test_dead_ends_name_the_people(two_stages, security, now, change, words):
    change(two_stages, security)
    with pytest.raises(Invalid) as refused:
        factories.request_at(now=now, in_flow=Flow.objects.get())
    assert words in refused.value.errors["flow"]


def test_the_page_counts_by_stage_and_names_who_decides_now(asked, adam, rita, now):
    told = row(asked, adam, now)
    assert [(one.name, one.approvals, one.needed) for one in told.stages] == [("Lead", 0, 1), ("Security", 0, 1)]
    assert told.policy_words == "First 1 of Adam Novak; then 1 of the people in Security."
    assert [one.title for one in timeline.steps(asked)][:3] == ["Asked", "Approval · Lead", "Approval · Security"]
    approve(asked, adam, now)
    assert row(asked, rita, now).current.name == "Security"
    assert (row(asked, rita, now).shown.approvals, row(asked, rita, now).shown.needed) == (0, 1)
    titles = [one.title for one in timeline.steps(asked)]
    assert titles[:3] == ["Asked", "Approved · Lead", "Approval · Security"]


def test_those_of_a_stage_are_told_when_it_is_their_turn(two_stages, adam, rita, now, settings):
    settings.EMAIL_IS_SET = True
    asked = factories.request_at(now=now)

    def told():
        return set(Notification.objects.filter(kind=Kind.ASKED).values_list("recipient__email", flat=True))

    read_log.read(now=now)
    assert told() == {"adam@example.com"}
    approve(asked, adam, now)
    read_log.read(now=now)
    assert told() == {"adam@example.com", "rita@example.com", "sami@example.com"}


def test_members_and_managers_see_it_and_may_end_what_came_of_it(asked, adam, rita, olga, now):
    assert list(lists.visible_to(rita, now=now)) == [asked]
    approve(asked, adam, now)
    approve(asked, rita, now)
    settled = AccessRequest.objects.select_related("grant__target", "target", "flow", "requester").get()
    assert detail.detail(settled, reader=factories.person("sami"), now=now).can_end
    assert not detail.detail(settled, reader=factories.person("mallory"), now=now).can_end


def test_any_number_of_requests_is_found_and_told_in_the_same_queries(
    two_stages, adam, now, django_assert_num_queries
):  # fmt: skip
    for number in range(20):
        factories.request_at(now=now, requester=factories.person(f"p{number}"))
    known = decides_for.of(adam, now=now)
    with django_assert_num_queries(1):
        found = list(
            approval_queue.waiting_for(adam, now=now, reach=known).select_related(
                "target", "flow", "grant", "requester"
            )
        )
    with django_assert_num_queries(5):
        told = approval_queue.rows(found, reader=adam, now=now)
    assert [len(one.can_still) for one in told] == [1] * 20

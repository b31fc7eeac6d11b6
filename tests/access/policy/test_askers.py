"""Who may ask through which flow: the members of its groups, or everybody."""

import json
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from access.core.errors import Invalid
from access.models import AccessRequest, AuditEvent
from access.policy import check_flows
from access.requests import ask, choices, lists
from access.requests.preview import preview
from tests import factories

pytestmark = pytest.mark.django_db
HIDDEN = "This flow takes no requests at the moment."


@pytest.fixture
def hidden(flow, rita):
    """Only Rita's group may ask in it."""
    flow.requesters.add(factories.group("On call", rita))
    return flow


def send(flow, target, requester, now, **changes):
    typed = {"seconds": 3600, "reason": "to fix it", "ticket": "", "starts_at": None, "submission": uuid.uuid4()}
    return ask.ask(flow=flow, target=target, requester=requester, now=now, **{**typed, **changes})


def test_a_flow_without_groups_is_open_to_everybody(flow, jon, rita, olga):
    assert all(choices.flows(one) == [flow] for one in (jon, rita, olga))


def test_a_flow_with_groups_is_seen_by_their_members_alone(hidden, jon, rita, olga):
    assert choices.flows(rita) == [hidden]
    assert choices.flows(jon) == choices.flows(olga) == []


def test_one_who_is_in_two_of_its_groups_sees_it_once(hidden, rita):
    hidden.requesters.add(factories.group("Backend", rita))
    assert choices.flows(rita) == [hidden]


def test_who_may_not_ask_is_refused_as_if_the_flow_were_closed(hidden, target, jon, rita, now):
    factories.mapping(jon)
    factories.mapping(rita)
    with pytest.raises(Invalid) as refused:
        send(hidden, target, jon, now, seconds=7, reason="", ticket="x" * 200)
    assert refused.value.errors == {"flow": HIDDEN}
    assert send(hidden, target, rita, now).flow == hidden
    hidden.is_active = False
    hidden.save()
    with pytest.raises(Invalid) as refused:
        send(hidden, target, rita, now)
    assert refused.value.errors == {"flow": HIDDEN}


def test_one_who_left_the_group_a_moment_ago_is_refused(hidden, target, rita, now):
    factories.mapping(rita)
    [known] = choices.flows(rita)
    rita.member_of.clear()
    with pytest.raises(Invalid):
        send(known, target, rita, now)
    assert not AccessRequest.objects.exists()


def test_a_form_that_was_taken_before_is_given_back_all_the_same(hidden, target, rita, now):
    factories.mapping(rita)
    submission = uuid.uuid4()
    first = send(hidden, target, rita, now, submission=submission)
    rita.member_of.clear()
    assert send(hidden, target, rita, now, submission=submission) == first


def test_the_log_says_who_could_ask(hidden, target, rita, now):
    factories.mapping(rita)
    send(hidden, target, rita, now)
    assert AuditEvent.objects.get(type="request.asked").data["open_to"] == ["on call"]


def test_the_preview_says_nothing_but_that_it_takes_no_requests(hidden, target, jon, now):
    factories.decided_by(hidden)
    assert preview(flow=hidden, target=target, requester=jon, now=now).blocked == {"flow": HIDDEN}


def test_approvers_and_admins_see_what_is_asked_in_a_flow_that_they_may_not_ask_in(hidden, rita, adam, olga, jon, now):
    request = factories.request_at(now=now, requester=rita)
    assert all(request in lists.visible_to(one, now=now) for one in (rita, adam, olga))
    assert request not in lists.visible_to(jon, now=now)


def simulated(*words):
    out = StringIO()
    try:
        call_command("simulate", *words, "--json", stdout=out)
    except CommandError as error:
        return error.returncode, json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def test_the_simulation_says_that_they_may_not_ask(hidden, jon, rita):
    words = ("--flow", hidden.name, "--target", "prod", "--requester")
    code, told = simulated(*words, jon.email)
    assert (code, told["dead_end"]) == (1, "Jon Reyes may not ask in this flow.")
    assert simulated(*words, rita.email)[0] == 0


def test_the_nightly_look_tries_only_those_who_may_ask(flow, adam, rita, now):
    assert "could not be approved: Adam Novak." in check_flows.check(flow, now=now)
    flow.requesters.add(factories.group("On call", rita))
    assert check_flows.check(flow, now=now) == ""
    assert simulated("--all") == (
        0, [{"flow": flow.name, "could_be_approved": True, "dead_end": ""}]
    )  # fmt: skip


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_auditor": True}])
def test_the_nightly_look_warns_when_nobody_in_the_groups_may_ask(hidden, rita, now, change):
    type(rita).objects.filter(pk=rita.pk).update(**change)
    assert check_flows.check(hidden, now=now) == "Nobody may ask: nobody is in On call."
    assert AuditEvent.objects.filter(type="flow.dead_end").count() == 1

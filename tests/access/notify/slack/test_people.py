"""Which person of the portal a Slack account belongs to."""

from datetime import timedelta

import pytest

from access.core.errors import Conflict, NotAllowed
from access.models import AuditEvent, DirectoryPerson, User, UserMapping
from access.notify.slack import people
from access.people import mappings
from integrations.base import ChannelDown
from tests.access.notify.slack.conftest import TEAM


def test_a_confirmed_email_connects_the_account_once_and_the_log_says_so(slack, workspace, jon, now):
    slack.add("U1", "JON@example.com")
    assert people.person_of("U1", workspace=workspace, now=now) == jon
    assert people.person_of("u1", workspace=workspace, now=now) == jon
    assert slack.calls == ["users.info"]
    assert AuditEvent.objects.filter(type="mapping.set", data__account_id="u1").count() == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"is_email_confirmed": False},
        {"team_id": "T9999"},
        {"team_id": None},
        {"team_id": "E0001", "enterprise_user": {"enterprise_id": "E0001", "teams": ["T9999"]}},
        {"team_id": None, "enterprise_user": None},
        {"team_id": None, "enterprise_user": {"teams": None}},
    ],
)
def test_an_email_that_anybody_could_have_typed_connects_nobody(slack, workspace, jon, now, facts):
    slack.add("U1", jon.email, **facts)
    with pytest.raises(NotAllowed, match="Nobody in Usher has this Slack account"):
        people.person_of("U1", workspace=workspace, now=now)
    assert people.account_of(jon, workspace=workspace, now=now) == ""


def test_an_email_with_letters_that_are_taken_for_others_connects_nobody(slack, workspace, now):
    User.objects.create_user("kate@example.com")
    slack.add("U1", "\u212aate@example.com")
    with pytest.raises(NotAllowed, match="Nobody in Usher has this Slack account"):
        people.person_of("U1", workspace=workspace, now=now)


@pytest.mark.parametrize("facts", [{"deleted": True}, {"is_bot": True}])
def test_an_account_that_is_off_or_a_bots_acts_for_nobody(slack, workspace, jon, now, facts):
    slack.add("U1", jon.email, **facts)
    with pytest.raises(NotAllowed, match="not one of a person"):
        people.person_of("U1", workspace=workspace, now=now)


def test_an_account_that_was_switched_off_meanwhile_acts_no_longer(slack, workspace, jon, now):
    slack.add("U1", jon.email)
    people.person_of("U1", workspace=workspace, now=now)
    slack.add("U1", jon.email, deleted=True)
    with pytest.raises(NotAllowed):
        people.person_of("U1", workspace=workspace, now=now + mappings.KNOWN_FOR)
    assert DirectoryPerson.objects.get(external_id="u1").gone_at == now + mappings.KNOWN_FOR


def test_somebody_who_left_the_portal_is_refused(slack, workspace, jon, now):
    slack.add("U1", jon.email)
    User.objects.filter(pk=jon.pk).update(is_active=False)
    with pytest.raises(NotAllowed, match="no longer active"):
        people.person_of("U1", workspace=workspace, now=now)


GRID = {"enterprise_id": "E0001", "teams": ["T9999", TEAM]}


@pytest.mark.parametrize(
    "facts", [{"team_id": None}, {"team_id": "E0001"}, {"team_id": "T9999"}, {"team_id": None, "is_restricted": False}]
)
def test_somebody_of_a_grid_is_one_of_us_where_the_workspace_is_among_theirs(slack, workspace, jon, now, facts):
    slack.add("U1", jon.email, enterprise_user=GRID, **facts)
    assert people.person_of("U1", workspace=workspace, now=now) == jon


def test_for_an_app_of_the_whole_organization_all_of_its_people_are(slack, workspace, jon, now):
    workspace.integration.external_id = "e0001"
    slack.add("U1", jon.email, team_id=None, enterprise_user={"enterprise_id": "E0001", "teams": []})
    assert people.person_of("U1", workspace=workspace, now=now) == jon


@pytest.mark.parametrize("facts", [{"team_id": "T9999"}, {"team_id": None}])
def test_a_mapping_by_hand_overrules_what_slack_says_of_the_workspace(slack, workspace, jon, olga, now, facts):
    slack.add("U1", jon.email, **facts)
    with pytest.raises(NotAllowed):
        people.person_of("U1", workspace=workspace, now=now)
    mappings.set_by_hand(user=jon, integration=workspace.integration, account_id="U1", by=olga, now=now)
    assert people.person_of("U1", workspace=workspace, now=now) == jon


@pytest.mark.parametrize("facts", [{"is_restricted": True}, {"is_ultra_restricted": True}, {"is_stranger": True}])
def test_a_guest_acts_only_where_the_flow_says_so(slack, workspace, flow, jon, olga, now, facts):
    slack.add("U1", jon.email, **facts)
    mappings.set_by_hand(user=jon, integration=workspace.integration, account_id="U1", by=olga, now=now)
    for where in (None, flow):
        with pytest.raises(NotAllowed, match="Guests"):
            people.person_of("U1", workspace=workspace, now=now, flow=where)
    flow.guests_may_act = True
    assert people.person_of("U1", workspace=workspace, now=now, flow=flow) == jon


def test_an_account_set_by_hand_stays_whatever_its_email_is(slack, workspace, jon, rita, olga, now):
    slack.add("U1", rita.email)
    mappings.set_by_hand(user=jon, integration=workspace.integration, account_id="U1", by=olga, now=now)
    assert people.person_of("U1", workspace=workspace, now=now) == jon


def test_a_second_account_with_the_same_email_connects_nobody(slack, workspace, jon, now):
    slack.add("U1", jon.email)
    people.person_of("U1", workspace=workspace, now=now)
    slack.add("U2", jon.email)
    with pytest.raises(NotAllowed):
        people.person_of("U2", workspace=workspace, now=now)


def test_an_email_that_an_account_had_once_connects_it_with_nobody(slack, workspace, rita, olga, now):
    slack.add("U1", rita.email)
    assert people.person_of("U1", workspace=workspace, now=now) == rita
    # Somebody else's by now, and Slack knows so; nobody has asked it.
    slack.add("U1", "mallory@example.com")
    later = now + timedelta(days=30)
    again = mappings.match_again(mapping=UserMapping.objects.get(user=rita), by=olga, now=later)
    assert (again.account_id, again.problem) == ("", UserMapping.Problem.MISSING)
    with pytest.raises(NotAllowed, match="Nobody in Usher has this Slack account"):
        people.person_of("U1", workspace=workspace, now=later)
    slack.add("U2", rita.email)
    assert people.person_of("U2", workspace=workspace, now=later) == rita


def test_while_slack_is_away_a_known_account_still_acts_for_a_while(slack, workspace, jon, now):
    slack.add("U1", jon.email)
    people.person_of("U1", workspace=workspace, now=now)
    slack.failure = ChannelDown("Slack has trouble of its own.")
    assert people.person_of("U1", workspace=workspace, now=now + timedelta(minutes=4)) == jon
    with pytest.raises(Conflict, match="Try again"):
        people.person_of("U1", workspace=workspace, now=now + mappings.KNOWN_FOR)


def test_the_account_of_a_person_is_found_by_email_and_kept(slack, workspace, jon, rita, now):
    slack.add("U1", jon.email)
    assert people.account_of(jon, workspace=workspace, now=now) == "U1"
    assert people.account_of(jon, workspace=workspace, now=now) == "U1"
    assert people.account_of(rita, workspace=workspace, now=now) == ""
    assert slack.calls == ["users.lookupByEmail", "users.lookupByEmail"]
    assert UserMapping.objects.get(user=jon, integration=workspace.integration).account_id == "u1"

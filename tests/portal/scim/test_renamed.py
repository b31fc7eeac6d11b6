"""An e-mail that the directory gives to somebody opens nothing that the e-mail alone would, and takes no account."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from social_django.models import UserSocialAuth

from access.core.states import RequestState
from access.models import Decision, Delegation, Group, Schedule, Shift, Turn, User, UserMapping
from access.notify.slack import workspace
from access.people import mappings, sign_in
from access.policy.on_call import who
from tests import factories
from tests.access.config import files
from tests.portal.sign_in.ways import person_in, refusal
from tests.portal.slack.workspace import SECRET, TEAM, Slack, texts

pytestmark = pytest.mark.django_db
NEW = "rita@example.com"  # somebody who has this address in Slack, at Aptible and at the provider, and is not Adam


@pytest.fixture
def renamed(directory, adam):
    """An approver who signs in with a provider, and whom the directory gives somebody else's address."""
    UserSocialAuth.objects.create(user=adam, provider="oidc", uid="adams-own")
    ref = directory.add_person(adam.email).json()["id"]
    assert rename(directory, ref).status_code == 204
    adam.refresh_from_db()
    assert adam.email == NEW
    return adam


def rename(directory, ref, to=NEW):
    return directory.patch(f"/Users/{ref}", {"op": "replace", "path": "userName", "value": to})


@pytest.fixture
def slack(settings, monkeypatch):
    settings.SLACK_TEAM_ID, settings.SLACK_BOT_TOKEN, settings.SLACK_SIGNING_SECRET = TEAM, "xoxb-test", SECRET
    made = Slack()
    monkeypatch.setattr(workspace, "SlackClient", lambda **_given: made)
    return made


def test_whoever_has_the_address_in_slack_does_not_approve_as_them(renamed, slack, flow, jon, now):
    factories.decided_by(flow, renamed)
    asked = factories.request_at(requester=jon, now=timezone.now())
    slack.click("usher-approve", asked.ref, by="U0RITA")
    assert "Nobody in Usher has this Slack account" in texts(slack.shown)
    dialog = {"callback_id": "usher-approve", "private_metadata": json.dumps({"ref": asked.ref}), "blocks": []}
    slack.submit({**dialog, "state": {"values": {}}}, by="U0RITA")
    asked.refresh_from_db()
    assert (asked.state, Decision.objects.count()) == (RequestState.PENDING, 0)
    assert not UserMapping.objects.filter(user=renamed).exclude(account_id="").exists()


def test_whoever_has_the_address_at_another_provider_does_not_come_in_as_them(renamed, ways):
    ways["github"].knows(7, NEW)
    assert "Sign in as you did before" in refusal(ways["github"].client, ways["github"].sign_in())
    assert UserSocialAuth.objects.get(user=renamed).uid == "adams-own"


def test_it_counts_where_an_admin_lets_them_be_matched_by_it(renamed, ways):
    """As when the provider was replaced by another: they can't sign in as they did before."""
    sign_in.forget_matches(user=renamed, by=factories.admin(), now=timezone.now())
    ways["github"].knows(7, NEW)
    ways["github"].sign_in()
    assert person_in(ways["github"].client) == renamed


def test_no_account_at_aptible_is_theirs_by_it(renamed):
    factories.person("unrelated")
    match = mappings.match(user=renamed, integration=factories.integration(), now=timezone.now())
    assert (match.account_id, match.problem) == ("", "unproven")
    assert mappings.foreseen(user=renamed, integration=factories.integration()).problem == match.problem


def test_nobody_is_on_call_by_it(renamed, now):
    schedule = Schedule.objects.create(
        name="ops", label="Ops", zone="UTC", source=Schedule.Source.PAGERDUTY, external_id="P1", read_at=now,
        token_secret=factories.integration().password_secret,
    )  # fmt: skip
    schedule.on_call.create(email=NEW)
    assert who.is_on_call(schedule, renamed, at=now, now=now).holds is False


def test_a_file_that_names_the_address_makes_nobody_an_approver(renamed, tmp_path, monkeypatch):
    """The file means whoever had the address before, and is applied again each time something else changes."""
    monkeypatch.setenv("TEST_BOT_USERNAME", "bot@example.com")
    monkeypatch.setenv("TEST_BOT_PASSWORD", "secret")
    named = files.WHOLE.replace("adam@example.com", NEW)
    sentence = "The directory has changed an e-mail to rita@example.com. Name it once a sign-in of that person"
    [told] = files.said(tmp_path, named, now=timezone.now())
    assert told.startswith(sentence)
    # Whoever decides in the flow already goes on doing so.
    User.objects.filter(pk=renamed.pk).update(email="adam@example.com")
    files.applied(tmp_path, files.WHOLE, now=timezone.now())
    User.objects.filter(pk=renamed.pk).update(email=NEW)
    assert files.said(tmp_path, named, now=timezone.now()) == []


def test_it_counts_once_their_own_provider_says_the_same(renamed, ways):
    UserSocialAuth.objects.all().delete()
    ways["oidc"].knows(1, "adam@example.com")
    User.objects.filter(pk=renamed.pk).update(email="adam@example.com")
    ways["oidc"].sign_in()
    assert person_in(ways["oidc"].client) == renamed
    User.objects.filter(pk=renamed.pk).update(email=NEW)
    renamed.refresh_from_db()
    ways["oidc"].client.logout()
    ways["oidc"].sign_in()  # the provider still has the old one
    assert mappings.foreseen(user=renamed, integration=factories.integration()).problem == "unproven"
    ways["oidc"].client.logout()
    ways["oidc"].knows(1, NEW)
    ways["oidc"].sign_in()
    assert person_in(ways["oidc"].client) == renamed
    assert not mappings.foreseen(user=renamed, integration=factories.integration()).problem


# Somebody whom the directory made, who has never signed in, and whom somebody here goes by all the same.


def in_a_pool(person):
    factories.decided_by(factories.flow(), person)


def in_a_group(person):
    factories.group("Security", person)


def a_manager(person):
    User.objects.filter(pk=factories.person("jon").pk).update(manager=person)


def in_turn(person):
    Turn.objects.create(schedule=Schedule.objects.create(name="o", label="O", first_day="2026-01-01"), person=person)


def in_a_shift(person):
    now = timezone.now()
    schedule = Schedule.objects.create(name="o", label="O", first_day="2026-01-01")
    Shift.objects.create(schedule=schedule, person=person, starts_at=now, ends_at=now + timedelta(days=1))


def mapped_by_hand(person):
    factories.mapping(person)
    UserMapping.objects.update(method=UserMapping.Method.MANUAL)


def standing_in(person):
    now = timezone.now()
    Delegation.objects.create(
        from_person=factories.person("rita"), to_person=person, starts_at=now, ends_at=now + timedelta(days=1),
        reason="Away", created_by=factories.admin(), created_at=now, due_at=now,
    )  # fmt: skip


NAMING = [in_a_pool, in_a_group, a_manager, in_turn, in_a_shift, mapped_by_hand, standing_in]


@pytest.mark.parametrize("naming", NAMING)
def test_an_unused_account_that_something_here_names_gets_no_other_address(directory, naming):
    ref = directory.add_person("olaf@example.com").json()["id"]
    naming(User.objects.get(email="olaf@example.com"))
    answer = rename(directory, ref, "mallory@example.com")
    assert answer.status_code == 403
    assert "by no provider yet" in answer.json()["detail"]


def test_one_that_only_the_directorys_groups_name_does(directory):
    ref = directory.add_person("olaf@example.com").json()["id"]
    directory.add_group("Everybody", ref)
    assert rename(directory, ref, "olav@example.com").status_code == 204
    assert Group.objects.get().members.get().email == "olav@example.com"

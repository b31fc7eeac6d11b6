"""A token that provisions, in the wrong hands: it makes no admin, takes over nobody, and brings nobody back."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from access.config.provisioning import people
from access.core.states import GrantState, RequestState
from access.models import AuditEvent, Grant, Notification, Scope, Token, User
from access.notify import read_log
from access.people import tokens
from tests import factories
from tests.portal.scim.conftest import USER, bot

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def by_mail(settings):
    settings.EMAIL_IS_SET = True


@pytest.fixture
def jon(directory):
    """Somebody whom the directory made, with all that a person can have here."""
    return directory.add_person("jon@example.com", displayName="Jon Reyes", active=True).json()["id"]


def person(email="jon@example.com") -> User:
    return User.objects.get(email=email)


def told_of(text: str) -> set[str]:
    """Who gets a letter that says this."""
    read_log.read(now=timezone.now())
    rows = Notification.objects.filter(kind="concerned").select_related("recipient")
    return {one.recipient.email for one in rows if text in one.facts["said"]}


def set_active(directory, ref, value):
    return directory.patch(f"/Users/{ref}", {"op": "replace", "path": "active", "value": value})


# No rights


def test_nothing_that_is_sent_gives_rights(directory):
    answer = directory.add_person(
        "mallory@example.com", roles=[{"value": "admin"}], entitlements=[{"value": "superuser"}], userType="admin",
        is_superuser=True, is_staff=True, isBot=True,
    )  # fmt: skip
    assert answer.status_code == 201
    mallory = person("mallory@example.com")
    assert (mallory.is_superuser, mallory.is_staff, mallory.is_auditor, mallory.is_bot) == (False,) * 4
    directory.patch(f"/Users/{answer.json()['id']}", {"op": "add", "value": {"is_superuser": True, "roles": ["admin"]}})
    assert not person("mallory@example.com").is_superuser


@pytest.mark.parametrize("rights", [{"is_superuser": True, "is_staff": True}, {"is_staff": True}, {"is_auditor": True}])
def test_an_account_with_rights_is_not_taken_over_by_its_email(directory, rights):
    factories.person("olaf", **rights)
    answer = directory.add_person("Olaf@example.com", displayName="Mallory")
    assert answer.status_code == 403
    assert "An admin hands it over first" in answer.json()["detail"]
    assert person("olaf@example.com").name == "Olaf"
    assert directory.get("/Users")["totalResults"] == 0


def test_an_admin_hands_it_over_and_then_it_is_kept_but_never_renamed(directory, client):
    olga, olaf = factories.admin(), factories.person("olaf", is_superuser=True, is_staff=True)
    client.force_login(olga)
    client.post("/admin/access/user/", {"action": "hand_over", "_selected_action": [olaf.pk]})
    [row] = directory.get("/Users", filter='userName eq "olaf@example.com"')["Resources"]
    answer = directory.patch(f"/Users/{row['id']}", {"op": "replace", "path": "userName", "value": "m@example.com"})
    assert answer.status_code == 403
    assert person("olaf@example.com").is_admin
    assert set_active(directory, row["id"], False).status_code == 204
    assert not person("olaf@example.com").is_active
    assert set_active(directory, row["id"], True).status_code == 403, "nobody becomes an admin again by the directory"


def test_the_bot_is_nobodys(directory):
    assert directory.add_person(bot().email).status_code == 403
    assert people.hand_over(bot(), by=factories.admin(), now=timezone.now()) is False


# No other person's account


def test_an_account_of_somebody_without_rights_is_taken_over_and_that_is_told(directory):
    rita = factories.person("rita")
    assert directory.add_person("RITA@example.com", displayName="Rita Moss").status_code == 201
    event = AuditEvent.objects.get(type="person.kept")
    assert (event.person_id, event.actor) == (rita.pk, bot().email)
    assert told_of("keeps the account of rita@example.com") == {"rita@example.com", "olga@example.com"}


def test_an_email_of_somebody_else_is_refused(directory, jon):
    rita = factories.person("rita")
    answer = directory.patch(f"/Users/{jon}", {"op": "replace", "path": "userName", "value": "Rita@example.com"})
    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
    assert (person().email, person("rita@example.com").pk) == ("jon@example.com", rita.pk)


def test_an_account_that_its_email_alone_knows_gets_no_other_one(directory):
    factories.person("rita")
    ref = directory.add_person("rita@example.com").json()["id"]
    answer = directory.patch(f"/Users/{ref}", {"op": "replace", "path": "userName", "value": "mallory@example.com"})
    assert answer.status_code == 403
    assert "by no provider yet" in answer.json()["detail"]


def test_one_that_nobody_has_used_yet_is_renamed_and_that_is_an_event(directory, jon):
    directory.patch(f"/Users/{jon}", {"op": "replace", "path": "userName", "value": "jonathan@example.com"})
    event = AuditEvent.objects.get(type="person.changed")
    assert event.data["changes"] == {"email": {"from": "jon@example.com", "to": "jonathan@example.com"}}


def test_a_domain_that_may_not_sign_in_is_refused(directory, settings):
    settings.ALLOWED_EMAIL_DOMAINS = ["example.com"]
    assert directory.add_person("jon@evil.example").status_code == 400
    assert directory.add_person("jon").status_code == 400
    assert directory.add_person("jön@example.com").status_code == 400
    assert not User.objects.filter(email__contains="evil").exists()


# Nobody comes back


def test_whom_an_admin_ended_the_directory_does_not_bring_back(directory, jon, client):
    client.force_login(factories.admin())
    client.post("/admin/access/user/", {"action": "deactivate", "_selected_action": [person().pk]})
    whole = {"schemas": [USER], "userName": "jon@example.com", "active": True}
    assert set_active(directory, jon, True).status_code == 403
    assert directory.call("PUT", f"/Users/{jon}", whole).status_code == 403
    directory.call("DELETE", f"/Users/{jon}")
    answer = directory.add_person("jon@example.com", active=True)
    assert (answer.status_code, person().is_active) == (403, False)
    assert "switched off here by an admin" in answer.json()["detail"]


def test_what_an_admin_decides_later_counts_too(directory, jon, client):
    set_active(directory, jon, False)
    client.force_login(factories.admin())
    client.post("/admin/access/user/", {"action": "deactivate", "_selected_action": [person().pk]})
    assert set_active(directory, jon, True).status_code == 403


def test_an_inactive_account_of_by_hand_is_not_taken_over(directory):
    factories.person("rita", is_active=False)
    assert directory.add_person("rita@example.com").status_code == 403


def test_whom_the_directory_deleted_it_brings_back_under_another_id(directory, jon):
    directory.call("DELETE", f"/Users/{jon}")
    assert not person().is_active
    answer = directory.add_person("jon@example.com", active=True)
    assert (answer.status_code, person().is_active) == (201, True)
    assert answer.json()["id"] != jon


def test_a_replacement_that_does_not_say_active_changes_nothing_of_it(directory, jon):
    set_active(directory, jon, False)
    directory.call("PUT", f"/Users/{jon}", {"schemas": [USER], "userName": "jon@example.com", "displayName": "J"})
    assert (person().is_active, person().name) == (False, "J")


# Who leaves


def test_who_leaves_loses_sessions_tokens_requests_and_access_at_once(directory, jon, flow, adam):
    now, who = timezone.now(), person()
    browser = Client()
    browser.force_login(who)
    factories.mapping(who)
    pending = factories.request_at(now=now, requester=who)
    _token, text = tokens.issue(
        person=who, actor=who, label="t", scopes=[Scope.READ], expires_at=now + timedelta(days=1), now=now
    )  # fmt: skip
    held = factories.grant(now=now, person=who, state=GrantState.ACTIVE)
    assert set_active(directory, jon, False).status_code == 204
    assert browser.get("/").status_code == 302
    assert Client().get("/api/v1/me", headers={"Authorization": f"Bearer {text}"}).status_code == 401
    pending.refresh_from_db()
    assert pending.state == RequestState.WITHDRAWN
    assert Grant.objects.get(pk=held.pk).state == GrantState.REVOKING
    set_active(directory, jon, True)
    assert browser.get("/").status_code == 302, "an old browser is not let in with who comes back"
    assert Token.objects.get(person=who).revoked_at is not None

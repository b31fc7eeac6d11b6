"""After the first sign-in: name, e-mail and groups follow the provider, and nobody's account is taken by it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from access.config.provisioning import claims
from access.models import AuditEvent, Group, ProvisionedPerson, User
from tests import factories
from tests.portal.sign_in.ways import Way, person_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def groups_are_told(configured, settings):
    settings.OIDC_GROUPS_CLAIM = "groups"


@pytest.fixture
def way(provider, client):
    return Way("oidc", provider, client)


def enter(way, email, name="Nina Berg", groups=None, subject=1):
    way.client.logout()
    way.knows(subject, email, name=name)
    if groups is not None:
        way.provider.signed["groups"] = groups
    assert way.sign_in()["Location"] == "/ask/"
    return person_in(way.client)


def test_a_changed_name_and_email_are_taken_over_and_told(way):
    nina = enter(way, "nina@example.com")
    assert enter(way, "nina.moss@example.com", "Nina Moss") == nina
    nina.refresh_from_db()
    assert (nina.email, nina.name) == ("nina.moss@example.com", "Nina Moss")
    event = AuditEvent.objects.get(type="person.changed")
    assert event.data["changes"] == {
        "email": {"from": "nina@example.com", "to": "nina.moss@example.com"},
        "name": {"from": "Nina Berg", "to": "Nina Moss"},
    }
    assert event.actor == "usher"


def test_what_has_not_changed_is_no_event(way):
    enter(way, "nina@example.com")
    enter(way, "Nina@Example.com")
    assert not AuditEvent.objects.filter(type="person.changed").exists()


def test_an_email_of_somebody_else_stays_theirs_and_that_is_said_once(way, jon):
    nina = enter(way, "nina@example.com")
    for _time in range(2):
        assert enter(way, "jon@example.com", "Nina Moss") == nina
    assert set(User.objects.values_list("email", flat=True)) >= {"nina@example.com", "jon@example.com"}
    event = AuditEvent.objects.get(type="person.not_renamed")
    assert (event.person_id, event.data["email"]) == (nina.pk, "jon@example.com")
    jon.refresh_from_db()
    assert jon.name == "Jon Reyes"


def test_the_first_sign_in_of_somebody_known_changes_nothing(way, jon):
    enter(way, "jon@example.com", "Mallory")
    jon.refresh_from_db()
    assert jon.name == "Jon Reyes"


def test_whom_the_directory_keeps_it_names(way):
    nina, now = enter(way, "nina@example.com"), timezone.now()
    ProvisionedPerson.objects.create(person=nina, created_at=now, changed_at=now)
    enter(way, "other@example.com", "Other")
    nina.refresh_from_db()
    assert (nina.email, nina.name) == ("nina@example.com", "Nina Berg")


# Groups


@pytest.fixture
def security(db):
    return Group.objects.create(name="security", label="Security", claim="sec-team")


def test_groups_follow_each_sign_in(way, security):
    other = Group.objects.create(name="other", label="Other")
    nina = enter(way, "nina@example.com", groups=["sec-team", "Other", "other"])
    assert list(security.members.all()) == [nina]
    assert not other.members.exists(), "a group that follows nobody is kept by hand"
    assert AuditEvent.objects.get(type="group.members_changed").data["joined"] == ["nina@example.com"]
    enter(way, "nina@example.com", groups=["sec-team"])
    assert AuditEvent.objects.filter(type="group.members_changed").count() == 1
    enter(way, "nina@example.com", groups=[])
    assert not security.members.exists()


@pytest.mark.parametrize("said", [None, "", {}, [["sec-team"]], ["SEC-TEAM"], 7])
def test_what_does_not_name_the_group_takes_them_out(way, security, said):
    nina = enter(way, "nina@example.com", groups="sec-team")
    assert list(security.members.all()) == [nina]
    enter(way, "nina@example.com", groups=said)
    assert not security.members.exists()


def test_what_people_may_write_about_themselves_puts_nobody_in(way, security):
    """Beside the token, a provider tells what it has of the person, such as fields that they fill in on their own."""
    way.client.logout()
    way.knows(1, "nina@example.com")
    way.provider.signed["groups"] = []
    way.provider.userinfo["attributes"] = {"groups": ["sec-team"]}
    way.sign_in()
    assert person_in(way.client)
    assert not security.members.exists()


def test_without_the_setting_nothing_follows(way, security, settings):
    settings.OIDC_GROUPS_CLAIM = ""
    enter(way, "nina@example.com", groups=["sec-team"])
    assert not security.members.exists()


def test_who_has_not_signed_in_for_a_week_is_in_no_such_group(way, security):
    nina, now = enter(way, "nina@example.com", groups=["sec-team"]), timezone.now()
    claims.forget_old(now=now + timedelta(days=6))
    assert list(security.members.all()) == [nina]
    claims.forget_old(now=now + timedelta(days=8))
    assert not security.members.exists()
    assert AuditEvent.objects.filter(type="group.members_changed").last().data["left"] == ["nina@example.com"]


def test_a_sign_in_that_names_no_groups_keeps_nobody_in_them(way, security, settings):
    """With a password, or with another provider, whoever left the group would stay in it for ever."""
    nina, now = enter(way, "nina@example.com", groups=["sec-team"]), timezone.now()
    settings.OIDC_GROUPS_CLAIM = ""
    enter(way, "nina@example.com")
    User.objects.filter(pk=nina.pk).update(last_login=now + timedelta(days=7))
    claims.forget_old(now=now + timedelta(days=8))
    assert not security.members.exists()


def test_nobody_types_who_is_in_it(security, client, jon):
    client.force_login(factories.admin())
    page = client.get(f"/admin/access/group/{security.pk}/change/").content.decode()
    assert "is what the sign-in provider says of them" in page
    client.post(
        f"/admin/access/group/{security.pk}/change/",
        {"label": "Security", "name": "security", "claim": "sec-team", "members": [jon.pk]},
    )
    assert not security.members.exists()

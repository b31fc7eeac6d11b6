"""How people sign in, in the admin: no passwords without local accounts, and a new match by e-mail."""

import pytest
from django.contrib.auth.models import Permission
from social_django.models import UserSocialAuth

from access.models import AuditEvent, User
from tests import factories
from tests.access.admin import pages

pytestmark = pytest.mark.django_db


@pytest.fixture
def without_passwords(admin, settings):
    settings.AUTHENTICATION_BACKENDS = ["portal.sign_in.providers.NoPasswords"]
    settings.LOCAL_ACCOUNTS = False
    admin.force_login(User.objects.get(email="olga@example.com"))
    return admin


def match(user, subject="https://idp.example 1"):
    return UserSocialAuth.objects.create(user=user, provider="oidc", uid=subject, id_key="sub")


def forget(client, *people):
    data = {"action": "forget_matches", "_selected_action": [one.pk for one in people]}
    return client.post("/admin/access/user/", data, follow=True)


def test_without_local_accounts_no_page_of_people_is_about_passwords(without_passwords, jon):
    for address in (pages.of(jon), pages.of_add("user"), "/admin/"):
        page = without_passwords.get(address)
        assert page.status_code == 200
        assert "password" not in pages.text(page).lower()


def test_without_local_accounts_a_person_is_added_and_changed_all_the_same(without_passwords):
    without_passwords.post(pages.of_add("user"), {"email": "New@Example.com", "name": "New"})
    person = User.objects.get(email="new@example.com")
    assert not person.has_usable_password()
    without_passwords.post(pages.of(person), {"email": "new@example.com", "name": "Newer", "is_active": "on"})
    person.refresh_from_db()
    assert person.name == "Newer"


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_local_accounts_nobody_sets_a_password(without_passwords, jon, method):
    data = {"password1": "a-long-passphrase", "password2": "a-long-passphrase", "usable_password": "true"}
    for address in ("/admin/password_change/",):
        assert getattr(without_passwords, method)(address, data).status_code == 403
    jon.refresh_from_db()
    assert not jon.has_usable_password()


def test_staff_keep_their_permissions_without_local_accounts(client, settings):
    settings.AUTHENTICATION_BACKENDS, settings.LOCAL_ACCOUNTS = ["portal.sign_in.providers.NoPasswords"], False
    stella = factories.person("stella", is_staff=True)
    stella.user_permissions.add(Permission.objects.get(codename="view_user"))
    client.force_login(stella)
    assert client.get("/admin/access/user/").status_code == 200


def test_an_admin_lets_a_person_be_matched_again(admin, jon, rita, olga):
    match(jon)
    assert "1 person is matched again" in pages.text(forget(admin, jon, rita))
    assert not UserSocialAuth.objects.exists()
    [event] = AuditEvent.objects.filter(type="person.match_forgotten")
    assert (event.subject, event.actor, event.data["way"]) == ("person:jon@example.com", olga.email, "oidc")


def test_nobody_else_does(client, jon):
    stella = factories.person("stella", is_staff=True)
    stella.user_permissions.add(*Permission.objects.filter(codename__in=("view_user", "change_user")))
    client.force_login(stella)
    match(jon)
    forget(client, jon)
    assert UserSocialAuth.objects.exists()

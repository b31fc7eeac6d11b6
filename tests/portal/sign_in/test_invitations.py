"""A link lets somebody set their own password: once, within a day, for nobody else, and never where a provider is."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone
from social_django.models import UserSocialAuth

from access.core.errors import Conflict, NotAllowed
from access.models import AuditEvent, User
from access.people import invitations
from tests import factories
from tests.access.admin import pages

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-passphrase-for-tests"
TYPED = {"new_password1": PASSWORD, "new_password2": PASSWORD}


def invite(person, by, now=None) -> str:
    return f"/invitation/{person.pk}/{invitations.invite(person=person, by=by, now=now or timezone.now())}/"


def test_the_link_is_shown_once_sets_a_password_once_and_both_are_in_the_log(client, olga, jon):
    client.force_login(olga)
    page = client.post(f"/admin/access/user/{jon.pk}/invite/")
    link = page.context["link"].partition("testserver")[2] or "/" + page.context["link"].split("/", 3)[3]
    client.logout()
    assert "jon@example.com" in pages.text(client.get(link))
    assert client.post(link, TYPED).url == "/login/"
    assert client.post(link, TYPED).status_code == client.get(link).status_code == 404
    assert User.objects.get(pk=jon.pk).check_password(PASSWORD)
    told = list(AuditEvent.objects.filter(person_id=jon.pk).order_by("-pk").values_list("type", "actor")[:2])
    assert told == [("person.password_set", jon.email), ("person.invited", olga.email)]
    assert link.split("/")[-2] not in str(list(AuditEvent.objects.values()))


def test_of_two_who_open_it_at_the_same_moment_one_sets_the_password(olga, jon):
    token = invitations.invite(person=jon, by=olga, now=timezone.now())
    both = [invitations.find(jon.pk, token) for _each in range(2)]
    invitations.accept(person=both[0], token=token, password=PASSWORD, now=timezone.now())
    with pytest.raises(Conflict, match="used already"):
        invitations.accept(person=both[1], token=token, password="another-long-passphrase", now=timezone.now())
    assert User.objects.get(pk=jon.pk).check_password(PASSWORD)


def test_a_day_later_it_is_void(client, olga, jon, monkeypatch):
    link = invite(jon, olga)
    later = invitations._links._now() + timedelta(hours=24, minutes=1)
    monkeypatch.setattr(type(invitations._links), "_now", lambda self: later)
    assert client.post(link, TYPED).status_code == 404
    assert not User.objects.get(pk=jon.pk).has_usable_password()


def test_another_link_voids_the_one_before_and_the_password(client, olga, jon):
    jon.set_password(PASSWORD)
    jon.save()
    first, _second = invite(jon, olga), invite(jon, olga)
    assert client.get(first).status_code == 404
    assert not User.objects.get(pk=jon.pk).has_usable_password()


def test_it_is_void_for_another_person_and_after_a_new_email_or_a_deactivation(client, olga, jon, adam):
    link = invite(jon, olga)
    assert client.get(link.replace(f"/{jon.pk}/", f"/{adam.pk}/")).status_code == 404
    for change in ({"email": "jonny@example.com"}, {"email": "jon@example.com", "is_active": False}):
        User.objects.filter(pk=jon.pk).update(**change)
        assert client.get(link).status_code == 404


def test_it_ends_with_the_first_sign_in_through_a_provider(client, olga, jon):
    link = invite(jon, olga)
    UserSocialAuth.objects.create(user=jon, provider="oidc", uid="1")
    assert client.post(link, TYPED).status_code == 404
    with pytest.raises(Conflict, match="provider"):
        invite(jon, olga)
    with pytest.raises(Conflict, match="used already"):
        invitations.accept(person=jon, token=link.split("/")[-2], password=PASSWORD, now=timezone.now())


def test_it_ends_with_local_accounts(client, olga, jon, settings):
    link = invite(jon, olga)
    settings.LOCAL_ACCOUNTS = False
    assert client.post(link, TYPED).status_code == 404
    client.force_login(olga)
    assert client.post(f"/admin/access/user/{jon.pk}/invite/").status_code == 403
    assert "Make an invitation link" not in pages.text(client.get(pages.of(jon)))


def test_only_admins_invite_and_nobody_invites_a_bot(olga, adam, jon):
    with pytest.raises(NotAllowed):
        invite(jon, adam)
    with pytest.raises(Conflict, match="bot"):
        invite(User.objects.create_user("bot@example.com", is_bot=True), olga)


def test_a_short_password_is_refused(client, olga, jon):
    answer = client.post(invite(jon, olga), {"new_password1": "short", "new_password2": "short"})
    assert answer.status_code == 400
    assert not User.objects.get(pk=jon.pk).has_usable_password()


def test_no_page_of_the_admin_takes_another_ones_password(client, olga, jon):
    client.force_login(olga)
    assert client.post(f"/admin/access/user/{jon.pk}/password/", {"password1": PASSWORD}).status_code in (302, 404)
    for address in (pages.of(jon), pages.of_add("user")):
        assert 'type="password"' not in client.get(address).content.decode()


def test_a_link_that_could_not_be_logged_changes_nothing(olga, jon, monkeypatch):
    jon.set_password(PASSWORD)
    jon.save()
    monkeypatch.setattr("access.people.invitations.log.append", factories.breaks)
    with pytest.raises(RuntimeError):
        invite(jon, olga)
    assert User.objects.get(pk=jon.pk).check_password(PASSWORD)


def test_the_access_log_does_not_hold_the_link(client, olga, jon, caplog):
    link = invite(jon, olga)
    with caplog.at_level(logging.INFO, logger="usher.web"):
        client.get(link)
    assert "/invitation/" in caplog.text
    assert link.split("/")[-2] not in caplog.text

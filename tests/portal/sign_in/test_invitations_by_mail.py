"""Whoever never signed in is told by mail how to: by a link that is in the mail alone, and once more when needed."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from social_django.models import UserSocialAuth

from access.core.errors import Conflict, NotAllowed
from access.models import AuditEvent, Channel, Kind, Notification, User
from access.notify import outbox, read_log
from access.people import invitations
from tests import factories
from tests.access.admin import pages
from tests.access.notify.conftest import Box

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-passphrase-for-tests"
TYPED = {"new_password1": PASSWORD, "new_password2": PASSWORD}


@pytest.fixture(autouse=True)
def with_mail(settings):
    settings.EMAIL_IS_SET = True


@pytest.fixture
def nora(db):
    """Nobody but an admin knows of her so far."""
    return User.objects.create_user("nora@example.com", name="Nora New")


def mails(at=None):
    """Read the log and send, as the worker does; what Nora is sent."""
    box, now = Box(), at or timezone.now()
    read_log.read(now=now)
    for one in Notification.objects.filter(kind=Kind.INVITED, due_at__lte=now):
        outbox.send(one, sender=box, now=now)
    return box.messages


def link_in(mail) -> str:
    [link] = re.findall(r"/invitation/\S+", mail.text)
    return str(link)


def test_the_link_of_the_mail_sets_a_password_once_and_no_row_keeps_it(client, olga, nora):
    client.force_login(olga)
    page = client.post(f"/admin/access/user/{nora.pk}/invite-by-mail/", follow=True)
    assert pages.told(page) == ["An invitation to nora@example.com is on its way."]
    [mail] = mails()
    assert mail.to == "nora@example.com"
    link = link_in(mail)
    kept = [*Notification.objects.values(), *AuditEvent.objects.values(), *User.objects.values()]
    assert link.split("/")[-2] not in str(kept)
    client.logout()
    assert client.post(link, TYPED).url == "/login/"
    assert client.post(link, TYPED).status_code == 404
    assert User.objects.get(pk=nora.pk).check_password(PASSWORD)
    told = AuditEvent.objects.filter(person_id=nora.pk).order_by("-pk").values_list("type", "actor")[:2]
    assert list(told) == [("person.password_set", nora.email), ("person.invited_by_mail", olga.email)]


def test_another_mail_voids_the_link_before_and_each_lasts_a_day_from_when_it_left(client, olga, nora, monkeypatch):
    invitations.invite_by_mail(person=nora, by=olga, now=timezone.now())
    [first] = mails()
    invitations.invite_by_mail(person=nora, by=olga, now=timezone.now())
    [second] = mails()
    assert client.get(link_in(first)).status_code == 404
    assert client.get(link_in(second)).status_code == 200
    later = invitations._links._now() + timedelta(hours=24, minutes=1)
    monkeypatch.setattr(type(invitations._links), "_now", lambda self: later)
    assert client.get(link_in(second)).status_code == 404
    invitations.invite_by_mail(person=nora, by=olga, now=timezone.now())
    [third] = mails()
    assert client.get(link_in(third)).status_code == 200


def test_it_goes_by_mail_only(olga, nora, monkeypatch):
    monkeypatch.setattr(read_log, "channels", lambda: [Channel.EMAIL, Channel.SLACK])
    monkeypatch.setattr("access.notify.read_log.announce.hear", lambda event, *, now: None)
    invitations.invite_by_mail(person=nora, by=olga, now=timezone.now())
    read_log.read(now=timezone.now())
    rows = Notification.objects.filter(kind=Kind.INVITED)
    assert [(one.recipient, one.channel) for one in rows] == [(nora, Channel.EMAIL)]


@pytest.mark.parametrize("meanwhile", ["password", "sign-in", "provider", "left"])
def test_a_mail_that_waited_is_not_sent_to_somebody_who_needs_it_no_more(olga, nora, meanwhile):
    invitations.invite_by_mail(person=nora, by=olga, now=timezone.now())
    read_log.read(now=timezone.now())
    if meanwhile == "password":
        nora.set_password(PASSWORD)
        nora.save()
    elif meanwhile == "provider":
        UserSocialAuth.objects.create(user=nora, provider="oidc", uid="1")
    else:
        changes = {"last_login": timezone.now()} if meanwhile == "sign-in" else {"is_active": False}
        User.objects.filter(pk=nora.pk).update(**changes)
    assert mails() == []
    assert not Notification.objects.filter(kind=Kind.INVITED).exists()


def test_where_people_sign_in_with_a_provider_it_leads_there_and_sets_nothing(olga, nora, settings):
    settings.LOCAL_ACCOUNTS = False
    settings.SIGN_IN_WITH = {"google-oauth2": "Google"}
    invitations.invite_by_mail(person=nora, by=olga, now=timezone.now())
    [mail] = mails()
    assert "Sign in with Google: you are known by your address there, nora@example.com." in mail.text
    assert reverse("login") in mail.text
    assert "/invitation/" not in mail.text + mail.html


def test_only_admins_invite_and_only_whom_it_is_of_use_to(olga, adam, nora, settings, client):
    with pytest.raises(NotAllowed):
        invitations.invite_by_mail(person=nora, by=adam, now=timezone.now())
    nora.set_password(PASSWORD)
    nora.save()
    with pytest.raises(Conflict, match="needs no invitation"):
        invitations.invite_by_mail(person=nora, by=olga, now=timezone.now())
    assert User.objects.get(pk=nora.pk).check_password(PASSWORD)
    with pytest.raises(Conflict, match="bot"):
        invitations.invite_by_mail(person=User.objects.create_user("b@example.com", is_bot=True), by=olga, now=None)
    settings.EMAIL_IS_SET = False
    with pytest.raises(Conflict, match="No mail server"):
        invitations.invite_by_mail(person=nora, by=olga, now=timezone.now())
    client.force_login(olga)
    assert "Send an invitation by mail" not in pages.text(client.get(pages.of(nora)))


def test_the_page_of_a_person_offers_it_until_they_were_here(client, olga, nora):
    client.force_login(olga)
    assert "Send an invitation by mail" in pages.text(client.get(pages.of(nora)))
    User.objects.filter(pk=nora.pk).update(last_login=timezone.now())
    assert "Send an invitation by mail" not in pages.text(client.get(pages.of(nora)))


def test_an_invitation_that_could_not_be_logged_changes_nothing(olga, nora, monkeypatch):
    before = User.objects.get(pk=nora.pk).password
    monkeypatch.setattr("access.people.invitations.log.append", factories.breaks)
    with pytest.raises(RuntimeError):
        invitations.invite_by_mail(person=nora, by=olga, now=timezone.now())
    assert User.objects.get(pk=nora.pk).password == before

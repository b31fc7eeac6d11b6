"""The link below a mail: it ends the like of it, for whoever has the mail, and nothing else."""

import re

import pytest
from django.core import mail
from django.test import Client

from access.models import Channel, Kind, MutedTopic, Notification
from access.notify import letters, outbox, unsubscribe
from integrations import registry
from tests.access.notify.conftest import asked, with_mail

__all__ = ["asked", "with_mail"]


@pytest.fixture
def link(asked, now):
    """As it stands in the head of the mail."""
    outbox.send(asked, sender=registry.sender("email"), now=now)
    [message] = mail.outbox
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    [address] = re.findall(r"<https?://[^/]+(/unsubscribe/[^>]+)>", message.extra_headers["List-Unsubscribe"])
    return address


def test_one_post_ends_them_without_a_form_or_a_sign_in(link, adam):
    server = Client(enforce_csrf_checks=True)
    assert server.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert [(one.user, one.channel, one.topic) for one in MutedTopic.objects.all()] == [(adam, "email", "review")]
    assert server.post(link).status_code == 200
    assert MutedTopic.objects.count() == 1


def test_who_only_looks_at_it_ends_nothing_and_is_asked(link, client):
    page = client.get(link).content.decode()
    assert "You are told by mail about this: Requests for me to decide." in page
    assert "Send me no more of these" in page
    client.head(link)
    assert not MutedTopic.objects.exists()


@pytest.mark.parametrize(
    "change", [lambda link: link.replace("/unsubscribe/", "/unsubscribe/x"), lambda _link: "/unsubscribe/x/"]
)
def test_a_link_that_nobody_was_sent_ends_nothing(link, client, change):
    answer = client.post(change(link))
    assert answer.status_code == 404
    assert "leads nowhere" in answer.content.decode()
    assert not MutedTopic.objects.exists()


def test_of_who_has_left_it_ends_nothing(link, client, adam):
    adam.is_active = False
    adam.save()
    assert client.post(link).status_code == 404


def test_what_has_to_be_heard_has_no_such_link(asked):
    Notification.objects.update(topic="", kind=Kind.ASKED)
    assert unsubscribe.token(Notification.objects.get(pk=asked.pk)) == ""
    Notification.objects.update(topic="review", channel=Channel.SLACK)
    assert unsubscribe.token(Notification.objects.get(pk=asked.pk)) == ""


def test_the_same_message_has_the_same_link_each_time(asked):
    assert letters.message(asked).unsubscribe == letters.message(asked).unsubscribe

"""Admins are told on their first page of messages that can't be sent: a mail server that is away tells nobody."""

from datetime import timedelta

from django.utils import timezone

from access.alerts import alerts
from access.models import Notification
from access.notify import outbox
from integrations.base import ProviderError, ProviderUnavailable

MINUTE = timedelta(minutes=1)


def said(now):
    return [one.text for one in alerts.for_admin(now=now) if one.kind == "messages"]


def test_messages_that_wait_for_their_time_are_no_trouble(asked, now):
    assert said(now + 30 * MINUTE) == []


def test_a_mail_server_that_is_away_for_long_is_told(asked, box, now):
    box.failure = ProviderUnavailable("The mail server could not be reached.")
    outbox.send(asked, sender=box, now=now)
    assert said(now + 9 * MINUTE) == []
    assert said(now + 11 * MINUTE) == ["Messages that can't be sent: 1. The mail server could not be reached."]
    box.failure = None
    outbox.send(asked, sender=box, now=now + 12 * MINUTE)
    assert said(now + 13 * MINUTE) == []


def test_messages_given_up_are_told_for_a_week(asked, box, now):
    box.failure = ProviderError("The mail server refuses this recipient (SMTP 550).")
    outbox.send(asked, sender=box, now=now)
    told = "Messages that were given up lately: 1. The mail server refuses this recipient (SMTP 550)."
    assert said(now + MINUTE) == said(now + timedelta(days=6)) == [told]
    assert said(now + timedelta(days=8)) == []


def test_the_page_leads_to_the_messages(client, asked, olga):
    Notification.objects.filter(pk=asked.pk).update(due_at=None, given_up_at=timezone.now(), last_error="No.")
    client.force_login(olga)
    page = client.get("/").content.decode()
    assert "Messages that were given up lately: 1. No." in page
    assert "/admin/access/notification/" in page
    assert client.get("/admin/access/notification/").status_code == 200
    assert client.get(f"/admin/access/notification/{asked.pk}/change/").status_code == 200

"""Admins hear of a stream that stands still: on their first page, and by mail when it was disabled."""

from datetime import timedelta

import pytest

from access.alerts import alerts
from access.events import deliver
from access.models import EventLog, Kind, Notification, Webhook
from access.notify import read_log
from integrations.http import Answer

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


class Gone:
    def post(self, *_args, **_kwargs):
        return Answer(410)


def said(now, kind: str) -> list[str]:
    return [one.text for one in alerts.for_admin(now=now) if one.kind == kind]


def test_a_webhook_that_fails_for_a_while_is_told_until_it_works(ready, now):
    Webhook.objects.update(failing_since=now, trouble="It answered with HTTP 500.")
    assert said(now + 9 * MINUTE, "webhook") == []
    assert said(now + 11 * MINUTE, "webhook") == [
        "The webhook siem does not take its events. It answered with HTTP 500."
    ]
    Webhook.objects.update(is_active=False)
    assert said(now + 11 * MINUTE, "webhook") == []


def test_a_webhook_that_was_disabled_is_told_and_the_admins_get_a_letter(
    ready, events, olga, jon, now, client, settings
):
    settings.EMAIL_IS_SET = True
    events("person.signed_in")
    deliver.deliver(ready, sender=Gone(), now=now)
    told = "The webhook siem was disabled. It answered that it is gone for good (HTTP 410)."
    assert said(now, "webhook") == [told]
    client.force_login(olga)
    page = client.get("/").content.decode()
    assert told in page
    assert f"/admin/access/webhook/{ready.pk}/change/" in page

    read_log.read(now=now)
    letters = Notification.objects.filter(kind=Kind.WEBHOOK_DISABLED)
    assert [one.recipient for one in letters] == [olga]


def test_a_file_that_cannot_be_written_for_a_while_is_told(db, now, settings):
    EventLog.objects.create(failing_since=now, trouble="The events can't be written: No space left on device.")
    assert said(now + 11 * MINUTE, "event_log") == []
    settings.EVENT_LOG = "/var/log/usher/events.jsonl"
    assert said(now + 9 * MINUTE, "event_log") == []
    assert said(now + 11 * MINUTE, "event_log") == ["The events can't be written: No space left on device."]

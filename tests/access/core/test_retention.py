"""Proof is kept for its time: no purge is let through before, and every table has a word on how long it is there."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone

from access.core import retention
from access.core.errors import Conflict
from access.models import Notification
from access.notify import outbox
from portal import settings as portal_settings
from tests import factories

DAY = timedelta(days=1)


def sent(adam, at, key="k"):
    return Notification.objects.create(
        recipient=adam, channel="email", kind="settled", key=key, created_at=at, sent_at=at
    )  # fmt: skip


def test_every_table_says_how_long_its_rows_are_there():
    told = [*retention.FOR_EVER, *retention.FOR_THE_RETENTION, *retention.WHILE_IT_IS_SO, *retention.PASSING]
    assert sorted(told) == sorted(one.__name__.lower() for one in apps.get_app_config("access").get_models())


def test_it_is_six_years_unless_said_otherwise():
    assert portal_settings.RETENTION == retention.SIX_YEARS


def test_what_was_told_is_kept_for_the_retention(adam, now):
    sent(adam, now - 2000 * DAY)
    old = sent(adam, now - 2200 * DAY, "old")
    waiting = Notification.objects.create(
        recipient=adam, channel="email", kind="settled", key="w", created_at=now - 3000 * DAY, due_at=now
    )  # fmt: skip
    before = now - retention.SIX_YEARS
    assert outbox.purge(before=before, now=now, retention=retention.SIX_YEARS, dry_run=True) == 1
    assert Notification.objects.count() == 3
    assert outbox.purge(before=before, now=now, retention=retention.SIX_YEARS) == 1
    assert not Notification.objects.filter(pk=old.pk).exists()
    assert Notification.objects.filter(pk=waiting.pk).exists()


def test_a_purge_of_younger_ones_is_refused_in_words(adam, now):
    sent(adam, now - 100 * DAY)
    with pytest.raises(Conflict, match="kept for 2192 days: nothing from 2020-01-05 or later can be purged"):
        outbox.purge(before=now - 90 * DAY, now=now, retention=retention.SIX_YEARS)
    assert Notification.objects.count() == 1


def test_the_command_refuses_too_and_tells_what_it_did(db):
    adam = factories.person("adam")
    sent(adam, datetime(2015, 1, 1, tzinfo=UTC))
    with pytest.raises(CommandError, match="kept for 2192 days") as refused:
        call_command("purge", before=f"{timezone.now() - DAY:%Y-%m-%d}")
    assert refused.value.returncode == 1
    with pytest.raises(CommandError) as wrong:
        call_command("purge", before="yesterday")
    assert wrong.value.returncode == 2
    out = StringIO()
    call_command("purge", before="2016-01-01", dry_run=True, stdout=out)
    call_command("purge", before="2016-01-01", stdout=out)
    assert out.getvalue() == "1 message would be deleted.\n1 message is deleted.\n"

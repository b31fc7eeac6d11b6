"""What an admin has to know of the event stream."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from access.alerts.alert import BAD, MOST, WAIT, Alert
from access.models import EventLog, Webhook

# A receiver that was away for less is no news.
PATIENCE: Final = timedelta(minutes=10)


def of_webhooks(*, now: datetime) -> list[Alert]:
    """List what is disabled, and what has been failing for a while. One query."""
    return [_webhook(one) for one in stuck(now).order_by("disabled_at", "failing_since", "pk")[:MOST]]


def stuck(now: datetime) -> QuerySet[Webhook]:
    return Webhook.objects.filter(
        Q(is_active=True, failing_since__lt=now - PATIENCE) | Q(disabled_at__isnull=False)
    )  # fmt: skip


def _webhook(webhook: Webhook) -> Alert:
    words = {"name": webhook.name, "why": webhook.trouble}
    if webhook.disabled_at:
        text = _("The webhook %(name)s was disabled. %(why)s") % words
        return Alert("webhook", WAIT, text, at=webhook.disabled_at, pk=webhook.pk)
    text = _("The webhook %(name)s does not take its events. %(why)s") % words
    return Alert("webhook", WAIT, text, at=webhook.failing_since, pk=webhook.pk)


def of_event_log(*, now: datetime) -> list[Alert]:
    found = stuck_logs(now).first() if settings.EVENT_LOG else None
    return [Alert("event_log", BAD, found.trouble, at=found.failing_since)] if found else []


def stuck_logs(now: datetime) -> QuerySet[EventLog]:
    return EventLog.objects.filter(failing_since__lt=now - PATIENCE)

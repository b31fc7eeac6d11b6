"""What an admin has to know of the event stream."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from access.alerts.alert import BAD, MOST, WAIT, Alert
from access.models import EventLog, Webhook

# A receiver that was away for less is no news.
PATIENCE: Final = timedelta(minutes=10)


def for_admin(*, now: datetime) -> list[Alert]:
    """List what is disabled, and what has been failing for a while. Two queries."""
    is_stuck = Q(is_active=True, failing_since__lt=now - PATIENCE) | Q(disabled_at__isnull=False)
    stuck = Webhook.objects.filter(is_stuck).order_by("disabled_at", "failing_since", "pk")[:MOST]
    return [*_event_log(now), *map(_webhook, stuck)]


def _webhook(webhook: Webhook) -> Alert:
    words = {"name": webhook.name, "why": webhook.trouble}
    if webhook.disabled_at:
        text = _("The webhook %(name)s was disabled. %(why)s") % words
        return Alert("webhook", WAIT, text, at=webhook.disabled_at, pk=webhook.pk)
    text = _("The webhook %(name)s does not take its events. %(why)s") % words
    return Alert("webhook", WAIT, text, at=webhook.failing_since, pk=webhook.pk)


def _event_log(now: datetime) -> list[Alert]:
    if not settings.EVENT_LOG:
        return []
    stuck = EventLog.objects.filter(failing_since__lt=now - PATIENCE).first()
    return [Alert("event_log", BAD, stuck.trouble, at=stuck.failing_since)] if stuck else []

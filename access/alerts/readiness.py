"""Is the work getting done: a part for each thing that can be in trouble, and a sentence where it is.

Everybody may read it without signing in, so a sentence has numbers, and no name but that of an integration
or of a worker.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Count, Min, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.alerts import alerts, outage_alerts
from access.alerts.slack_alerts import MANY_TRIES
from access.alerts.stream_alerts import PATIENCE
from access.audit import scheduled_check
from access.core.states import OPEN
from access.models import (
    AnchorPlace,
    AuditEvent,
    AuditHead,
    Channel,
    EventLog,
    Grant,
    Integration,
    Notification,
    SlackPost,
    Webhook,
    Worker,
)

# Longer than this past its end, access is a matter for a person.
OVERDUE_SECONDS: Final = 60
UNSEALED: Final = timedelta(seconds=60)
UNANCHORED: Final = timedelta(hours=2)
# What nobody has taken up for so long waits for more workers.
BACKLOG: Final = timedelta(seconds=60)


@dataclass(frozen=True)
class Part:
    name: str
    reason: str = ""  # empty: it works

    @property
    def ok(self) -> bool:
        return not self.reason


def parts(*, now: datetime) -> list[Part]:
    """Look at every part that rows tell of, in a fixed number of queries. Raises django.db.Error."""
    return [Part(name, look(now)) for name, look in _LOOKS.items()]


def _worker(now: datetime) -> str:
    if Worker.objects.any_running(now=now):
        return ""
    return _("No worker is running, so access is neither granted nor ended. Start “manage.py worker”.")


def _punctual(now: datetime) -> str:
    late = alerts.overdue(now=now)
    seconds = (now - late.oldest_at).total_seconds() if late.oldest_at else 0.0
    if seconds <= OVERDUE_SECONDS:
        return ""
    text = ngettext(
        "%(count)d grant should have ended and may still be held.",
        "%(count)d grants should have ended and may still be held.",
        late.count,
    )
    return text % {"count": late.count}


def _integrations(_now: datetime) -> str:
    count = alerts.integrations_in_trouble()
    text = ngettext(
        "%(count)d integration needs attention: the first page of admins says which and why.",
        "%(count)d integrations need attention: the first page of admins says which and why.",
        count,
    )
    return text % {"count": count} if count else ""


def _event_log(now: datetime) -> str:
    if not settings.EVENT_LOG or not EventLog.objects.filter(failing_since__lt=now - PATIENCE).exists():
        return ""
    return _("Events can't be written to EVENT_LOG.")


def _webhooks(now: datetime) -> str:
    failing = Webhook.objects.filter(is_active=True, failing_since__lt=now - PATIENCE)
    count = (failing | Webhook.objects.filter(disabled_at__isnull=False)).count()
    text = ngettext("%(count)d webhook is behind.", "%(count)d webhooks are behind.", count)
    return text % {"count": count} if count else ""


def _log(now: datetime) -> str:
    """Whether the log was whole when it was last verified, and is sealed and anchored since."""
    found = scheduled_check.state()
    if found.why or AuditHead.objects.exclude(trouble="").exists():
        return _("The audit log does not hold, or can't be sealed: look at its page.")
    if AuditEvent.objects.filter(seq=None, at__lt=now - UNSEALED).exists():
        return _("Events wait to be sealed.")
    if AnchorPlace.objects.filter(failing_since__lt=now - UNANCHORED).exists():
        return _("The end of the audit log can't be anchored.")
    return ""


def _mail(now: datetime) -> str:
    count = _unsent(Channel.EMAIL, now)
    text = ngettext("%(count)d message can't be sent by e-mail.", "%(count)d messages can't be sent by e-mail.", count)
    return text % {"count": count} if count else ""


def _slack(now: datetime) -> str:
    if Integration.objects.filter(type=Integration.Type.SLACK).exclude(attention="").exists():
        return _("The Slack workspace needs attention.")
    if SlackPost.objects.filter(due_at__isnull=False, attempts__gte=MANY_TRIES).exists():
        return _("Announcements wait for Slack.")
    count = _unsent(Channel.SLACK, now)
    text = ngettext("%(count)d message can't be sent by Slack.", "%(count)d messages can't be sent by Slack.", count)
    return text % {"count": count} if count else ""


def _unsent(channel: Channel, now: datetime) -> int:
    waiting = Notification.objects.filter(channel=channel, due_at__isnull=False)
    return waiting.filter(first_tried_at__lt=now - alerts.UNSENT).count()


def _backlog(now: datetime) -> str:
    """A look at a row puts its time ahead: one whose time is long past was looked at by nobody."""
    found = untouched(now).aggregate(count=Count("pk"), oldest=Min("due_at"))
    if not found["count"]:
        return ""
    text = ngettext(
        "%(count)d grant was due and taken up by nobody, for %(seconds)d s: more workers are needed.",
        "%(count)d grants were due and taken up by nobody, the oldest for %(seconds)d s: more workers are needed.",
        found["count"],
    )
    return text % {"count": found["count"], "seconds": (now - found["oldest"]).total_seconds()}


def untouched(now: datetime) -> QuerySet[Grant]:
    return Grant.objects.filter(state__in=OPEN, due_at__lt=now - BACKLOG)


_LOOKS: Final[dict[str, Callable[[datetime], str]]] = {
    "worker": _worker,
    "clock": lambda now: outage_alerts.clocks(now=now),
    "punctual": _punctual,
    "integrations": _integrations,
    "reach": lambda _now: outage_alerts.out_of_reach(),
    "event_log": _event_log,
    "webhooks": _webhooks,
    "log": _log,
    "mail": _mail,
    "slack": _slack,
    "backlog": _backlog,
}

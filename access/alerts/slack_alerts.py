"""What an admin has to know of announcements in Slack."""

from typing import Any, Final

from django.db.models import Count, Exists, Max, OuterRef, QuerySet
from django.utils.translation import gettext as _

from access.alerts.alert import MOST, WAIT, Alert
from access.models import SlackPost

MANY_TRIES: Final = 5


def for_admin() -> list[Alert]:
    """Name the channels where the last request could not be announced, and what waits for Slack. Two queries."""
    gone = _failed().values("channel").annotate(at=Max("failed_at"), why=Max("last_error")).order_by("-at")[:MOST]
    text = _("Requests can't be announced in Slack (%(channel)s). %(why)s")
    found = _waiting().aggregate(count=Count("pk"), why=Max("last_error"))
    told = [Alert("messages", WAIT, text % one, at=one["at"]) for one in gone]
    if found["count"]:
        told.append(Alert("messages", WAIT, _("Announcements that wait for Slack: %(count)d. %(why)s") % found))
    return told


def in_trouble() -> QuerySet[Any, Any]:
    return _failed().values("pk").union(_waiting().values("pk"))


def _failed() -> QuerySet[SlackPost]:
    later = SlackPost.objects.filter(channel=OuterRef("channel"), pk__gt=OuterRef("pk"), failed_at=None).exclude(ts="")
    return SlackPost.objects.filter(~Exists(later), failed_at__isnull=False, person=None)


def _waiting() -> QuerySet[SlackPost]:
    return SlackPost.objects.filter(due_at__isnull=False, attempts__gte=MANY_TRIES)

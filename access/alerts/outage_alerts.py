"""What keeps all access from beginning and ending: an organization that can't be asked, a clock that is wrong."""

from datetime import UTC, datetime

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.alerts.alert import BAD, Alert
from access.core.states import GrantState
from access.models import Integration, Worker

# Seconds by which two clocks may differ.
CLOCK_LIMIT = 5.0


def of_clocks(*, now: datetime) -> list[Alert]:
    clock = clocks(now=now)
    return [Alert("clock", BAD, clock)] if clock else []


def of_integrations() -> list[Alert]:
    return [Alert("integration", BAD, _sentence(one), at=one.unreachable_since, pk=one.pk) for one in _unreachable()]


def out_of_reach() -> str:
    """Name the integrations that can't be reached while access waits for them; nothing when there is none."""
    return " ".join(map(_sentence, _unreachable()))


def clocks(*, now: datetime) -> str:
    """Say whose clock is wrong: a worker's, as far as it told, or that of whoever asks, which says it is `now`."""
    wrong = [_("worker %(name)s") % {"name": one.name} for one in Worker.objects.with_a_wrong_clock(now=now)]
    if is_off(now=now):
        wrong.append(_("this web process"))
    if not wrong:
        return ""
    text = _("The clock of %(names)s disagrees with the database's: nothing is granted there until it is set right.")
    return text % {"names": ", ".join(wrong)}


def is_off(*, now: datetime) -> bool:
    """Whether the clock of whoever asks, which says it is `now`, disagrees with the database's."""
    return abs((now - _of_the_database(now)).total_seconds()) > CLOCK_LIMIT


def _of_the_database(now: datetime) -> datetime:
    """The database's time of day; `now` where it has none but this machine's."""
    if connection.vendor != "postgresql":
        return now
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        return datetime.fromtimestamp(float(cursor.fetchone()[0]), tz=UTC)


def unreachable() -> QuerySet[Integration]:
    return Integration.objects.filter(unreachable_since__isnull=False, attention="")


def _unreachable() -> list[Integration]:
    moving = Q(targets__grants__state__in=(GrantState.GRANTING, GrantState.REVOKING))
    return list(
        unreachable().annotate(waiting=Count("targets__grants", filter=moving)).filter(waiting__gt=0).order_by("name")
    )


def _sentence(integration: Integration) -> str:
    waiting = getattr(integration, "waiting", 0)
    text = ngettext(
        "%(name)s can't be reached since %(since)s UTC, and %(waiting)d grant waits for it: %(why)s",
        "%(name)s can't be reached since %(since)s UTC, and %(waiting)d grants wait for it: %(why)s",
        waiting,
    )
    return text % {
        "name": integration.name,
        "since": f"{integration.unreachable_since:%Y-%m-%d %H:%M:%S}",
        "waiting": waiting,
        "why": integration.unreachable,
    }

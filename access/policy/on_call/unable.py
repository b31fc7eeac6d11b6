"""Who is on duty by a schedule and can do nothing here, so that fast track waits for nobody."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from access.models import Flow, OnCall, Schedule, User


def sentence(flow: Flow, *, now: datetime) -> str:
    """Name those on duty in the schedules of this flow's fast track who can't sign in; empty where all can."""
    schedules = list(Schedule.objects.filter(rules__flow=flow).distinct().order_by("pk"))
    text = _("On duty in %(schedule)s, and can't sign in here: %(names)s.")
    found = ((one, list(_unable(one, now=now))) for one in schedules)
    return " ".join(text % {"schedule": one, "names": ", ".join(names)} for one, names in found if names)


def _unable(schedule: Schedule, *, now: datetime) -> Iterator[str]:
    if schedule.source == Schedule.Source.PORTAL:
        on_duty = Q(turns__schedule=schedule) | Q(shifts__schedule=schedule, shifts__ends_at__gt=now)
        yield from map(str, _who_cannot(User.objects.filter(on_duty).distinct()).order_by("pk"))
        return
    named = [one.email for one in OnCall.objects.filter(schedule=schedule).order_by("email")]
    yield from _strangers(named)


def _strangers(emails: Sequence[str]) -> list[str]:
    people = User.objects.filter(email__in=emails)
    able = set(people.exclude(pk__in=_who_cannot(people)).values_list("email", flat=True))
    return [one for one in emails if one not in able]


def _who_cannot(people: QuerySet[User]) -> QuerySet[User]:
    return people.filter(Q(is_active=False) | Q(is_bot=True) | Q(is_auditor=True))

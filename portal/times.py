"""Times in words. The browser refreshes them with the same words: see static/portal/usher.js."""

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from access.core import durations
from access.grants.active import GRACE

# Further away than this a date says more than a distance.
RELATIVE_FOR: Final = timedelta(days=7)


def words() -> dict[str, str]:
    """The words that times are told with, in the language of the reader."""
    return {
        **durations.unit_words(),
        "ago": _("%s ago"),
        "ahead": _("in %s"),
        "now": _("just now"),
        "soon": _("in a moment"),
        "due": _("any moment"),
        "over": _("overdue by %s"),
    }


def relative(value: datetime, *, now: datetime) -> str:
    """Say how far away a time is; a date when it is more than a week.

    What is past in one unit. What is ahead in two, to the minute: a day less a second is not 23 hours to most.
    """
    distance = (value - now).total_seconds()
    if abs(distance) >= RELATIVE_FOR.total_seconds():
        return date_format(timezone.localtime(value), "j M Y")
    if abs(distance) < 60:
        return _("just now") if distance <= 0 else _("in a moment")
    if distance > 0:
        return _("in %s") % durations.shown(distance // 60 * 60)
    unit, size = next((unit, size) for unit, size in durations.UNITS if -distance >= size)
    return _("%s ago") % (durations.word(unit) % (-distance // size))


def countdown(value: datetime, *, now: datetime) -> str:
    """Say how much time is left, or by how much it is over."""
    left = value - now
    if left >= timedelta(seconds=1):
        return durations.shown(left.total_seconds())
    return _("overdue by %s") % durations.shown(-left.total_seconds()) if is_over(value, now=now) else _("any moment")


def is_over(value: datetime, *, now: datetime) -> bool:
    """Whether what should have ended by then is told as overdue."""
    return value - now <= -GRACE


def absolute(value: datetime) -> str:
    """Say a time in full, to the second, with its zone."""
    local = timezone.localtime(value)
    return f"{local.day} {MONTHS[local.month]} {local.year}, {local:%H:%M:%S} {local.tzname()}"


def planned(value: datetime) -> str:
    """Say a time that somebody has set, to the minute, with its zone."""
    return date_format(timezone.localtime(value), "D j M Y, H:i T")

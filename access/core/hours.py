"""Working hours: on which days from when to when, by the clocks of one place. Pure functions over plain data."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from access.core.clocks import local

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Hours:
    zone: str  # such as Europe/Berlin
    weekdays: frozenset[int]  # 0 is Monday; the day on which a window opens
    opens: time
    closes: time  # at or before `opens`: on the next day


def closes_at(hours: Hours, at: datetime) -> datetime | None:
    """Find when the window ends that `at` is within, in UTC; None outside of all of them."""
    ends = [end for start, end in _windows(hours, at) if start <= at < end]
    return max(ends, default=None)


def _windows(hours: Hours, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The windows that open on the local day of `at`, and on the day before: those may last over midnight."""
    today = at.astimezone(ZoneInfo(hours.zone)).date()
    for day in (today - DAY, today):
        if day.weekday() in hours.weekdays:
            last = day if hours.closes > hours.opens else day + DAY
            yield local(day, hours.opens, hours.zone), local(last, hours.closes, hours.zone)

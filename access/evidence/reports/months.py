"""Months of UTC, by their first days."""

from collections.abc import Iterator
from datetime import UTC, date, datetime


def of(moment: datetime | date) -> date:
    """The month in which something was, in UTC."""
    day = moment.astimezone(UTC) if isinstance(moment, datetime) else moment
    return date(day.year, day.month, 1)


def start(month: date) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=UTC)


def after(month: date, count: int = 1) -> date:
    """So many months later, or earlier below zero."""
    years, left = divmod(month.month - 1 + count, 12)
    return date(month.year + years, left + 1, 1)


def end(month: date) -> datetime:
    return start(after(month))


def between(first: date, last: date) -> Iterator[date]:
    """Every month from the first to the last, both of them too."""
    while first <= last:
        yield first
        first = after(first)

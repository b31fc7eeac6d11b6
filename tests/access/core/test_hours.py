"""Working hours: windows by the clocks of a place, over midnight and over the change of the clocks."""

from datetime import UTC, datetime, time

import pytest

from access.core.hours import Hours, closes_at

OFFICE = Hours("Europe/Berlin", frozenset(range(5)), time(9), time(17))
NIGHT = Hours("Europe/Berlin", frozenset({4}), time(22), time(6))  # Fridays
WEEKEND = Hours("America/New_York", frozenset({5, 6}), time(0), time(0))


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


MOMENTS = [
    (OFFICE, "2026-01-05 07:59:59", None),
    (OFFICE, "2026-01-05 08:00", "2026-01-05 16:00"),
    (OFFICE, "2026-01-05 15:59:59", "2026-01-05 16:00"),
    (OFFICE, "2026-01-05 16:00", None),
    (OFFICE, "2026-01-10 12:00", None),  # a Saturday
    # The same wall clock, an hour earlier in UTC from 29 March on, and back again from 25 October on.
    (OFFICE, "2026-03-27 07:30", None),
    (OFFICE, "2026-03-30 07:30", "2026-03-30 15:00"),
    (OFFICE, "2026-10-23 07:30", "2026-10-23 15:00"),
    (OFFICE, "2026-10-26 07:30", None),
    (NIGHT, "2026-01-09 20:59:59", None),
    (NIGHT, "2026-01-09 21:00", "2026-01-10 05:00"),
    (NIGHT, "2026-01-10 04:59:59", "2026-01-10 05:00"),  # Saturday by now, still Friday's window
    (NIGHT, "2026-01-10 05:00", None),
    (NIGHT, "2026-01-10 22:00", None),
    (WEEKEND, "2026-01-10 05:00", "2026-01-11 05:00"),
    (WEEKEND, "2026-01-11 05:00", "2026-01-12 05:00"),
    (WEEKEND, "2026-01-12 05:00", None),
    # The clocks go forward in New York on Sunday 8 March at 2: that day has 23 hours.
    (WEEKEND, "2026-03-09 03:59:59", "2026-03-09 04:00"),
    (WEEKEND, "2026-03-09 04:00", None),
]


@pytest.mark.parametrize(("hours", "at", "until"), MOMENTS)
def test_it_is_within_hours_by_the_clocks_of_the_place(hours, at, until):
    assert closes_at(hours, utc(at)) == (utc(until) if until else None)


def test_hours_that_open_while_the_clocks_are_put_forward_open_as_late_as_without():
    skipped = Hours("Europe/Berlin", frozenset({6}), time(2, 30), time(5))
    assert closes_at(skipped, utc("2026-03-29 01:29")) is None
    assert closes_at(skipped, utc("2026-03-29 01:30")) == utc("2026-03-29 03:00")

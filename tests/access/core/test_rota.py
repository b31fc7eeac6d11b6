"""Who is on call by the portal's own schedule: turns, hand-overs, shifts, and days on which the clocks change."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.core.rota import Rota, Shift, Turn, turn, turns

JON, ADAM, RITA = 1, 2, 3
WEEKLY = Rota("Europe/Berlin", date(2026, 1, 5), time(9), 7, (JON, ADAM, RITA))


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


TURNS = [
    # Berlin is an hour ahead of UTC in winter.
    ("2026-01-05 07:59:59", None, "2026-01-05 08:00"),
    ("2026-01-05 08:00", JON, "2026-01-12 08:00"),
    ("2026-01-12 07:59:59", JON, "2026-01-12 08:00"),
    ("2026-01-12 08:00", ADAM, "2026-01-19 08:00"),
    ("2026-01-19 08:00", RITA, "2026-01-26 08:00"),
    ("2026-01-26 08:00", JON, "2026-02-02 08:00"),
    # On 29 March the clocks go forward: the turn ends at 9 in Berlin all the same, an hour sooner.
    ("2026-03-23 08:00", RITA, "2026-03-30 07:00"),
    ("2026-03-30 06:59:59", RITA, "2026-03-30 07:00"),
    ("2026-03-30 07:00", JON, "2026-04-06 07:00"),
    # On 25 October they go back.
    ("2026-10-26 07:59:59", RITA, "2026-10-26 08:00"),
    ("2026-10-26 08:00", JON, "2026-11-02 08:00"),
]


@pytest.mark.parametrize(("at", "person", "until"), TURNS)
def test_turns_are_handed_over_by_the_clocks_of_the_place(at, person, until):
    assert turn(WEEKLY, utc(at)) == Turn(person, utc(until))


def test_without_people_nobody_is_on_call_for_good():
    assert turn(Rota("UTC", date(2026, 1, 5), time(9), 1, ()), utc("2026-01-06 12:00")) == Turn(None, None)


def test_a_shift_stands_in_for_the_turn_and_ends_it():
    evening = Shift(RITA, utc("2026-01-06 17:00"), utc("2026-01-06 21:00"))
    rota = Rota(WEEKLY.zone, WEEKLY.first_day, WEEKLY.hand_over, 7, WEEKLY.people, (evening,))
    assert turn(rota, utc("2026-01-06 16:59")) == Turn(JON, evening.starts_at)
    assert turn(rota, utc("2026-01-06 17:00")) == Turn(RITA, evening.ends_at)
    assert turn(rota, utc("2026-01-06 21:00")) == Turn(JON, utc("2026-01-12 08:00"))


def test_of_two_shifts_at_once_the_later_begun_counts():
    long = Shift(RITA, utc("2026-01-06 08:00"), utc("2026-01-08 08:00"))
    short = Shift(ADAM, utc("2026-01-07 08:00"), utc("2026-01-07 10:00"))
    rota = Rota(WEEKLY.zone, WEEKLY.first_day, WEEKLY.hand_over, 7, WEEKLY.people, (long, short))
    assert turn(rota, utc("2026-01-07 07:00")) == Turn(RITA, short.starts_at)
    assert turn(rota, utc("2026-01-07 09:00")) == Turn(ADAM, short.ends_at)
    assert turn(rota, utc("2026-01-07 10:00")) == Turn(RITA, long.ends_at)


def test_the_next_turns_follow_each_other():
    listed = turns(WEEKLY, utc("2026-01-06 12:00"), count=3)
    assert [(begins, one.person_id) for begins, one in listed] == [
        (utc("2026-01-06 12:00"), JON),
        (utc("2026-01-12 08:00"), ADAM),
        (utc("2026-01-19 08:00"), RITA),
    ]


ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"])
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
ROTAS = st.builds(
    Rota, zone=ZONES, first_day=st.dates(date(2025, 1, 1), date(2026, 6, 30)), hand_over=st.times(),
    every=st.integers(1, 14), people=st.lists(st.integers(1, 9), min_size=1, max_size=4).map(tuple),
)  # fmt: skip


@given(ROTAS, MOMENTS)
def test_nothing_changes_before_the_end_that_is_told(rota, at):
    found = turn(rota, at)
    assert found.until is not None
    assert found.until > at
    halfway = at + (found.until - at) / 2
    for moment in (halfway, found.until - timedelta(microseconds=1)):
        if moment > at:
            assert turn(rota, moment) == found


@given(ROTAS, MOMENTS)
def test_everybody_gets_their_turn_in_order(rota, at):
    order = [one.person_id for _begins, one in turns(rota, at, count=len(rota.people) + 2) if one.person_id]
    doubled = rota.people * 3
    assert any(list(doubled[start : start + len(order)]) == order for start in range(len(rota.people)))

"""Who is on call by the portal's own schedule, and until when. Pure functions over plain data.

People take turns: each has `every` days, from `hand_over` on the first day on, by the clocks of one place.
A shift puts one person in their place for a while.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from access.core.clocks import local


@dataclass(frozen=True)
class Shift:
    person_id: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Rota:
    zone: str  # such as Europe/Berlin
    first_day: date
    hand_over: time
    every: int  # days, at least one
    people: tuple[int, ...]  # primary keys, in the order of their turns
    shifts: tuple[Shift, ...] = ()


@dataclass(frozen=True)
class Turn:
    """Somebody, or nobody, is on call until then; None: for good."""

    person_id: int | None
    until: datetime | None


def turn(rota: Rota, at: datetime) -> Turn:
    """Tell whose turn it is, and when somebody else's may begin. Of two shifts at once the later begun counts."""
    running = [one for one in rota.shifts if one.starts_at <= at < one.ends_at]
    shift = max(running, key=lambda one: (one.starts_at, one.ends_at), default=None)
    person_id, until = (shift.person_id, shift.ends_at) if shift else _by_rotation(rota, at)
    coming = [one.starts_at for one in rota.shifts if one.starts_at > at]
    return Turn(person_id, min([*coming, *([until] if until else [])], default=None))


def turns(rota: Rota, at: datetime, *, count: int) -> list[tuple[datetime, Turn]]:
    """List this turn and the next ones, each with the moment it begins; the first with `at`."""
    return list(islice(_turns(rota, at), count))


def _turns(rota: Rota, at: datetime) -> Iterator[tuple[datetime, Turn]]:
    begins: datetime | None = at
    while begins is not None:
        found = turn(rota, begins)
        yield begins, found
        begins = found.until


def _by_rotation(rota: Rota, at: datetime) -> tuple[int | None, datetime | None]:
    if not rota.people:
        return None, None
    day = at.astimezone(ZoneInfo(rota.zone)).date()
    number = (day - rota.first_day).days // rota.every
    if at < _begins(rota, number):
        number -= 1
    if number < 0:
        return None, _begins(rota, 0)
    return rota.people[number % len(rota.people)], _begins(rota, number + 1)


def _begins(rota: Rota, number: int) -> datetime:
    """When the turn of this number begins, counted from 0, in UTC."""
    return local(rota.first_day + timedelta(days=number * rota.every), rota.hand_over, rota.zone)

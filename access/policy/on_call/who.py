"""Who is on call at a moment, as the portal's own schedules or PagerDuty say."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from access.core import rota
from access.models import OnCall, Schedule, User
from access.people import unproven
from access.policy.fast_track.rules import Answer

# What was read longer ago than this counts as not known.
STALE_AFTER: Final = timedelta(minutes=10)


def with_people(pks: Collection[int]) -> list[Schedule]:
    """Read these schedules with all that says who is on call: four queries."""
    if not pks:
        return []
    found = Schedule.objects.filter(pk__in=pks).prefetch_related("turns", "shifts", "on_call")
    return list(found.order_by("pk"))


def is_on_call(schedule: Schedule, person: User, *, at: datetime, now: datetime) -> Answer:
    """Tell whether this person is on call at a moment, now or later."""
    if schedule.source == Schedule.Source.PORTAL:
        turn = rota.turn(schedule.plain(), at)
        return Answer(turn.person_id == person.pk, turn.until)
    return _as_was_read(schedule, person, at=at, now=now)


def _as_was_read(schedule: Schedule, person: User, *, at: datetime, now: datetime) -> Answer:
    if not is_fresh(schedule, now=now):
        return Answer(None, unread_since=schedule.read_at)
    named = next((one for one in schedule.on_call.all() if one.email == person.email.lower()), None)
    if named is not None and not unproven.is_unproven(person):
        return Answer(named.ends_at is None or at < named.ends_at, named.ends_at)
    # Nobody has said who will be on call later.
    return Answer(False) if at <= now else Answer(None)


def is_fresh(schedule: Schedule, *, now: datetime) -> bool:
    return schedule.read_at is not None and now - schedule.read_at <= STALE_AFTER


def named(schedule: Schedule) -> Sequence[tuple[OnCall, User | None]]:
    """Whom the outside names, each with the person who signs in with this e-mail: two queries."""
    rows = list(schedule.on_call.order_by("email"))
    people = {one.email.lower(): one for one in User.objects.filter(email__in=[row.email for row in rows])}
    return [(row, people.get(row.email)) for row in rows]

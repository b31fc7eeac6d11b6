"""The clocks on the wall of a place, which are changed twice a year in many of them."""

from datetime import UTC, date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo, available_timezones


def local(day: date, clock: time, zone: str) -> datetime:
    """The moment at which the clocks of a zone show this time, in UTC.

    A time that they skip in spring is as late as if they had not been changed; of one that they show twice in
    autumn the first is meant.
    """
    return datetime.combine(day, clock, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@cache
def zones() -> frozenset[str]:
    """The names of all zones, such as Europe/Berlin, as this machine knows them."""
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    """Whether there is a place of this name, such as Europe/Berlin."""
    return name in zones()


def zone_of_reader(name: str) -> ZoneInfo:
    """The zone that somebody's browser told or that they chose; UTC where there is none, or none on this machine."""
    return ZoneInfo(name if is_zone(name) else "UTC")

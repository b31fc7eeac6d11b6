"""How requests come to a person at this moment: read once, in one small query, and used for every list and count."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Q

from access.models import User
from access.people.current_delegations import RUNNING

# Every page asks this, so it is written out by hand: to put it together anew for each page costs ten times what the
# database takes to answer it.
WHOM: Final = f"""
WITH whom (id) AS (
    SELECT CAST(%s AS bigint)
    UNION ALL
    SELECT d.from_person_id FROM access_delegation d
    JOIN access_user f ON f.id = d.from_person_id JOIN access_user t ON t.id = d.to_person_id
    WHERE d.to_person_id = %s AND {RUNNING}
)
"""  # noqa: S608  nothing that anybody typed
_READ: Final = f"""
{WHOM}
SELECT 'person', id, id FROM whom
UNION ALL SELECT 'group', m.group_id, m.user_id FROM access_group_members m JOIN whom ON whom.id = m.user_id
UNION ALL SELECT 'report', u.id, u.manager_id FROM access_user u JOIN whom ON whom.id = u.manager_id
"""  # noqa: S608


@dataclass(frozen=True)
class Reach:
    """By name, by a group, or as the manager of somebody: primary keys. Empty for an auditor, whom nothing asks."""

    person: User
    people: Collection[int] = ()  # the person, and those who are away and for whom they decide
    groups: Collection[int] = ()
    reports: Collection[int] = ()  # whose manager one of these people is
    away: Collection[int] = ()  # those of the people for whom they decide
    own: "Reach | None" = None  # how requests come to the person alone; None where nobody is away

    @property
    def themselves(self) -> "Reach":
        """How requests come to the person alone, whoever is away."""
        return self.own or self

    @property
    def entries(self) -> Q:
        """Narrow the entries of `Asked` to those that lead to this person. Nothing is joined where nobody reports."""
        found = Q(person__in=self.people)
        if self.groups:
            found |= Q(group__in=self.groups)
        if self.reports:
            found |= Q(manager=True, request__requester__in=self.reports)
        return found


def of(person: User, *, now: datetime | None = None) -> Reach:
    """Read it: one query. Without `now` nobody is away."""
    if person.is_auditor:
        return Reach(person)
    with connection.cursor() as cursor:
        cursor.execute(_READ, whom(person, now=now))
        rows = cursor.fetchall()
    away = sorted({pk for kind, pk, _whose in rows if kind == "person" and pk != person.pk})
    own = _reach(person, [row for row in rows if row[2] == person.pk]) if away else None
    return replace(_reach(person, rows), away=away, own=own)


def _reach(person: User, rows: Iterable[tuple[str, int, int]]) -> Reach:
    found: dict[str, set[int]] = {"person": set(), "group": set(), "report": set()}
    for kind, pk, _whose in rows:
        found[kind].add(pk)
    people, groups, reports = (sorted(found[kind]) for kind in ("person", "group", "report"))
    return Reach(person, people, groups, reports)


def whom(person: User, *, now: datetime | None) -> list[Any]:
    """What `WHOM` takes: this person and those for whom they decide; without `now` nobody is away."""
    moment = connection.ops.adapt_datetimefield_value(now)
    return [person.pk, person.pk if now else None, moment, moment]

"""How requests come to a person at this moment: read once, in one small query, and used for every list and count."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Q

from access.models import User

# The same delegations as `current_delegations.running` finds. Every page asks this, so it is written out by hand:
# to put it together anew for each page costs ten times what the database takes to answer it.
_READ: Final = """
WITH whom (id) AS (
    SELECT CAST(%s AS bigint)
    UNION ALL
    SELECT d.from_person_id FROM access_delegation d
    JOIN access_user f ON f.id = d.from_person_id JOIN access_user t ON t.id = d.to_person_id
    WHERE d.to_person_id = %s AND d.ended_at IS NULL AND d.starts_at <= %s AND d.ends_at > %s
    AND f.is_active AND NOT f.is_auditor AND t.is_active AND NOT t.is_auditor
)
SELECT 'person', id FROM whom
UNION ALL SELECT 'group', m.group_id FROM access_group_members m JOIN whom ON whom.id = m.user_id
UNION ALL SELECT 'report', u.id FROM access_user u JOIN whom ON whom.id = u.manager_id
"""


@dataclass(frozen=True)
class Reach:
    """By name, by a group, or as the manager of somebody: primary keys. Empty for an auditor, whom nothing asks."""

    person: User
    people: Collection[int] = ()  # the person, and those who are away and for whom they decide
    groups: Collection[int] = ()
    reports: Collection[int] = ()  # whose manager one of these people is

    @property
    def away(self) -> Collection[int]:
        """For whom they decide."""
        return [one for one in self.people if one != self.person.pk]

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
    moment = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(_READ, [person.pk, person.pk if now else None, moment, moment])
        rows = cursor.fetchall()
    found = {kind: sorted({pk for name, pk in rows if name == kind}) for kind in ("person", "group", "report")}
    return Reach(person, found["person"], found["group"], found["report"])

"""Read at once who is in some groups, who some people are, and who decides for any of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import connection

from access.models import Delegation
from access.people.current_delegations import RUNNING
from access.policy.policy import Approver
from access.policy.policy import Delegation as Voice

# Each decision and each page with requests asks this, so it is written out by hand. The last column is the delegation
# that leads to a person.
_READ: Final = f"""
WITH reached (group_id, id) AS (
    SELECT m.group_id, m.user_id FROM access_group_members m WHERE m.group_id IN (%(groups)s)
    UNION ALL SELECT CAST(NULL AS bigint), u.id FROM access_user u WHERE u.id IN (%(people)s)
)
SELECT r.group_id, u.id, u.name, u.email, u.is_active, u.is_auditor, 0
FROM reached r JOIN access_user u ON u.id = r.id
UNION ALL
SELECT d.from_person_id, t.id, t.name, t.email, t.is_active, t.is_auditor, d.id FROM access_delegation d
JOIN access_user f ON f.id = d.from_person_id JOIN access_user t ON t.id = d.to_person_id
WHERE d.from_person_id IN (SELECT id FROM reached) AND {RUNNING.replace("%s", "%%s")}
ORDER BY 7
"""  # noqa: S608  nothing that anybody typed


@dataclass
class Found:
    """Sets and keys are primary keys."""

    people: dict[int, Approver] = field(default_factory=dict)
    active: set[int] = field(default_factory=set)
    auditors: set[int] = field(default_factory=set)
    members: dict[int, set[int]] = field(default_factory=dict)  # by group
    delegations: list[Voice] = field(default_factory=list)


def read(*, groups: Collection[int], people: Collection[int], now: datetime | None) -> Found:
    """Read it in one query, and in one more where somebody is away. Without `now` nobody is."""
    found = Found()
    if not (groups or people):
        return found
    moment = connection.ops.adapt_datetimefield_value(now)
    marks = {"groups": _marks(groups), "people": _marks(people)}
    with connection.cursor() as cursor:
        cursor.execute(_READ % marks, [*groups, *people, moment, moment])
        rows = cursor.fetchall()
    ends_at = _ends({row[-1] for row in rows if row[-1]})
    for row in rows:
        _add(found, row, ends_at)
    return found


def _add(found: Found, row: tuple[Any, ...], ends_at: Mapping[int, datetime]) -> None:
    leads_from, pk, name, email, is_active, is_auditor, delegation = row
    found.people[pk] = Approver(pk, name or email, email)
    found.active |= {pk} if is_active else set()
    found.auditors |= {pk} if is_auditor else set()
    if delegation in ends_at:
        found.delegations.append(Voice(leads_from, pk, ends_at[delegation]))
    elif not delegation and leads_from is not None:
        found.members.setdefault(leads_from, set()).add(pk)


def _ends(delegations: Collection[int]) -> dict[int, datetime]:
    if not delegations:
        return {}
    return dict(Delegation.objects.filter(pk__in=delegations).values_list("pk", "ends_at"))


def _marks(values: Collection[int]) -> str:
    return ", ".join(["%s"] * len(values)) or "NULL"

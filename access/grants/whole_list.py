"""All access that a person may see, whatever became of it, in parts: it takes no longer where there is more of it.

Who is asked about little is led by that to the grants. Who is asked about much sees many of them, so the newest of all
are looked at one after another until there are enough. `active.ever_visible_to` says the same as one condition.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from access.core.prepared import prepared
from access.grants import active
from access.grants.active import Narrowing
from access.models import AccessRequest, Grant, User
from access.policy import approvers, decides_for
from access.policy.decides_for import Reach
from access.policy.reasons import asking

LITTLE: Final = 1000  # requests that one reason leads to
# What is told of each; of each value more that a row has, an object takes its time.
_TOLD: Final = (
    "ref", "state", "seconds", "starts_at", "confirmed_at", "ends_at", "end_due_at", "ended_at", "end_reason",
    "ended_by", "ended_by_id", "ended_by_name", "standing", "not_verified", "due_at", "attempts", "last_error",
    "person__email", "person__name", "target__name", "target__leased_until",
)  # fmt: skip


def newest(person: User, by: Narrowing, *, older_than: str, most: int, now: datetime) -> list[Grant]:
    """The newest that fit, with whose they are and of what; older than the one of this reference, if there is one."""
    typed, narrows = replace(by, state=""), dict[str, Any](state=by.state, most=most)
    if person.reads_all:
        return _of_all(typed, older_than, now, **narrows)
    reach = decides_for.of(person, now=now)
    found = _seen if _asked_much(reach, beyond=LITTLE) else _led_to
    return found(reach, typed, older_than, now, **narrows)


def references(grants: Collection[Grant]) -> Mapping[int, list[str]]:
    """The references of the requests behind each of these grants, by its primary key."""
    found = defaultdict[int, list[str]](list)
    for grant, ref in _behind([one.pk for one in grants]) if grants else ():
        found[grant].append(ref)
    return found


@prepared
def _behind(grants: Collection[int]) -> QuerySet[AccessRequest, tuple[int, str]]:
    return AccessRequest.objects.filter(grant__in=grants).values_list("grant", "ref")


@prepared
def _of_all(
    by: Narrowing, older_than: str, now: datetime, *, state: str, most: int
) -> QuerySet[Grant]:  # fmt: skip
    return _first(Grant.objects.all(), replace(by, state=state), older_than, now, most)


@prepared
def _seen(
    reach: Reach, by: Narrowing, older_than: str, now: datetime, *, state: str, most: int
) -> QuerySet[Grant]:  # fmt: skip
    asked = approvers.asks(reach.person, reach=reach).filter(request__grant=OuterRef("pk"))
    # Not `Exists`: for that PostgreSQL would gather all that asks this person before it looks at the first row.
    rows = Grant.objects.alias(asked=Subquery(asked.values("pk")[:1]))
    seen = rows.filter(Q(person=reach.person) | Q(asked__isnull=False))
    return _first(seen, replace(by, state=state), older_than, now, most)


@prepared
def _led_to(
    reach: Reach, by: Narrowing, older_than: str, now: datetime, *, state: str, most: int
) -> QuerySet[Grant]:  # fmt: skip
    own = Grant.objects.filter(person=reach.person).values_list("pk", flat=True)
    seen = own.union(*map(_grants, asking(reach)))
    return _first(Grant.objects.filter(pk__in=seen), replace(by, state=state), older_than, now, most)


def _grants(leading: QuerySet[Any]) -> QuerySet[AccessRequest, int | None]:
    every = AccessRequest.objects.all()
    rows = leading if leading.model is AccessRequest else every.filter(pk__in=leading.values("request"))
    return rows.filter(grant__isnull=False).values_list("grant", flat=True)


def _first(
    grants: QuerySet[Grant], by: Narrowing, older_than: str, now: datetime, most: int
) -> QuerySet[Grant]:  # fmt: skip
    found = active.narrowed(grants, by, now=now)
    if older_than:
        found = found.filter(pk__lt=Grant.objects.filter(ref=older_than).values("pk")[:1])
    return found.select_related("person", "target").only(*_TOLD).order_by("-pk")[:most]


@prepared
def _asked_much(reach: Reach, *, beyond: int) -> QuerySet[User, int]:
    """This person, if one of the reasons why they are asked leads to more than so many."""
    much = Q(pk__in=[])
    for one in asking(reach):
        much |= Q(Exists(one.order_by()[beyond:]))
    return User.objects.filter(much, pk=reach.person.pk).values_list("pk", flat=True)

"""Long lists in parts, the newest first: found through indexes, however much else there is, and never counted.

A person sees a request for one reason or several: it is theirs, they have decided it, it asks them, a group of theirs,
or whoever manages its requester. For each reason an index knows the newest ones; the newest of all are among them.
`lists.visible_to` says the same as one condition.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, QuerySet

from access.core.prepared import prepared
from access.models import AccessRequest, Asked, Decision, User
from access.policy.decides_for import Reach
from access.policy.reasons import asking
from access.requests import lists
from access.requests.lists import Facts, Narrowing, Typed

Way = Callable[[Reach], list[QuerySet[Any]]]


@dataclass(frozen=True)
class Place:
    """Where in a list: older than one request, or newer than one, by reference. Without either its beginning."""

    older_than: str = ""
    newer_than: str = ""


@dataclass(frozen=True)
class Part:
    """Some requests of a list, and the references to go on from; empty at its ends."""

    requests: Sequence[AccessRequest]
    newer_than: str = ""
    older_than: str = ""


def own(reach: Reach, by: Narrowing, place: Place, *, size: int, facts: Facts = lists.with_facts) -> Part:
    """What this person has asked for, with such `facts`."""
    return _part(reach, by, place, size=size, way=_own, facts=facts)


def visible(reach: Reach, by: Narrowing, place: Place, *, size: int, facts: Facts = lists.with_facts) -> Part:
    """All that this person may see, with such `facts`."""
    return _part(reach, by, place, size=size, way=_reasons, facts=facts)


def decided(reach: Reach, by: Narrowing, place: Place, *, size: int, facts: Facts = lists.with_facts) -> Part:
    """What this person has decided, the latest decision first, with such `facts`."""
    return _part(reach, by, place, size=size, way=_decided, facts=facts)


def newest(reach: Reach, by: Narrowing, *, most: int) -> list[int]:
    """Find the primary keys of the newest that this person may see."""
    return _found(reach, by, _Cut(), most=most, way=_reasons)


def sees_others(reach: Reach) -> bool:
    """Whether this person may see anything that is not their own."""
    return reach.person.reads_all or bool(_ids_of_others(reach))


@prepared
def _ids_of_others(reach: Reach) -> QuerySet[Any, int]:
    # By a join: SQLite would make a list of all requests of others first.
    others = [
        one.exclude(**{"requester" if one.model is AccessRequest else "request__requester": reach.person})
        for one in _reasons(reach)[1:]
    ]
    return _first_of(others, None, _Cut(), most=1)


def _own(reach: Reach) -> list[QuerySet[Any]]:
    return [AccessRequest.objects.filter(requester=reach.person)]


def _decided(reach: Reach) -> list[QuerySet[Any]]:
    return [Decision.objects.filter(by=reach.person)]


def _reasons(reach: Reach) -> list[QuerySet[Any]]:
    """For each reason the rows that lead to requests, each of them ordered by an index."""
    if reach.person.reads_all:
        return [AccessRequest.objects.all()]
    return [*_own(reach), *_decided(reach), *asking(reach)]


@dataclass(frozen=True)
class _Cut:
    """From which key on, and in which direction."""

    after: int | None = None
    upwards: bool = False

    def of(self, rows: QuerySet[Any], key: str) -> QuerySet[Any]:
        if self.after is not None:
            rows = rows.filter(**{f"{key}__{'gt' if self.upwards else 'lt'}": self.after})
        return rows.order_by(key if self.upwards else f"-{key}")


def _part(
    reach: Reach, by: Narrowing, place: Place, *, size: int, way: Way, facts: Facts = lists.with_facts
) -> Part:  # fmt: skip
    cut = _cut(reach, place, way)
    found = _found_rows(reach, by, cut, most=size + 1, way=way, facts=facts)
    if cut.upwards and len(found) <= size:
        # The beginning of the list, which may have grown.
        return _part(reach, by, Place(), size=size, way=way, facts=facts)
    more, shown = len(found) > size, found[:size]
    shown = shown[::-1] if cut.upwards else shown
    part = Part(shown, older_than=shown[-1].ref if shown and (more or cut.upwards) else "")
    return replace(part, newer_than=shown[0].ref if shown and cut.after is not None else "")


def _found_rows(reach: Reach, by: Narrowing, cut: _Cut, *, most: int, way: Way, facts: Facts) -> list[AccessRequest]:
    """The first requests of a list with their facts: in one query, but where their order is that of decisions, and
    where a name is looked for first.
    """
    if way is _decided or by.person:
        return _read(_found(reach, by, cut, most=most, way=way), facts)
    typed, narrows = Typed.of(by), _narrows(by)
    found = _at_once(reach, typed, cut.after, upwards=cut.upwards, most=most, way=way, facts=facts, **narrows)
    return sorted(found, key=lambda one: one.pk, reverse=not cut.upwards)


@prepared
def _at_once(
    reach: Reach, by: Typed, after: int | None,
    *, upwards: bool, most: int, way: Way, facts: Facts, status: str | None = None, state: str = "",
) -> QuerySet[AccessRequest]:  # fmt: skip
    every, reasons = AccessRequest.objects.all(), way(reach)
    if len(reasons) > 1:
        ids = _first_ids(reach, by, after, upwards=upwards, most=most, way=way, status=status, state=state)
        return facts(every.filter(pk__in=ids))
    # Of one reason they are read where they are found: to look each up again touches three pages more for each.
    alone = reasons[0] if status is None else reasons[0] & lists.fitting(every, by, status=status, state=state)
    return _Cut(after, upwards).of(facts(alone), "pk")[:most]


def _found(reach: Reach, by: Narrowing, cut: _Cut, *, most: int, way: Way) -> list[int]:
    """The first requests of a list.

    A name is looked for among people first: nobody's leads to no request, and PostgreSQL finds the shorter way where
    it knows whose requests are wanted.
    """
    typed, narrows = Typed.of(by), _narrows(by)
    if typed.words and len(called := lists.called(typed.words)) <= lists.MOST_CALLED:
        if not called:
            return []
        typed, reach = replace(typed, words=(), requesters=called), _among(reach, called)
        if way is _reasons and (near := _near(reach, typed, cut, most, **narrows)) is not None:
            return near
    return _ids(reach, typed, cut.after, upwards=cut.upwards, most=most, way=way, **narrows)


def _near(reach: Reach, by: Typed, cut: _Cut, most: int, **narrows: str) -> list[int] | None:
    """Look among twice as many, whoever sees them: who is asked by groups or as a manager sees most. None: too few."""
    if reach.person.reads_all or not (reach.groups or reach.reports):
        return None
    first = _with_seen(reach, by, cut.after, upwards=cut.upwards, most=2 * most, **narrows)
    seen = [pk for pk, may_see in first if may_see][:most]
    return seen if len(seen) == most or len(first) < 2 * most else None


@prepared
def _with_seen(
    reach: Reach, by: Typed, after: int | None, *, upwards: bool, most: int, status: str, state: str
) -> QuerySet[Any, tuple[int, bool]]:
    """The first requests that fit, whoever sees them, and of each whether this person does."""
    cut, fitting = _Cut(after, upwards), lists.fitting(AccessRequest.objects.all(), by, status=status, state=state)
    # They are cut off before they are looked at: else PostgreSQL reads all that was ever asked of this person.
    first = cut.of(AccessRequest.objects.filter(pk__in=cut.of(fitting, "pk").values("pk")[:most]), "pk")
    seen = ExpressionWrapper(lists.may_see(reach), BooleanField())
    rows: QuerySet[Any, tuple[int, bool]] = first.annotate(seen=seen).values_list("pk", "seen")
    return rows


def _among(reach: Reach, people: Collection[int]) -> Reach:
    """The same reach, but that nobody else reports."""
    own = reach.own and _among(reach.own, people)
    return replace(reach, own=own, reports=[one for one in reach.reports if one in people])


def _narrows(by: Narrowing) -> dict[str, str]:
    return {} if by == Narrowing() else {"status": by.status, "state": by.state}


def _cut(reach: Reach, place: Place, way: Way) -> _Cut:
    """Nothing is cut off where nobody has such a reference."""
    named = place.older_than or place.newer_than
    found = _keys(named, reach.person if way is _decided else None) if named else []
    return _Cut(found[0] if found else None, upwards=bool(found) and not place.older_than)


@prepared
def _keys(ref: str, decided_by: User | None) -> QuerySet[Any, int]:
    """What a list is ordered by, of the request with this reference."""
    if decided_by:
        return Decision.objects.filter(by=decided_by, request__ref=ref).values_list("pk", flat=True)
    return AccessRequest.objects.filter(ref=ref).values_list("pk", flat=True)


def _first_ids(
    reach: Reach, by: Typed, after: int | None,
    *, upwards: bool, most: int, way: Way, status: str | None = None, state: str = "",
) -> QuerySet[Any, int]:  # fmt: skip
    """The first requests that any of these ways leads to, in one query. Without `status` nothing is narrowed."""
    every = AccessRequest.objects.all()
    narrowed = None if status is None else lists.fitting(every, by, status=status, state=state)
    return _first_of(way(reach), narrowed, _Cut(after, upwards), most, "pk" if way is _decided else "")


_ids = prepared(_first_ids)


def _first_of(
    reasons: Sequence[QuerySet[Any]], narrowed: QuerySet[AccessRequest] | None, cut: _Cut, most: int, key: str = ""
) -> QuerySet[Any, int]:
    parts = [_first(one, narrowed, cut, most, key) for one in reasons]
    if len(parts) == 1:
        return parts[0]
    if not connection.features.supports_slicing_ordering_in_compound:  # SQLite: it limits what is looked up alone
        parts = [AccessRequest.objects.filter(pk__in=one).order_by().values_list("pk", flat=True) for one in parts]
    key = _leading(parts[0])
    return parts[0].union(*parts[1:]).order_by(key if cut.upwards else f"-{key}")[:most]


def _first(
    rows: QuerySet[Any], narrowed: QuerySet[AccessRequest] | None, cut: _Cut, most: int, key: str
) -> QuerySet[Any, int]:
    name = _leading(rows)
    if narrowed is not None:
        rows = rows & narrowed if rows.model is AccessRequest else rows.filter(request__in=narrowed)
    found = cut.of(rows, key or name).values_list(name, flat=True)
    # Two stages can ask the same group. Of decisions there is one for each person.
    return (found.distinct() if rows.model is Asked else found)[:most]


def _leading(rows: QuerySet[Any, Any]) -> str:
    """What leads from such rows to requests."""
    return "pk" if rows.model is AccessRequest else "request"


def _read(ids: Sequence[int], facts: Facts) -> list[AccessRequest]:
    """Read these requests, in their order."""
    known = {one.pk: one for one in (_rows(ids, facts=facts) if ids else ())}
    return [known[one] for one in ids if one in known]


@prepared
def _rows(ids: Sequence[int], *, facts: Facts) -> QuerySet[AccessRequest]:
    return facts(AccessRequest.objects.filter(pk__in=ids))

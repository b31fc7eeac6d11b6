"""Find anything by what it is called, among what this person may see: targets, requests and people."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, Max, Q, QuerySet

from access.core import search
from access.core.prepared import prepared
from access.models import AccessRequest, Target, User
from access.policy import askers
from access.policy.decides_for import Reach
from access.requests import lists, pagination
from access.requests.lists import Narrowing
from access.requests.pagination import Place

MOST: Final = 6  # of each kind
LATEST: Final = 100  # requests whose people are found although somebody mistypes
PEOPLE: Final = 2000  # that are looked through for whoever sees everybody
BEHIND_ALL: Final = "~"  # that a reference may go on with
_REF: Final = re.compile(r"(?:r-)?[0-9a-z]+", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    to_ask_for: Sequence[Target] = ()
    targets: Sequence[Target] = ()  # that the reader may look at, and not ask for
    requests: Sequence[AccessRequest] = ()
    people: Sequence[User] = ()


def anything(typed: str, *, reach: Reach, now: datetime) -> Found:
    """Look for it. Nothing is found where nothing was typed."""
    if not typed.strip():
        return Found()
    seen = () if reach.person.reads_all else _seen(typed, reach)
    known = search.best(typed, _targets(reach.person, seen), lambda one: (one.label, one.name))[:MOST]
    mine, others = [one for one in known if one.able], [one for one in known if not one.able]
    requests = _requests(typed, reach, [*mine, *others], now=now)
    people = _everybody() if reach.person.reads_all else _who_asked(seen)
    return Found(mine, others, requests, search.best(typed, people, lambda one: (one.name, one.email))[:MOST])


def _seen(typed: str, reach: Reach) -> Collection[int]:
    """The newest requests that the reader may see, and the newest of who is called so."""
    latest = pagination.newest(reach, Narrowing(), most=LATEST)
    named = pagination.newest(reach, Narrowing(person=typed), most=LATEST)
    return {*latest, *named}


@prepared
def _targets(person: User, seen: Collection[int]) -> QuerySet[Any]:
    """What the person is `able` to ask for and what these requests name, or all for whoever sees everything."""
    able = Q(pk__in=askers.open_to(person).values("strategy__targets"))
    named = Q(pk__in=AccessRequest.objects.filter(pk__in=seen).values("target"))
    rows = Target.objects.annotate(able=ExpressionWrapper(able, BooleanField())).order_by("label", "pk")
    return rows if person.reads_all else rows.filter(able | named)


def _requests(typed: str, reach: Reach, targets: Sequence[Target], *, now: datetime) -> Sequence[AccessRequest]:
    """The one of this reference or its beginning, else the newest of the target that is meant most likely."""
    if _REF.fullmatch(typed.strip()):
        ref = f"R-{typed.strip().upper().removeprefix('R-')}"
        if found := _by_ref(ref, f"{ref}{BEHIND_ALL}", reach, now):
            return found
    if not targets:
        return ()
    return pagination.visible(reach, Narrowing(target=targets[0].name), Place(), size=MOST).requests


@prepared
def _by_ref(beginning: str, end: str, reach: Reach, now: datetime) -> QuerySet[AccessRequest]:
    """PostgreSQL has an index for beginnings. SQLite goes by the order of bytes, which has all of them in one place."""
    begins = {"ref__startswith": beginning} if connection.vendor == "postgresql" else {"ref__range": (beginning, end)}
    seen = lists.visible_to(reach.person, now=now, reach=reach).filter(**begins)
    return lists.for_list(seen)[:MOST]


@prepared
def _everybody() -> QuerySet[User]:
    return User.objects.only("name", "email").order_by("name", "email")[:PEOPLE]


@prepared
def _who_asked(requests: Collection[int]) -> QuerySet[User]:
    """Who made these requests: who asked last comes first."""
    people = User.objects.only("name", "email").filter(requests__in=requests)
    return people.annotate(last=Max("requests")).order_by("-last")

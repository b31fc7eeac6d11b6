"""Find anything by what it is called, among what this person may see: targets, requests and people."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from access.core import search
from access.core.prepared import prepared
from access.models import AccessRequest, Flow, Target, User
from access.policy import askers
from access.policy.decides_for import Reach
from access.requests import lists, pagination
from access.requests.lists import Narrowing
from access.requests.pagination import Place

MOST: Final = 6  # of each kind
LATEST: Final = 100  # requests whose people are found although somebody mistypes
PEOPLE: Final = 2000  # that are looked through for whoever sees everybody
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
    seen = [] if reach.person.reads_all else _seen(typed, reach)
    mine, others = _targets(typed, reach, [target for _person, target in seen if target])
    requests = _requests(typed, reach, [*mine, *others], now=now)
    return Found(mine, others, requests, _people(typed, reach, [person for person, _target in seen]))


def _seen(typed: str, reach: Reach) -> list[tuple[int, int | None]]:
    """Whom and which target the newest requests name that the reader may see, and the newest of who is called so."""
    latest = pagination.newest(reach, Narrowing(), most=LATEST)
    named = pagination.newest(reach, Narrowing(person=typed), most=LATEST)
    return _named_by({*latest, *named})


@prepared
def _named_by(requests: Collection[int]) -> QuerySet[AccessRequest, tuple[int, int | None]]:
    rows = AccessRequest.objects.filter(pk__in=requests).order_by("-pk")
    return rows.values_list("requester_id", "target_id")


def _targets(typed: str, reach: Reach, seen: Collection[int]) -> tuple[list[Target], list[Target]]:
    """What the reader may ask for, and what else they may look at."""
    able = {pk for pk in _able(reach.person) if pk}
    known = _known(reach.person, [*able, *seen])
    found = search.best(typed, known, lambda one: (one.label, one.name))[:MOST]
    return [one for one in found if one.pk in able], [one for one in found if one.pk not in able]


@prepared
def _able(person: User) -> QuerySet[Flow, int | None]:
    return askers.open_to(person).values_list("strategy__targets", flat=True).distinct()


@prepared
def _known(person: User, targets: Collection[int]) -> QuerySet[Target]:
    """These, or all for whoever sees everything."""
    rows = Target.objects.order_by("label", "pk")
    return rows if person.reads_all else rows.filter(pk__in=targets)


def _requests(typed: str, reach: Reach, targets: Sequence[Target], *, now: datetime) -> Sequence[AccessRequest]:
    """The one of this reference or its beginning, else the newest of the target that is meant most likely."""
    if _REF.fullmatch(typed.strip()) and (
        by_ref := _by_ref(f"R-{typed.strip().upper().removeprefix('R-')}", reach, now)
    ):
        return by_ref
    if not targets:
        return ()
    return pagination.visible(reach, Narrowing(target=targets[0].name), Place(), size=MOST).requests


@prepared
def _by_ref(beginning: str, reach: Reach, now: datetime) -> QuerySet[AccessRequest]:
    seen = lists.visible_to(reach.person, now=now, reach=reach).filter(ref__startswith=beginning)
    return lists.for_list(seen)[:MOST]


def _people(typed: str, reach: Reach, seen: Sequence[int]) -> list[User]:
    """Of admins and auditors everybody; of others themselves, and whoever asked for what they may see."""
    people = _by_name() if reach.person.reads_all else _these(seen)
    place = {pk: -number for number, pk in enumerate(reversed(seen))}  # who asked last comes first
    people.sort(key=lambda one: place.get(one.pk, 0))
    return search.best(typed, people, lambda one: (one.name, one.email))[:MOST]


@prepared
def _by_name() -> QuerySet[User]:
    return User.objects.only("name", "email").order_by("name", "email")[:PEOPLE]


@prepared
def _these(people: Collection[int]) -> QuerySet[User]:
    return User.objects.only("name", "email").filter(pk__in=people)

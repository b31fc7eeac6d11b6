"""Find anything by what it is called, among what this person may see: targets, requests and people."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q

from access.core import search
from access.models import AccessRequest, Target, User
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
    mine, others = _targets(typed, reach)
    return Found(mine, others, _requests(typed, reach, [*mine, *others], now=now), _people(typed, reach))


def _targets(typed: str, reach: Reach) -> tuple[list[Target], list[Target]]:
    """What the reader may ask for, and what else they may look at."""
    open_to_them = askers.open_to(reach.person).values("strategy__targets")
    seen = Q() if reach.person.reads_all else Q(pk__in=open_to_them) | Q(name__in=_asked_for(reach))
    rows = Target.objects.filter(seen).order_by("label", "pk")
    able = set(Target.objects.filter(pk__in=open_to_them).values_list("pk", flat=True))
    found = search.best(typed, list(rows), lambda one: (one.label, one.name))[:MOST]
    return [one for one in found if one.pk in able], [one for one in found if one.pk not in able]


def _asked_for(reach: Reach) -> list[str]:
    """The names of targets in requests that the reader may see."""
    part = pagination.visible(reach, Narrowing(), Place(), size=LATEST)
    return sorted({target.name for one in part.requests for target in one.targets})


def _requests(typed: str, reach: Reach, targets: Sequence[Target], *, now: datetime) -> Sequence[AccessRequest]:
    """The one of this reference or its beginning, else the newest of the target that is meant most likely."""
    if _REF.fullmatch(typed.strip()):
        ref = f"R-{typed.strip().upper().removeprefix('R-')}"
        seen = lists.visible_to(reach.person, now=now, reach=reach).filter(ref__startswith=ref)
        if by_ref := list(lists.for_list(seen)[:MOST]):
            return by_ref
    if not targets:
        return ()
    return pagination.visible(reach, Narrowing(target=targets[0].name), Place(), size=MOST).requests


def _people(typed: str, reach: Reach) -> list[User]:
    """Of admins and auditors everybody; of others themselves, and whoever asked for what they may see."""
    if reach.person.reads_all:
        known = list(User.objects.order_by("name", "email")[:PEOPLE])
    else:
        named = pagination.visible(reach, Narrowing(person=typed), Place(), size=LATEST)
        latest = pagination.visible(reach, Narrowing(), Place(), size=LATEST)
        known = list({one.requester_id: one.requester for one in [*named.requests, *latest.requests]}.values())
    return search.best(typed, known, lambda one: (one.name, one.email))[:MOST]

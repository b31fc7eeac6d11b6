"""Groups that follow what the sign-in provider says, each time somebody signs in: the light way, beside SCIM."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from access.audit import log
from access.config import record_changes
from access.models import Group, User
from access.policy import check_flows

# What was said so long ago may not be so any more: of whom it was not said since is in no such group.
LASTS: Final = timedelta(days=7)


def followed() -> QuerySet[Group]:
    return Group.objects.exclude(claim="").order_by("pk")


@transaction.atomic
def follow(person: User, said: Collection[str], *, now: datetime) -> None:
    """Let the person be in the groups of which the provider says so, and in no other one that follows it."""
    User.objects.filter(pk=person.pk).update(groups_said_at=now)
    mine = set(person.member_of.exclude(claim="").values_list("pk", flat=True))
    for group in followed():
        is_in = group.claim in said
        if is_in and group.pk not in mine:
            group.members.add(person)
            _told(group, joined=[person.email], left=[], now=now)
        elif group.pk in mine and not is_in:
            group.members.remove(person)
            _told(group, joined=[], left=[person.email], now=now)


@transaction.atomic
def forget_old(*, now: datetime) -> None:
    """Take out of these groups of whom nobody has said for a week that they belong there.

    Whoever signs in meanwhile with a password, or with a provider that names no groups, is taken out all the same.
    """
    old = Q(groups_said_at=None) | Q(groups_said_at__lte=now - LASTS)
    for group in followed().filter(members__in=User.objects.filter(old)).distinct():
        people = list(group.members.filter(old).order_by("pk"))
        group.members.remove(*people)
        _told(group, joined=[], left=[one.email for one in people], now=now)


def _told(group: Group, *, joined: Iterable[str], left: Iterable[str], now: datetime) -> None:
    record_changes.record_members(group, joined=joined, left=left, by=log.SYSTEM, now=now)
    check_flows.look_soon(now=now)

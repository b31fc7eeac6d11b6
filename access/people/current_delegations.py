"""Who decides for whom, now and later."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from access.models import Delegation, Flow, Pool, User

# The condition of `running` for statements that are written by hand: of a delegation `d`, `f` who is away, and `t` who
# decides. Its two parameters are both the moment.
RUNNING: Final = """
    d.accepted_at IS NOT NULL AND d.ended_at IS NULL AND d.starts_at <= %s AND d.ends_at > %s
    AND f.is_active AND NOT f.is_auditor AND t.is_active AND NOT t.is_auditor
"""


@dataclass(frozen=True)
class Mine:
    """The delegations that have not ended yet, what begins first on top."""

    by_me: Sequence[Delegation]  # others decide for this person
    to_me: Sequence[Delegation]  # this person decides for others


def running(*, now: datetime) -> QuerySet[Delegation]:
    """Find those that count at this moment: accepted by the delegate.

    Whoever was deactivated, or audits, takes theirs along, given or got.
    """
    begun = not_over(now=now).filter(starts_at__lte=now)
    return begun.filter(
        accepted_at__isnull=False, from_person__is_active=True, from_person__is_auditor=False,
        to_person__is_active=True, to_person__is_auditor=False,
    )  # fmt: skip


def not_over(*, now: datetime) -> QuerySet[Delegation]:
    return Delegation.objects.filter(ended_at=None, ends_at__gt=now)


def overlapping(*, people: Collection[int], starts_at: datetime, ends_at: datetime) -> QuerySet[Delegation]:
    """Find the delegations of or to these people that run at some moment of this time."""
    theirs = Q(from_person__in=people) | Q(to_person__in=people)
    same_time = Delegation.objects.filter(theirs, ended_at=None, starts_at__lt=ends_at, ends_at__gt=starts_at)
    return same_time.select_related("from_person", "to_person").order_by("starts_at", "pk")


def visible_to(person: User) -> QuerySet[Delegation]:
    """Find those that this person gave or got, over or not; for an admin all."""
    every = Delegation.objects.all()
    return every if person.is_admin else every.filter(Q(from_person=person) | Q(to_person=person))


def mine(person: User, *, now: datetime) -> Mine:
    """Read what this person has to know: two queries."""
    rows = not_over(now=now).select_related("from_person", "to_person", "created_by").order_by("starts_at", "pk")
    return Mine(list(rows.filter(from_person=person)), list(rows.filter(to_person=person)))


def can_stand_in(person: User) -> QuerySet[User]:
    """Find whom this person could name: whoever some flow that asks them lets decide for others.

    That is who is in the groups that the flow names for it, or else whom its own pools ask.
    """
    flows = Flow.objects.filter(_that_ask(person))
    pools = Pool.objects.filter(stage__flow__in=flows.filter(stand_ins=None))
    let = Q(member_of__flows_to_stand_in__in=flows) | Q(pools__in=pools) | Q(member_of__pools__in=pools)
    managers = Q(reports__isnull=False) if pools.filter(managers=True).exists() else Q(pk__in=[])
    able = User.objects.filter(is_active=True, is_auditor=False, is_bot=False).exclude(pk=person.pk)
    return able.filter(let | managers).distinct().order_by("name", "email")


def decides_somewhere(person: User) -> bool:
    """Whether any flow asks this person."""
    return Flow.objects.filter(_that_ask(person)).exists()


def _that_ask(person: User) -> Q:
    pools = Pool.objects.filter(Q(people=person) | Q(groups__members=person))
    if person.reports.exists():
        pools |= Pool.objects.filter(managers=True)
    return Q(stages__pools__in=pools.values("pk"))

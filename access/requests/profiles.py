"""What is told of one person or one target: who may look, what is held, who decides, and who held it in a week."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F, Q, QuerySet

from access.core.states import OPEN
from access.grants import active
from access.models import Flow, Grant, Target, User
from access.policy import approvers, askers, words
from access.policy.decides_for import Reach
from access.requests import lists

WEEK: Final = timedelta(days=7)
MOST: Final = 200  # spells of access in one week; a page that shows more tells nobody anything


@dataclass(frozen=True)
class Way:
    """A flow through which a target can be had, and who decides there, in words."""

    flow: Flow
    decides: str


@dataclass(frozen=True)
class Spell:
    """One time that somebody held something, from confirmed start to confirmed end or the end of the week."""

    grant: Grant
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Week:
    begins_at: datetime
    spells: Sequence[Spell]
    are_more: bool

    @property
    def ends_at(self) -> datetime:
        return self.begins_at + WEEK


def person(pk: int, *, reach: Reach, now: datetime) -> User | None:
    """Find somebody whom the reader may look at: themselves, who asked for what they may see; of admins everybody."""
    reader = reach.person
    found = User.objects.filter(pk=pk).first()
    if found is None or reader.reads_all or found.pk == reader.pk:
        return found
    return found if lists.visible_to(reader, now=now, reach=reach).filter(requester=found).exists() else None


def target(name: str, *, reach: Reach, now: datetime) -> Target | None:
    """Find a target that the reader may ask for, or of which they may see a request; admins and auditors see all."""
    reader = reach.person
    found = Target.objects.select_related("integration").filter(name=name).first()
    if found is None or reader.reads_all or askers.open_to(reader).filter(strategy__targets=found).exists():
        return found
    return found if lists.visible_to(reader, now=now, reach=reach).filter(target=found).exists() else None


def ways(target: Target, *, reader: User) -> list[Way]:
    """The flows that the reader may ask in, or of an admin all, with who decides in each. A fixed number of queries."""
    flows = Flow.objects.filter(is_active=True) if reader.reads_all else askers.open_to(reader)
    found = approvers.with_policies(flows.filter(strategy__targets=target).order_by("label"))
    return [Way(one, words.sentence(approvers.of_flow(one))) for one in found]


def held(grants: QuerySet[Grant], *, reach: Reach, now: datetime) -> list[active.Row]:
    """What of these grants is held or will be, as the reader sees it."""
    mine = active.ever_visible_to(reach.person, now=now, reach=reach)
    seen = list(active.for_list(mine.filter(pk__in=grants.values("pk"), state__in=OPEN)))
    return active.rows(seen, reader=reach.person, now=now, reach=reach)


def week(grants: QuerySet[Grant], begins_at: datetime, *, reach: Reach, now: datetime) -> Week:
    """Who held what of these grants in the seven days from `begins_at`, by person and time. One query."""
    ends_at = min(begins_at + WEEK, now)
    during = Q(confirmed_at__lt=ends_at) & (Q(ended_at=None) | Q(ended_at__gt=begins_at))
    seen = active.ever_visible_to(reach.person, now=now, reach=reach).filter(during, pk__in=grants.values("pk"))
    rows = seen.select_related("person", "target").prefetch_related("requests")
    found = list(rows.order_by(F("person__name"), "person", "confirmed_at")[: MOST + 1])
    return Week(begins_at, _spells(found[:MOST], begins_at, ends_at), len(found) > MOST)


def _spells(grants: Collection[Grant], begins_at: datetime, ends_at: datetime) -> list[Spell]:
    return [
        Spell(one, max(one.confirmed_at, begins_at), min(one.ended_at or ends_at, ends_at))
        for one in grants
        if one.confirmed_at
    ]

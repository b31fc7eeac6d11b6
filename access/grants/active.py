"""Access that may be held at this moment: who may see it, how a list of it is narrowed, and what a row tells."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.core.errors import Conflict, NotAllowed, allowed
from access.core.prepared import prepared, read_along
from access.core.states import LIVE, OPEN, GrantState
from access.directory import roles
from access.grants.rules import check_can_end, check_can_try_now
from access.grants.trouble import Trouble, trouble
from access.models import AccessRequest, Grant, Target, User
from access.people.rules import check_may_change
from access.policy import approvers, askers, decides_for, limits
from access.policy.decides_for import Reach

SOON: Final = timedelta(minutes=30)
# So many lengths to hold it longer are offered at a glance.
MOST_LENGTHS: Final = 3
# To end takes a moment. Only what takes longer is told as overdue.
GRACE: Final = timedelta(seconds=10)
ENDING_SOON: Final = "soon"
OVERDUE: Final = "overdue"
_NOT_TOLD: Final = ("policy", "path_facts")  # of a request: these take long to read
STATES: Final[list[tuple[str, str | Promise]]] = [
    *[(state.value, state.label) for state in LIVE],
    (ENDING_SOON, gettext_lazy("Ending soon")),
    (OVERDUE, gettext_lazy("Overdue")),
]


@dataclass(frozen=True)
class Narrowing:
    """What the list is narrowed to; an empty part narrows nothing. `person` is an e-mail, `target` a name."""

    person: str = ""
    target: str = ""
    state: str = ""

    def __bool__(self) -> bool:
        return bool(self.person or self.target or self.state)


@dataclass(frozen=True)
class Counts:
    mine: int
    every: int  # with what others hold that the reader sees
    soon: int  # of every
    overdue: int


@dataclass(frozen=True)
class Row:
    grant: Grant
    role: roles.Role | None  # None: no sync has seen it yet
    requests: Collection[AccessRequest]
    can_end: bool
    is_overdue: bool
    trouble: Trouble | None
    free_seconds: int  # by how much the reader can extend it without approval; 0: not at all
    can_ask_more: bool  # the reader holds it, and may ask for it again
    can_try_now: bool  # it waits for its next try, and the reader may let it be tried at once

    @property
    def latest(self) -> AccessRequest | None:
        """The request that gave or extended it last."""
        return max(self.requests, key=lambda one: one.created_at, default=None)

    @property
    def longer(self) -> Sequence[int]:
        """Some lengths, in seconds, for which the reader could ask anew to hold it longer: none that is over sooner."""
        behind = self.latest
        if behind is None or not self.can_ask_more:
            return ()
        every = limits.offered(behind.flow, [self.grant.target])
        return [one for one in every if one >= self.grant.seconds][:MOST_LENGTHS]

    @property
    def broke_glass(self) -> bool:
        """Whether break-glass gave it, or extended it."""
        return any(one.path == AccessRequest.Path.BREAK_GLASS for one in self.requests)

    @property
    def due_at(self) -> datetime | None:
        """When access should be gone; None while it has not begun."""
        return self.grant.end_due_at or self.grant.ends_at


@dataclass(frozen=True)
class Listed:
    """One page of the list, as the reader sees it."""

    rows: Sequence[Row]
    count: int  # on all pages

    @property
    def version(self) -> str:
        """Change whenever what the list tells changes."""
        told = [
            (one.grant.pk, one.grant.state, one.due_at, one.is_overdue, one.trouble, one.can_ask_more)
            for one in self.rows
        ]
        return hashlib.sha256(repr((told, self.count)).encode()).hexdigest()[:16]

    @property
    def looks_again_every(self) -> int:
        """Seconds until it may have changed: less while something is on its way."""
        return 2 if any(one.grant.state != GrantState.ACTIVE for one in self.rows) else 10


def moments(rows: Iterable[Row]) -> list[datetime | None]:
    """When something may come to tell of these, though nothing happens: they end soon, or should have ended."""
    found: list[datetime | None] = []
    for one in rows:
        next_try_at = one.trouble.next_try_at if one.trouble else None
        found += [one.due_at, one.due_at and one.due_at - SOON, one.grant.due_at, next_try_at]
    return found


def visible_to(person: User, *, now: datetime, reach: Reach | None = None) -> QuerySet[Grant]:
    """Find the live grants this person may see: their own and those they may decide about; admins and auditors all."""
    return ever_visible_to(person, now=now, reach=reach).filter(state__in=LIVE)


def ever_visible_to(person: User, *, now: datetime, reach: Reach | None = None) -> QuerySet[Grant]:
    """Find the same in any state: also what will begin, and what has ended."""
    every = Grant.objects.all()
    if person.reads_all:
        return every
    may_decide = approvers.asks(person, now=now, reach=reach).filter(request__grant=OuterRef("pk"))
    return every.filter(Q(person=person) | Q(Exists(may_decide)))


def narrowed(grants: QuerySet[Grant], by: Narrowing, *, now: datetime) -> QuerySet[Grant]:
    """Keep what fits every part of the narrowing."""
    if by.person:
        grants = grants.filter(person__email=by.person)
    if by.target:
        grants = grants.filter(target__name=by.target)
    if by.state == ENDING_SOON:
        return grants.filter(_ends_soon(now))
    if by.state == OVERDUE:
        return _with_due(grants).filter(_is_overdue(now))
    return grants.filter(state=by.state) if by.state else grants


def for_list(grants: QuerySet[Grant]) -> QuerySet[Grant]:
    """What should have ended longest ago first, then what ends soonest, then what has not begun."""
    behind = AccessRequest.objects.select_related("flow", "target").defer(*_NOT_TOLD)
    return in_order(grants).prefetch_related(Prefetch("requests", behind))


def in_order(grants: QuerySet[Grant]) -> QuerySet[Grant]:
    """The same without the requests behind them, for `read_requests`."""
    told = _with_due(grants).select_related("person", "target")
    return told.order_by(F("should_end_at").asc(nulls_last=True), "pk")


def read_requests(page: Collection[Grant]) -> None:
    """Read along the requests behind some grants, by a query that is kept: one."""
    behind = defaultdict[int, list[AccessRequest]](list)
    grants = {one.pk: one for one in page}
    for request in _behind([*grants]):
        grant = request.grant = grants[request.grant_id or 0]
        if request.target_id == grant.target_id:
            request.target = grant.target
        behind[grant.pk].append(request)
    for pk, grant in grants.items():
        read_along(grant, "requests", behind[pk])


@prepared
def _behind(grants: Collection[int]) -> QuerySet[AccessRequest]:
    return AccessRequest.objects.filter(grant__in=grants).select_related("flow").defer(*_NOT_TOLD)


def rows(
    grants: Collection[Grant], *, reader: User, now: datetime, reach: Reach | None = None,
    offers: askers.Offers | None = None,
) -> list[Row]:  # fmt: skip
    """Tell of each grant of `for_list` all that its row or card shows to this reader, in one more query or two."""
    known = roles.of_targets([one.target for one in grants])
    # Who holds it may end it, and an admin any.
    others = [] if reader.is_admin else [one for one in grants if one.person_id != reader.pk]
    approves = approvers.approves_of(reader, others, now=now, reach=reach)
    own = [one for one in grants if one.person_id == reader.pk]
    open_to = askers.offers(reader, own) if offers is None else offers
    return [_row(one, known.get(one.target_id), approves, open_to, reader=reader, now=now) for one in grants]


def counts(person: User, *, now: datetime, reach: Reach | None = None) -> Counts:
    """Count what this person holds, all that they may see, and of that what ends soon and what is overdue."""
    [found] = _counts(reach or decides_for.of(person, now=now), now)
    return Counts(**found)


@prepared
def _counts(reach: Reach, now: datetime) -> QuerySet[Grant, Any]:
    counted = (
        _with_due(visible_to(reach.person, now=now, reach=reach))
        .order_by()
        .values(
            mine=Count("pk", filter=Q(person=reach.person)),
            every=Count("pk"),
            soon=Count("pk", filter=_ends_soon(now)),
            overdue=Count("pk", filter=_is_overdue(now)),
        )
    )
    counted.query.group_by = None  # all of them together
    return counted


def targets_of(person: User, *, now: datetime) -> QuerySet[Target]:
    """Find the targets to which this person may see open access; admins and auditors all targets."""
    if person.reads_all:
        return Target.objects.all()
    seen = ever_visible_to(person, now=now).filter(state__in=OPEN)
    return Target.objects.filter(pk__in=seen.values("target"))


def check_can_end_all(target: Target, *, by: User, now: datetime) -> list[Grant]:
    """List what would end. Raises NotAllowed unless `by` may end each of it, Conflict when there is nothing to end."""
    states = [state for state in OPEN if state is not GrantState.REVOKING]
    grants = Grant.objects.filter(target=target, state__in=states).select_related("person").prefetch_related("requests")
    found = list(grants.order_by("person__name", "pk"))
    approves = approvers.approves_of(by, found, now=now)
    check_may_change(by)
    if not (found or by.is_admin):
        # Whether anybody holds it is not for everybody to know.
        raise NotAllowed(_("Only the holder, an approver or an admin can end this access."))
    for grant in found:
        check_can_end(grant, by=by, approves=approves)
    if not found:
        raise Conflict(_("Nobody holds %(target)s at the moment, or all of it is ending already.") % {"target": target})
    return found


def target_to_end(name: str, *, reader: User, now: datetime) -> Target | None:
    """Find the target of this name, if there is access to it and the reader may end all of it."""
    target = Target.objects.filter(name=name).first() if name else None
    return target if target and allowed(check_can_end_all, target, by=reader, now=now) else None


def _with_due(grants: QuerySet[Grant]) -> QuerySet[Grant]:
    return grants.annotate(should_end_at=Coalesce("end_due_at", "ends_at"))


def _ends_soon(now: datetime) -> Q:
    return Q(state=GrantState.ACTIVE, ends_at__gt=now, ends_at__lte=now + SOON)


def _is_overdue(now: datetime) -> Q:
    return Q(should_end_at__lt=now - GRACE)


def _row(
    grant: Grant,
    role: roles.Role | None,
    approves: Collection[int],
    open_to: askers.Offers,
    *,
    reader: User,
    now: datetime,
) -> Row:
    requests = list(grant.requests.all())
    behind = max(requests, key=lambda one: (one.created_at, one.pk), default=None)
    return Row(
        grant=grant,
        role=role,
        requests=requests,
        can_end=allowed(check_can_end, grant, by=reader, approves=approves),
        is_overdue=grant.is_overdue(now - GRACE),
        trouble=trouble(grant, now=now),
        free_seconds=limits.free_seconds(grant, by=reader, behind=behind, open_to_them=open_to, now=now),
        can_ask_more=behind is not None and (behind.flow_id, grant.target_id) in open_to,
        can_try_now=allowed(check_can_try_now, grant, by=reader, approves=approves, now=now),
    )

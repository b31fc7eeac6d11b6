"""What was found, as the page lists it: what needs somebody, what is standing, accepted, or over."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, F, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from access.core.errors import allowed
from access.evidence.meaning import meaning, to_do
from access.evidence.rules import accounts_of, check_can_accept
from access.models import Finding, User

Kind = Finding.Kind
TO_DO, STANDING, ACCEPTED, OVER = "to_do", "standing", "accepted", "over"
VIEWS: Final[dict[str, tuple[str | Promise, Q]]] = {
    TO_DO: (_("To do"), Q(closed_at=None, accepted_at=None) & ~Q(kind=Kind.STANDING)),
    STANDING: (_("Standing"), Q(closed_at=None, accepted_at=None, kind=Kind.STANDING)),
    ACCEPTED: (_("Accepted"), Q(closed_at=None, accepted_at__isnull=False)),
    OVER: (_("Over"), Q(closed_at__isnull=False)),
}


@dataclass(frozen=True)
class Row:
    finding: Finding
    text: str
    to_do: str
    last_seen_at: datetime | None
    can_accept: bool
    can_take_out: bool


def counts() -> dict[str, int]:
    """How many there are in each view. One query."""
    return Finding.objects.aggregate(**{name: Count("pk", filter=q) for name, (_label, q) in VIEWS.items()})


def for_list(view: str, *, target: str = "") -> QuerySet[Finding]:
    """The findings of one view, the latest first."""
    rows = Finding.objects.filter(VIEWS[view][1]).select_related("integration", "target", "person", "grant")
    if target:
        rows = rows.filter(target__name=target)
    return rows.order_by(F("closed_at").desc(nulls_last=True), "-first_seen_at", "-pk")


def rows(found: Iterable[Finding], *, reader: User) -> Sequence[Row]:
    accounts = accounts_of(reader) if reader.is_admin else ()
    return [_row(one, reader, accounts) for one in found]


def _row(one: Finding, reader: User, accounts: Collection[str]) -> Row:
    can_accept = allowed(check_can_accept, one, by=reader, accounts=accounts)
    is_member = one.kind in (Kind.OUTSIDE, Kind.STANDING) and one.closed_at is None
    return Row(
        finding=one,
        text=meaning(one),
        to_do="" if one.closed_at else to_do(one),
        last_seen_at=one.last_seen_at or one.integration.reconciled_at,
        can_accept=can_accept,
        can_take_out=is_member and reader.is_admin,
    )

"""Whether what was asked for may still be given to whoever asked: looked at again at the approval and at the start."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from access.core.prepared import prepared, the_one
from access.models import AccessRequest, DirectoryRole, Flow, Strategy, Target, User
from access.policy import askers

# Of a target: that Aptible no longer has its role.
_GONE: Final = Exists(
    DirectoryRole.objects.filter(
        integration=OuterRef("integration"), external_id=OuterRef("role_id"), gone_at__isnull=False
    )
)


def why_not(request: AccessRequest) -> str:
    """Say in a sentence why this can't be given any more; empty when it can.

    The requester is active and may ask in the flow, the flow is open, and the target is one that it gives. One query,
    whatever was read of these rows before.
    """
    words = {"person": request.requester, "flow": request.flow, "target": request.subject}
    is_active, is_auditor, is_flow_open, is_open_to_them, gives, role_gone = _now(request)
    if not is_active:
        return _("%(person)s can no longer sign in.") % words
    if is_auditor:
        return _("%(person)s is an auditor now, and auditors hold nothing.") % words
    if not is_flow_open:
        return _("%(flow)s is closed.") % words
    if not is_open_to_them:
        return _("%(person)s may no longer ask in %(flow)s.") % words
    if request.target_id and (role_gone or not gives):
        return _("%(flow)s no longer gives %(target)s.") % words
    return ""


def _now(request: AccessRequest) -> tuple[bool, ...]:
    facts = _facts(request.flow_id, request.requester, [one.pk for one in request.targets])
    return tuple(map(bool, the_one(facts)))


@prepared
def _facts(flow: int, requester: User, targets: Collection[int]) -> QuerySet[Flow, tuple[Any, ...]]:
    person, target = User.objects.filter(pk=requester.pk), Target.objects.filter(pk__in=targets)
    open_to_them = askers.open_to(requester).filter(pk=OuterRef("pk"))
    return Flow.objects.filter(pk=flow).values_list(
        Exists(person.filter(is_active=True)), Exists(person.filter(is_auditor=True)), "is_active",
        Exists(open_to_them), Exists(target.filter(strategies=OuterRef("strategy"))), Exists(target.filter(_GONE)),
    )  # fmt: skip


@dataclass(frozen=True)
class Served:
    """A target as it is now, whether a flow's strategy gives it, and whether Aptible no longer has its role."""

    target: Target
    gives: bool
    role_gone: bool


def served(flow: Flow, targets: Collection[Target]) -> dict[int, Served]:
    """Tell it of each of these targets, by primary key: one query."""
    found = _served(flow.strategy_id, [one.pk for one in targets])
    return {one.pk: Served(one, one.gives, one.role_gone) for one in found}  # type: ignore[attr-defined]


@prepared
def _served(strategy: int | None, targets: Collection[int]) -> QuerySet[Target]:
    given = Strategy.targets.through.objects.filter(strategy=strategy, target=OuterRef("pk"))
    rows = Target.objects.filter(pk__in=targets).select_related("integration")
    return rows.annotate(gives=Exists(given), role_gone=_GONE)

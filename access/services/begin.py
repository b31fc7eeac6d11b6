"""Begin a scheduled grant, or let it extend what the person holds already."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from access import audit
from access.models import AccessRequest, Grant
from access.services import lifecycle
from access.states import LIVE, EndReason, GrantState

# How soon to look again when an earlier grant is just ending.
WAIT_FOR_THE_OLD_ONE: Final = timedelta(milliseconds=500)


@transaction.atomic
def begin(grant: Grant, *, now: datetime) -> None:
    """Move a scheduled grant that is due: to granting, into the live grant it extends, or a moment ahead.

    Nothing begins for a person who was deactivated since.

    Raises Conflict when somebody changed it, or the live one, at the same time.
    """
    live = _live_one(grant)
    if not grant.person.is_active:
        _cancel(grant, now=now)
    elif live is None:
        lifecycle.advance(grant, GrantState.GRANTING, actor=audit.SYSTEM, now=now)
    elif live.state == GrantState.REVOKING or (live.person_id, live.account_id) != (grant.person_id, grant.account_id):
        Grant.objects.filter(pk=grant.pk).update(due_at=now + WAIT_FOR_THE_OLD_ONE)
    else:
        _merge(grant, into=live, now=now)


def _live_one(grant: Grant) -> Grant | None:
    same_person = Q(person=grant.person_id, target=grant.target_id)
    same_account = Q(account_id=grant.account_id, role_id=grant.role_id)
    return (
        Grant.objects.select_for_update(of=("self",))
        .filter(same_person | same_account, state__in=LIVE)
        .order_by("pk")
        .first()
    )


def _cancel(grant: Grant, *, now: datetime) -> None:
    lifecycle.advance(
        grant, GrantState.ENDED, actor=audit.SYSTEM, now=now,
        data={"reason": EndReason.CANCELLED, "comment": "The person was deactivated."},
        end_reason=EndReason.CANCELLED, ended_at=now,
    )  # fmt: skip


def _merge(grant: Grant, *, into: Grant, now: datetime) -> None:
    refs = sorted(grant.requests.values_list("ref", flat=True))
    AccessRequest.objects.filter(grant=grant).update(grant=into)
    lifecycle.extend(into, seconds=grant.seconds, request_ref=", ".join(refs), actor=audit.SYSTEM, now=now)
    lifecycle.advance(
        grant,
        GrantState.ENDED,
        actor=audit.SYSTEM,
        now=now,
        end_reason=EndReason.MERGED,
        ended_at=now,
        data={"reason": EndReason.MERGED, "into": into.ref},
    )

"""Let what waits for its next try be tried at once, because somebody has mended what stood in the way."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from access.audit import log
from access.core.errors import Conflict
from access.grants.rules import check_can_try_now
from access.models import AuditEvent, Grant, User
from access.policy import approvers

TYPE: Final = "grant.try_now"
# Aptible slows down who asks too often, and then nobody's access ends on time.
NOT_BEFORE: Final = timedelta(seconds=10)


@transaction.atomic
def try_now(*, grant: Grant, by: User, now: datetime) -> Grant:
    """Make a grant that is to begin or to end due at once: the worker takes it up at its next look.

    Raises NotAllowed for whoever may not end it; Conflict when it does not wait, is being tried, or was tried so just
    now.
    """
    rows = Grant.objects.select_for_update(of=("self",)).select_related("target", "person")
    grant = rows.prefetch_related("requests").get(pk=grant.pk)
    check_can_try_now(grant, by=by, approves=approvers.approves_of(by, [grant], now=now), now=now)
    _check_not_just_now(grant, now=now)
    waited = Grant.objects.filter(pk=grant.pk, state=grant.state, due_at=grant.due_at)
    if not waited.update(due_at=now):
        raise Conflict(_("Someone else has just changed this access."))
    was, grant.due_at = grant.due_at, now
    data = {"state": grant.state, "attempts": grant.attempts, "was": was and was.isoformat()}
    log.append(TYPE, actor=by, now=now, grant=grant, data=data)
    return grant


def _check_not_just_now(grant: Grant, *, now: datetime) -> None:
    lately = AuditEvent.objects.filter(grant_ref=grant.ref, type=TYPE, at__gt=now - NOT_BEFORE)
    if lately.exists():
        raise Conflict(_("Somebody has let it be tried again just now. Give it ten seconds."))

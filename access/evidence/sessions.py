"""SSH sessions that still run when the access has ended: told at once, cancelled where the target says so."""

from datetime import datetime

from django.db import transaction

from access.audit import log
from access.core import operation_words
from access.models import Grant, Operation, Target
from integrations.base import AccessProvider, ProviderError


def watch(grant: Grant, *, provider: AccessProvider, now: datetime) -> None:
    """Look at the sessions of a grant that has ended. Raises nothing: what Aptible does not say is asked again."""
    for one in grant.operations.filter(type=operation_words.SESSION, over_at=None).order_by("at", "pk"):
        if one.is_running:
            _outlived(one, now=now)
            _cancel(one, provider, now=now)
        _look_again(one, provider, now=now)


@transaction.atomic
def _outlived(one: Operation, *, now: datetime) -> None:
    if Operation.objects.filter(pk=one.pk, outlived_at=None).update(outlived_at=now):
        one.refresh_from_db()
        _say("grant.session_outlived", one, now=now)


def _cancel(one: Operation, provider: AccessProvider, *, now: datetime) -> None:
    wanted = one.grant.target.open_sessions == Target.OpenSessions.CANCEL
    if not wanted or one.cancel_asked_at is not None:
        return
    try:
        provider.cancel(one.external_id)
    except ProviderError as error:
        Operation.objects.filter(pk=one.pk).update(cancel_asked_at=now)
        _say("grant.session_not_cancelled", one, now=now, text=error.summary)
    else:
        Operation.objects.filter(pk=one.pk).update(cancel_asked_at=now)
        _say("grant.session_cancel_asked", one, now=now)


def _look_again(one: Operation, provider: AccessProvider, *, now: datetime) -> None:
    """See what came of it."""
    if one.outlived_at is None:
        return
    try:
        status = provider.operation(one.external_id).status
    except ProviderError:
        return
    one.status = status[:20]
    Operation.objects.filter(pk=one.pk).update(status=one.status)
    if not one.is_running:
        _over(one, now=now)


@transaction.atomic
def _over(one: Operation, *, now: datetime) -> None:
    if Operation.objects.filter(pk=one.pk, over_at=None).update(over_at=now):
        _say("grant.session_over", one, now=now, status=one.status)


def _say(type_: str, one: Operation, *, now: datetime, **more: str) -> None:
    data = {
        "operation": one.external_id, "environment": one.environment,
        "resource": f"{operation_words.KINDS.get(one.resource_kind, one.resource_kind)} {one.resource}".strip(), **more,
    }  # fmt: skip
    log.append(type_, actor=log.SYSTEM, now=now, grant=one.grant, data=data)

"""Take away what the files no longer declare. What history needs stays as a row, but nobody can ask for it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django.utils.translation import gettext as _

from access.audit import log
from access.config.declared.differences import Action, Change
from access.config.declared.write import Writer
from access.core.errors import Conflict
from access.core.states import OPEN, EndReason, GrantState
from access.grants import end_early
from access.models import Flow, Grant, Target


def check_nothing_is_held(changes: Iterable[Change]) -> None:
    """Raise Conflict when somebody holds, or is about to hold, a target that would be destroyed."""
    held = open_grants(changes).select_related("target", "person")
    found = [f"{one.target.name}: {one.person} ({one.ref})" for one in held.order_by("target__name", "ref")]
    if found:
        text = _(
            "These targets are held, so they cannot be destroyed: %(held)s."
            " End the access first, or apply with --end-access."
        )
        raise Conflict(text % {"held": ", ".join(found)})


def open_grants(changes: Iterable[Change]) -> QuerySet[Grant]:
    """Find what is held, or about to be, of the targets that would be destroyed."""
    names = [one.name for one in changes if one.action is Action.DESTROY and one.type == "sym_target"]
    return Grant.objects.filter(target__name__in=names, state__in=OPEN)


@transaction.atomic
def end_access(changes: Iterable[Change], *, actor: log.Actor, now: datetime) -> int:
    """Let all of that end now; return of how much. It is gone once the worker has seen at Aptible that it is."""
    grants = open_grants(changes).exclude(state=GrantState.REVOKING).select_for_update(of=("self",))
    chosen = list(grants.select_related("target").order_by("pk"))
    for grant in chosen:
        end_early.end_as(
            grant, actor=actor, why=EndReason.REVOKED, now=now, comment=_("The target is no longer declared.")
        )
    return len(chosen)


def destroy(changes: Iterable[Change], writer: Writer) -> list[str]:
    """Delete the rows. Return the addresses of those that stay for the sake of their history, out of use."""
    return [one.address for one in changes if one.action is Action.DESTROY and not _destroy(one, writer)]


def _destroy(change: Change, writer: Writer) -> bool:
    row = writer.rows.pop((change.type, change.name))
    try:
        with transaction.atomic():
            row.delete()
    except ProtectedError:
        _retire(row)
        return False
    return True


def _retire(row: Any) -> None:
    match row:
        case Flow():
            Flow.objects.filter(pk=row.pk).update(is_active=False)
        case Target():
            row.strategies.clear()

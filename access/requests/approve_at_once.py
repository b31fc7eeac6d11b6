"""Ways to access that ask no approver first. Each is written on the request, with what it was judged by."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from access.audit import log
from access.core.errors import Conflict
from access.grants.open_grant import open_grant
from access.models import AccessRequest, Target
from access.policy.fast_track import words
from access.policy.fast_track.judge import Verdict


@dataclass(frozen=True)
class Shortcut:
    path: AccessRequest.Path
    facts: Mapping[str, Any]  # plain data: the reason in words, and what it was judged by


def by_rule(verdict: Verdict, request: AccessRequest) -> Shortcut | None:
    """Write down which rule approves a request, and what it looked at; None when no rule does."""
    if verdict.outcome is None or not verdict.approves:
        return None
    return Shortcut(
        AccessRequest.Path.FAST_TRACK,
        {
            "rule": verdict.outcome.number,
            "rule_in_words": words.rule(verdict.outcome.rule),
            "reason": verdict.reason,
            "because": verdict.because_of(str(request.requester)),
            "until": [one.until.isoformat() if one.until else None for one in verdict.outcome.answers],
        },
    )


def take(request: AccessRequest, shortcut: Shortcut, *, now: datetime, actor: log.Actor = log.SYSTEM) -> None:
    """Approve a request that has just been opened, in the caller's transaction: nobody is asked.

    Raises Conflict when its target has become another role since it was read.
    """
    if request.target:
        _keep_role(request.target)
    data = {"path": shortcut.path.value, **shortcut.facts}
    open_grant(request, actor=actor, now=now, data=data, path=shortcut.path, path_facts=dict(shortcut.facts))


def _keep_role(target: Target) -> None:
    """Let the target keep its role until this transaction ends. Raises Conflict when it has another by now.

    Who gives it another one locks its row and looks for requests (target_in_use), and this one is not to be seen yet.
    PostgreSQL would notice what refers to the row at the end of our transaction only: then the access would be in a
    role that no pass lists any more. Who approves needs no such lock, as the request is seen by then; nor does SQLite,
    where one writes at a time.
    """
    if not connection.features.has_select_for_update:
        return
    with connection.cursor() as cursor:
        # The weakest lock there is, which the ORM does not know: nobody waits for it but who changes the role.
        cursor.execute("SELECT role_id FROM access_target WHERE id = %s FOR KEY SHARE", [target.pk])
        (role_id,) = cursor.fetchone()
    if role_id != target.role_id:
        raise Conflict(_("%(target)s has just become another role. Look at it, and ask again.") % {"target": target})

"""Ways to access that ask no approver first. Each is written on the request, with what it was judged by."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from access.audit import log
from access.grants.open_grant import open_grant
from access.models import AccessRequest
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
    """Approve a request that has just been opened, in the caller's transaction: nobody is asked."""
    data = {"path": shortcut.path.value, **shortcut.facts}
    open_grant(request, actor=actor, now=now, data=data, path=shortcut.path, path_facts=dict(shortcut.facts))

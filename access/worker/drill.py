"""Try it for real: kill the workers of this machine at a chosen step of one access, and see when it ended."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from access.audit import log
from access.core.states import GrantState
from access.models import AccessRequest, Grant, Worker
from access.worker import process_tree

STEPS: Final = (GrantState.GRANTING, GrantState.ACTIVE, GrantState.REVOKING)
POLL: Final = 0.02  # seconds


@dataclass(frozen=True)
class Result:
    """`late` is by how many seconds access outlived its time; None: it has not ended, or nobody saw it end."""

    kill_at: str
    killed: tuple[str, ...]  # workers, by name
    killed_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None
    late: float | None

    def as_facts(self) -> dict[str, Any]:
        moments = {"killed_at": self.killed_at, "due_at": self.due_at, "ended_at": self.ended_at}
        told = {name: at.isoformat() if at else "" for name, at in moments.items()}
        return {"kill_at": self.kill_at, "killed": list(self.killed), **told, "late": self.late}


def run(
    request: AccessRequest, *, kill_at: str, within: float, actor: str, say: Callable[[str], object]
) -> Result:  # fmt: skip
    """Follow the access of a request until it has ended, and write the result into the log as evidence.

    Kills each worker of this machine once, when the access is first seen in the state `kill_at`; whatever keeps the
    workers running starts another. Gives up after `within` seconds.
    """
    deadline = time.monotonic() + within
    killed: tuple[str, ...] = ()
    killed_at: datetime | None = None
    grant = _grant(request)
    while time.monotonic() < deadline and not (grant and grant.state == GrantState.ENDED):
        if grant and grant.state == kill_at and killed_at is None:
            killed, killed_at = kill_workers(), timezone.now()
            say(f"{grant.ref} {grant.state}: killed {', '.join(killed) or '-'}")
        time.sleep(POLL)
        grant = _grant(request)
    result = _result(grant, kill_at, killed, killed_at)
    log.append("drill.done", actor=actor, now=timezone.now(), request=request, grant=grant, data=result.as_facts())
    return result


def kill_workers() -> tuple[str, ...]:
    """Send SIGKILL to every worker that runs in this place; return their names. Their jobs die with them."""
    dead, here = [], process_tree.place()
    for worker in Worker.objects.filter(place=here).exclude(place="").order_by("pk"):
        if process_tree.is_running(worker.pid, start=worker.process_start):
            with suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)
                dead.append(worker.name)
    return tuple(dead)


def _grant(request: AccessRequest) -> Grant | None:
    return Grant.objects.filter(requests=request).select_related("target").first()


def _result(grant: Grant | None, kill_at: str, killed: tuple[str, ...], killed_at: datetime | None) -> Result:
    due_at = grant.end_due_at or grant.ends_at if grant else None
    ended_at = grant.ended_at if grant and not grant.not_verified else None
    late = (ended_at - due_at).total_seconds() if ended_at and due_at else None
    return Result(kill_at, killed, killed_at, due_at, ended_at, late)

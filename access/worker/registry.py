"""The workers' rows: who is there, who is gone, and what the dead ones left behind."""

import logging
import os
import secrets
import socket
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django_q.models import OrmQ

from access.grants import claim
from access.models import Target, Worker
from access.worker import process_tree, queue

logger = logging.getLogger(__name__)

# A worker that showed itself more recently is alive, whatever this machine's list of processes says.
# Between a worker's name and the number of its process, in the name of a lease.
HELD_BY: Final = claim.PROCESS

RECENT: Final = timedelta(seconds=4)


def new_name() -> str:
    """A worker's name, which is also that of its queue and of its leases."""
    return f"w-{secrets.token_hex(4)}"


def enlist(name: str, *, now: datetime) -> Worker:
    """Write down that this process is a worker."""
    return Worker.objects.create(
        name=name,
        host=socket.gethostname(),
        pid=os.getpid(),
        place=process_tree.place(),
        process_start=process_tree.started(os.getpid()),
        started_at=now,
        beat_at=now,
        jobs_beat_at=now,
    )


def sign(worker: Worker, *, now: datetime, clock_off: float = 0.0) -> tuple[Worker, list[Worker]]:
    """Show that the clock runs; read the row anew, and those of the others.

    Another one is made when somebody took this worker for dead.
    """
    if not Worker.objects.filter(pk=worker.pk).update(beat_at=now, clock_off=clock_off):
        enlist(worker.name, now=now)
    rows = {one.name: one for one in Worker.objects.all()}
    return rows.pop(worker.name), list(rows.values())


def silent(others: Iterable[Worker], *, now: datetime) -> bool:
    """Whether one of them may be gone."""
    return any(one.beat_at < now - RECENT for one in others)


def free(name: str, *, now: datetime) -> None:
    """Give free everything that a worker held, and forget its tasks. Only when its processes are known to be dead."""
    held = claim.release_all_of(name, now=now)
    if held:
        logger.warning("Worker %s left work unfinished, which is taken up again; targets: %d.", name, held)
    with transaction.atomic():
        queue.clear(name)
        # Which of these waited in that queue is not known, and a task too many changes nothing.
        Target.objects.filter(queued_until__gt=now).update(queued_until=None)


def holder() -> str:
    """The name under which this process of a worker's job cluster takes leases."""
    return f"{os.environ.get('Q_CLUSTER_NAME', '')}{HELD_BY}{os.getpid()}-{process_tree.started(os.getpid())}"


def free_dead_jobs(worker: Worker, *, now: datetime) -> None:
    """Give free at once what a killed job process of this worker held."""
    held = Target.objects.filter(leased_by__startswith=f"{worker.name}{HELD_BY}", leased_until__gt=now)
    for name in set(held.values_list("leased_by", flat=True)):
        pid, _dash, start = name.partition(HELD_BY)[2].partition("-")
        if not process_tree.is_running(int(pid), start=int(start)):
            logger.warning("A job process of %s was killed at its work; it is taken up again.", worker.name)
            claim.release_all_of(name, now=now)


def leave(worker: Worker, *, now: datetime) -> None:
    free(worker.name, now=now)
    Worker.objects.filter(pk=worker.pk).delete()


def take_over(*, by: Worker, now: datetime) -> None:
    """Clear away after workers that are gone.

    One of this machine, or of this container in it, is gone when its process is; what it held becomes free at once.
    One of another is gone when it was silent for longer than a lease, so that all its leases have ended.
    """
    for other in Worker.objects.filter(beat_at__lt=now - RECENT).exclude(pk=by.pk):
        here = other.place == by.place != ""
        if here and not process_tree.is_running(other.pid, start=other.process_start):
            logger.warning("Worker %s is gone; %s takes over what it left.", other.name, by.name)
            leave(other, now=now)
        elif other.beat_at < now - settings.LEASE:
            logger.warning("Worker %s on %s has been silent for too long; it is forgotten.", other.name, other.host)
            _dismiss(other)


@transaction.atomic
def _dismiss(worker: Worker) -> None:
    queue.clear(worker.name)
    Worker.objects.filter(pk=worker.pk).delete()
    # What was queued for workers whose rows are gone is read by nobody.
    OrmQ.objects.exclude(key__in=Worker.objects.values("name")).delete()

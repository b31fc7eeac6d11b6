"""A sign of life that went through all of a job cluster: taken up, run, and crossed off the queue.

Each of these steps is a process of its own, and any of them can die and leave a lock behind on which the
others wait for ever.
"""

from typing import Any, Final

from django.db import Error, connection
from django.utils import timezone
from django_q.signals import post_execute

from access.models import Worker
from access.worker import queue

JOB: Final = "access.worker.jobs.beat"


def send(worker: Worker) -> None:
    """Ask the worker's cluster for a sign of life."""
    queue.send(JOB, worker.pk, queue=worker.name)


def listen() -> None:
    """Write down each sign of life that comes through the cluster of this process."""
    post_execute.connect(_came_through)


def _came_through(task: dict[str, Any], **_: object) -> None:
    """Runs in the last process on a task's way, after the task was crossed off."""
    if task["func"] != JOB:
        return
    try:
        Worker.objects.filter(pk=task["args"][0]).update(jobs_beat_at=timezone.now())
    except Error:
        # The next one will come through when the database is back.
        connection.close()

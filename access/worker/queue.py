"""The queue between the clock and the job cluster: django-q2's, in our own database."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from pydoc import locate
from typing import Any, Final

from django.db import Error, connection, transaction
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.signing import BadSignature, SignedPackage
from django_q.tasks import async_task

from access.worker import bell

logger = logging.getLogger(__name__)

PAUSE: Final = 1.0  # seconds between two tries to reach a database that is away
LOOK: Final = 5.0  # seconds between two looks into a queue that nobody has rung for


_wake: list[Callable[[], None]] = [lambda: None]


class Broker(ORM):  # type: ignore[misc]
    """Outlives a restart of the database, at which the library's own pusher pauses and its monitor dies."""

    def __init__(self, list_key: str | None = None) -> None:
        super().__init__(list_key)
        self._done: list[int] = []
        self._away = False

    @staticmethod
    def get_connection(_list_key: str | None = None) -> Any:
        """Without asking the database before each look whether it is there: a look that fails says so."""
        return OrmQ.objects

    def dequeue(self) -> list[tuple[int, str]] | None:
        try:
            tasks: list[tuple[int, str]] | None = super().dequeue()
        except Error as error:
            self._lost(error)
            time.sleep(PAUSE)
            return None
        self._away = False
        if not tasks:
            bell.wait(LOOK)
        return [task for task in tasks or () if self._is_here(*task)] or None

    def _is_here(self, task_id: int, payload: str) -> bool:
        """Whether there is such a job. One by a name of the release before is dropped: its rows are found due again."""
        with suppress(TypeError, BadSignature):  # those are told and dropped by whoever takes up what is returned
            name = SignedPackage.loads(payload)["func"]
            if locate(name) is None:
                logger.warning("A task by the name %s is dropped: this release has no such job.", name)
                self.acknowledge(task_id)
                return False
        return True

    def acknowledge(self, task_id: int) -> None:
        """Delete the task. While the database is away it is remembered, and deleted with the next one."""
        self._done.append(task_id)
        try:
            self.get_connection().filter(pk__in=self._done).delete()
        except Error as error:
            self._lost(error)
        else:
            self._done.clear()
            self._away = False

    def _lost(self, error: Error) -> None:
        connection.close()
        if not self._away:
            logger.warning("The job queue lost the database: %s", type(error).__name__)
        self._away = True


def sign_with(key: str) -> None:
    """Sign tasks with a key that only this worker and its own cluster know.

    Tasks are pickles: who could sign one could run anything. And a SECRET_KEY that changes while tasks wait,
    or that differs from process to process because none is set, makes no task unreadable.
    """
    Conf.SECRET_KEY = key


def send(job: str, pk: int, *, queue: str) -> None:
    """Queue one job, by its dotted name, and wake the cluster. Inside a transaction that happens when it commits."""
    async_task(job, pk, cluster=queue)
    transaction.on_commit(_wake[0])


def wake_with(ring: Callable[[], None]) -> None:
    """Say how the cluster of this process is woken."""
    _wake[0] = ring


def places() -> int:
    """How many jobs may be queued or running at once: one process is always kept free for the heartbeat."""
    return int(Conf.WORKERS) - 1


def outstanding(queue: str) -> int:
    """How many tasks of this queue are waiting or running."""
    return int(_rows(queue).count())


def clear(queue: str) -> None:
    _rows(queue).delete()


def _rows(queue: str) -> Any:
    return OrmQ.objects.filter(key=queue)

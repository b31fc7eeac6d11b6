"""Keep one job cluster running: start it, ask it for heartbeats, replace it when it ends or falls silent."""

import logging
import time
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db.models import F

from access.models import Worker
from access.worker import heartbeat, queue, registry
from access.worker.cluster import Cluster
from access.worker.timing import Every, Heart
from integrations import measure

logger = logging.getLogger(__name__)

ASK: Final = 5.0  # seconds between two heartbeats sent through the cluster
# How long a cluster may take to its first heartbeat; after each start in vain so much more, since a machine that is too
# busy for a start would else never see the end of one.
STARTING: Final = 30.0
LONGEST_START: Final = 120.0
LONGEST_PAUSE: Final = 5.0  # before a cluster that keeps ending is started again
_POLL: Final = 0.05


class Keeper:
    """One worker's job cluster, kept running."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._cluster = Cluster(name)
        self._heart = Heart()
        self._ask = Every(ASK)
        self._is_up = False
        self._is_clean = True  # nobody of an earlier cluster is left
        self._in_vain = 0  # starts in a row that led to no heartbeat
        self._start_at = 0.0
        queue.sign_with(self._cluster.key)
        queue.wake_with(self._cluster.wake)

    def look(self, worker: Worker, *, now: datetime) -> None:
        """Take in the last heartbeat, ask for the next one, and start or replace the cluster where needed."""
        self._heart.seen(worker.jobs_beat_at)
        if self._is_up and self._is_well():
            self._ask_for_a_beat(worker)
        elif self._is_up:
            self._put_down()
        elif time.monotonic() >= self._start_at:
            self._start(worker, now=now)

    def could_not_look(self) -> None:
        """The database is away: a heartbeat that nobody could see does not count as missing."""
        self._heart.could_not_look()

    def stop(self, *, within: float) -> bool:
        """Let the cluster finish what it does, kill what is left after so many seconds; return whether all is dead."""
        deadline = time.monotonic() + within
        self._cluster.ask_to_stop()
        while self._cluster.is_running and time.monotonic() < deadline:
            # It sees that it should stop between two looks for tasks, and that some time after it was told.
            self._cluster.wake()
            time.sleep(_POLL)
        if self._cluster.is_running:
            logger.warning("The job cluster of %s did not stop within %.0f s; it is killed.", self._name, within)
        return self._cluster.kill()

    def kill_without_looking(self) -> None:
        self._cluster.kill_without_looking()

    def _is_well(self) -> bool:
        return self._cluster.is_running and self._heart.silent_for < self._patience()

    def _patience(self) -> float:
        if self._heart.has_beaten:
            return settings.WATCHDOG_TIMEOUT
        return max(settings.WATCHDOG_TIMEOUT, min(LONGEST_START, STARTING * self._in_vain))

    def _ask_for_a_beat(self, worker: Worker) -> None:
        if self._ask():
            heartbeat.send(worker)
            self._heart.asked()

    def _put_down(self) -> None:
        if self._cluster.is_running:
            logger.error(
                "The job cluster of %s has shown no sign of life for %.0f s; it is killed and started again.",
                self._name,
                self._heart.silent_for,
            )
        else:
            code = self._cluster.exit_code
            logger.error("The job cluster of %s ended with code %s; it is started again.", self._name, code)
        self._is_clean = self._cluster.kill()
        if not self._is_clean:
            logger.error("Some processes of the job cluster of %s do not die.", self._name)
        self._is_up = False
        self._in_vain = 0 if self._heart.has_beaten else self._in_vain
        self._start_at = time.monotonic() + min(LONGEST_PAUSE, 0.25 * 2**self._in_vain if self._in_vain else 0.0)

    def _start(self, worker: Worker, *, now: datetime) -> None:
        if self._is_clean:
            registry.free(self._name, now=now)
        if self._cluster.starts:
            Worker.objects.filter(pk=worker.pk).update(restarts=F("restarts") + 1)
            measure.note("restart", seconds=0.0)  # a worker that leaves takes its own number along
        self._cluster.start()
        self._is_up = True
        self._in_vain += 1
        self._heart.start(worker.jobs_beat_at)
        self._ask.again()
        logger.info("The job cluster of %s was started as process %s.", self._name, self._cluster.pid)

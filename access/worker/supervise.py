"""The one process that people start: the clock, and the keeper of the job cluster."""

import logging
import os
import signal
import time
from datetime import datetime, timedelta
from types import FrameType
from typing import Final

from django.conf import settings
from django.db import connection
from django_q.models import Task

from access.audit import anchors, scheduled_check
from access.evidence.reports import reckon
from access.models import Worker
from access.notify import outbox
from access.worker import catch_up, clock, measures, process_tree, queue, registry, turns
from access.worker.frozen_writer import FrozenWriter
from access.worker.outage import Outage
from access.worker.sweep import Sweep
from access.worker.timing import Every
from access.worker.turns import Turns
from access.worker.watchdog import Keeper
from integrations import measure

logger = logging.getLogger(__name__)

LOOK_FOR_ROOM: Final = 0.02  # seconds between two looks for a free place, when more was due than there was room for
LOOK_AGAIN: Final = 1.0  # while a stopped process keeps everybody from writing
SIGN: Final = 2.0  # between two signs of life of the clock, and between two looks after jobs and workers that are gone
PRUNE: Final = 24 * 60 * 60.0
KEEP_FAILURES: Final = timedelta(days=7)
STOP_MARGIN: Final = 5.0  # what stopping may take beyond the longest task


class Supervisor:
    """Sweeps, keeps a job cluster running, and takes over from workers that are gone, until told to stop.

    It does not end because the database is away, or because the cluster died.
    """

    def __init__(self) -> None:
        self._name = registry.new_name()
        self._worker: Worker | None = None
        self._keeper = Keeper(self._name)
        self._sweep = Sweep(self._name, places=queue.places())
        self._outage = Outage()
        self._frozen_writer = FrozenWriter()
        self._turns = Turns(self._name)
        self._sign, self._prune = Every(SIGN), Every(PRUNE)
        self._jobs_broke = False
        self._told_to_stop = False
        self._interrupts = 0

    def run(self) -> None:
        """Work until SIGTERM or Ctrl-C, then let the jobs finish. A second Ctrl-C kills everything at once."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        process_tree.adopt_orphans()
        logger.info("Worker %s starts as process %s.", self._name, os.getpid())
        if not process_tree.ON_LINUX:
            logger.warning("Only Linux ends the jobs at once when the worker is killed; here it takes seconds.")
        while not self._told_to_stop:
            # While it is there, another try would only wait for the lock: a third of the time that it may be there.
            self._wait(LOOK_AGAIN if self._frozen_writer.is_there else self._outage.guard(self._turn))
            if self._outage.is_on:
                self._jobs_broke = True
                self._keeper.could_not_look()
                self._frozen_writer.look()
        self._stop()

    def _turn(self) -> float:
        """Do what the clock asks for now; return how many seconds may pass until the next turn."""
        now = clock.now()
        if self._worker is None:
            if catch_up.after_gap(now=now):
                logger.info("No worker was at work: each organization is held against the grants at once.")
            self._worker = registry.enlist(self._name, now=now)
            anchors.set_places(settings.AUDIT_ANCHORS, now=now)
            scheduled_check.schedule(now=now)
            reckon.schedule(now=now)
        if self._sign():
            self._show_and_look_around(self._worker, now)
        self._keeper.look(self._worker, now=now)
        if self._prune():
            Task.objects.filter(stopped__lt=now - KEEP_FAILURES).delete()
            outbox.purge(before=now - settings.RETENTION, now=now, retention=settings.RETENTION)
        measures.keep_now_and_then()
        with measure.timed("sweep"):
            is_more_due = self._sweep(now, may_grant=not clock.off())
        return self._wait_for_room() if is_more_due else self._turns.wait(clock.now())

    def _wait_for_room(self) -> float:
        """Wait until a job is done, so that the next one begins at once, and for no longer than between two sweeps."""
        end = time.monotonic() + turns.SWEEP
        while not self._told_to_stop and time.monotonic() < end and queue.outstanding(self._name) >= queue.places():
            time.sleep(LOOK_FOR_ROOM)
        return 0.0

    def _show_and_look_around(self, worker: Worker, now: datetime) -> None:
        self._worker, others = registry.sign(worker, now=now, clock_off=clock.off())
        registry.free_dead_jobs(self._worker, now=now)
        self._turns.seen([] if clock.off() else others, now=now)
        self._give_back(now)
        if not clock.off() and registry.silent(others, now=now):
            registry.take_over(by=self._worker, now=now)

    def _give_back(self, now: datetime) -> None:
        """Jobs that broke when the database was away keep their leases. Free them once no job is left."""
        if self._jobs_broke and not queue.outstanding(self._name):
            registry.free(self._name, now=now)
            self._jobs_broke = False

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._told_to_stop and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, turns.SWEEP))

    def _stop(self) -> None:
        logger.info("Worker %s stops.", self._name)
        all_dead = self._keeper.stop(within=settings.TASK_TIMEOUT + STOP_MARGIN)
        if all_dead:
            self._outage.guard(self._leave)
        connection.close()
        logger.info("Worker %s has stopped.", self._name)

    def _leave(self) -> float:
        if self._worker:
            registry.leave(self._worker, now=clock.now())
        return 0.0

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._told_to_stop = True
        self._interrupts += number == signal.SIGINT
        if self._interrupts > 1:
            self._keeper.kill_without_looking()
            os._exit(1)

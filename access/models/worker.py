"""Processes that do the work: who they are, and when they last showed a sign of life."""

from datetime import datetime, timedelta
from typing import Final

from django.db import models

# A worker beats every second or so; one that was silent for longer does no work.
SILENCE: Final = timedelta(seconds=15)


class Workers(models.Manager["Worker"]):
    def any_running(self, *, now: datetime) -> bool:
        return self.running(now=now).exists()

    def running(self, *, now: datetime) -> models.QuerySet["Worker"]:
        """Those whose clock and whose job cluster both showed themselves lately."""
        since = now - SILENCE
        return self.filter(beat_at__gte=since, jobs_beat_at__gte=since)

    def with_a_wrong_clock(self, *, now: datetime) -> models.QuerySet["Worker"]:
        """Those at work that grant nothing until their clock is right."""
        return self.filter(beat_at__gte=now - SILENCE).exclude(clock_off=0).order_by("name")


class Worker(models.Model):
    # Also the name of its job queue and of the leases that its processes take.
    name = models.CharField(max_length=40, unique=True)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    # Where that number means one process, and when it started there. Empty: a release before this one wrote the row.
    place = models.CharField(max_length=120, default="", db_default="")
    process_start = models.BigIntegerField(default=0, db_default=0)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()  # by the clock itself
    jobs_beat_at = models.DateTimeField()  # by a task that went through the job cluster
    restarts = models.PositiveIntegerField(default=0)
    # By how many seconds its clock is ahead of what the others agree on; 0 while they agree.
    clock_off = models.FloatField(default=0, db_default=0)

    objects = Workers()

    def __str__(self) -> str:
        return self.name

    def is_running(self, *, now: datetime) -> bool:
        return min(self.beat_at, self.jobs_beat_at) >= now - SILENCE

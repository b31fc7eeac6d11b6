"""Processes that do the work: who they are, and when they last showed a sign of life."""

from django.db import models


class Worker(models.Model):
    # Also the name of its job queue and of the leases that its processes take.
    name = models.CharField(max_length=40, unique=True)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()  # by the clock itself
    jobs_beat_at = models.DateTimeField()  # by a task that went through the job cluster
    restarts = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name

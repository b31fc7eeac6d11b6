"""What is done with the log on a schedule: it is verified, and its signed end is brought to where nobody bends it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.models.stream import Follower


class AuditCheck(models.Model):
    """The one row of the verification: when it is due, how far it has come, and what came of the last one."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    due_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    asked_by = models.CharField(max_length=320, blank=True)
    # Of the one that runs. The hash is that of the last event that was right.
    started_at = models.DateTimeField(null=True)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)
    witness_at = models.DateTimeField(null=True)
    # Of the one before.
    finished_at = models.DateTimeField(_("verified"), null=True)
    events = models.PositiveBigIntegerField(default=0)
    seconds = models.FloatField(default=0.0)
    bad_seq = models.PositiveBigIntegerField(null=True)
    why = models.TextField(blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="the_log_is_verified_once_at_a_time")]

    def __str__(self) -> str:
        return str(self.finished_at)


class AnchorPlace(Follower):
    """Where anchors are sent. Its position is the number of the last event that an anchor there names."""

    address = models.CharField(_("address"), max_length=500, unique=True)

    class Meta:
        verbose_name = _("anchor")
        verbose_name_plural = _("anchors")

    def __str__(self) -> str:
        return self.address

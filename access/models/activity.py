"""What people did at the outside system while they held access, as far as it tells."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from access.models.grant import Grant


class GrantActivity(models.Model):
    """How far the reading of one grant's operations has come. Due as long as more is to be read."""

    grant = models.OneToOneField(Grant, on_delete=models.CASCADE, related_name="activity")
    due_at = models.DateTimeField(_("to be read"), null=True)
    read_at = models.DateTimeField(_("last read"), null=True)
    # The first time that it was read after the end.
    end_read_at = models.DateTimeField(null=True)
    # All that was done must have been listed by then. A session that outlives the access may still be looked at.
    is_complete = models.BooleanField(default=False)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(_("last trouble"), blank=True)
    # The account held another role that opens one of the same environments.
    other_role = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="activity_that_is_due")]

    def __str__(self) -> str:
        return f"{self.grant}"


class Operation(models.Model):
    """One thing that the holder's account did. Never a value of a configuration."""

    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="operations")
    external_id = models.CharField(_("id"), max_length=100)
    at = models.DateTimeField(_("time"))
    type = models.CharField(_("type"), max_length=60)
    status = models.CharField(_("status"), max_length=20)
    environment = models.CharField(_("environment"), max_length=200, blank=True)
    resource_kind = models.CharField(max_length=60, blank=True)
    resource = models.CharField(_("resource"), max_length=200, blank=True)
    # Only where the flow says that it is kept.
    command = models.TextField(_("command"), blank=True)

    # It was still running when the access had ended.
    outlived_at = models.DateTimeField(_("outlived the access"), null=True)
    cancel_asked_at = models.DateTimeField(_("cancellation asked for"), null=True)
    over_at = models.DateTimeField(_("seen to be over"), null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["grant", "external_id"], name="one_row_per_operation")]
        indexes = [models.Index(fields=["grant", "at"], name="operations_of_a_grant")]

    def __str__(self) -> str:
        return f"{self.external_id} {self.type}"

    @property
    def is_running(self) -> bool:
        return self.status in ("queued", "running")

"""What the reports say, reckoned month by month, so that a look at them reads no request."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReportMonth(models.Model):
    """The requests that were asked in one month of UTC. Due again for as long as anything of them may change."""

    month = models.DateField(_("month"), unique=True)  # its first day
    due_at = models.DateTimeField()
    # As of when it is known; and the last event of the log by then, since nothing changes without one.
    reckoned_at = models.DateTimeField(null=True)
    # When its figures last became others. Unknown of what the release before reckoned.
    changed_at = models.DateTimeField(null=True)
    seq = models.PositiveBigIntegerField(default=0)
    # The auditors were told of it, or it was over before anybody could be.
    told_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="reports_that_are_due")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class ReportFigures(models.Model):
    """The figures of a month: of all requests, or of those of one flow, target or person."""

    month = models.ForeignKey(ReportMonth, on_delete=models.CASCADE, related_name="figures")
    # Empty: all of them. See access/evidence/reports/narrowing.py for the shape.
    about = models.CharField(max_length=100, blank=True)
    figures = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["about", "month"], name="one_row_of_figures_for_each_month")]

    def __str__(self) -> str:
        return f"{self.month} {self.about}"

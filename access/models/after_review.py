"""Break-glass is looked at afterwards: one review for each such request, due until somebody signs it off."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from access.models.request import AccessRequest


class AfterReview(models.Model):
    class Verdict(models.TextChoices):
        JUSTIFIED = "justified", _("Justified")
        NOT_JUSTIFIED = "not_justified", _("Not justified")

    request = models.OneToOneField(
        AccessRequest, verbose_name=_("request"), on_delete=models.PROTECT, related_name="after_review"
    )
    opened_at = models.DateTimeField(_("opened"))
    # By when somebody should have looked at it. It stays what it was, however late it gets.
    deadline = models.DateTimeField(_("to be reviewed by"))
    # When people are told of it next: a reminder before the deadline, an escalation from then on.
    due_at = models.DateTimeField(_("next told"), null=True)
    escalations = models.PositiveIntegerField(_("escalated so often"), default=0)

    signed_off_at = models.DateTimeField(_("signed off"), null=True)
    signed_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("signed off by"),
        on_delete=models.PROTECT,
        related_name="signed_off_reviews",
        null=True,
    )
    verdict = models.CharField(_("verdict"), max_length=15, choices=Verdict, blank=True)
    comment = models.TextField(_("comment"), blank=True)
    # After "not justified" the person may use no break-glass on the flow, until an admin lifts that, with a reason.
    lifted_at = models.DateTimeField(_("lifted"), null=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("lifted by"), on_delete=models.PROTECT,
        related_name="lifted_reviews", null=True,
    )  # fmt: skip
    lifted_because = models.TextField(_("lifted because"), blank=True, db_default="")

    class Meta:
        verbose_name = _("review after break-glass")
        verbose_name_plural = _("reviews after break-glass")
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at__isnull=False, signed_off_at=None, signed_off_by=None, verdict="", comment="")
                | Q(due_at=None, signed_off_at__isnull=False, signed_off_by__isnull=False)
                & ~Q(verdict="")
                & ~Q(comment=""),
                name="a_review_is_due_until_somebody_signs_it_off",
            ),
            models.CheckConstraint(
                condition=Q(deadline__gt=models.F("opened_at")), name="a_review_has_time_until_its_deadline"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="reviews_that_are_due")]

    def __str__(self) -> str:
        return self.request.ref

    @property
    def blocks(self) -> bool:
        """Whether it keeps the person from break-glass on the flow."""
        return self.verdict == self.Verdict.NOT_JUSTIFIED and self.lifted_at is None

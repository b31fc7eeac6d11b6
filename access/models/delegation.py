"""Who decides for whom while somebody is away."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Delegation(models.Model):
    """From its start to its end one person is asked wherever another one is, who is away."""

    from_person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who is away"), on_delete=models.PROTECT, related_name="delegations"
    )
    to_person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who decides for them"), on_delete=models.PROTECT,
        related_name="delegations_to_them",
    )  # fmt: skip
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=200)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("set by"), on_delete=models.PROTECT, related_name="delegations_set"
    )
    created_at = models.DateTimeField(_("set"))
    # It counts from then on: nobody is given another's voice without a word of their own.
    accepted_at = models.DateTimeField(_("accepted"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    # When somebody must look at it next: it begins then, or its time is over.
    due_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="a_delegation_ends_after_its_start"),
            models.CheckConstraint(condition=~Q(from_person=F("to_person")), name="nobody_delegates_to_themselves"),
            models.CheckConstraint(condition=~Q(reason=""), name="a_delegation_says_why"),
            models.CheckConstraint(
                condition=Q(ended_at=None, due_at__isnull=False) | Q(ended_at__isnull=False, due_at=None),
                name="a_delegation_is_due_until_it_has_ended",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="delegations_that_are_due"),
        ]

    def __str__(self) -> str:
        return _("%(to)s for %(from)s") % {"to": self.to_person, "from": self.from_person}

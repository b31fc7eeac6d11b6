"""Where an outside system and the portal disagree: what was found, since when, and what came of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from access.models.flow import Target
from access.models.grant import Grant
from access.models.integration import Integration


class Finding(models.Model):
    """One disagreement, from the reconcile that saw it first to the one that no longer did."""

    class Kind(models.TextChoices):
        STILL_THERE = "still_there", _("Still there after the end")
        GONE = "gone", _("Gone while active")
        OUTSIDE = "outside", _("Added outside")
        STANDING = "standing", _("Standing")
        ROLE_GONE = "role_gone", _("Role gone")
        ACCOUNT_GONE = "account_gone", _("Account gone")
        ACCOUNT_BACK = "account_back", _("Account back under another id")
        MAPPING_MOVED = "mapping_moved", _("Mapping moved")

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="findings")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    # What it is about, in a form that is the same each time it is seen.
    key = models.CharField(max_length=300)
    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="findings", null=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="findings", null=True
    )  # fmt: skip
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="findings", null=True)
    account_id = models.CharField(_("account id"), max_length=100, blank=True)
    email = models.CharField(_("e-mail of the account"), max_length=320, blank=True)
    membership_id = models.CharField(max_length=100, blank=True)

    first_seen_at = models.DateTimeField(_("first seen"))
    # Written when it is closed. Until then it was seen at the last reconcile of its integration.
    last_seen_at = models.DateTimeField(_("last seen"), null=True)
    closed_at = models.DateTimeField(_("no longer so since"), null=True)
    # Somebody said that it is right as it is. It stays here, and alarms nobody any more.
    accepted_at = models.DateTimeField(_("accepted"), null=True)
    accepted_by = models.CharField(_("accepted by"), max_length=320, blank=True)
    accepted_why = models.TextField(_("why it is accepted"), blank=True)
    # When the membership is taken out, unless it is accepted before.
    take_out_at = models.DateTimeField(_("to be taken out"), null=True)
    # An admin decided it; empty: the target's setting did.
    take_out_by = models.CharField(max_length=320, blank=True, db_default="")
    # The access review that decided it, by its reference.
    take_out_review = models.CharField(max_length=12, blank=True, db_default="")
    taken_out_at = models.DateTimeField(_("taken out"), null=True)
    last_error = models.TextField(_("last trouble"), blank=True)

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "key"], condition=Q(closed_at=None), name="one_open_finding_for_each_thing"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, last_seen_at=None) | Q(closed_at__isnull=False, last_seen_at__isnull=False),
                name="a_closed_finding_says_when_it_was_seen_last",
            ),
        ]
        indexes = [
            models.Index(fields=["take_out_at"], condition=Q(take_out_at__isnull=False), name="findings_that_are_due"),
            models.Index(fields=["kind", "closed_at"], name="findings_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.email or self.account_id or self.target}"

"""Which account a person has in an integration."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from access.models.integration import Integration


class UserMapping(models.Model):
    class Method(models.TextChoices):
        EMAIL = "email", _("Matched by e-mail")
        MANUAL = "manual", _("Set by hand")
        IMPORTED = "imported", _("Imported")

    class Problem(models.TextChoices):
        NONE = "", _("None")
        MISSING = "missing", _("No account has this e-mail")
        AMBIGUOUS = "ambiguous", _("Several accounts have this e-mail")
        TAKEN = "taken", _("The account belongs to another person")
        BOT = "bot", _("The account is that of Usher's own bot")
        UNPROVEN = "unproven", _("The directory has changed the e-mail, and no sign-in has said the same")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="mappings"
    )
    integration = models.ForeignKey(
        Integration, verbose_name=_("integration"), on_delete=models.CASCADE, related_name="mappings"
    )
    # Pinned once matched: a later change of either e-mail moves nothing.
    account_id = models.CharField(_("account id"), max_length=100, blank=True)
    # Whose account it was when somebody vouched for it: when this changes, somebody should look again.
    email_at_match = models.CharField(
        _("e-mail when matched"), max_length=320, blank=True, default="", db_default="", editable=False
    )
    method = models.CharField(_("how"), max_length=10, choices=Method, default=Method.EMAIL)
    problem = models.CharField(_("problem"), max_length=10, choices=Problem, default=Problem.NONE, blank=True)
    matched_at = models.DateTimeField(_("matched"), null=True)

    class Meta:
        verbose_name = _("user mapping")
        verbose_name_plural = _("user mappings")
        constraints = [
            models.UniqueConstraint(fields=["user", "integration"], name="one_mapping_per_person_and_integration"),
            models.UniqueConstraint(
                fields=["integration", "account_id"], condition=~Q(account_id=""), name="one_person_per_account"
            ),
            models.CheckConstraint(
                condition=Q(account_id="", matched_at=None)
                | (~Q(account_id="") & Q(problem="", matched_at__isnull=False)),
                name="a_mapping_has_an_account_or_a_problem",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} → {self.account_id or self.get_problem_display()}"

"""What an outside system said of itself at the last sync. Never the proof of anything: that is a read-back."""

from django.db import models
from django.db.models import Value
from django.utils.translation import gettext_lazy as _

from access.models.integration import Integration


class DirectoryRow(models.Model):
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="%(class)ss")
    external_id = models.CharField(_("id"), max_length=100)

    class Meta:
        abstract = True


class DirectoryRole(DirectoryRow):
    name = models.CharField(_("name"), max_length=200)
    type = models.CharField(_("type"), max_length=50)
    scim_created = models.BooleanField(_("made by SCIM"), default=False)
    # A role that is gone from Aptible stays here, so that what points at it can say so.
    gone_at = models.DateTimeField(_("gone since"), null=True)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [models.UniqueConstraint(fields=["integration", "external_id"], name="one_row_per_role")]

    def __str__(self) -> str:
        return self.name


class DirectoryPerson(DirectoryRow):
    email = models.CharField(_("e-mail"), max_length=320)
    name = models.CharField(_("name"), max_length=200)
    # A guest of the workspace.
    is_guest = models.BooleanField(_("guest"), default=False, db_default=False)
    # Not seen to be of the workspace.
    is_foreign = models.BooleanField(_("of another organization"), default=False, db_default=False)
    seen_at = models.DateTimeField(_("looked up"), null=True)
    verified = models.BooleanField(_("verified"), default=False)
    gone_at = models.DateTimeField(_("gone since"), null=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [models.UniqueConstraint(fields=["integration", "external_id"], name="one_row_per_account")]

    def __str__(self) -> str:
        return self.email


class DirectoryEnvironment(DirectoryRow):
    name = models.CharField(_("name"), max_length=200)
    # Names of its apps, as far as operations that were read have told them. No sync asks for them.
    apps = models.JSONField(_("apps"), default=list, db_default=Value([], models.JSONField()), editable=False)

    class Meta:
        verbose_name = _("environment")
        verbose_name_plural = _("environments")
        constraints = [models.UniqueConstraint(fields=["integration", "external_id"], name="one_row_per_environment")]

    def __str__(self) -> str:
        return self.name


class DirectoryMembership(models.Model):
    role = models.ForeignKey(DirectoryRole, on_delete=models.CASCADE, related_name="memberships")
    account_id = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "account_id"], name="one_row_per_membership")]

    def __str__(self) -> str:
        return f"{self.account_id} in {self.role}"


class DirectoryPermission(models.Model):
    role = models.ForeignKey(DirectoryRole, on_delete=models.CASCADE, related_name="permissions")
    environment = models.ForeignKey(DirectoryEnvironment, on_delete=models.CASCADE, related_name="permissions")
    scope = models.CharField(max_length=50)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "environment", "scope"], name="one_row_per_permission")]

    def __str__(self) -> str:
        return f"{self.role}: {self.scope} in {self.environment}"

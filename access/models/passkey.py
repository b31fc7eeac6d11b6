"""Passkeys of people, and what a browser was asked to have signed."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Value
from django.utils.translation import gettext_lazy as _


class Passkey(models.Model):
    """One that a person has registered. All of it is public: the private half never leaves their device."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="passkeys"
    )
    name = models.CharField(_("name"), max_length=100)
    # As WebAuthn names it, in base64url; no two people can have the same one.
    credential = models.CharField(max_length=1400, unique=True)
    public_key = models.TextField()  # COSE, base64url
    sign_count = models.PositiveBigIntegerField(default=0, db_default=0)
    transports = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    # What the device said of itself when it was registered, with what it signed then.
    attestation = models.TextField()
    registered_at = models.DateTimeField(_("registered"))
    # From when on what it signs counts as an approval; an admin's word can make that sooner.
    counts_from = models.DateTimeField(_("counts from"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("confirmed by"), on_delete=models.PROTECT,
        related_name="confirmed_passkeys", null=True,
    )  # fmt: skip
    last_used_at = models.DateTimeField(_("last used"), null=True)

    class Meta:
        verbose_name = _("passkey")
        verbose_name_plural = _("passkeys")

    def __str__(self) -> str:
        return self.name

    def counts(self, now: datetime) -> bool:
        """Whether it can sign what a flow or the set-up demands a passkey for."""
        return self.counts_from <= now or self.confirmed_at is not None


class Challenge(models.Model):
    """What somebody's passkey is asked to sign: the SHA-256 of a statement, once, within a few minutes."""

    class Purpose(models.TextChoices):
        REGISTER = "register", _("register a passkey")
        SIGN_IN = "sign_in", _("sign in")
        TOUCH = "touch", _("change the set-up")
        APPROVE = "approve", _("approve a request")
        BREAK_GLASS = "break_glass", _("use break-glass")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="challenges")
    purpose = models.CharField(max_length=12, choices=Purpose)
    statement = models.JSONField()
    digest = models.CharField(max_length=64, unique=True)  # hexadecimal
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.person}: {self.get_purpose_display()}"

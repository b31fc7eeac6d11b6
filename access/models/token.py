"""API tokens of people and bots, and the answers that are kept for calls which come twice."""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """What a token may do, as far as its person may."""

    READ = "read", _("Read what its person may see")
    ASK = "ask", _("Ask for access, extend it, and withdraw")
    ASSIST = "assist", _("Ask as an assistant: marked as such, and only together with reading and ending")
    APPROVE = "approve", _("Approve and deny")
    BREAK_GLASS = "break_glass", _("Take access without approval in an emergency")
    END = "end", _("End access")
    AUDIT = "audit", _("Read the log")
    CONFIGURE = "configure", _("Read and change the set-up, if its person is an admin")
    PROVISION = "provision", _("Keep people and groups as the company's directory has them (SCIM); for bots alone")


LABEL_MAX: Final = 100


class Token(models.Model):
    """Kept as a digest: what it reads was shown once, to whoever issued it."""

    ref = models.CharField(_("reference"), max_length=12, unique=True)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256, hexadecimal
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="tokens"
    )
    label = models.CharField(_("what it is for"), max_length=LABEL_MAX)
    scopes = models.JSONField(_("scopes"))  # values of Scope
    created_at = models.DateTimeField(_("issued"))
    created_by = models.CharField(_("issued by"), max_length=320)
    # Who that is for ever, whoever has the address later, and what they were called then. Null where nobody knows.
    created_by_id = models.BigIntegerField(_("issued by (id)"), null=True)
    created_by_name = models.CharField(max_length=200, blank=True, default="", db_default="")
    expires_at = models.DateTimeField(_("expires"))
    # When whoever runs the server, or an admin by a touch of a passkey, stood behind it. With SETUP_PASSKEY a token
    # behind which nobody stood changes nothing that decides who gets in: a stolen session may have issued it before.
    vouched_at = models.DateTimeField(_("confirmed with a passkey"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    # The calls of its last minute with one: their count limits them, and the minute says when it was last used.
    last_used_at = models.DateTimeField(_("last used"), null=True)
    reads = models.PositiveIntegerField(default=0)
    writes = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="a_token_expires_after_its_issue"),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.label}"

    def is_live(self, now: datetime) -> bool:
        """Whether it opens anything: neither revoked nor expired, and its person is active."""
        return self.revoked_at is None and now < self.expires_at and self.person.is_active


class KeptAnswer(models.Model):
    """What a call with an idempotency key was answered, for when the same call comes again."""

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="answers")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)  # of the call: method, address and body
    created_at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(null=True)  # None while the first call is at work
    body = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="one_answer_for_each_idempotency_key")]

    def __str__(self) -> str:
        return f"{self.token}: {self.key}"

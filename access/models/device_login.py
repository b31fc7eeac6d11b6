"""A command line that wants a token: it shows a code, and a person confirms that in a browser."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from access.models.token import LABEL_MAX, Token


class DeviceLogin(models.Model):
    """One try, by the Device Authorization Grant (RFC 8628). Once the token is fetched, or time is up, it is over."""

    class Answer(models.TextChoices):
        CONFIRMED = "confirmed", _("confirmed")
        DENIED = "denied", _("denied")

    digest = models.CharField(max_length=64, unique=True)  # of what the command line proves itself with; hexadecimal
    code = models.CharField(max_length=8, unique=True)  # what a person compares and types
    # What the machine calls itself, which anybody can make up, and from where it called, which they can't.
    machine = models.CharField(max_length=60)
    address = models.GenericIPAddressField()
    scopes = models.JSONField()  # values of Scope: what it wants, and what it gets once it was confirmed
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    asked_at = models.DateTimeField(null=True)  # when it last asked whether it was confirmed
    answer = models.CharField(max_length=9, choices=Answer, blank=True, default="", db_default="")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="device_logins", null=True
    )
    lasts = models.PositiveIntegerField(default=0, db_default=0)  # seconds that the token is good for
    token = models.OneToOneField(Token, on_delete=models.CASCADE, related_name="device_login", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="", person=None, token=None)
                | Q(answer="denied", person__isnull=False, token=None)
                | Q(answer="confirmed", person__isnull=False, lasts__gt=0),
                name="somebody_answered_for_a_device",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.machine} ({self.address})"

    @property
    def label(self) -> str:
        """What its token is called. An address of version 6 may leave less room for the machine."""
        return f"{self.machine[: LABEL_MAX - len(self.address) - 3].rstrip()} ({self.address})"

    @property
    def shown(self) -> str:
        return f"{self.code[:4]}-{self.code[4:]}"

    def is_open(self, now: datetime) -> bool:
        """Whether somebody can still answer it."""
        return not self.answer and now < self.expires_at

"""Who follows the log from outside: webhooks, and the file of JSON lines. Each row says how far it has come."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Follower(models.Model):
    """Moves along the log, in order. It is due when the log is ahead of it and `due_at` has come."""

    position = models.PositiveBigIntegerField(_("position in the log"), default=0, editable=False)
    due_at = models.DateTimeField(_("next try"), default=timezone.now, editable=False)
    # Some worker is at it until then.
    leased_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveIntegerField(_("tries in vain"), default=0, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    trouble = models.TextField(_("trouble"), blank=True, editable=False)
    last_ok_at = models.DateTimeField(_("last delivery"), null=True, editable=False)

    class Meta:
        abstract = True


class Webhook(Follower):
    """An address outside that is told of each event. The secret that signs was shown once, and is kept sealed."""

    name = models.SlugField(_("name"), max_length=100, unique=True)
    url = models.CharField(_("address"), max_length=500)
    types = models.CharField(
        _("types of events"),
        max_length=1000,
        blank=True,
        help_text=_("The beginnings of the types to send, separated by spaces: “grant. request.approved”. Empty: all."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("added by"),
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        editable=False,
    )

    sealed = models.TextField(blank=True, editable=False)
    # Signs as well until then, so that a receiver can take its time with the new one.
    sealed_before = models.TextField(blank=True, editable=False)
    sealed_before_until = models.DateTimeField(null=True, editable=False)

    last_status = models.PositiveSmallIntegerField(_("last answer"), null=True, editable=False)
    disabled_at = models.DateTimeField(_("disabled"), null=True, editable=False)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [
            models.CheckConstraint(
                condition=Q(disabled_at=None) | Q(is_active=False), name="a_disabled_webhook_is_not_active"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def prefixes(self) -> tuple[str, ...]:
        """What the types of the events that are sent begin with. None: every event is sent."""
        return tuple(self.types.split())


class EventLog(Follower):
    """The one row of the file of JSON lines. Where that is, the environment says."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="there_is_one_file_of_events")]

    def __str__(self) -> str:
        return str(self.position)

"""Where requests are announced in Slack, and the messages that tell of them. Rows are the queue here, too."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from access.models.flow import Flow
from access.models.request import AccessRequest


class Announcement(models.Model):
    """One place in which a flow's requests are announced. The first is used; the others are its back-ups, in order."""

    class Kind(models.TextChoices):
        CHANNEL = "channel", _("A channel")
        PEOPLE = "people", _("Each approver, by direct message")
        ASKED_FROM = "asked_from", _("The channel in which it was asked")

    flow = models.ForeignKey(Flow, verbose_name=_("flow"), on_delete=models.CASCADE, related_name="announcements")
    position = models.PositiveSmallIntegerField(_("order"), default=1)
    kind = models.CharField(_("where"), max_length=12, choices=Kind, default=Kind.CHANNEL)
    channel = models.CharField(
        _("channel"),
        max_length=30,
        blank=True,
        validators=[RegexValidator(r"^[CG][A-Z0-9]+$", _("A channel's id starts with C, such as C024BE7LR."))],
        help_text=_("Its id, which Slack shows at the end of the channel's details. The app has to be in it."),
    )
    timeout = models.PositiveIntegerField(
        _("the next is told, too, after (seconds)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(60), MaxValueValidator(7 * 24 * 3600)],
        help_text=_("If nobody has decided by then. Empty: only when this place can't be reached."),
    )

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        ordering = ("position", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="channel") & ~Q(channel="") | ~Q(kind="channel") & Q(channel=""),
                name="a_channel_is_named_where_one_is_meant",
                violation_error_message=_("Name the channel, and only where a channel is meant."),
            ),
        ]

    def __str__(self) -> str:
        return self.channel or str(self.get_kind_display())


class SlackPost(models.Model):
    """One message in Slack about one request, in one place. It is brought to what the request's state says."""

    request = models.ForeignKey(
        AccessRequest, verbose_name=_("request"), on_delete=models.CASCADE, related_name="slack_posts"
    )
    position = models.PositiveSmallIntegerField(_("order"))  # among the places of the flow: a back-up is above 0
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="slack_posts",
        null=True,
    )  # fmt: skip
    channel = models.CharField(_("channel"), max_length=30, blank=True)  # as Slack names it, once it is posted
    ts = models.CharField(_("message"), max_length=30, blank=True)  # Slack's id of it; empty until it is posted
    shown = models.CharField(max_length=64, blank=True)  # SHA-256 of what it shows
    # That it is settled was written below it.
    noted = models.BooleanField(default=False)
    # Up to which event of the log its thread was told what happened.
    told_to = models.PositiveBigIntegerField(default=0, db_default=0)
    # When its thread is reminded, where that stands for a message to each who decides.
    remind_at = models.DateTimeField(null=True)
    # When the next place is told, too, if it is pending still.
    pass_on_at = models.DateTimeField(null=True)

    due_at = models.DateTimeField(_("due"), null=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    # Since when a message may be there that nobody recorded: it is looked for before another one is posted.
    tried_at = models.DateTimeField(null=True)
    last_error = models.TextField(_("last trouble"), blank=True)
    # It can't be shown there, and nobody tries any more.
    failed_at = models.DateTimeField(_("failed"), null=True)

    class Meta:
        verbose_name = _("Slack message")
        verbose_name_plural = _("Slack messages")
        constraints = [
            models.UniqueConstraint(
                fields=["request", "position"], condition=Q(person=None), name="one_post_per_request_and_place"
            ),
            models.UniqueConstraint(fields=["request", "position", "person"], name="one_post_per_request_and_person"),
            models.CheckConstraint(
                condition=Q(person__isnull=False) | ~Q(channel=""), name="a_post_goes_to_a_channel_or_a_person"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="posts_that_are_due"),
            models.Index(fields=["failed_at"], condition=Q(failed_at__isnull=False), name="posts_that_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.request} → {self.person or self.channel}"

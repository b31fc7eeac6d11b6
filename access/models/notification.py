"""What people are told, and by which way. Rows are the queue here, too."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from access.models.access_review import AccessReview
from access.models.finding import Finding
from access.models.grant import Grant
from access.models.request import AccessRequest


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    SLACK = "slack", _("Slack")


class Topic(models.TextChoices):
    """What a person can choose to be told of, or not."""

    REVIEW = "review", _("Requests for me to decide")
    OWN = "own", _("My requests and my access")
    REMINDERS = "reminders", _("Reminders")
    TROUBLE = "trouble", _("Trouble with other people's access")


class Kind(models.TextChoices):
    """What a message says. The words are in services/letters."""

    ASKED = "asked", _("Somebody asks")
    REMINDER = "reminder", _("Somebody still waits")
    SETTLED = "settled", _("Settled by somebody else")
    APPROVAL = "approval", _("One approval of several")
    COMMENT = "comment", _("Somebody wrote about a request")
    APPROVED = "approved", _("Approved")
    FAST_TRACKED = "fast_tracked", _("Somebody got access by fast track")
    DENIED = "denied", _("Denied")
    LAPSED = "lapsed", _("Lapsed")
    ACTIVE = "active", _("Access is there")
    EXTENDED = "extended", _("Access was extended")
    ENDS_SOON = "ends_soon", _("Access ends soon")
    NOT_BEGUN = "not_begun", _("Approved access did not begin")
    INVITED = "invited", _("Invited to sign in")
    CONCERNED = "concerned", _("Something was changed about you")
    PROPOSED = "proposed", _("A change of the set-up waits for another admin")
    REFUSED = "refused", _("Aptible refused to grant it")
    ENDED = "ended", _("Access has ended")
    GONE = "gone", _("Access was gone at Aptible")
    FOUND_AGAIN = "found_again", _("Access was found again after its end")
    SESSION = "session", _("A session outlives the access")
    FOUND = "found", _("Aptible and Usher do not agree")
    TAKE_OUT = "take_out", _("Somebody is to be taken out")
    TAKEN_OUT = "taken_out", _("Somebody was taken out")
    TROUBLE = "trouble", _("Access takes long to begin")
    OVERDUE = "overdue", _("Access is overdue to end")
    LAST_ROLE = "last_role", _("The last role is gone")
    WRITTEN_OFF = "written_off", _("A grant was written off")
    BREAK_GLASS = "break_glass", _("Somebody used break-glass")
    TO_REVIEW = "to_review", _("A break-glass is not reviewed yet")
    REVIEW_OVERDUE = "review_overdue", _("The review of a break-glass is overdue")
    REVIEWED = "reviewed", _("A break-glass was reviewed")
    ACCESS_REVIEW = "access_review", _("An access review waits")
    ACCESS_REVIEW_LATE = "access_review_late", _("An access review is overdue")
    ACCESS_REVIEW_DONE = "access_review_done", _("An access review is decided or over")
    ATTENTION = "attention", _("An integration needs attention")
    STAND_IN = "stand_in", _("Somebody decides for another")
    STUCK = "stuck", _("A request can no longer be approved")
    UNANNOUNCED = "unannounced", _("A request could not be announced")
    UNDELIVERED = "undelivered", _("A message could not be sent")
    REPORT = "report", _("The report of a month")
    WEBHOOK_DISABLED = "webhook_disabled", _("A webhook was disabled")


class Notification(models.Model):
    """One message to one person. It keeps primary keys and plain facts; the words are found when it is sent."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("to"), on_delete=models.CASCADE, related_name="notifications"
    )
    channel = models.CharField(_("by"), max_length=20, choices=Channel)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    # Empty: nobody can choose not to hear it.
    topic = models.CharField(_("topic"), max_length=20, choices=Topic, blank=True)
    # Why this person is told, in a form that is the same when the same thing is found out twice.
    key = models.CharField(_("reason"), max_length=200)
    request = models.ForeignKey(
        AccessRequest, verbose_name=_("request"), on_delete=models.CASCADE, related_name="notifications", null=True
    )
    grant = models.ForeignKey(
        Grant, verbose_name=_("grant"), on_delete=models.CASCADE, related_name="notifications", null=True
    )
    facts = models.JSONField(_("facts"), default=dict)
    created_at = models.DateTimeField(_("written"))

    # While it is being sent, `due_at` is the end of the lease.
    due_at = models.DateTimeField(_("due"), null=True)
    first_tried_at = models.DateTimeField(_("first tried"), null=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    last_error = models.TextField(_("last trouble"), blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    given_up_at = models.DateTimeField(_("given up"), null=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["recipient", "channel", "key"], name="one_message_per_person_and_reason"),
            models.CheckConstraint(
                condition=Q(due_at__isnull=False, sent_at=None, given_up_at=None)
                | Q(due_at=None, sent_at__isnull=False, given_up_at=None)
                | Q(due_at=None, sent_at=None, given_up_at__isnull=False),
                name="a_message_is_due_or_sent_or_given_up",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="messages_that_are_due"),
            models.Index(fields=["given_up_at"], condition=Q(given_up_at__isnull=False), name="messages_given_up"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} → {self.recipient}"

    @cached_property
    def finding(self) -> Finding | None:
        """The finding that it is about."""
        rows = Finding.objects.select_related("target", "person", "integration")
        return rows.filter(pk=int(self.facts.get("finding") or 0)).first()

    @cached_property
    def access_review(self) -> AccessReview | None:
        """The access review that it is about."""
        return AccessReview.objects.filter(ref=self.facts.get("review", "")).first()


class MutedTopic(models.Model):
    """Somebody chose not to be told of a topic by one way. Without a row they are."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="muted_topics")
    channel = models.CharField(max_length=20, choices=Channel)
    topic = models.CharField(max_length=20, choices=Topic)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "channel", "topic"], name="one_choice_per_person_way_and_topic")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.topic} ({self.channel})"


class LogReader(models.Model):
    """How far somebody has read the log. What is done about an event commits together with this."""

    name = models.CharField(max_length=40, primary_key=True)
    seq = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.seq}"

"""What can be held, how it is given, and the form through which people ask for it."""

from datetime import timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from access.models.integration import Integration

HOUR = 3600
DAY = 24 * HOUR


def default_durations() -> list[int]:
    return [HOUR, 4 * HOUR, 8 * HOUR]


class Target(models.Model):
    class Type(models.TextChoices):
        APTIBLE_ROLE = "aptible_role", _("Aptible role")

    class Risk(models.TextChoices):
        LOW = "low", _("Low")
        MEDIUM = "medium", _("Medium")
        HIGH = "high", _("High")

    class Outsiders(models.TextChoices):
        REPORT = "report", _("is reported")
        TAKE_OUT = "take_out", _("is taken out after a while")

    class OpenSessions(models.TextChoices):
        REPORT = "report", _("is reported")
        CANCEL = "cancel", _("is cancelled at Aptible")

    type = models.CharField(_("type"), max_length=30, choices=Type, default=Type.APTIBLE_ROLE)
    name = models.SlugField(_("name"), max_length=100, unique=True)
    label = models.CharField(_("label"), max_length=200)
    integration = models.ForeignKey(
        Integration, verbose_name=_("integration"), on_delete=models.PROTECT, related_name="targets",
        limit_choices_to={"type": Integration.Type.APTIBLE},
    )  # fmt: skip
    role_id = models.CharField(_("role id"), max_length=100)
    owner_role_is_meant = models.BooleanField(
        _("an owner role or a SCIM role is meant"),
        default=False,
        help_text=_("Only custom roles can be held, unless this is ticked: an owner role opens everything."),
    )

    risk = models.CharField(
        _("risk"),
        max_length=10,
        choices=Risk,
        default=Risk.MEDIUM,
        db_default=Risk.MEDIUM,
        help_text=_("Fast-track rules can look at it."),
    )
    max_seconds = models.PositiveIntegerField(
        _("longest duration (seconds)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(60)],
        help_text=_("Shorter than what the flows offer; empty for no limit of its own."),
    )

    outsiders = models.CharField(
        _("who is in the role without an approval"), max_length=10, choices=Outsiders,
        default=Outsiders.REPORT, db_default=Outsiders.REPORT,
        help_text=_("Owners and the bot are never taken out, nor who was in the role before Usher first looked."),
    )  # fmt: skip
    outsiders_grace = models.PositiveIntegerField(
        _("taken out after (seconds)"), default=DAY, db_default=DAY,
        help_text=_("The person and the admins are told first, and an admin can accept it meanwhile."),
    )  # fmt: skip
    open_sessions = models.CharField(
        _("an SSH session that outlives the access"), max_length=10, choices=OpenSessions,
        default=OpenSessions.REPORT, db_default=OpenSessions.REPORT,
        help_text=_("Cancelling is asked of Aptible, and it is told what came of it. Open tunnels can't be seen."),
    )  # fmt: skip
    # When its members were first held against the grants: who was in by then was in before.
    members_seen_at = models.DateTimeField(null=True, editable=False)

    # A task for this target is on its way until `queued_until`, and a worker is at it until `leased_until`.
    queued_until = models.DateTimeField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    leased_by = models.CharField(max_length=80, blank=True, editable=False)
    # How many seconds the last pass over it took; 0: there was none.
    pass_seconds = models.FloatField(default=0, db_default=0, editable=False)
    # What was read of a list of its members that one pass had no time to finish, and where it goes on.
    reading = models.JSONField(null=True, editable=False)

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = [
            # Two targets on one role could take each other's access away.
            models.UniqueConstraint(fields=["integration", "role_id"], name="one_target_per_role"),
        ]

    def __str__(self) -> str:
        return self.label

    def save(self, *args, **kwargs) -> None:  # type: ignore[no-untyped-def]
        self.role_id = self.role_id.strip().lower()
        if self.pk and self.grants.exclude(role_id=self.role_id).exists():
            raise ValueError("A target keeps its role once somebody has held it: make a new target.")
        super().save(*args, **kwargs)


class Strategy(models.Model):
    class Type(models.TextChoices):
        APTIBLE = "aptible", _("Aptible")

    type = models.CharField(_("type"), max_length=20, choices=Type, default=Type.APTIBLE)
    name = models.SlugField(_("name"), max_length=100, unique=True)
    integration = models.ForeignKey(
        Integration, verbose_name=_("integration"), on_delete=models.PROTECT, related_name="strategies",
        limit_choices_to={"type": Integration.Type.APTIBLE},
    )  # fmt: skip
    targets = models.ManyToManyField(Target, verbose_name=_("targets"), related_name="strategies", blank=True)

    class Meta:
        verbose_name = _("strategy")
        verbose_name_plural = _("strategies")

    def __str__(self) -> str:
        return self.name


class Flow(models.Model):
    name = models.SlugField(_("name"), max_length=100, unique=True)
    label = models.CharField(_("label"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    is_active = models.BooleanField(_("open for requests"), default=True)
    strategy = models.ForeignKey(
        Strategy, verbose_name=_("strategy"), on_delete=models.PROTECT, related_name="flows", null=True, blank=True,
        help_text=_("Empty: an approval is all that can be asked for, of a deploy or an export. It gives no access."),
    )  # fmt: skip
    allowed_durations = models.JSONField(_("allowed durations"), default=default_durations)  # whole seconds, ascending
    default_duration = models.PositiveIntegerField(_("default duration (seconds)"), default=HOUR)
    requesters = models.ManyToManyField(
        "access.Group", verbose_name=_("who may ask"), related_name="flows_to_ask", blank=True,
        help_text=_("The members of these groups see the flow and may ask. Empty: everybody who can sign in."),
    )  # fmt: skip
    stand_ins = models.ManyToManyField(
        "access.Group", verbose_name=_("who may stand in"), related_name="flows_to_stand_in", blank=True,
        help_text=_(
            "Only members of these groups decide here for somebody who is away. Empty: only people whom it asks anyway."
        ),
    )  # fmt: skip
    free_extension = models.PositiveIntegerField(
        _("may be extended without approval by (seconds)"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(24 * HOUR)],
        help_text=_("Once for each access, by its holder. 0: an extension is approved like a request."),
    )
    break_glass = models.BooleanField(
        _("break-glass is allowed"),
        default=False,
        db_default=False,
        help_text=_("Access at once without approval, told to everybody it skipped and reviewed afterwards."),
    )
    break_glass_seconds = models.PositiveIntegerField(
        _("longest break-glass access (seconds)"), default=HOUR, db_default=HOUR, validators=[MinValueValidator(60)]
    )
    review_within = models.PositiveIntegerField(
        _("a break-glass is reviewed within (seconds)"),
        default=24 * HOUR,
        db_default=24 * HOUR,
        validators=[MinValueValidator(60)],
    )
    break_glass_passkey = models.BooleanField(
        _("break-glass is signed with a passkey"), default=False, db_default=False,
        help_text=_("By whoever uses it. Always so where approvals are."),
    )  # fmt: skip
    approve_with_passkey = models.BooleanField(
        _("approvals are signed with a passkey"), default=False, db_default=False,
        help_text=_("On the request's page alone. No rule approves at once, and nobody extends without an approval."),
    )  # fmt: skip
    allow_assistants = models.BooleanField(
        _("assistants may ask"), default=True, db_default=True,
        help_text=_("In somebody's name, with a token of their own. Such a request is marked, and decided by people."),
    )  # fmt: skip
    self_approval = models.BooleanField(
        _("people may approve their own requests"), default=False, help_text=_("Leave this off outside of trials.")
    )
    guests_may_act = models.BooleanField(
        _("guests may act in Slack"),
        default=False,
        db_default=False,
        help_text=_("Guests and people of other organizations may ask and decide there. Otherwise only members may."),
    )
    announce_only = models.BooleanField(
        _("approvers are told in Slack by the announcement alone"), default=False, db_default=False,
        help_text=_(
            "One message in the channel, and reminders below it, in place of one to each. Where no channel is named or"
            " it can't be reached, each is told. Whom an escalation asks is told themselves."
        ),
    )  # fmt: skip
    pending_timeout = models.PositiveIntegerField(
        _("a request lapses after (seconds)"),
        default=24 * HOUR,
        validators=[MinValueValidator(60), MaxValueValidator(30 * 24 * HOUR)],
    )
    reason_example = models.CharField(
        _("example of a good reason"), max_length=200, blank=True, help_text=_("Shown beside the field.")
    )
    keeps_commands = models.BooleanField(
        _("keep the commands of SSH sessions"), default=False, db_default=False,
        help_text=_("As Aptible tells them, with what was done. They can hold what nobody should read."),
    )  # fmt: skip
    reason_min_length = models.PositiveSmallIntegerField(_("shortest reason (characters)"), default=1)
    ticket_pattern = models.CharField(
        _("ticket pattern"),
        max_length=200,
        blank=True,
        help_text=_("A regular expression that a whole ticket matches."),
    )
    ticket_example = models.CharField(
        _("example of a ticket"), max_length=100, blank=True, default="", db_default="",
        help_text=_("Shown to people in place of the pattern, such as OPS-123."),
    )  # fmt: skip
    ticket_url = models.CharField(
        _("ticket address"), max_length=300, blank=True, help_text=_("{ticket} in it is replaced by the ticket.")
    )

    # Whom nobody could help, as the last look at all people found; empty while everybody's request could be approved.
    dead_end = models.TextField(_("dead end"), blank=True, default="", db_default="", editable=False)
    dead_end_since = models.DateTimeField(null=True, editable=False)
    # When somebody must look again whether it can be met.
    # Who is on duty for its fast track, and can't sign in.
    duty_trouble = models.TextField(blank=True, default="", db_default="", editable=False)
    check_due_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("flow")
        verbose_name_plural = _("flows")
        constraints = [
            models.CheckConstraint(
                condition=Q(strategy__isnull=False) | Q(break_glass=False, free_extension=0),
                name="only_access_is_given_without_approval",
            ),
            models.CheckConstraint(
                condition=Q(approve_with_passkey=False) | Q(free_extension=0),
                name="what_is_signed_is_not_extended_without_approval",
            ),
        ]
        indexes = [models.Index(fields=["check_due_at"], name="flows_to_look_at")]

    def __str__(self) -> str:
        return self.label

    @property
    def gives_access(self) -> bool:
        """Whether there is anything to hold; otherwise an approval is all that can be asked for."""
        return self.strategy_id is not None

    @property
    def signs_break_glass(self) -> bool:
        """Whether its break-glass needs a passkey: where approvals do, it would be the way around them."""
        return self.approve_with_passkey or self.break_glass_passkey

    @property
    def integration(self) -> Integration | None:
        """Through which access is given; None where none is."""
        return self.strategy.integration if self.strategy else None

    @property
    def ticket_hint(self) -> str:
        """How a ticket is written here, by an example: the pattern says nothing to most. Empty where any will do."""
        if self.ticket_example:
            return gettext("For example: %(example)s.") % {"example": self.ticket_example}
        return gettext("Write it as your tracker shows it.") if self.ticket_pattern else ""

    @property
    def durations(self) -> list[timedelta]:
        return [timedelta(seconds=seconds) for seconds in sorted(self.allowed_durations)]

"""When a team works, and who of it is on call: kept here, or read from PagerDuty."""

from datetime import date, time

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from access.core import clocks, hours, rota
from access.models.integration import Secret


def validate_zone(name: str) -> None:
    if not clocks.is_zone(name):
        raise ValidationError(_now("“%(name)s” is no time zone: write one like Europe/Berlin.") % {"name": name})


def workdays() -> list[int]:
    return [0, 1, 2, 3, 4]


class WorkingHours(models.Model):
    name = models.SlugField(_("name"), max_length=100, unique=True)
    label = models.CharField(_("label"), max_length=200)
    zone = models.CharField(
        _("time zone"), max_length=50, validators=[validate_zone], help_text=_("Such as Europe/Berlin.")
    )
    weekdays = models.JSONField(_("days"), default=workdays)  # 0 is Monday
    opens = models.TimeField(_("from"), default=time(9))
    closes = models.TimeField(
        _("until"), default=time(17), help_text=_("At or before the time above: until then on the next day.")
    )

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")

    def __str__(self) -> str:
        return self.label

    def plain(self) -> hours.Hours:
        return hours.Hours(self.zone, frozenset(self.weekdays), self.opens, self.closes)


class Schedule(models.Model):
    class Source(models.TextChoices):
        PORTAL = "portal", _("Kept here")
        PAGERDUTY = "pagerduty", _("Read from PagerDuty")

    name = models.SlugField(_("name"), max_length=100, unique=True)
    label = models.CharField(_("label"), max_length=200)
    zone = models.CharField(
        _("time zone"), max_length=50, validators=[validate_zone], help_text=_("Such as Europe/Berlin.")
    )
    source = models.CharField(_("who knows"), max_length=10, choices=Source, default=Source.PORTAL)

    first_day = models.DateField(_("first day"), default=date.today, help_text=_("When the first one's turn begins."))
    hand_over = models.TimeField(_("hand-over at"), default=time(9))
    every = models.PositiveSmallIntegerField(
        _("a turn lasts (days)"), default=7, validators=[MinValueValidator(1), MaxValueValidator(366)]
    )

    external_id = models.CharField(
        _("PagerDuty schedule id"), max_length=40, blank=True, help_text=_("From its address, such as PI7DH85.")
    )
    token_secret = models.ForeignKey(
        Secret, verbose_name=_("PagerDuty API key"), on_delete=models.PROTECT, related_name="token_of",
        null=True, blank=True, help_text=_("A read-only key is enough."),
    )  # fmt: skip

    # What was read from outside last, written by the services only.
    due_at = models.DateTimeField(default=timezone.now, null=True, editable=False)
    read_at = models.DateTimeField(_("last read"), null=True, editable=False)
    trouble = models.TextField(_("last trouble"), blank=True, editable=False)

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        constraints = [
            models.CheckConstraint(
                condition=Q(source="portal") | ~Q(external_id="") & Q(token_secret__isnull=False),
                name="what_is_read_from_outside_says_where",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(source="pagerduty"), name="schedules_to_read"),
        ]

    def __str__(self) -> str:
        return self.label

    def plain(self) -> rota.Rota:
        """The portal's own schedule, as plain data: two queries unless they were prefetched."""
        people = sorted(self.turns.all(), key=lambda one: (one.position, one.pk))
        shifts = sorted(self.shifts.all(), key=lambda one: (one.starts_at, one.pk))
        return rota.Rota(
            zone=self.zone,
            first_day=self.first_day,
            hand_over=self.hand_over,
            every=self.every,
            people=tuple(one.person_id for one in people),
            shifts=tuple(rota.Shift(one.person_id, one.starts_at, one.ends_at) for one in shifts),
        )


class Turn(models.Model):
    """One person's place in the rotation."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="turns")
    position = models.PositiveSmallIntegerField(_("turn"), default=1)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="turns"
    )

    class Meta:
        verbose_name = _("turn")
        verbose_name_plural = _("turns")
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return f"{self.position}: {self.person}"


class Shift(models.Model):
    """Somebody is on call for a while instead of whose turn it is."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="shifts")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="shifts"
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        ordering = ("starts_at", "pk")
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="a_shift_ends_after_its_start"),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.starts_at:%Y-%m-%d %H:%M} – {self.ends_at:%Y-%m-%d %H:%M} UTC"


class OnCall(models.Model):
    """Somebody whom the outside named as on call when the schedule was read last."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="on_call")
    email = models.CharField(_("e-mail"), max_length=320)  # lower case
    ends_at = models.DateTimeField(_("until"), null=True)  # None: nobody has set an end

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schedule", "email"], name="named_once_in_a_schedule"),
        ]

    def __str__(self) -> str:
        return self.email

"""Rules of a flow that approve a request at once, or refuse it."""

from typing import Final

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from access.models.flow import Flow, Target
from access.models.policy import Group
from access.models.schedule import Schedule, WorkingHours

LONGEST_LOOK_BACK: Final = 366  # days


class FastTrackRule(models.Model):
    """What is set here has to hold, all of it. What a condition names can't be deleted, or the rule would widen."""

    class Effect(models.TextChoices):
        APPROVE = "approve", _("Approve at once")
        DENY = "deny", _("Refuse")

    class OnCall(models.TextChoices):
        YES = "yes", _("on call")
        NO = "no", _("not on call")

    class Within(models.TextChoices):
        INSIDE = "inside", _("within these hours")
        OUTSIDE = "outside", _("outside of these hours")

    flow = models.ForeignKey(Flow, verbose_name=_("flow"), on_delete=models.CASCADE, related_name="fast_track")
    position = models.PositiveSmallIntegerField(_("number"), default=1)
    effect = models.CharField(_("effect"), max_length=10, choices=Effect, default=Effect.APPROVE)
    reason = models.CharField(
        _("reason"), max_length=200, help_text=_("Written down with each request, and shown to whoever asks.")
    )
    in_group = models.ForeignKey(
        Group, verbose_name=_("is in the group"), on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    not_in_group = models.ForeignKey(
        Group, verbose_name=_("is not in the group"), on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    schedule = models.ForeignKey(
        Schedule, verbose_name=_("schedule"), on_delete=models.PROTECT, related_name="rules", null=True, blank=True
    )
    is_on_call = models.CharField(_("is there"), max_length=3, choices=OnCall, default=OnCall.YES)
    held_times = models.PositiveSmallIntegerField(
        _("has held the target (times)"), null=True, blank=True, validators=[MinValueValidator(1)],
        help_text=_("Approved by people, and confirmed: what a rule has approved does not count."),
    )  # fmt: skip
    held_days = models.PositiveSmallIntegerField(
        _("in the last (days)"), null=True, blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_LOOK_BACK)],
    )  # fmt: skip
    risk_at_most = models.CharField(_("the target's risk is at most"), max_length=10, choices=Target.Risk, blank=True)
    risk_at_least = models.CharField(_("the target's risk is at least"), max_length=10, choices=Target.Risk, blank=True)
    hours = models.ForeignKey(
        WorkingHours, verbose_name=_("working hours"), on_delete=models.PROTECT, related_name="rules",
        null=True, blank=True,
    )  # fmt: skip
    within = models.CharField(_("it is"), max_length=10, choices=Within, default=Within.INSIDE)

    class Meta:
        verbose_name = _("fast-track rule")
        verbose_name_plural = _("fast-track rules")
        ordering = ("position", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(in_group__isnull=False)
                | Q(not_in_group__isnull=False)
                | Q(schedule__isnull=False)
                | Q(held_times__isnull=False)
                | ~Q(risk_at_most="")
                | ~Q(risk_at_least="")
                | Q(hours__isnull=False),
                name="a_fast_track_rule_has_a_condition",
            ),
            models.CheckConstraint(
                condition=Q(held_times=None, held_days=None) | Q(held_times__gte=1, held_days__gte=1),
                name="times_held_are_counted_in_days",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="a_fast_track_rule_says_why"),
        ]

    def __str__(self) -> str:
        return self.reason

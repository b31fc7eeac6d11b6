"""Grants: the access itself, from confirmed start to confirmed end."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from access.core.prepared import prepared, the_one
from access.core.states import LIVE, OPEN, EndReason, GrantState
from access.models.flow import Target
from access.models.who import called


class Grant(models.Model):
    ref = models.CharField(_("reference"), max_length=12, unique=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="grants"
    )
    target = models.ForeignKey(Target, verbose_name=_("target"), on_delete=models.PROTECT, related_name="grants")
    # Pinned when it was made: a mapping or a target that changes later moves nothing.
    role_id = models.CharField(_("role id"), max_length=100)
    account_id = models.CharField(_("account id"), max_length=100)
    state = models.CharField(_("state"), max_length=12, choices=GrantState, default=GrantState.SCHEDULED)
    seconds = models.PositiveIntegerField(_("duration (seconds)"))
    created_at = models.DateTimeField(_("opened"))
    starts_at = models.DateTimeField(_("start"))

    # When somebody must look at it next, and how often that failed in a row.
    due_at = models.DateTimeField(_("due"), null=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    last_error = models.TextField(_("last trouble"), blank=True)

    # Set before the provider is asked to add: from then on a membership found there is ours.
    asked_at = models.DateTimeField(_("asked for at the provider"), null=True)
    # Aptible accepted the add then. Its lists may not show it yet.
    accepted_at = models.DateTimeField(_("accepted by the provider"), null=True)
    # A call whose answer nobody recorded may still take effect, and be missing in a list, until then.
    unsure_until = models.DateTimeField(null=True)
    # Aptible accepted the removal of a membership that it had listed.
    removed_at = models.DateTimeField(_("removed at the provider"), null=True)
    # The person held the role already, not through the portal: it is left as found.
    standing = models.BooleanField(_("standing member"), default=False)

    confirmed_at = models.DateTimeField(_("confirmed active"), null=True)
    ends_at = models.DateTimeField(_("ends"), null=True)
    # What the holder added without approval, as the flow allows once.
    free_extension_at = models.DateTimeField(_("extended without approval"), null=True)
    free_extension_seconds = models.PositiveIntegerField(_("by (seconds)"), null=True)
    # When access should be gone: the end of its time, or the moment somebody ended it early.
    end_due_at = models.DateTimeField(_("due to end"), null=True)
    end_reason = models.CharField(_("why it ended"), max_length=12, choices=EndReason, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=320, blank=True)
    # Who that is for ever, whoever has the address later, and what they were called then. Null where nobody knows.
    ended_by_id = models.BigIntegerField(_("ended by (id)"), null=True)
    ended_by_name = models.CharField(max_length=200, blank=True, default="", db_default="")
    ended_at = models.DateTimeField(_("confirmed ended"), null=True)
    # An admin wrote it off: nobody saw at the provider that the membership is gone.
    not_verified = models.BooleanField(_("end not verified"), default=False)
    # The two read-backs, as they were seen.
    start_evidence = models.JSONField(_("evidence of the start"), null=True)
    end_evidence = models.JSONField(_("evidence of the end"), null=True)

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "target"], condition=Q(state__in=LIVE), name="one_live_grant_per_person_and_target"
            ),
            # A mapping may be moved to another person while the old one still holds access with the account.
            models.UniqueConstraint(
                fields=["account_id", "role_id"],
                condition=Q(state__in=LIVE),
                name="one_live_grant_per_account_and_role",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN, due_at__isnull=False) | Q(state=GrantState.ENDED, due_at=None),
                name="every_open_grant_is_due_some_day",
            ),
            models.CheckConstraint(
                condition=~Q(state=GrantState.ACTIVE)
                | Q(confirmed_at__isnull=False, ends_at__isnull=False, due_at=F("ends_at")),
                name="an_active_grant_was_confirmed_and_is_due_at_its_end",
            ),
            models.CheckConstraint(
                condition=Q(free_extension_at=None, free_extension_seconds=None)
                | Q(free_extension_at__isnull=False, free_extension_seconds__isnull=False),
                name="a_free_extension_says_when_and_how_long",
            ),
            models.CheckConstraint(
                condition=Q(state=GrantState.ENDED, ended_at__isnull=False) & ~Q(end_reason="")
                | ~Q(state=GrantState.ENDED) & Q(ended_at=None),
                name="an_ended_grant_says_when_and_why",
            ),
            models.CheckConstraint(
                condition=~Q(state=GrantState.REVOKING) | Q(end_due_at__isnull=False) & ~Q(end_reason=""),
                name="a_grant_that_ends_says_why_and_when_it_should",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=OPEN), name="grants_that_are_due"),
            # What is open is little beside all that there was.
            models.Index(fields=["person"], condition=Q(state__in=OPEN), name="open_grants_of_a_person"),
            models.Index(fields=["target", "due_at"], condition=Q(state__in=OPEN), name="open_grants_of_a_target"),
            models.Index(fields=["ended_at"], condition=Q(not_verified=True), name="grants_written_off"),
            models.Index(fields=["account_id"], name="grants_of_an_account"),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def ended_by_called(self) -> str:
        """What whoever ended it was called then; empty where nobody did."""
        return called(self.ended_by, self.ended_by_name)

    @property
    def duration(self) -> timedelta:
        return timedelta(seconds=self.seconds)

    def refreshed(self) -> "Grant":
        """Read this grant anew."""
        return the_one(_by_key(self.pk))

    def is_overdue(self, now: datetime) -> bool:
        """Access should be gone by now, and nobody has seen that it is."""
        due = self.end_due_at or self.ends_at
        return self.state in LIVE and due is not None and due < now


@prepared
def _by_key(pk: int) -> models.QuerySet[Grant]:
    return Grant.objects.filter(pk=pk)

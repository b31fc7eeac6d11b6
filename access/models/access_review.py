"""Access reviews: who is in a role is gone through row by row, and kept or removed, until somebody signs it off."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from access.core.states import AccessReviewState, RowState
from access.models.finding import Finding
from access.models.flow import Target
from access.models.grant import Grant
from access.models.policy import Group


class AccessReview(models.Model):
    """One campaign: what is looked at, by whom, and until when."""

    class Reviewers(models.TextChoices):
        """By which rule somebody decides a row. Whom it names is read whenever it is asked."""

        APPROVERS = "approvers", _("Those who approve the target's flows")
        MANAGER = "manager", _("The manager of whoever holds it")
        GROUP = "group", _("The members of a group")
        ADMINS = "admins", _("The admins")

    ref = models.CharField(_("reference"), max_length=12, unique=True)
    title = models.CharField(_("title"), max_length=200)
    state = models.CharField(_("state"), max_length=12, choices=AccessReviewState, default=AccessReviewState.OPEN)
    # Also targets that are made later. Otherwise those that were chosen.
    every_target = models.BooleanField(_("every target"), default=False)
    targets = models.ManyToManyField(Target, verbose_name=_("targets"), related_name="access_reviews", blank=True)
    reviewers = models.CharField(_("who decides"), max_length=12, choices=Reviewers)
    group = models.ForeignKey(
        Group, verbose_name=_("group"), on_delete=models.PROTECT, related_name="access_reviews", null=True
    )
    started_at = models.DateTimeField(_("started"))
    # None: a command did.
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("started by"), on_delete=models.PROTECT,
        related_name="started_access_reviews", null=True,
    )  # fmt: skip
    deadline = models.DateTimeField(_("due"))
    # When people are told of it next: a reminder before the deadline, an escalation from then on.
    tell_at = models.DateTimeField(_("next told"), null=True)
    # When a worker has to look at it next: to tell people, or to see what came of a removal.
    due_at = models.DateTimeField(_("next look"), null=True)
    # Since when every row is decided, and nothing is on its way.
    ready_at = models.DateTimeField(_("decided"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("closed by"), on_delete=models.PROTECT,
        related_name="closed_access_reviews", null=True,
    )  # fmt: skip
    comment = models.TextField(_("comment"), blank=True)

    class Meta:
        verbose_name = _("access review")
        verbose_name_plural = _("access reviews")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state=AccessReviewState.OPEN, due_at__isnull=False, tell_at__isnull=False, closed_at=None,
                    closed_by=None, comment="",
                ) | ~Q(state=AccessReviewState.OPEN) & Q(due_at=None, tell_at=None, closed_at__isnull=False)
                & Q(closed_by__isnull=False) & ~Q(comment=""),
                name="an_access_review_is_due_until_somebody_closes_it",
            ),
            models.CheckConstraint(
                condition=Q(deadline__gt=models.F("started_at")), name="an_access_review_has_time_until_its_deadline"
            ),
            models.CheckConstraint(
                condition=Q(reviewers="group", group__isnull=False) | ~Q(reviewers="group") & Q(group=None),
                name="a_group_is_named_where_a_group_decides",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="access_reviews_that_are_due")
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.ref})"

    @property
    def starter(self) -> str:
        return str(self.started_by or _("a command"))

    @property
    def is_open(self) -> bool:
        return self.state == AccessReviewState.OPEN


class AccessReviewRow(models.Model):
    """One membership that somebody has to say yes or no to: a standing one as it was found, or a grant."""

    review = models.ForeignKey(AccessReview, on_delete=models.PROTECT, related_name="rows")
    target = models.ForeignKey(Target, verbose_name=_("target"), on_delete=models.PROTECT, related_name="+")
    # What a look at Aptible found: somebody in the role whom no grant explains.
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="reviewed_as", null=True)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="reviewed_as", null=True)
    # Whose it is, as far as that is known.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT,
        related_name="reviewed_as", null=True,
    )  # fmt: skip
    state = models.CharField(_("state"), max_length=12, choices=RowState, default=RowState.WAITING)
    joined_at = models.DateTimeField(_("joined"))
    decided_at = models.DateTimeField(_("decided"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("decided by"), on_delete=models.PROTECT,
        related_name="decided_review_rows", null=True,
    )  # fmt: skip
    why = models.TextField(_("why"), blank=True)
    # When it was seen what came of it, and what that was where it needs words.
    settled_at = models.DateTimeField(_("settled"), null=True)
    result = models.TextField(_("result"), blank=True)

    class Meta:
        verbose_name = _("row of an access review")
        verbose_name_plural = _("rows of access reviews")
        constraints = [
            models.CheckConstraint(
                condition=Q(finding__isnull=False, grant=None) | Q(finding=None, grant__isnull=False),
                name="a_reviewed_row_is_a_finding_or_a_grant",
            ),
            models.UniqueConstraint(
                fields=["review", "finding"], condition=Q(finding__isnull=False), name="a_finding_is_reviewed_once"
            ),
            models.UniqueConstraint(
                fields=["review", "grant"], condition=Q(grant__isnull=False), name="a_grant_is_reviewed_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=(RowState.WAITING, RowState.DROPPED))
                | Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(why=""),
                name="who_decided_a_row_and_why_is_kept",
            ),
        ]
        indexes = [
            models.Index(fields=["review", "state"], name="rows_of_a_review_by_state"),
            models.Index(fields=["target"], condition=Q(state=RowState.WAITING), name="rows_that_wait"),
        ]

    def __str__(self) -> str:
        return f"{self.who}: {self.target}"

    @property
    def who(self) -> str:
        """Whom it is about, by the best name that is known."""
        if self.person:
            return str(self.person)
        account = self.finding or self.grant
        return getattr(account, "email", "") or (account.account_id if account else "")

    @property
    def account_id(self) -> str:
        account = self.finding or self.grant
        return account.account_id if account else ""

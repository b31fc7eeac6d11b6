"""A change of what decides who gets in, which another admin has to confirm before it is one."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Proposal(models.Model):
    """What an admin did, in full, and what came of it when it was tried and taken back."""

    class State(models.TextChoices):
        OPEN = "open", _("Waits for another admin")
        CONFIRMED = "confirmed", _("Confirmed")
        DECLINED = "declined", _("Declined")
        LAPSED = "lapsed", _("Lapsed")

    ref = models.CharField(_("reference"), max_length=12, unique=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("proposed by"), on_delete=models.PROTECT, related_name="proposals"
    )
    # Who issued the token that a bot used: it would be their own second pair of eyes.
    behind_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(_("proposed"))
    lapses_at = models.DateTimeField(_("lapses"))
    due_at = models.DateTimeField(null=True)  # when it lapses, while it is open
    # How it is done again: a form of the admin, or a call of the API.
    way = models.CharField(max_length=200)
    # The form or the body, encrypted: it may hold a secret. Once it is settled it is empty, or where it came to nothing
    # the form without its secrets, for who proposes it again.
    sealed = models.TextField(blank=True)
    digest = models.CharField(max_length=64)  # of who, way and what: the same is not proposed twice
    # Each event that the change wrote, with its sentence; and what it means for people, in sentences.
    events = models.JSONField(_("what changes"))
    effects = models.JSONField(_("what it means"))
    # The last event of the log when it was proposed: what it is based on must not have changed since.
    after_event = models.BigIntegerField(default=0)
    settled_at = models.DateTimeField(_("settled"), null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("settled by"), on_delete=models.PROTECT,
        related_name="settled_proposals", null=True,
    )  # fmt: skip
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", due_at__isnull=False, settled_at=None)
                | Q(state="confirmed", due_at=None, settled_at__isnull=False, sealed="")
                | Q(state__in=("declined", "lapsed"), due_at=None, settled_at__isnull=False),
                name="a_proposal_is_due_until_it_is_settled",
            ),
            models.CheckConstraint(
                condition=Q(settled_by=None) | ~Q(state="confirmed") | ~Q(settled_by=models.F("by")),
                name="nobody_confirms_what_they_proposed",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="proposals_that_are_due")]

    def __str__(self) -> str:
        return self.ref

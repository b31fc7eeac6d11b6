"""Requests: one person's ask, and what the approvers said. Human workflow only."""

import uuid
from datetime import timedelta
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from access.core import prompts
from access.core.states import RequestState
from access.models.flow import Flow, Target
from access.models.grant import Grant
from access.models.policy import Group


class AccessRequest(models.Model):
    class Path(models.TextChoices):
        """By which way a request is settled."""

        PEOPLE = "people", _("Approvers decide")
        FAST_TRACK = "fast_track", _("Fast track")
        BREAK_GLASS = "break_glass", _("Break-glass")

    ref = models.CharField(_("reference"), max_length=12, unique=True)
    flow = models.ForeignKey(
        Flow, verbose_name=_("flow"), on_delete=models.PROTECT, related_name="requests", db_index=False
    )
    # None: an approval is all that was asked for, so there is no duration and no account either.
    target = models.ForeignKey(
        Target, verbose_name=_("target"), on_delete=models.PROTECT, related_name="requests", null=True, db_index=False
    )
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("requester"), on_delete=models.PROTECT, related_name="requests",
        db_index=False,
    )  # fmt: skip
    state = models.CharField(_("state"), max_length=12, choices=RequestState, default=RequestState.PENDING)
    seconds = models.PositiveIntegerField(_("duration (seconds)"))
    reason = models.TextField(_("reason"))
    ticket = models.CharField(_("ticket"), max_length=100, blank=True)
    starts_at = models.DateTimeField(_("start"), null=True)  # None: as soon as it is approved
    created_at = models.DateTimeField(_("asked"))
    settled_at = models.DateTimeField(_("settled"), null=True)
    # When somebody must look at it next: a pending request lapses then.
    due_at = models.DateTimeField(_("lapses"), null=True)
    # The policy in force when it was asked; see access/policy/policy.py for the shape.
    policy = models.JSONField(_("policy"))
    path = models.CharField(_("path"), max_length=12, choices=Path, default=Path.PEOPLE, db_default=Path.PEOPLE)
    # Why that path was open: the rule in words, and what it looked at.
    path_facts = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    # What was filled into the flow's prompt fields, with their labels of that day; see prompts.Answer for the shape.
    answers = models.JSONField(_("answers"), default=list, db_default=Value([], models.JSONField()))
    # The account that was mapped when it was asked; the grant is made for this one.
    account_id = models.CharField(max_length=100, blank=True)
    # One form, sent twice, makes one request; or one for each of its targets.
    submission = models.UUIDField(default=uuid.uuid4)
    # What was asked together, with one form: each is decided, given and ended on its own. None: it was asked alone.
    batch = models.UUIDField(null=True)
    # The Slack channel in which it was asked; empty elsewhere.
    asked_in = models.CharField(max_length=30, blank=True, default="", db_default="", editable=False)
    # The assistant that asked in the requester's name, by what it calls itself; empty where they asked themselves.
    assistant = models.CharField(max_length=60, blank=True, default="", db_default="", editable=False)
    # What an approver shortened it to, in seconds.
    approved_seconds = models.PositiveIntegerField(null=True)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="requests", null=True)
    # Why it can no longer be approved, while it is pending; and since when.
    dead_end = models.TextField(blank=True, default="", db_default="", editable=False)
    dead_end_since = models.DateTimeField(null=True, editable=False)
    # Why it can't be approved whoever decides, while it is pending: the requester may no longer ask, for instance.
    barred = models.TextField(blank=True, editable=False, db_default="")

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        constraints = [
            models.UniqueConstraint(
                fields=["requester", "submission"], condition=Q(batch=None), name="one_request_per_submission"
            ),
            models.UniqueConstraint(
                fields=["requester", "submission", "target"], name="one_request_per_submission_and_target"
            ),
            models.CheckConstraint(
                condition=Q(state=RequestState.PENDING, due_at__isnull=False, settled_at=None)
                | (~Q(state=RequestState.PENDING) & Q(due_at=None, settled_at__isnull=False)),
                name="a_pending_request_is_due_and_a_settled_one_is_not",
            ),
            models.CheckConstraint(
                condition=Q(state=RequestState.APPROVED, grant__isnull=False, target__isnull=False)
                | Q(state=RequestState.APPROVED, grant=None, target=None)
                | (~Q(state=RequestState.APPROVED) & Q(grant=None)),
                name="what_is_approved_has_a_grant_if_it_has_a_target",
            ),
            models.CheckConstraint(
                condition=Q(target__isnull=False, seconds__gt=0)
                | Q(target=None, seconds=0, account_id="", starts_at=None, approved_seconds=None),
                name="only_what_has_a_target_takes_time",
            ),
            models.CheckConstraint(
                condition=Q(batch=None) | Q(target__isnull=False), name="only_targets_are_asked_together"
            ),
            models.CheckConstraint(
                condition=Q(approved_seconds=None) | Q(approved_seconds__lte=F("seconds")),
                name="an_approver_may_only_shorten",
            ),
            models.CheckConstraint(
                condition=Q(path="people") | ~Q(state=RequestState.PENDING),
                name="a_request_without_approvers_is_settled_at_once",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state=RequestState.PENDING), name="requests_that_will_lapse"),
            # A list shows the newest first. What is narrowed by one of these is found in that order, too.
            models.Index(fields=["requester", "id"], name="requests_of_a_person"),
            models.Index(fields=["target", "id"], name="requests_for_a_target"),
            models.Index(fields=["flow", "id"], name="requests_of_a_flow"),
            # Few where access is what is asked for: SQLite would look through all of a flow for the first of them.
            models.Index(fields=["flow"], condition=Q(target=None), name="requests_for_approval_alone"),
            models.Index(fields=["created_at"], name="requests_of_a_day"),
            models.Index(fields=["ticket"], condition=~Q(ticket=""), name="requests_of_a_ticket"),
            # What a person has asked for already, without reading any of it.
            models.Index(fields=["requester", "target", "created_at"], name="requests_of_a_person_by_target"),
            models.Index(fields=["requester", "flow", "created_at"], name="requests_of_a_person_by_flow"),
            models.Index(fields=["batch"], condition=Q(batch__isnull=False), name="requests_asked_together"),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def answered(self) -> list[prompts.Told]:
        """What was filled into the flow's own fields, to be read."""
        return prompts.told(self.answers)

    @property
    def asked_by(self) -> str:
        """Who asked, where that was not the requester themselves: an assistant in their name."""
        words = {"assistant": self.assistant, "person": str(self.requester)}
        return gettext("an assistant (%(assistant)s) for %(person)s") % words if self.assistant else ""

    @property
    def ticket_link(self) -> str:
        """Where the ticket can be read; empty where the flow does not say, or says something that is no web page."""
        address = self.flow.ticket_url.replace("{ticket}", quote(self.ticket, safe=""))
        return address if self.ticket and urlsplit(address).scheme in ("https", "http") else ""

    @property
    def subject(self) -> str:
        """What is asked for: the target, or the flow whose approval it is."""
        return str(self.target or self.flow)

    @property
    def targets(self) -> list[Target]:
        """The target, or none."""
        return [self.target] if self.target else []

    @property
    def gives_access(self) -> bool:
        """Whether there will be anything to hold once it is approved."""
        return self.target_id is not None

    @property
    def duration(self) -> timedelta:
        """How long access will be held: what was asked, or what the approver made of it. Nothing is held: zero."""
        return timedelta(seconds=self.approved_seconds or self.seconds)


class Asked(models.Model):
    """An index of a request's policy: a person, a group or the manager that one of its pools asks.

    With it the database can answer "what may this person decide?". The rules read the policy alone.
    """

    request = models.ForeignKey(AccessRequest, on_delete=models.CASCADE, related_name="asked")
    stage = models.PositiveSmallIntegerField()
    after = models.PositiveIntegerField(default=0)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="asked_in", null=True, db_index=False
    )
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="asked_in", null=True, db_index=False)
    manager = models.BooleanField(default=False)
    # From when on they may decide; None unless the request has come to this stage.
    opens_at = models.DateTimeField(null=True)
    # When they have to be told, of those who are asked only after a while; None once it was written to the log.
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, group=None, manager=False)
                | Q(person=None, group__isnull=False, manager=False)
                | Q(person=None, group=None, manager=True),
                name="a_person_or_a_group_or_the_manager_is_asked",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="asked_that_are_due"),
            # The newest requests that ask somebody; see access/requests/pagination.py.
            models.Index(fields=["person", "request"], condition=Q(person__isnull=False), name="asked_of_a_person"),
            models.Index(fields=["group", "request"], condition=Q(group__isnull=False), name="asked_of_a_group"),
            models.Index(fields=["request"], condition=Q(manager=True), name="asked_of_the_manager"),
        ]

    def __str__(self) -> str:
        return f"{self.request}: {self.person or self.group or 'manager'}"


class Decision(models.Model):
    class Verdict(models.TextChoices):
        APPROVE = "approve", _("Approved")
        DENY = "deny", _("Denied")

    class Place(models.TextChoices):
        WEB = "web", _("on the web")
        API = "api", _("through the API")
        SLACK = "slack", _("in Slack")

    request = models.ForeignKey(AccessRequest, on_delete=models.PROTECT, related_name="decisions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions", db_index=False)
    stage = models.PositiveSmallIntegerField(_("stage"), default=0, db_default=0)  # of the policy, counted from 0
    # The approver who was away and had named `by` to decide for them.
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decided_by_delegates", null=True
    )
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict)
    comment = models.TextField(_("comment"), blank=True)
    place = models.CharField(_("place"), max_length=10, choices=Place, default=Place.WEB)
    at = models.DateTimeField(_("time"))
    # Since when it no longer counts: who gave it could not give it any more while the request still waited.
    void_at = models.DateTimeField(_("no longer counts since"), null=True)
    # Whose it was in the words of that day: name and address. And from which Slack account, and how that was mapped.
    called = models.CharField(_("called then"), max_length=540, blank=True, db_default="")
    slack_id = models.CharField(_("Slack account"), max_length=100, blank=True, db_default="")
    slack_method = models.CharField(_("mapped"), max_length=10, blank=True, db_default="")
    # Where the policy demands a passkey: what was signed, with which, and all that it takes to check that elsewhere.
    signature = models.JSONField(null=True)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.UniqueConstraint(
                fields=["request", "by"], condition=Q(void_at=None), name="one_decision_per_person_and_request"
            ),
            models.CheckConstraint(condition=Q(verdict="approve") | ~Q(comment=""), name="a_denial_says_why"),
        ]
        indexes = [
            models.Index(fields=["by", "id"], name="decisions_of_a_person"),
            models.Index(fields=["by", "request"], name="requests_decided_by_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} {self.by}"

    @property
    def counts(self) -> bool:
        """Whether it is an approval that has to be counted."""
        return self.verdict == self.Verdict.APPROVE and self.void_at is None

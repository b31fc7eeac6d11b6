"""What is asked for, as it is once the row of whoever asks is locked."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from access.core.prepared import prepared, read_along, the_one
from access.models import AccessRequest, FastTrackRule, Flow, PromptField, Target, User
from access.policy import askers, still_eligible
from access.requests import break_glass as emergency


@dataclass(frozen=True)
class Held:
    """What was asked for, as it is once the person's row is locked."""

    flow: Flow
    is_open: bool  # to this person
    was_sent: bool  # this very submission, before
    has_rules: bool  # of fast track
    targets: Sequence[still_eligible.Served]


def hold(
    requester: User, flow: Flow, targets: Sequence[Target], *, submission: uuid.UUID, break_glass: bool
) -> Held:  # fmt: skip
    """Take the person's row: one ask of theirs at a time, and nobody is deactivated meanwhile.

    Returns the flow and the targets as they are by then: whoever had to wait may not find them as they were.
    """
    if break_glass:
        emergency.hold(requester)
    else:
        the_one(_locked(requester.pk))
    found: Any = the_one(_flow(flow.pk, requester, submission))
    if not found.has_fields:
        read_along(found, "prompt_fields", [])
    if not found.has_requesters:
        read_along(found, "requesters", [])
    served = still_eligible.served(found, targets) if targets else {}
    return Held(found, found.is_open, found.was_sent, found.has_rules, [served[one.pk] for one in targets])


@prepared
def _locked(person: int) -> QuerySet[User, int]:
    return User.objects.select_for_update(no_key=True).filter(pk=person).values_list("pk", flat=True)


@prepared
def _flow(pk: int, person: User, submission: uuid.UUID) -> QuerySet[Flow]:
    """With what most flows have nothing of, so that it need not be looked for."""
    sent = AccessRequest.objects.filter(requester=person.pk, submission=submission)
    rows = Flow.objects.select_related("strategy").annotate(
        is_open=Exists(askers.open_to(person).filter(pk=OuterRef("pk"))),
        was_sent=Exists(sent),
        has_rules=Exists(FastTrackRule.objects.filter(flow=OuterRef("pk"))),
        has_fields=Exists(PromptField.objects.filter(flow=OuterRef("pk"))),
        has_requesters=Exists(Flow.requesters.through.objects.filter(flow=OuterRef("pk"))),
    )
    return rows.filter(pk=pk)


@prepared
def sent_before(requester: int, submission: uuid.UUID) -> QuerySet[AccessRequest]:
    """Find what this very submission was answered with before."""
    return AccessRequest.objects.filter(requester=requester, submission=submission).order_by("pk")

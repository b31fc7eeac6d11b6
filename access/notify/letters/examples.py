"""Each letter with people and targets that there are not, to be looked at. Nothing of it is in the database, or read.

The rows are made here and never saved, and whatever a letter would look up is given to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from django.utils.translation import gettext as _

from access.core.states import EndReason, GrantState, RequestState
from access.models import (
    AccessRequest,
    AccessReview,
    AfterReview,
    Channel,
    Finding,
    Flow,
    Grant,
    Integration,
    Kind,
    Notification,
    Target,
    Topic,
    User,
)
from access.notify import letters
from access.notify.letters import of_requests
from access.notify.letters.letter import Letter
from access.policy import policy
from integrations.base import Message

NOW: Final = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
NOBODY: Final = 0  # no row has this primary key
_HOUR: Final = timedelta(hours=1)
_POLICY: Final = policy.Policy((policy.Stage("", 2, ()),), self_approval=False).copied()
_FIGURES: Final = {
    "month": "2025-12", "requests": "31", "approved": "24", "denied": "3", "not_decided": "4", "open": "1",
    "fast_track": "2", "break_glass": "1", "reviews_open": "0", "not_justified": "0", "ended": "26", "late": "1",
    "failed": "0", "not_verified": "0", "outlived": "1", "unused": "5", "known": "22", "found": "2", "listed": "3",
    "late_p50": "0.4", "late_p99": "61", "late_max": "74",
}  # fmt: skip
_DELEGATION: Final = {
    "outcome": "set", "away": "Adam Example", "to": "Rita Example", "reason": "On holiday.",
    "starts_at": "2026-01-12T08:00:00+00:00", "ends_at": "2026-01-19T08:00:00+00:00",
}  # fmt: skip


@dataclass(frozen=True)
class Example:
    """What one letter is told of. `several`: with how many others it was asked with one form."""

    kind: Kind
    topic: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    several: bool = False
    path: str = AccessRequest.Path.PEOPLE
    end_reason: str = EndReason.EXPIRED

    @property
    def label(self) -> str:
        """What it says, and to whom, where others are told otherwise."""
        outcome = str(self.facts.get("outcome") or self.facts.get("verdict") or "").replace("_", " ")
        fast = (self.kind, self.path) == (Kind.APPROVED, AccessRequest.Path.FAST_TRACK)
        more = [_("several with one form")] * self.several + [_("by fast track")] * fast
        whom = {Topic.OWN.value: _("to whom it is about"), Topic.REVIEW.value: _("to who decides")}
        others = {one.topic for one in EXAMPLES if one.kind == self.kind} - {self.topic}
        told = [whom.get(self.topic, _("to admins"))] if others else []
        return ", ".join(filter(None, [str(Kind(self.kind).label), outcome, *more, *told]))

    @property
    def slug(self) -> str:
        """The name of it in an address."""
        parts = [self.kind, self.topic, self.facts.get("outcome", ""), self.facts.get("verdict", ""), self.path]
        more = ["several"] if self.several else []
        named = [one for one in (*parts, *more) if one and one != AccessRequest.Path.PEOPLE]
        return "-".join(dict.fromkeys(named)).replace("_", "-")


def _own(kind: Kind, **facts: str) -> Example:
    return Example(kind, Topic.OWN, facts)


def _review(kind: Kind, **facts: str) -> Example:
    return Example(kind, Topic.REVIEW, facts)


EXAMPLES: Final[Sequence[Example]] = (
    _review(Kind.ASKED),
    Example(Kind.ASKED, Topic.REVIEW, several=True),
    Example(Kind.REMINDER, Topic.REMINDERS),
    Example(Kind.REMINDER, Topic.REMINDERS, several=True),
    *(_review(Kind.SETTLED, outcome=one) for one in ("approved", "denied", "withdrawn", "lapsed")),
    _own(Kind.APPROVAL, count="1"),
    _own(Kind.COMMENT, comment="Which database?"),
    _own(Kind.APPROVED),
    Example(Kind.APPROVED, Topic.OWN, path=AccessRequest.Path.FAST_TRACK),
    Example(Kind.FAST_TRACKED, Topic.REVIEW, path=AccessRequest.Path.FAST_TRACK),
    _own(Kind.DENIED, comment="Not during the audit."),
    _own(Kind.LAPSED),
    _own(Kind.STUCK, text="nobody is left in Security who could approve it."),
    _own(Kind.ACTIVE),
    _own(Kind.EXTENDED, ends_at="2026-01-05T16:00:00+00:00"),
    _review(Kind.EXTENDED, ends_at="2026-01-05T16:00:00+00:00", seconds="3600"),
    Example(Kind.ENDS_SOON, Topic.REMINDERS),
    _own(Kind.NOT_BEGUN, comment="The approver has left."),
    Example(Kind.NOT_BEGUN, "", {"comment": "The approver has left."}),
    _own(Kind.REFUSED, text="The role no longer exists."),
    _own(Kind.ENDED),
    _own(Kind.GONE),
    Example(Kind.GONE),
    _own(Kind.FOUND_AGAIN),
    Example(Kind.FOUND_AGAIN),
    _own(Kind.SESSION, resource="app example-api"),
    Example(Kind.SESSION, "", {"resource": "app example-api"}),
    Example(Kind.FOUND, "", {"text": "Added on Mon 5 Jan 2026 by nobody whom Usher knows."}),
    _own(Kind.TAKE_OUT, take_out_at="2026-01-06T12:00:00+00:00"),
    Example(Kind.TAKE_OUT, "", {"take_out_at": "2026-01-06T12:00:00+00:00"}),
    _own(Kind.TAKEN_OUT),
    Example(Kind.TAKEN_OUT),
    _own(Kind.TROUBLE),
    Example(Kind.TROUBLE, Topic.TROUBLE),
    _own(Kind.OVERDUE),
    Example(Kind.OVERDUE),
    Example(Kind.LAST_ROLE, "", {"text": "Aptible lists no other role of theirs."}),
    Example(Kind.WRITTEN_OFF, "", {"comment": "The organization is gone."}),
    Example(Kind.BREAK_GLASS, path=AccessRequest.Path.BREAK_GLASS),
    Example(Kind.TO_REVIEW, Topic.REMINDERS, path=AccessRequest.Path.BREAK_GLASS),
    Example(Kind.REVIEW_OVERDUE, path=AccessRequest.Path.BREAK_GLASS),
    *(
        Example(Kind.REVIEWED, topic, {"verdict": str(verdict)}, path=AccessRequest.Path.BREAK_GLASS)
        for topic in (Topic.OWN, Topic.REVIEW)
        for verdict in (AfterReview.Verdict.JUSTIFIED, AfterReview.Verdict.NOT_JUSTIFIED)
    ),
    Example(Kind.ACCESS_REVIEW, Topic.REMINDERS, {"rows": "12"}),
    Example(Kind.ACCESS_REVIEW_LATE, "", {"rows": "3"}),
    *(Example(Kind.ACCESS_REVIEW_DONE, "", {"outcome": one}) for one in ("ready", "signed_off", "cancelled")),
    Example(Kind.ATTENTION, "", {"integration": "example-aptible", "text": "Aptible refused the bot's sign-in."}),
    Example(Kind.STAND_IN, Topic.REVIEW, _DELEGATION),
    Example(Kind.STAND_IN, Topic.REVIEW, {**_DELEGATION, "outcome": "ended"}),
    Example(Kind.CONCERNED, "", {"said": "You are in the group Security now.", "detail": "Before: Engineering"}),
    Example(Kind.INVITED),
    Example(Kind.PROPOSED, "", {"outcome": "made", "ref": "P-3MWQK", "id": "1", "said": "The flow is to be changed."}),
    Example(Kind.UNANNOUNCED, Topic.TROUBLE, {
        "place": "C024BE7LR", "fallback": "Each approver, by direct message", "text": "The Slack channel is archived.",
    }),
    Example(Kind.UNDELIVERED, Topic.TROUBLE, {"email": "rita@example.com", "text": "The server refused the address."}),
    Example(Kind.REPORT, "", _FIGURES),
    Example(Kind.WEBHOOK_DISABLED, "", {"webhook": "example-webhook", "text": "HTTP 500 for a day."}),
)  # fmt: skip


def find(slug: str) -> Example | None:
    return next((one for one in EXAMPLES if one.slug == slug), None)


def notification(example: Example, *, zone: str = "UTC") -> Notification:
    """The message as it would be written to somebody who reads times in this zone. Never saved."""
    request = _request(example)
    recipient = User(pk=NOBODY, email="rita@example.com", name="Rita Example", zone=zone)
    recipient.set_unusable_password()
    facts = {"at": NOW.isoformat(), "by": "Adam Example", "since": NOW.isoformat(), "stage": "0", **example.facts}
    made = Notification(
        recipient=recipient, channel=Channel.EMAIL, kind=example.kind, topic=example.topic, facts=facts,
        request=request, grant=_grant(request, example), created_at=NOW,
    )  # fmt: skip
    made.finding = Finding(
        kind=Finding.Kind.OUTSIDE,
        person=request.requester,
        target=request.target,
        integration=_APTIBLE,
        take_out_review="",
    )
    made.access_review = AccessReview(ref="V-8KQ2M", title="First quarter", deadline=NOW + 14 * 24 * _HOUR)
    return made


def message(example: Example, *, zone: str = "UTC") -> Message:
    """The mail as it would be sent."""
    letter_of = partial(_several, example) if example.several else letters.letter
    return letters.message(notification(example, zone=zone), letter_of=letter_of)


def _several(example: Example, made: Notification) -> Letter:
    """The letter about three that were asked with one form."""
    names = (("R-7K3QF", "Example production"), ("R-2MWXD", "Example staging"), ("R-9QJ4T", "Example records"))
    requests = [_request(example, ref=ref, label=label) for ref, label in names]
    together = of_requests.asked_together if example.kind == Kind.ASKED else of_requests.reminder_together
    return together(made, requests)


_APTIBLE: Final = Integration(pk=NOBODY, type=Integration.Type.APTIBLE, name="example-aptible")
_FLOW: Final = Flow(pk=NOBODY, name="example", label="Example access")


def _request(example: Example, *, ref: str = "R-7K3QF", label: str = "Example production") -> AccessRequest:
    person = User(pk=NOBODY, email="jon@example.com", name="Jon Example")
    path_facts = {
        "because": "Jon Example is on call until 18:00", "reason": "On call for production.", "recent": 1,
        "deadline": (NOW + 24 * _HOUR).isoformat(),
    }  # fmt: skip
    return AccessRequest(
        ref=ref, flow=_FLOW, requester=person, seconds=3600, reason="The queue does not drain. I have to look at it.",
        target=Target(pk=NOBODY, name="example", label=label, integration=_APTIBLE), ticket="OPS-123",
        state=RequestState.PENDING, created_at=NOW, due_at=NOW + 24 * _HOUR, settled_at=NOW + _HOUR, policy=_POLICY,
        path=example.path, path_facts=path_facts,
    )  # fmt: skip


def _grant(request: AccessRequest, example: Example) -> Grant:
    active = example.kind in (Kind.ACTIVE, Kind.EXTENDED, Kind.ENDS_SOON)
    return Grant(
        ref="G-4TQ8M", person=request.requester, target=request.target, role_id="example-role", seconds=3600,
        account_id="example-account", state=GrantState.ACTIVE if active else GrantState.ENDED, starts_at=NOW,
        created_at=NOW, confirmed_at=NOW, ends_at=NOW + _HOUR, end_due_at=NOW + _HOUR, ended_at=NOW + _HOUR,
        end_reason=example.end_reason, last_error="Aptible did not answer in time.",
    )  # fmt: skip

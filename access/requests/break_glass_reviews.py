"""Reviews after break-glass: whom they wait for, and what a page tells of one."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.humanize.templatetags.humanize import ordinal
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from access.core.errors import Refusal
from access.models import AccessRequest, AfterReview, User
from access.policy import approvers, asked_by_name, policy
from access.policy.decides_for import Reach
from access.requests.rules import check_can_sign_off

LOOK_BACK: Final = timedelta(days=7)
OPEN: Final = "review_open"
OVERDUE: Final = "review_overdue"


@dataclass(frozen=True)
class Told:
    """What the page of a request, or a row of the list, tells of its review."""

    review: AfterReview
    status: str  # OPEN, OVERDUE, or the verdict
    able: Sequence[str]  # names of those who can sign it off now; nobody once it is signed off
    why_not: str  # why the reader can't; empty when they can
    can_lift: bool  # that it was not justified keeps the person from break-glass, and the reader may end that

    @property
    def request(self) -> AccessRequest:
        return self.review.request

    @property
    def told(self) -> str:
        """The names of all who were told at once."""
        return ", ".join(one["name"] for one in self.request.path_facts["told"])

    @property
    def how_often(self) -> str:
        """Say which time it was in seven days; nothing for the first."""
        return in_words(self.request.path_facts["recent"])


def in_words(times: int) -> str:
    return _("%(nth)s break-glass of this person in 7 days.") % {"nth": ordinal(times)} if times > 1 else ""


@dataclass(frozen=True)
class _Known:
    """The admins, and which of those whom a policy asks are bots: one query."""

    admins: Sequence[User]
    bots: Collection[int]


def _known() -> _Known:
    admins = Q(is_active=True, is_superuser=True, is_bot=False)
    found = list(User.objects.filter(admins | Q(is_bot=True)).order_by("name", "email"))
    return _Known([one for one in found if not one.is_bot], {one.pk for one in found if one.is_bot})


def reviewers(in_force: policy.Policy, requester: User) -> list[policy.Approver]:
    """List who may sign off at this moment: whom some stage asks, and the admins; never the requester, and no bot,
    which could look at nothing. By name."""
    skipped = asked_by_name.reviewers(in_force, approvers.circles([in_force], [requester]).around(requester))
    return _with_admins(skipped, _known(), requester)


def unreviewed(in_force: policy.Policy, people: Collection[User]) -> list[User]:
    """Find whose break-glass nobody could look at afterwards."""
    circles, found = approvers.circles([in_force], people), _known()
    return [
        one for one in people if not _with_admins(asked_by_name.reviewers(in_force, circles.around(one)), found, one)
    ]  # fmt: skip


def recent(requester: User, *, now: datetime) -> int:
    """Count how often this person used break-glass in the last seven days."""
    rows = AccessRequest.objects.filter(requester=requester, path=AccessRequest.Path.BREAK_GLASS)
    return rows.filter(created_at__gte=now - LOOK_BACK).count()


def waiting_for(person: User, *, reach: Reach | None = None) -> QuerySet[AfterReview]:
    """Find the open reviews that this person may sign off, what is due soonest first."""
    # Open is what is due, and of that there is an index.
    rows = AfterReview.objects.filter(due_at__isnull=False).exclude(request__requester=person)
    return rows.filter(_theirs(person, reach)).order_by("deadline", "pk")


def signed_off(person: User) -> QuerySet[AfterReview]:
    """Find the reviews that are done and that this person may read, the latest first."""
    rows = AfterReview.objects.filter(signed_off_at__isnull=False)
    mine = Q(request__requester=person) | Q(signed_off_by=person)
    seen = Q() if person.reads_all else _theirs(person) | mine
    return rows.filter(seen).order_by("-signed_off_at", "-pk")


def for_list(reviews: QuerySet[AfterReview]) -> QuerySet[AfterReview]:
    return reviews.select_related(
        "signed_off_by", "request__requester", "request__target", "request__flow", "request__grant"
    )


def of_request(request: AccessRequest) -> AfterReview | None:
    """Find the review of this request; None where nobody's decision was skipped in an emergency."""
    if request.path != AccessRequest.Path.BREAK_GLASS:
        return None
    return for_list(AfterReview.objects.filter(request=request)).first()


def rows(reviews: Iterable[AfterReview], *, reader: User, now: datetime) -> list[Told]:
    """Tell of each review all that this reader sees of it. Four queries at any number."""
    found = list(reviews)
    if not found:
        return []
    policies_then = [policy.read(one.request.policy) for one in found]
    circles = approvers.circles(policies_then, [one.request.requester for one in found])
    known = _known()
    return [
        _told(one, in_force, circles.around(one.request.requester), known, reader=reader, now=now)
        for one, in_force in zip(found, policies_then, strict=True)
    ]


def facts(request: AccessRequest) -> dict[str, Any] | None:
    """Put a request's review into plain data, for whoever checks."""
    review = of_request(request)
    if review is None:
        return None
    return {
        "opened_at": review.opened_at,
        "deadline": review.deadline,
        "due_at": review.due_at,
        "escalations": review.escalations,
        "signed_off_at": review.signed_off_at,
        "signed_off_by": review.signed_off_by.email if review.signed_off_by else None,
        "verdict": review.verdict,
        "comment": review.comment,
        "lifted_at": review.lifted_at,
        "lifted_because": review.lifted_because,
    }


def _theirs(person: User, reach: Reach | None = None) -> Q:
    if person.is_admin:
        return Q()
    # A delegate does not look at break-glass for others.
    entries = approvers.asks(person, reach=reach.themselves if reach else None)
    asked = entries.filter(request=OuterRef("request")).exclude(group__everybody=True)
    return Q(Exists(asked)) if person.is_active else Q(pk__in=[])


def _with_admins(
    skipped: Iterable[policy.Approver], found: _Known, requester: User
) -> list[policy.Approver]:  # fmt: skip
    known = {one.id: one for one in [*skipped, *(approvers.approver(admin) for admin in found.admins)]}
    for pk in (requester.pk, *found.bots):
        known.pop(pk, None)
    return sorted(known.values(), key=lambda one: (one.name.lower(), one.email))


def _told(
    review: AfterReview,
    in_force: policy.Policy,
    circle: policy.Circle,
    known: _Known,
    *,
    reader: User,
    now: datetime,
) -> Told:
    able = _with_admins(asked_by_name.reviewers(in_force, circle), known, review.request.requester)
    is_open = review.signed_off_at is None
    return Told(
        review=review,
        status=review.verdict or (OVERDUE if review.deadline <= now else OPEN),
        able=[one.name for one in able] if is_open else [],
        why_not=_refusal(review, reader, circle),
        can_lift=review.blocks and reader.is_admin and reader.pk != review.request.requester_id,
    )


def _refusal(review: AfterReview, reader: User, circle: policy.Circle) -> str:
    try:
        check_can_sign_off(review, by=reader, circle=circle)
    except Refusal as refusal:
        return str(refusal)
    return ""

"""What an admin has to know at once, and what a monitor asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.alerts import finding_alerts, outage_alerts, slack_alerts, stream_alerts
from access.alerts.alert import BAD, MOST, WAIT, Alert
from access.core.existence_query import Question
from access.core.states import LIVE, RequestState
from access.grants.active import GRACE
from access.models import AccessRequest, AfterReview, AuditEvent, Flow, Grant, Integration, Notification, User, Worker
from access.requests import break_glass_reviews

# A mail server that was away for less is no news.
UNSENT: Final = timedelta(minutes=10)
LATELY: Final = timedelta(days=7)


@dataclass(frozen=True)
class Overdue:
    """Access that should be gone and may still be held."""

    count: int
    oldest_at: datetime | None  # when the oldest of it should have been gone
    why: str = ""  # what keeps it, or one of it


def for_admin(*, now: datetime) -> list[Alert]:
    """List what needs an admin, the most urgent first. One query, and one or a few for each kind that there is."""
    there = _THERE(now)
    parts: dict[str, Callable[[], list[Alert]]] = {
        "clock": lambda: outage_alerts.of_clocks(now=now), "unreachable": outage_alerts.of_integrations,
        "overdue": lambda: _overdue(now), "integration": _integrations, "canary": _canaries, "request": _requests,
        "flow": _flows, "finding": finding_alerts.for_admin, "message": lambda: _messages(now),
        "slack": slack_alerts.for_admin, "webhook": lambda: stream_alerts.of_webhooks(now=now),
        "event_log": lambda: stream_alerts.of_event_log(now=now), "last_role": lambda: _last_roles(now),
        "written_off": lambda: _written_off(now),
    }  # fmt: skip
    # Whether this process's own clock is right is no row.
    kinds = there | ({"clock"} if outage_alerts.is_off(now=now) else set())
    found = [one for kind, read in parts.items() if kind in kinds for one in read()]
    return found if "worker" in there else [*_no_worker(), *found]


def for_reviewer(person: User, *, now: datetime) -> list[Alert]:
    """List the break-glass that waits to be looked at by this person, what is due first on top. One query."""
    waiting = break_glass_reviews.for_list(break_glass_reviews.waiting_for(person))[:MOST]
    return [_after_review(one, now=now) for one in waiting]


def _after_review(review: AfterReview, *, now: datetime) -> Alert:
    words = {"person": str(review.request.requester), "target": str(review.request.target)}
    if review.deadline <= now:
        text = _("The review of the break-glass of %(person)s for %(target)s is overdue.")
        return Alert("after_review", BAD, text % words, at=review.deadline, ref=review.request.ref)
    text = _("%(person)s used break-glass for %(target)s. Look at it, and sign it off.")
    return Alert("after_review", WAIT, text % words, at=review.request.created_at, ref=review.request.ref)


def overdue(*, now: datetime) -> Overdue:
    found = _late(now).aggregate(count=Count("pk"), oldest_at=Min("due"), why=Max("last_error"))
    return Overdue(**found | {"why": found["why"] or ""})


def _late(now: datetime) -> QuerySet[Grant]:
    due = Grant.objects.filter(state__in=LIVE).annotate(due=Coalesce("end_due_at", "ends_at"))
    return due.filter(due__lt=now - GRACE)


def integrations_in_trouble() -> int:
    """Those that access depends on: Slack may be away, and nobody's access is."""
    return Integration.objects.filter(type=Integration.Type.APTIBLE).exclude(attention="").count()


def _no_worker() -> list[Alert]:
    text = _("The worker is not running: access is neither granted nor ended until “manage.py worker” runs.")
    return [Alert("worker", BAD, text)]


def _overdue(now: datetime) -> list[Alert]:
    late = overdue(now=now)
    if not late.count:
        return []
    text = ngettext(
        "%(count)d grant should have ended and may still be held.",
        "%(count)d grants should have ended and may still be held.",
        late.count,
    ) % {"count": late.count}
    return [Alert("overdue", BAD, f"{text} {late.why}".strip(), at=late.oldest_at)]


def _integrations() -> list[Alert]:
    stuck = _stuck_integrations().order_by("attention_since", "pk")
    return [
        Alert("integration", BAD, f"{one.name}: {one.attention}", at=one.attention_since, pk=one.pk) for one in stuck
    ]


def _stuck_integrations() -> QuerySet[Integration]:
    return Integration.objects.exclude(attention="")


def _failed_canaries() -> QuerySet[Integration]:
    return Integration.objects.filter(attention="").exclude(canary_trouble="")


def _canaries() -> list[Alert]:
    text = _("%(name)s: Usher could take nobody out right now. %(why)s")
    failed = _failed_canaries().order_by("canary_at", "pk")
    return [
        Alert("integration", BAD, text % {"name": one.name, "why": one.canary_trouble}, at=one.canary_at, pk=one.pk)
        for one in failed
    ]


def _messages(now: datetime) -> list[Alert]:
    return [
        *_unsent(_waiting(now), _("Messages that can't be sent: %(count)d. %(why)s")),
        *_unsent(_given_up(now), _("Messages that were given up lately: %(count)d. %(why)s")),
    ]


def _waiting(now: datetime) -> QuerySet[Notification]:
    return Notification.objects.filter(due_at__isnull=False, first_tried_at__lt=now - UNSENT)


def _given_up(now: datetime) -> QuerySet[Notification]:
    return Notification.objects.filter(given_up_at__gte=now - LATELY)


def _unsent(messages: QuerySet[Notification], text: str) -> list[Alert]:
    found = messages.aggregate(count=Count("pk"), at=Min("first_tried_at"), why=Max("last_error"))
    return [Alert("messages", WAIT, text % found, at=found["at"])] if found["count"] else []


def _dead_requests() -> QuerySet[AccessRequest]:
    return AccessRequest.objects.filter(state=RequestState.PENDING).exclude(dead_end="")


def _dead_flows() -> QuerySet[Flow]:
    return Flow.objects.filter(is_active=True).exclude(dead_end="", duty_trouble="")


def _requests() -> list[Alert]:
    text = _("%(ref)s can no longer be approved: %(why)s")
    return [
        Alert("request", WAIT, text % {"ref": one.ref, "why": one.dead_end}, at=one.dead_end_since, ref=one.ref)
        for one in _dead_requests().order_by("dead_end_since", "pk")[:MOST]
    ]


def _flows() -> list[Alert]:
    stuck = _dead_flows().order_by("dead_end_since", "pk")
    return [
        Alert("flow", WAIT, f"{one.label}: {why}", at=one.dead_end_since if why == one.dead_end else None, pk=one.pk)
        for one in stuck[:MOST]
        for why in (one.dead_end, one.duty_trouble)
        if why
    ]


def _last_roles(now: datetime) -> list[Alert]:
    texts = {
        "grant.last_role_lost": _(
            "%(target)s was the last role of %(person)s, so Aptible has removed them from the organization."
        ),
        "grant.last_role_unknown": _(
            "Aptible did not say whether %(target)s was the last role of %(person)s: look whether they are still in."
        ),
    }
    events = list(_lost_roles(now).order_by("-id")[:MOST])
    grants = _grants([one.grant_ref for one in events])
    return [
        Alert(
            "last_role",
            WAIT,
            texts[one.type] % _names(grants[one.grant_ref]),
            at=one.at,
            ref=_request(grants[one.grant_ref]),
        )
        for one in events
        if one.grant_ref in grants
    ]


def _lost_roles(now: datetime) -> QuerySet[AuditEvent]:
    types = ("grant.last_role_lost", "grant.last_role_unknown")
    return AuditEvent.objects.filter(type__in=types, at__gte=now - LATELY)


def _not_verified(now: datetime) -> QuerySet[Grant]:
    return Grant.objects.filter(not_verified=True, ended_at__gte=now - LATELY)


def _written_off(now: datetime) -> list[Alert]:
    rows = _not_verified(now).select_related("person", "target").prefetch_related("requests")
    text = _("Access of %(person)s to %(target)s was written off: nobody has verified that it is gone.")
    return [
        Alert("written_off", WAIT, text % _names(one), at=one.ended_at, ref=_request(one))
        for one in rows.order_by("-ended_at", "pk")[:MOST]
    ]


def _grants(refs: list[str]) -> dict[str, Grant]:
    rows = Grant.objects.filter(ref__in=refs).select_related("person", "target").prefetch_related("requests")
    return {one.ref: one for one in rows}


def _names(grant: Grant) -> dict[str, str]:
    return {"person": str(grant.person), "target": str(grant.target)}


def _request(grant: Grant) -> str:
    latest = max(grant.requests.all(), key=lambda one: one.created_at, default=None)
    return latest.ref if latest else ""


_THERE: Final = Question(
    {
        "worker": lambda now: Worker.objects.running(now=now),
        "clock": lambda now: Worker.objects.with_a_wrong_clock(now=now),
        "unreachable": lambda _now: outage_alerts.unreachable(),
        "overdue": _late,
        "integration": lambda _now: _stuck_integrations(),
        "canary": lambda _now: _failed_canaries(),
        "request": lambda _now: _dead_requests(),
        "flow": lambda _now: _dead_flows(),
        "finding": lambda _now: finding_alerts.to_do(),
        "message": lambda now: _waiting(now).values("pk").union(_given_up(now).values("pk")),
        "slack": lambda _now: slack_alerts.in_trouble(),
        "webhook": stream_alerts.stuck,
        "event_log": stream_alerts.stuck_logs,
        "last_role": _lost_roles,
        "written_off": _not_verified,
    }
)

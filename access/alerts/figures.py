"""The numbers that a monitor draws and watches. A fixed number of queries, however much there is."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Model

from access.alerts import alerts
from access.audit import scheduled_check
from access.core.states import OPEN
from access.models import AccessRequest, AuditHead, Finding, Grant, Integration, Measure, Notification, Webhook, Worker


@dataclass(frozen=True)
class Figures:
    requests: dict[str, int]  # by state
    grants: dict[str, int]  # by state
    queue_age: float  # seconds since the oldest open grant became due that nobody has taken up
    overdue: int
    oldest_overdue: float  # seconds
    integrations: dict[str, bool]  # by name: whether it needs attention
    unreachable: dict[str, float]  # by name: seconds since which it can't be asked
    messages: dict[str, int]  # by channel: not sent yet
    webhooks: dict[str, int]  # by name: events behind
    findings: dict[str, int]  # by kind: open, and nobody has said that it is right so
    events: int  # in the log
    log_holds: bool  # so it was when it was last verified, and it can be sealed since
    log_verified: float  # seconds since then
    workers: int
    restarts: int  # of job clusters, ever, also of workers that have left
    measures: list[Measure]


def read(*, now: datetime) -> Figures:
    late = alerts.overdue(now=now)
    oldest = Grant.objects.filter(state__in=OPEN, due_at__lte=now).aggregate(at=Min("due_at"))["at"]
    head, unsealable = AuditHead.objects.values_list("seq", "trouble").first() or (0, "")
    log = scheduled_check.state()
    workers = list(Worker.objects.all())
    integrations = list(Integration.objects.only("name", "attention", "unreachable_since"))
    measures = list(Measure.objects.order_by("name", "kind", "result"))
    return Figures(
        requests=_by(AccessRequest, "state"),
        grants=_by(Grant, "state"),
        queue_age=_seconds(oldest, now),
        overdue=late.count,
        oldest_overdue=_seconds(late.oldest_at, now),
        integrations={one.name: bool(one.attention) for one in integrations},
        unreachable={one.name: _seconds(one.unreachable_since, now) for one in integrations},
        messages=_by(Notification, "channel", due_at__isnull=False),
        webhooks={name: max(0, head - position) for name, position in Webhook.objects.values_list("name", "position")},
        findings=dict.fromkeys(Finding.Kind.values, 0) | _by(Finding, "kind", closed_at=None, accepted_at=None),
        events=head,
        log_holds=not (log.why or unsealable),
        log_verified=_seconds(log.finished_at, now),
        workers=sum(one.is_running(now=now) for one in workers),
        restarts=sum(one.count for one in measures if one.name == "restart"),
        measures=measures,
    )


def _by(model: type[Model], field: str, **only: bool | None) -> dict[str, int]:
    found = model._default_manager.filter(**only).order_by().values_list(field).annotate(count=Count("pk"))
    return dict(found)


def _seconds(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0

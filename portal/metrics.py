"""The figures in the form that Prometheus reads. Each scrape reads them anew, so any web process tells all of it."""

from collections.abc import Iterator

from django.db import Error
from django.utils import timezone
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from access.alerts import figures
from access.alerts.figures import Figures
from access.models import Measure
from integrations.measure import BOUNDS

# What is measured over time: its name, the words that its kinds are told by, and what it is.
HISTOGRAMS = {
    "call": ("usher_call_seconds", "Calls to Aptible and others, by kind and result."),
    "job": ("usher_job_seconds", "Jobs of the workers, by kind and result."),
    "sweep": ("usher_sweep_seconds", "Sweeps of the workers."),
    "late": ("usher_lateness_seconds", "How late access began or ended, seen at Aptible."),
}


class Figurer(Collector):
    def collect(self) -> Iterator[Metric]:
        """Tell all of it, or that the database is away."""
        try:
            found = figures.read(now=timezone.now())
        except Error:
            yield GaugeMetricFamily("usher_database_up", "Whether the database can be used.", value=0)
            return
        yield GaugeMetricFamily("usher_database_up", "Whether the database can be used.", value=1)
        yield from _labelled(found)
        yield from _plain(found)
        yield from _measured(found.measures)


def registry() -> CollectorRegistry:
    made = CollectorRegistry()
    made.register(Figurer())
    return made


def _labelled(found: Figures) -> Iterator[Metric]:
    for name, text, label, values in (
        ("usher_requests", "Requests by state.", "state", found.requests),
        (
            "usher_grants",
            "Grants by state: granting, active and revoking may be held at Aptible.",
            "state",
            found.grants,
        ),
        ("usher_integration_needs_attention", "Whether an admin has to act.", "integration", found.integrations),
        (
            "usher_integration_unreachable_seconds",
            "Since when it can't be asked; 0 while it can.",
            "integration",
            found.unreachable,
        ),
        ("usher_messages_waiting", "Messages that are not sent yet.", "channel", found.messages),
        (
            "usher_findings",
            "Where Aptible and Usher differ, by kind, as far as nobody accepted it.",
            "kind",
            found.findings,
        ),
        ("usher_webhook_events_behind", "Events that a webhook has not had.", "webhook", found.webhooks),
    ):
        family = GaugeMetricFamily(name, text, labels=[label])
        for value, count in values.items():
            family.add_metric([value], float(count))
        yield family


def _plain(found: Figures) -> Iterator[Metric]:
    for name, text, value in (
        ("usher_queue_age_seconds", "Since when the oldest due grant waits for a worker.", found.queue_age),
        ("usher_overdue_grants", "Grants that should have ended and may still be held.", found.overdue),
        ("usher_oldest_overdue_seconds", "By how much the oldest of them is late.", found.oldest_overdue),
        ("usher_workers", "Workers that show signs of life.", found.workers),
        ("usher_audit_events", "The number of the last event of the log.", found.events),
        ("usher_audit_log_holds", "Whether the log was whole when last verified, and can be sealed.", found.log_holds),
        ("usher_audit_log_verified_seconds", "Since when it was not verified.", found.log_verified),
    ):
        yield GaugeMetricFamily(name, text, value=float(value))
    restarts = CounterMetricFamily("usher_job_cluster_restarts", "Job clusters that were replaced.")
    restarts.add_metric([], float(found.restarts))
    yield restarts


def _measured(rows: list[Measure]) -> Iterator[Metric]:
    for measured, (name, text) in HISTOGRAMS.items():
        family = HistogramMetricFamily(name, text, labels=["kind", "result"])
        for row in rows:
            if row.name == measured:
                bounds = [(str(bound), float(count)) for bound, count in zip(BOUNDS, row.within, strict=True)]
                buckets = [*bounds, ("+Inf", float(row.count))]
                family.add_metric([row.kind, row.result], buckets=buckets, sum_value=row.seconds)
        yield family

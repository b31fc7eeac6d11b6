"""Send a webhook the events that it has not had: claim it, send with no transaction open, record each.

Events go one by one and in order, and the next one waits for the one before. What a crash leaves between sending
and recording is sent again, with the same id. Nothing here is waited for by anybody's access.
"""

import random
from datetime import datetime, timedelta
from typing import Final, Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from access.audit import event_schema, log
from access.core.job_clock import Elapsed
from access.events import stream, webhook_secrets
from access.models import AuditEvent, Webhook
from integrations.base import ProviderError
from integrations.http import Answer
from integrations.webhooks import signature

# No event is begun later than this after a webhook was taken; see the time limits in portal/checks.py.
WINDOW_SECONDS: Final = 15.0
MOST_EVENTS: Final = 500  # of one claim
FIRST_PAUSE: Final = 5.0  # seconds
LONGEST_PAUSE: Final = 3600.0
DISABLE_AFTER: Final = timedelta(days=3)
# A worker that was away for days has not tried for days.
FEWEST_ATTEMPTS: Final = 20
GONE: Final = 410


class Poster(Protocol):
    def post(self, url: str, *, body: bytes, headers: dict[str, str]) -> Answer:
        """Post once, and return the status that was answered. Raises ProviderError where none was."""


class _Failed(Exception):
    def __init__(self, why: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.why, self.status, self.retry_after = why, status, retry_after


def deliver(webhook: Webhook, *, sender: Poster, now: datetime) -> None:
    """Send what is due, if nobody else is at it. What went wrong is written on the row, with when it is tried next."""
    clock = Elapsed(now)
    claimed = _claim(webhook, now=now)
    if claimed is None:
        return
    up_to = stream.head(now=now)
    events = stream.after(claimed.position, up_to=up_to, prefixes=claimed.prefixes, most=MOST_EVENTS)
    try:
        if _send_each(claimed, events, sender, clock) and len(events) < MOST_EVENTS:
            _advance(claimed, up_to)
    except _Failed as failure:
        _record_failure(claimed, failure, at=clock.at())
    else:
        _held(claimed).update(leased_until=None, due_at=clock.at())


def send_test(webhook: Webhook, *, sender: Poster, now: datetime) -> int:
    """Send an event that is not in the log, and return the status that was answered. Raises ProviderError."""
    id_ = f"evt_test_{now:%Y%m%d%H%M%S%f}"
    told = {
        "schema": event_schema.VERSION, "id": id_, "seq": 0,
        "at": now.isoformat(timespec="microseconds").replace("+00:00", "Z"), "type": "webhook.test",
        "actor": log.SYSTEM, "subject": f"webhook:{webhook.name}", "request": "", "grant": "",
        "text": _("A test: nothing has happened."), "data": {}, "hash": "", "previous": "",
    }  # fmt: skip
    return _post(webhook, event_schema.body(told), id_, sender, now=now).status


@transaction.atomic(durable=True)
def _claim(webhook: Webhook, *, now: datetime) -> Webhook | None:
    """Take it for as long as a lease. None: it is not due, or somebody else is at it."""
    row = stream.webhooks_due(now).filter(pk=webhook.pk).select_for_update(of=("self",)).first()
    if row is None:
        return None
    row.leased_until = now + settings.LEASE
    row.save(update_fields=["leased_until"])
    return row


def _send_each(claimed: Webhook, events: list[AuditEvent], sender: Poster, clock: Elapsed) -> bool:
    """Send these in order. False: not all of them, as the time was up or the webhook is somebody else's now."""
    for event in events:
        if clock.seconds >= WINDOW_SECONDS:
            return False
        _send(claimed, event, sender, at=clock.at())
        if not _advance(claimed, event.number, trouble="", attempts=0, failing_since=None, last_ok_at=clock.at()):
            return False
    return True


def _send(claimed: Webhook, event: AuditEvent, sender: Poster, *, at: datetime) -> None:
    told = event_schema.of(event)
    try:
        answer = _post(claimed, event_schema.body(told), told["id"], sender, now=at)
    except ProviderError as error:
        raise _Failed(error.summary) from None
    if not answer.ok:
        raise _Failed(_said(answer.status), status=answer.status, retry_after=answer.retry_after)
    claimed.last_status = answer.status


def _post(webhook: Webhook, body: bytes, event_id: str, sender: Poster, *, now: datetime) -> Answer:
    headers = signature.headers(
        event_id=event_id, body=body, timestamp=int(now.timestamp()), secrets=webhook_secrets.in_use(webhook, now=now)
    )
    return sender.post(webhook.url, body=body, headers=headers)


def _said(status: int) -> str:
    if status == GONE:
        return _("It answered that it is gone for good (HTTP 410).")
    if 300 <= status < 400:
        return _("It tried to send us to another address (HTTP %(status)d), which is not followed.") % {
            "status": status
        }
    return _("It answered with HTTP %(status)d.") % {"status": status}


def _held(claimed: Webhook) -> QuerySet[Webhook]:
    """The row, unless the lease ran out and somebody else has it now."""
    return Webhook.objects.filter(pk=claimed.pk, leased_until=claimed.leased_until)


def _advance(claimed: Webhook, seq: int, **facts: object) -> bool:
    """Write how far it has come. False when it was sent back or ahead meanwhile, disabled, or taken by another."""
    still = _held(claimed).filter(position=claimed.position, is_active=True)
    moved = still.update(position=seq, last_status=claimed.last_status, **facts)
    claimed.position = seq
    return bool(moved)


def pause(attempts: int, *, named: float | None = None) -> float:
    """Seconds until the next try: doubling up to an hour, with jitter, and no sooner than was asked for."""
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(attempts, 12))
    return min(max(random.uniform(longest / 2, longest), named or 0.0), LONGEST_PAUSE)  # noqa: S311  spreads tries


@transaction.atomic(durable=True)
def _record_failure(claimed: Webhook, failure: _Failed, *, at: datetime) -> None:
    """Try again after a pause, or never again after days in vain, which is an audit event of its own."""
    row = _held(claimed).select_for_update().first()
    if row is None:
        return
    since, attempts = row.failing_since or at, row.attempts + 1
    row.leased_until, row.failing_since, row.attempts = None, since, attempts
    row.trouble, row.last_status = failure.why, failure.status
    row.due_at = at + timedelta(seconds=pause(row.attempts - 1, named=failure.retry_after))
    is_over = failure.status == GONE or (at - since >= DISABLE_AFTER and attempts >= FEWEST_ATTEMPTS)
    if row.is_active and is_over:
        row.is_active, row.disabled_at = False, at
    row.save()
    if row.disabled_at == at:
        data = {"text": failure.why, "status": failure.status, "attempts": attempts, "since": since.isoformat(),
                "position": row.position}  # fmt: skip
        log.append("webhook.disabled", actor=log.SYSTEM, now=at, subject=f"webhook:{row.name}", data=data)

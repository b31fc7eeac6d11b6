"""Send a message that is due: claim it, send it with no transaction open, record what came of it.

A message is never sent again once it is recorded as sent. What a crash, or an answer that was lost, leaves between
the two is sent once more for each such time, under the same id, so that programs of mail show it once.
"""

import random
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Min, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from access.audit import log
from access.core.job_clock import Elapsed
from access.core.retention import check_can_purge
from access.models import Kind, Notification
from access.notify import letters, reminders, still_wanted
from integrations.base import ChannelDown, NotReachable, ProviderError, ProviderUnavailable, Sender

FIRST_PAUSE: Final = 5.0  # seconds
LONGEST_PAUSE: Final = 600.0
# While nobody can be reached one message tries so often, so that all the others leave soon after that is over.
LONGEST_OUTAGE_PAUSE: Final = 45.0
GIVE_UP_AFTER: Final = timedelta(days=3)


def send(notification: Notification, *, sender: Sender, now: datetime) -> None:
    """Send one message if it is due, nobody else is at it, and it is still so. Twice or late changes nothing more.

    Never raises a ProviderError: what went wrong is written on the message, with when it is tried next.
    """
    clock = Elapsed(now)
    claimed = _claim(notification, now=now)
    if claimed is None:
        return
    if not still_wanted.is_called_for(claimed, now=now):
        _drop(claimed, now=now)
    elif _is_hopeless(claimed, now=now):
        _give_up(claimed, claimed.last_error or _("It was tried for three days."), at=now)
    else:
        _try(claimed, sender, clock)


def purge(*, before: datetime, now: datetime, retention: timedelta, dry_run: bool = False) -> int:
    """Delete what was sent or given up before this time, and return how many. That somebody was told is proof.

    Raises Conflict when some of it is younger than the retention.
    """
    check_can_purge(before=before, now=now, retention=retention)
    done = Notification.objects.filter(due_at=None, created_at__lt=before)
    return done.count() if dry_run else done.delete()[0]


def pause(attempts: int) -> float:
    """Seconds until the next try: doubling up to ten minutes, with jitter so that tries spread."""
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(attempts, 10))
    return random.uniform(longest / 2, longest)  # noqa: S311  spreads tries, guards nothing


@transaction.atomic(durable=True)
def _claim(notification: Notification, *, now: datetime) -> Notification | None:
    """Put it a lease ahead, so that a worker that dies now delays it and never loses it. None: it is not due."""
    due = Notification.objects.filter(pk=notification.pk, due_at__lte=now)
    # One that ends its worker each time is tried less and less often, too.
    lease = max(settings.LEASE, timedelta(seconds=pause(notification.attempts)))
    taken = due.update(due_at=now + lease, attempts=F("attempts") + 1, first_tried_at=Coalesce("first_tried_at", now))
    if not taken:
        return None
    rows = Notification.objects.select_related(
        "recipient", "request__flow", "request__requester", "request__target", "grant__person", "grant__target"
    )
    return rows.get(pk=notification.pk)


@transaction.atomic(durable=True)
def _drop(claimed: Notification, *, now: datetime) -> None:
    """Forget it. Of what another message reminds by now, this one may have to the next time: that may be settled."""
    told = still_wanted.is_left_to_channel(claimed) or still_wanted.is_told_with_another(claimed)
    follows = claimed.kind == Kind.REMINDER and told
    if _held(claimed).delete()[0] and follows:
        reminders.write_next(claimed, now=now)


def _is_hopeless(claimed: Notification, *, now: datetime) -> bool:
    since = claimed.first_tried_at
    return since is not None and now - since > GIVE_UP_AFTER


def _try(claimed: Notification, sender: Sender, clock: Elapsed) -> None:
    try:
        sender.send(letters.message(claimed))
    except NotReachable as error:
        _leave_to_others(claimed, error, at=clock.at())
    except ProviderUnavailable as error:
        _try_later(claimed, error, at=clock.at())
    except ProviderError as error:
        _give_up(claimed, error.summary, at=clock.at())
    else:
        _sent(claimed, at=clock.at())


def _leave_to_others(claimed: Notification, error: ProviderError, *, at: datetime) -> None:
    """Where another way is told the same, nothing is lost; else it could not be sent."""
    same = Notification.objects.filter(recipient=claimed.recipient, key=claimed.key).exclude(pk=claimed.pk)
    if same.exists():
        _held(claimed).delete()
    else:
        _give_up(claimed, error.summary, at=at)


def _held(claimed: Notification) -> QuerySet[Notification]:
    """The row, unless the lease ran out and somebody else has it now."""
    return Notification.objects.filter(pk=claimed.pk, due_at=claimed.due_at)


@transaction.atomic(durable=True)
def _sent(claimed: Notification, *, at: datetime) -> None:
    if _held(claimed).update(due_at=None, sent_at=at, last_error="") and claimed.kind == Kind.REMINDER:
        reminders.write_next(claimed, now=at)


@transaction.atomic(durable=True)
def _try_later(claimed: Notification, error: ProviderUnavailable, *, at: datetime) -> None:
    """Try again after a pause. Where nobody can be reached, everything else that is due waits along.

    So a mail server that is away is asked by one message at a time, and less and less often, instead of by all that
    is due: each of them would hold a worker that people's access needs.
    """
    down = isinstance(error, ChannelDown)
    seconds = max(pause(claimed.attempts), _outage(claimed, error, at=at) / 2 if down else 0)
    later = at + timedelta(seconds=min(seconds, LONGEST_OUTAGE_PAUSE if down else LONGEST_PAUSE))
    _held(claimed).update(due_at=later, last_error=error.summary)
    if down:
        # Whatever another worker is at is left out, so that nobody waits for anybody.
        due = Notification.objects.select_for_update(skip_locked=True).filter(channel=claimed.channel, due_at__lte=at)
        Notification.objects.filter(pk__in=list(due.values_list("pk", flat=True))).update(due_at=later)


def _outage(claimed: Notification, error: ProviderError, *, at: datetime) -> float:
    """For how many seconds messages have met this same trouble."""
    alike = Notification.objects.filter(channel=claimed.channel, last_error=error.summary, due_at__isnull=False)
    since = alike.aggregate(since=Min("first_tried_at"))["since"]
    return (at - since).total_seconds() if since else 0.0


@transaction.atomic(durable=True)
def _give_up(claimed: Notification, why: str, *, at: datetime) -> None:
    """Try no more, and say so in the log, from where the admins are told."""
    if not _held(claimed).update(due_at=None, given_up_at=at, last_error=why):
        return
    log.append(
        "notification.given_up",
        actor=log.SYSTEM,
        now=at,
        request=claimed.request,
        grant=claimed.grant,
        subject=claimed.recipient,
        data={
            "recipient": claimed.recipient_id,
            "kind": claimed.kind,
            "channel": claimed.channel,
            "attempts": claimed.attempts,
            "text": why,
        },
    )

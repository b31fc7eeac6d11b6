"""Turn due rows into tasks. The rows stay the queue: a task is a nudge, and one that is lost is sent again."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from access.audit import anchors, scheduled_check, seal
from access.config import proposals
from access.core.existence_query import Question
from access.core.states import OPEN, GrantState, RequestState
from access.events import stream
from access.evidence import activity, take_out
from access.evidence.access_reviews import look
from access.evidence.reports import reckon
from access.grants.claim import SLOW_PASS
from access.models import (
    AccessRequest,
    AfterReview,
    Asked,
    AuditHead,
    Delegation,
    Flow,
    Grant,
    Integration,
    LogReader,
    Notification,
    Schedule,
    SlackHome,
    SlackPost,
    Target,
)
from access.notify.read_log import READER
from access.worker import queue

CONVERGE: Final = "access.worker.jobs.converge"
LAPSE: Final = "access.worker.jobs.lapse"
REVIEW: Final = "access.worker.jobs.review_due"
ACCESS_REVIEW: Final = "access.worker.jobs.look_at_access_review"
SYNC: Final = "access.worker.jobs.sync_integration"
SCHEDULE: Final = "access.worker.jobs.read_schedule"
READ_LOG: Final = "access.worker.jobs.read_log"
SHOW: Final = "access.worker.jobs.show_in_slack"
SEND: Final = "access.worker.jobs.send_notification"
CHECK_FLOW: Final = "access.worker.jobs.check_flow"
ASK_MORE: Final = "access.worker.jobs.pass_on"
DELEGATION: Final = "access.worker.jobs.look_at_delegation"
PROPOSAL: Final = "access.worker.jobs.lapse_proposal"
CANARY: Final = "access.worker.jobs.try_canary"
ACTIVITY: Final = "access.worker.jobs.read_activity"
TAKE_OUT: Final = "access.worker.jobs.take_out"
HOME: Final = "access.worker.jobs.publish_home"
DELIVER: Final = "access.worker.jobs.deliver_events"
WRITE_EVENTS: Final = "access.worker.jobs.write_events"
VERIFY: Final = "access.worker.jobs.verify_log"
ANCHOR: Final = "access.worker.jobs.send_anchor"
REPORT: Final = "access.worker.jobs.reckon_report"
SEAL: Final = "seal"  # quickly done, by the sweep itself
# How long a task may be on its way before it is taken for lost.
PATIENCE: Final = timedelta(seconds=5)
# An announcement changes at several steps within seconds, and whoever is at it holds a lease.
BRIEFLY: Final = timedelta(seconds=1)
# Syncs take long, and so may a mail server. One place is never filled with them: nobody's access waits for it.
KEPT_FREE: Final = 1
# What is still done by a worker that does not know what time it is.
ENDING: Final = (GrantState.ACTIVE, GrantState.REVOKING)
# Read in one sweep. Many people can be due on one target.
MOST_ROWS: Final = 100

_Jobs = Sequence[tuple[str, Callable[[datetime], QuerySet[Any, int]]]]


class Sweep:
    """The sweep of one worker into its own queue.

    It never queues more than the cluster takes up at once. So what is most overdue goes first, a slow Aptible
    piles nothing up, and a heartbeat never waits behind work.
    """

    def __init__(self, name: str, *, places: int) -> None:
        self._queue = name
        self._places = places
        self._sent: dict[tuple[str, int], datetime] = {}  # until when such a task counts as on its way
        self._question = Question(_QUESTIONS)

    def __call__(self, now: datetime, *, may_grant: bool = True) -> bool:
        """Queue what is due, oldest first; return whether some of it had to wait for room.

        A worker that does not know what time it is queues no target for what only begins.
        """
        self._sent = {task: until for task, until in self._sent.items() if until > now}
        kinds = self._question(now)
        if SEAL in kinds:
            seal.seal(now=now)
            kinds = self._question(now) - {SEAL}
        kinds -= set() if settings.EVENT_LOG else {WRITE_EVENTS}
        if not kinds:
            return False
        due = {job: self._first(self._not_sent(job, rows(now))) for job, rows in _KINDS.items() if job in kinds}
        targets = self._first_targets(now, may_grant=may_grant) if CONVERGE in kinds else []
        news = [last for last, read in _unread() if not self._is_being_read(read)] if READ_LOG in kinds else []
        lines = [1] if WRITE_EVENTS in kinds and (WRITE_EVENTS, 1) not in self._sent else []
        if not (targets or news or lines or any(due.values())):
            return False
        room = self._places - queue.outstanding(self._queue)
        room, waiting = self._fill(room, targets, lambda pk: self._send_target(pk, now))
        room, waiting_too = self._fill(room, due.get(LAPSE, ()), lambda pk: self._send(LAPSE, pk, now))
        room = self._fill_each(room, _SOON, due, now)
        room, _full = self._fill(room, news, lambda pk: self._send(READ_LOG, pk, now))
        room = self._fill_each(room - KEPT_FREE, _SLOW, due, now)
        self._fill(room, lines, lambda pk: self._send(WRITE_EVENTS, pk, now))
        return waiting or waiting_too

    def _first_targets(self, now: datetime, *, may_grant: bool) -> list[int]:
        """Those that are most overdue. The last place is left to one that is not known to be slow."""
        due = _targets(now, may_grant=may_grant)
        found = self._first(due)
        if not found or not Target.objects.filter(_is_slow(now)).exists():
            return found
        # Where some are slow, one that was never looked at may be, too.
        quick = self._first(due.filter(target__pass_seconds__gt=0, target__pass_seconds__lt=SLOW_PASS))
        room = max(self._places - 1 - _slow_ones(now), 0)
        doubtful = [pk for pk in found if pk not in quick][:room]
        return [pk for pk in dict.fromkeys([*found, *quick]) if pk in quick or pk in doubtful]

    def _first(self, pks: QuerySet[Any, int]) -> list[int]:
        """As many as there is room for, and one more to know whether that was all."""
        return list(dict.fromkeys(pks[:MOST_ROWS]))[: self._places + 1]

    def _not_sent(self, job: str, pks: QuerySet[Any, int]) -> QuerySet[Any, int]:
        return pks.exclude(pk__in=[pk for name, pk in self._sent if name == job])

    def _is_being_read(self, read: int) -> bool:
        """Whether a task is on its way that has not read the log yet: it will read all there is by then."""
        return any(job == READ_LOG and event > read for job, event in self._sent)

    def _fill(self, room: int, pks: Iterable[int], send: Callable[[int], bool]) -> tuple[int, bool]:
        """Send while there is room; return the room that is left, and whether some had to wait."""
        for pk in pks:
            if room < 1:
                return room, True
            room -= send(pk)
        return room, False

    def _fill_each(self, room: int, jobs: _Jobs, due: Mapping[str, Iterable[int]], now: datetime) -> int:
        for job, _rows in jobs:
            room, _full = self._fill(room, due.get(job, ()), lambda pk, job=job: self._send(job, pk, now))  # type: ignore[misc]
        return room

    def _send(self, job: str, pk: int, now: datetime) -> bool:
        queue.send(job, pk, queue=self._queue)
        self._sent[job, pk] = now + (BRIEFLY if job == SHOW else PATIENCE)
        return True

    @transaction.atomic
    def _send_target(self, pk: int, now: datetime) -> bool:
        """Queue one target's work, unless another worker was faster. The mark and the task commit together."""
        marked = Target.objects.filter(_is_free(now), pk=pk).update(queued_until=now + PATIENCE)
        if marked:
            queue.send(CONVERGE, pk, queue=self._queue)
        return bool(marked)


def _is_slow(now: datetime) -> Q:
    """A pass over it takes long at this moment, or did the last time."""
    taken_long_ago = Q(leased_until__gt=now, leased_until__lt=now + settings.LEASE - timedelta(seconds=SLOW_PASS))
    return Q(pass_seconds__gte=SLOW_PASS) | taken_long_ago


def _slow_ones(now: datetime) -> int:
    """How many targets are being seen to, by any worker, that are not known to be quick."""
    busy = Q(leased_until__gt=now) | Q(queued_until__gt=now)
    return Target.objects.filter(busy).filter(_is_slow(now) | Q(pass_seconds=0)).count()


def _targets(now: datetime, *, may_grant: bool = True) -> QuerySet[Any, int]:
    """Targets with something due that nobody is at, the most overdue first, once for each grant."""
    states = OPEN if may_grant else ENDING
    due = Grant.objects.filter(_is_free(now, "target__"), state__in=states, due_at__lte=now)
    # Grouped by target, the database would read every grant there ever was.
    return due.order_by("due_at").values_list("target", flat=True)


def _requests(now: datetime) -> QuerySet[Any, int]:
    due = AccessRequest.objects.filter(state=RequestState.PENDING, due_at__lte=now)
    return due.order_by("due_at").values_list("pk", flat=True)


def _reviews(now: datetime) -> QuerySet[Any, int]:
    return AfterReview.objects.filter(due_at__lte=now).order_by("due_at").values_list("pk", flat=True)


def _asked(now: datetime) -> QuerySet[Any, int]:
    """Requests that are passed on to those who are asked only after a while."""
    return Asked.objects.filter(due_at__lte=now).order_by("due_at").values_list("request", flat=True)


def _delegations(now: datetime) -> QuerySet[Any, int]:
    return Delegation.objects.filter(due_at__lte=now).order_by("due_at").values_list("pk", flat=True)


def _integrations(now: datetime) -> QuerySet[Any, int]:
    due = Integration.objects.filter(type=Integration.Type.APTIBLE, due_at__lte=now)
    return due.order_by("due_at").values_list("pk", flat=True)


def _canaries(now: datetime) -> QuerySet[Any, int]:
    due = Integration.objects.filter(type=Integration.Type.APTIBLE, canary_due_at__lte=now)
    return due.order_by("canary_due_at").values_list("pk", flat=True)


def _schedules(now: datetime) -> QuerySet[Any, int]:
    due = Schedule.objects.filter(source=Schedule.Source.PAGERDUTY, due_at__lte=now)
    return due.order_by("due_at").values_list("pk", flat=True)


def _unread() -> QuerySet[Any, tuple[int, int]]:
    """The last event of the log and the last that was read, if the messages that it calls for are not written yet."""
    reader = LogReader.objects.filter(name=READER).values("seq")
    heads = AuditHead.objects.annotate(read=Coalesce(Subquery(reader), 0)).filter(seq__gt=F("read"))
    return heads.values_list("seq", "read")


def _messages(now: datetime) -> QuerySet[Any, int]:
    return Notification.objects.filter(due_at__lte=now).order_by("due_at").values_list("pk", flat=True)


def _homes(now: datetime) -> QuerySet[Any, int]:
    return SlackHome.objects.filter(due_at__lte=now).order_by("due_at").values_list("pk", flat=True)


def _webhooks(now: datetime) -> QuerySet[Any, int]:
    return stream.webhooks_due(now).values_list("pk", flat=True)


def _log_to_verify(now: datetime) -> QuerySet[Any, int]:
    return scheduled_check.due(now).values_list("pk", flat=True)


def _anchors(now: datetime) -> QuerySet[Any, int]:
    return anchors.due(now).values_list("pk", flat=True)


def _posts(now: datetime) -> QuerySet[Any, int]:
    """What Slack has to show anew, and no worker is at."""
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    return SlackPost.objects.filter(free, due_at__lte=now).order_by("due_at").values_list("pk", flat=True)


def _flows(now: datetime) -> QuerySet[Any, int]:
    waits = AccessRequest.objects.filter(flow=OuterRef("pk"), state=RequestState.PENDING)
    due = Flow.objects.filter(Q(is_active=True) | Q(Exists(waits)), check_due_at__lte=now)
    return due.order_by("check_due_at").values_list("pk", flat=True)


def _is_free(now: datetime, path: str = "") -> Q:
    """No task is on its way to the target, and no worker is at it."""
    queued = Q(**{f"{path}queued_until": None}) | Q(**{f"{path}queued_until__lte": now})
    return queued & (Q(**{f"{path}leased_until": None}) | Q(**{f"{path}leased_until__lte": now}))


# What is quickly done goes first, in this order; what speaks to the outside, or reads much, after it.
_SOON: Final[_Jobs] = (
    (REVIEW, _reviews),
    (ASK_MORE, _asked),
    (DELEGATION, _delegations),
    (PROPOSAL, proposals.due),
    (ACCESS_REVIEW, look.due),
)
_SLOW: Final[_Jobs] = (
    (SCHEDULE, _schedules),
    (SYNC, _integrations),
    (TAKE_OUT, take_out.due),
    (SHOW, _posts),
    (SEND, _messages),
    (HOME, _homes),
    (CHECK_FLOW, _flows),
    (DELIVER, _webhooks),
    (ANCHOR, _anchors),
    (VERIFY, _log_to_verify),
    (ACTIVITY, activity.due),
    (CANARY, _canaries),
    (REPORT, lambda now: reckon.due(now).values_list("pk", flat=True)),
)
# Of each kind the numbers of what is due. Targets, the log and its lines are sent in ways of their own.
_KINDS: Final = dict([(LAPSE, _requests), *_SOON, *_SLOW])


_QUESTIONS: Final[Mapping[str, Callable[[datetime], QuerySet[Any, Any]]]] = {
    CONVERGE: _targets,
    READ_LOG: lambda _now: _unread(),
    **_KINDS,
    WRITE_EVENTS: stream.event_log_due,
    SEAL: lambda _now: seal.waiting(),
}

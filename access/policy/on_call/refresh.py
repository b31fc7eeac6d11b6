"""Read from outside who is on call. What was read is kept in rows, so that no form and no ask waits for it."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from access.audit import log
from access.models import OnCall, Schedule, User
from integrations import registry
from integrations.base import NeedsAttention, OnCallSource, ProviderError, ProviderUnavailable
from integrations.base import OnCall as Named
from integrations.secrets import Secret

READ_EVERY: Final = timedelta(seconds=60)
AFTER_REFUSAL: Final = timedelta(minutes=10)  # what only a person can put right is not asked for each minute


def source_of(schedule: Schedule) -> OnCallSource:
    """Make the source that knows this schedule. Raises NeedsAttention when its key can't be read."""
    if schedule.token_secret is None:
        raise NeedsAttention(_("No API key is set."))
    token = Secret(schedule.token_secret.value())
    return registry.on_call_source(schedule.source, token=token, api_url=settings.PAGERDUTY_API_URL)


@transaction.atomic(durable=True)
def take_due(schedule: Schedule, *, now: datetime) -> bool:
    """Put the next reading ahead. False: somebody else took this one, or it is not due."""
    due = Schedule.objects.filter(pk=schedule.pk, source=Schedule.Source.PAGERDUTY, due_at__lte=now)
    return bool(due.update(due_at=now + READ_EVERY))


def read(schedule: Schedule, *, source: OnCallSource, now: datetime) -> None:
    """Ask once, and keep what was answered as of `now`. Raises ProviderError; then nothing is changed."""
    _keep(schedule, source.on_call(schedule.external_id, now=now), now=now)


@transaction.atomic
def note_trouble(schedule: Schedule, error: ProviderError, *, now: datetime) -> None:
    """Write down why it could not be read. What was read before grows old, and counts as not known by and by."""
    pause = READ_EVERY if isinstance(error, ProviderUnavailable) else AFTER_REFUSAL
    if isinstance(error, ProviderUnavailable) and error.retry_after:
        pause = max(pause, timedelta(seconds=error.retry_after))
    is_new = Schedule.objects.exclude(trouble=error.summary).filter(pk=schedule.pk)
    told = bool(is_new.update(trouble=error.summary))
    Schedule.objects.filter(pk=schedule.pk).update(due_at=now + pause)
    if told and isinstance(error, NeedsAttention):
        _log("schedule.needs_attention", schedule, now=now, data={"text": error.summary})


@transaction.atomic
def forget(schedule: Schedule, *, now: datetime) -> None:
    """Forget what was read, because it was read from elsewhere, and let it be read at once."""
    OnCall.objects.filter(schedule=schedule).delete()
    Schedule.objects.filter(pk=schedule.pk).update(read_at=None, trouble="", due_at=now)
    schedule.refresh_from_db()


@transaction.atomic
def _keep(schedule: Schedule, named: tuple[Named, ...], *, now: datetime) -> None:
    """Replace what was known, unless an admin has set another place to read from meanwhile, or it was read later."""
    row = Schedule.objects.select_for_update().get(pk=schedule.pk)
    same_place = (row.source, row.external_id, row.token_secret_id) == (
        schedule.source, schedule.external_id, schedule.token_secret_id,
    )  # fmt: skip
    if not same_place or (row.read_at is not None and row.read_at > now):
        return
    named = _as_they_sign_in(named)
    before = sorted(row.on_call.values_list("email", flat=True))
    row.on_call.all().delete()
    OnCall.objects.bulk_create([OnCall(schedule=row, email=one.email, ends_at=one.until) for one in named])
    Schedule.objects.filter(pk=row.pk).update(read_at=now, trouble="")
    after = sorted(one.email for one in named)
    if before != after:
        names = ", ".join(after) or _("nobody")
        _log("schedule.read", row, now=now, data={"before": before, "after": after, "names": names})


def _as_they_sign_in(named: tuple[Named, ...]) -> tuple[Named, ...]:
    """Name those whom an admin has set another address for by the one with which they sign in, each once."""
    others = User.objects.filter(on_call_email__in=[one.email for one in named])
    here = {one.on_call_email.lower(): one.email.lower() for one in others}
    ends: dict[str, list[datetime | None]] = {}
    for one in named:
        ends.setdefault(here.get(one.email, one.email), []).append(one.until)
    return tuple(Named(email, min(filter(None, ends[email]), default=None)) for email in sorted(ends))


def _log(type: str, schedule: Schedule, *, now: datetime, data: dict[str, object]) -> None:
    log.append(type, actor=log.SYSTEM, now=now, subject=f"schedule:{schedule.name}", data=data)

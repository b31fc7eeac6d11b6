"""The home of a person in Slack: marked when it may have changed, and brought to what is so by the worker."""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F

from access.core.errors import Refusal
from access.core.job_clock import Elapsed
from access.models import SlackHome
from access.notify.slack import home_view, people
from access.notify.slack.workspace import Workspace
from integrations.base import ProviderError, ProviderUnavailable
from integrations.slack import home

logger = logging.getLogger(__name__)

# Whoever opens their home again is shown it anew anyway.
GIVE_UP_AFTER: Final = 5
PAUSE: Final = timedelta(seconds=5)


def refresh(account_id: str, *, now: datetime) -> None:
    """Let this account's home be shown anew, soon. However often it is said, it is done once."""
    SlackHome.objects.update_or_create(account_id=account_id, defaults={"due_at": now, "attempts": 0})


def publish(row: SlackHome, *, workspace: Workspace, now: datetime) -> None:
    """Show one home as it is now, if it is due and nobody else is at it. Never raises a ProviderError."""
    clock = Elapsed(now)
    claimed = _claim(row, now=now)
    if claimed is None:
        return
    try:
        view = _view(claimed, workspace, now=now)
        workspace.client.call("views.publish", user_id=claimed.account_id, view=view)
    except ProviderUnavailable as trouble:
        _later(claimed, trouble, at=clock.at())
    except ProviderError as trouble:
        logger.warning("The home of %s in Slack could not be shown: %s", claimed.account_id, trouble.summary)
        _done(claimed)
    else:
        _done(claimed)


def _view(claimed: SlackHome, workspace: Workspace, *, now: datetime) -> home.View:
    try:
        person = people.person_of(claimed.account_id, workspace=workspace, now=now)
    except Refusal as refusal:
        return home.told(str(refusal), settings.BASE_URL)
    return home_view.of(person, now=now)


@transaction.atomic(durable=True)
def _claim(row: SlackHome, *, now: datetime) -> SlackHome | None:
    due = SlackHome.objects.filter(pk=row.pk, due_at__lte=now)
    taken = due.update(due_at=now + settings.LEASE, attempts=F("attempts") + 1)
    return SlackHome.objects.filter(pk=row.pk).first() if taken else None


def _done(claimed: SlackHome) -> None:
    """Forget it, unless it was marked again meanwhile."""
    SlackHome.objects.filter(pk=claimed.pk, due_at=claimed.due_at).delete()


def _later(claimed: SlackHome, trouble: ProviderUnavailable, *, at: datetime) -> None:
    if claimed.attempts >= GIVE_UP_AFTER:
        logger.warning("The home of %s in Slack is not tried any more: %s", claimed.account_id, trouble.summary)
        _done(claimed)
        return
    pause = timedelta(seconds=trouble.retry_after) if trouble.retry_after else PAUSE * claimed.attempts
    SlackHome.objects.filter(pk=claimed.pk, due_at=claimed.due_at).update(due_at=at + pause)

"""Turn an integration's row into a provider that can be asked, and remember what stands in its way."""

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from access.audit import log
from access.core.job_clock import Elapsed
from access.directory import pace
from access.models import Integration
from integrations import registry
from integrations.base import (
    AccessProvider,
    LoginFailed,
    LoginRefused,
    NeedsAttention,
    ProviderError,
    ProviderUnavailable,
)
from integrations.http import LONGEST_NAMED
from integrations.pace import OutOfTurn
from integrations.secrets import Secret, credential_fingerprint

logger = logging.getLogger(__name__)

SAY_EVERY: Final = timedelta(minutes=1)
# A sign-in that failed in an odd way: the pause grows with each, and the third in a row is told.
PAUSES: Final = (timedelta(minutes=1), timedelta(minutes=2))
TOLD_PAUSE: Final = timedelta(hours=1)


def provider_for(integration: Integration, *, now: datetime, anew: bool = False) -> AccessProvider:
    """Read the credentials and make the provider.

    Raises NeedsAttention when a credential can't be read; and, without any call, LoginRefused or LoginFailed when
    these very credentials did not sign in before, and ProviderUnavailable while a pause lasts that Aptible asked for,
    of whatever process and about whatever role: unless `anew`, or the pause is over.
    """
    if not anew:
        _check_nobody_asked_to_wait(integration, now=now)
    username, password = _credentials(integration)
    known_refusal = integration.refused_fingerprint == _fingerprint(username, password)
    if known_refusal and not anew:
        _check_pause_is_over(integration, now=now)
        _take_the_next_try(integration, now=now)
    provider = registry.build(
        integration.type,
        organization_id=integration.external_id,
        username=username,
        password=password.reveal(),
        auth_url=settings.APTIBLE_AUTH_ROOT_URL,
        api_url=settings.APTIBLE_API_ROOT_URL,
        told_to_wait=partial(_keep_pause, integration.pk, Elapsed(now)),
        turn=partial(pace.turn, integration.pk),
    )
    if not known_refusal:
        # The sign-in may have worked in another process since it was refused in this one.
        provider.forget_refusal()
    return provider


def _credentials(integration: Integration) -> tuple[str, Secret]:
    username, password = integration.sign_in
    return username.value(), Secret(password.value())


def _check_nobody_asked_to_wait(integration: Integration, *, now: datetime) -> None:
    left = (integration.paused_until - now).total_seconds() if integration.paused_until else 0.0
    # What is later than any pause that is kept was written by a clock that was wrong.
    if 0 < left <= LONGEST_NAMED:
        raise ProviderUnavailable(_("Aptible asks us to slow down."), retry_after=left, nothing_done=True)


def _keep_pause(integration_id: int, clock: Elapsed, seconds: float) -> None:
    until = clock.at() + timedelta(seconds=seconds)
    Integration.objects.filter(pk=integration_id).update(paused_until=until)


def _check_pause_is_over(integration: Integration, *, now: datetime) -> None:
    until = integration.login_retry_at
    if until is not None and until <= now:
        return
    pause = (until - now).total_seconds() if until else None
    if pause is not None and integration.login_failures and not integration.attention:
        raise LoginFailed(integration.unreachable or _("Signing in to Aptible failed."), retry_after=pause, waited=True)
    raise LoginRefused(integration.attention or _("Aptible refused the bot's sign-in."), retry_at_earliest=pause)


def _take_the_next_try(integration: Integration, *, now: datetime) -> None:
    """Leave one try to one process, however many find the pause over at the same moment. Raises LoginFailed."""
    if not integration.login_failures:
        return
    mine = Integration.objects.filter(pk=integration.pk, login_retry_at=integration.login_retry_at)
    if not mine.update(login_retry_at=now + PAUSES[0]):
        text = _("Another process is trying to sign in to Aptible.")
        raise LoginFailed(text, retry_after=PAUSES[0].total_seconds(), waited=True)


def note_failed(integration: Integration, error: ProviderError, *, now: datetime) -> None:
    """Write down that the provider could not be asked. The log says so the first time, and then once a minute."""
    if isinstance(error, OutOfTurn):
        return
    if isinstance(error, LoginFailed):
        _note_failed_login(integration, error, now=now)
    elif isinstance(error, NeedsAttention):
        note_attention(integration, error, now=now)
    rows = Integration.objects.filter(pk=integration.pk)
    if isinstance(error, ProviderUnavailable):
        rows.filter(unreachable_since=None).update(unreachable_since=now)
        rows.exclude(unreachable=error.summary).update(unreachable=error.summary)
    unsaid = Q(unreachable_said_at=None) | Q(unreachable_said_at__lte=now - SAY_EVERY)
    if rows.filter(unsaid).update(unreachable_said_at=now):
        logger.warning("%s can't be asked who is in which role: %s", integration.name, error.summary)


@transaction.atomic
def _note_failed_login(integration: Integration, error: LoginFailed, *, now: datetime) -> None:
    """Count it, and let the next try wait longer. The third in a row needs somebody, and is tried hourly from then."""
    if error.waited:
        return
    row = Integration.objects.select_for_update(no_key=True).get(pk=integration.pk)
    failures = min(row.login_failures + 1, len(PAUSES) + 1)
    pause = PAUSES[failures - 1] if failures <= len(PAUSES) else TOLD_PAUSE
    changes: dict[str, object] = {
        "login_failures": failures, "refused_fingerprint": _current_fingerprint(row), "login_retry_at": now + pause,
    }  # fmt: skip
    tell = failures > len(PAUSES) and not row.attention
    if tell:
        changes |= {"attention": error.summary, "attention_since": now}
    _write(integration, changes)
    if tell:
        _log("integration.needs_attention", integration, now=now, text=error.summary)


@transaction.atomic
def note_attention(integration: Integration, error: NeedsAttention, *, now: datetime) -> None:
    """Write down once that an admin has to act. A refused sign-in also stops further tries with these credentials."""
    changes: dict[str, object] = {"attention": error.summary}
    if isinstance(error, LoginRefused) and not _known_refusal(integration, now=now):
        changes["login_failures"] = 0
        changes["refused_fingerprint"] = _current_fingerprint(integration)
        pause = error.retry_at_earliest
        changes["login_retry_at"] = now + timedelta(seconds=pause) if pause is not None else None
    if integration.attention == error.summary and "refused_fingerprint" not in changes:
        return
    if integration.attention_since is None:
        changes["attention_since"] = now
    _write(integration, changes)
    _log("integration.needs_attention", integration, now=now, text=error.summary)


@transaction.atomic
def note_working(integration: Integration, *, now: datetime) -> None:
    """Write down that the integration answers again, when it was in trouble before."""
    if integration.unreachable_since:
        _write(integration, {"unreachable": "", "unreachable_since": None})
    if not (integration.attention or integration.refused_fingerprint):
        return
    told = bool(integration.attention)
    none = {"attention": "", "refused_fingerprint": "", "login_failures": 0}
    _write(integration, {**none, "attention_since": None, "login_retry_at": None})
    if not told:
        return
    _log("integration.works_again", integration, now=now, text="")


def _write(integration: Integration, changes: dict[str, object]) -> None:
    Integration.objects.filter(pk=integration.pk).update(**changes)
    integration.refresh_from_db()


def _log(type: str, integration: Integration, *, now: datetime, text: str) -> None:
    subject = f"integration:{integration.name}"
    log.append(type, actor=log.SYSTEM, now=now, subject=subject, data={"text": text} if text else {})


def _known_refusal(integration: Integration, *, now: datetime) -> bool:
    """Whether these very credentials are written down as refused, with a pause that is not over."""
    until = integration.login_retry_at
    return (
        bool(integration.refused_fingerprint)
        and (until is None or until > now)
        and integration.refused_fingerprint == _current_fingerprint(integration)
    )


def _current_fingerprint(integration: Integration) -> str:
    try:
        return _fingerprint(*_credentials(integration))
    except NeedsAttention:
        return ""


def _fingerprint(username: str, password: Secret) -> str:
    return credential_fingerprint(username, password, key=settings.SECRET_KEY.encode())

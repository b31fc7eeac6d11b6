"""Turn an integration's row into a provider that can be asked, and remember what stands in its way."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from access.audit import log
from access.models import Integration
from integrations import registry
from integrations.base import AccessProvider, LoginRefused, NeedsAttention
from integrations.secrets import Secret, credential_fingerprint


def provider_for(integration: Integration, *, now: datetime, anew: bool = False) -> AccessProvider:
    """Read the credentials and make the provider.

    Raises NeedsAttention when a credential can't be read, and LoginRefused, without any call, when Aptible
    refused these very credentials before: unless `anew`, or the pause it asked for is over.
    """
    username, password = _credentials(integration)
    known_refusal = integration.refused_fingerprint == _fingerprint(username, password)
    if known_refusal and not anew:
        _check_pause_is_over(integration, now=now)
    provider = registry.build(
        integration.type,
        organization_id=integration.external_id,
        username=username,
        password=password.reveal(),
        auth_url=settings.APTIBLE_AUTH_ROOT_URL,
        api_url=settings.APTIBLE_API_ROOT_URL,
    )
    if not known_refusal:
        # The sign-in may have worked in another process since it was refused in this one.
        provider.forget_refusal()
    return provider


def _credentials(integration: Integration) -> tuple[str, Secret]:
    username, password = integration.sign_in
    return username.value(), Secret(password.value())


def _check_pause_is_over(integration: Integration, *, now: datetime) -> None:
    until = integration.login_retry_at
    if until is not None and until <= now:
        return
    pause = (until - now).total_seconds() if until else None
    raise LoginRefused(integration.attention or _("Aptible refused the bot's sign-in."), retry_at_earliest=pause)


@transaction.atomic
def note_attention(integration: Integration, error: NeedsAttention, *, now: datetime) -> None:
    """Write down once that an admin has to act. A refused sign-in also stops further tries with these credentials."""
    changes: dict[str, object] = {"attention": error.summary}
    if isinstance(error, LoginRefused) and not _known_refusal(integration, now=now):
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
    if not (integration.attention or integration.refused_fingerprint):
        return
    _write(
        integration,
        {"attention": "", "attention_since": None, "refused_fingerprint": "", "login_retry_at": None},
    )
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

"""The secrets that sign what a webhook is sent: made here, shown once, kept sealed."""

import base64
import secrets as random_bytes
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction

from access.audit import log
from access.directory import secrets as keep_secret
from access.models import User, Webhook
from integrations import secrets
from integrations.secrets import Secret
from integrations.webhooks.signature import PREFIX

BYTES: Final = 32
BOTH_FOR: Final = timedelta(hours=24)


@transaction.atomic
def renew(webhook: Webhook, *, by: User, now: datetime) -> str:
    """Make a new secret and return it; it is told to nobody again. The one before signs as well for another day.

    Raises Invalid when nothing can be sealed.
    """
    plain = PREFIX + base64.b64encode(random_bytes.token_bytes(BYTES)).decode()
    sealed = keep_secret.seal(plain)
    row = Webhook.objects.select_for_update().get(pk=webhook.pk)
    until = now + BOTH_FOR if row.sealed else None
    changes = {"sealed": sealed, "sealed_before": row.sealed, "sealed_before_until": until}
    Webhook.objects.filter(pk=row.pk).update(**changes)
    data = {"before_until": until.isoformat()} if until else {}
    log.append("webhook.secret_renewed", actor=by, now=now, subject=f"webhook:{row.name}", data=data)
    return plain


def in_use(webhook: Webhook, *, now: datetime) -> list[Secret]:
    """The secrets that sign now, the newest first. Raises SecretUnavailable."""
    until = webhook.sealed_before_until
    before = [webhook.sealed_before] if until and until > now and webhook.sealed_before else []
    return [Secret(secrets.unseal(one, keys=settings.ENCRYPTION_KEYS)) for one in (webhook.sealed, *before)]


def trouble(webhook: Webhook) -> str:
    """Say why the secret can't be opened now; nothing when it can."""
    try:
        secrets.unseal(webhook.sealed, keys=settings.ENCRYPTION_KEYS)
    except secrets.SecretUnavailable as error:
        return error.summary
    return ""

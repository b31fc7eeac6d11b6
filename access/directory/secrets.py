"""Keep a secret that was typed, and say whether one can be read. Its value is told to nobody."""

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from access.core.errors import Invalid
from access.models import Integration, Secret
from integrations import secrets


def seal(plain: str) -> str:
    """Encrypt what was typed. Raises Invalid for the field `value` when there is no usable key."""
    try:
        return secrets.seal(plain, keys=settings.ENCRYPTION_KEYS)
    except secrets.SecretUnavailable as error:
        reason = error.summary
    raise Invalid(
        {"value": _("%(reason)s Set ENCRYPTION_KEYS and restart, or take the secret from a file.") % {"reason": reason}}
    )


def set_source(secret: Secret, *, sealed: str, now: datetime) -> None:
    """Prepare the row for saving: keep only what belongs to its source, and the time when the value changed.

    `sealed` is what `seal` made, or empty to keep what is stored.
    """
    if secret.source != Secret.Source.AWS:
        secret.json_key = ""
    if secret.source == Secret.Source.STORED:
        secret.location = ""
        secret.sealed = sealed or secret.sealed
    else:
        secret.sealed = ""
    secret.changed_at = now


def let_integrations_try(secrets: Collection[int], *, now: datetime) -> None:
    """Make the integrations that use these secrets due, so that a new credential is tried at once."""
    users = Q(username_secret__in=secrets) | Q(password_secret__in=secrets)
    Integration.objects.filter(users, due_at__gt=now).update(due_at=now)


def trouble(secret: Secret) -> str:
    """Say why the secret cannot be read now, or nothing when it can."""
    try:
        secret.value()
    except secrets.SecretUnavailable as error:
        return error.summary
    return ""

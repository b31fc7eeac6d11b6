"""Seal everything that is kept sealed anew with the newest key, so that an old one can be dropped."""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import models, transaction

from access.audit import log
from access.models import Proposal, Secret, Webhook
from integrations import secrets

# Every column in which something is kept sealed.
SEALED: Final[tuple[tuple[type[models.Model], str], ...]] = (
    (Secret, "sealed"),
    (Webhook, "sealed"),
    (Webhook, "sealed_before"),
    (Proposal, "sealed"),
)


@transaction.atomic
def reseal(*, actor: log.Actor, now: datetime) -> int:
    """Seal each anew, all or none; return how many.

    What they say stays the same, and so does what was announced of it. Raises SecretUnavailable when one can't be
    opened with any of the keys: then nothing was changed.
    """
    done = sum(_column(model, name) for model, name in SEALED)
    log.append("secrets.resealed", actor=actor, now=now, subject="secrets", data={"count": done})
    return done


def _column(model: type[models.Model], name: str) -> int:
    rows = model._default_manager.select_for_update().exclude(**{name: ""}).order_by("pk")
    found = list(rows.values_list("pk", name))
    for pk, sealed in found:
        plain = secrets.unseal(sealed, keys=settings.ENCRYPTION_KEYS)
        model._default_manager.filter(pk=pk).update(**{name: secrets.seal(plain, keys=settings.ENCRYPTION_KEYS)})
    return len(found)

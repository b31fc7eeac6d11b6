"""Notice that Slack's secrets are others than before, and tell the admins: with them somebody speaks as anybody.

What is typed into the admin is told as it is changed there. What comes from the environment, a file or AWS changes
behind it; so a fingerprint of it is kept, never the secret itself.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction

from access.audit import log
from access.models import Integration
from access.models import Secret as SecretRow

KEPT: Final = 4  # of each secret: while a new one is rolled out, processes have the old one and the new one


def notice(row: Integration, secrets: Mapping[str, tuple[SecretRow | None, str]], *, now: datetime) -> None:
    """Compare what is read now with what was read before. `secrets` has, by its name, the row and the value.

    The first time only keeps. After another SECRET_KEY all of them look changed, and are told so, too.
    """
    found = {name: _fingerprint(name, source, value) for name, (source, value) in secrets.items() if value}
    if _unknown(found, row.secrets_seen):
        _keep(row, found, now=now)


@transaction.atomic
def _keep(row: Integration, found: Mapping[str, str], *, now: datetime) -> None:
    before = Integration.objects.select_for_update(no_key=True).get(pk=row.pk).secrets_seen or {}
    unknown = _unknown(found, before)
    if not unknown:
        return  # another process has just told it
    row.secrets_seen = {**before, **{name: [*before.get(name, []), found[name]][-KEPT:] for name in unknown}}
    Integration.objects.filter(pk=row.pk).update(secrets_seen=row.secrets_seen)
    changed = [name for name in unknown if before.get(name)]
    if changed:
        data = {"text": ", ".join(changed), "secrets": changed}
        subject = f"integration:{row.name}"
        log.append("integration.secrets_changed", actor=log.SYSTEM, now=now, subject=subject, data=data)


def _unknown(found: Mapping[str, str], seen: Mapping[str, list[str]] | None) -> list[str]:
    return [name for name, one in found.items() if one not in (seen or {}).get(name, [])]


def _fingerprint(name: str, source: SecretRow | None, value: str) -> str:
    if source is not None and source.source == SecretRow.Source.STORED:
        return "stored"
    return hmac.digest(settings.SECRET_KEY.encode(), f"slack:{name}:{value}".encode(), "sha256").hex()

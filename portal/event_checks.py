"""System checks of the event stream."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError

from access.audit import keys
from access.events import deliver, write_lines
from access.events import webhook_secrets as secret
from access.models import Webhook
from integrations import anchors, json_lines
from integrations.webhooks import sender


@register
def event_log(**_: Any) -> Iterator[CheckMessage]:
    """A warning, and no error: access must not wait for a file."""
    place = settings.EVENT_LOG
    if place and place != json_lines.STDOUT and not _is_writable(Path(place)):
        text = f"EVENT_LOG names {place}, which cannot be written by this account, so no event gets there."
        hint = "Name a file in a folder that exists, with the rights to write it, or stdout."
        yield Warning(text, hint=hint, id="usher.W004")


@register
def audit_log(**_: Any) -> Iterator[CheckMessage]:
    """The keys that seal the log, and the places that its end is brought to."""
    for number, key in enumerate(settings.AUDIT_KEYS, 1):
        try:
            keys.read(key)
        except keys.NoKey:
            text = f"Key {number} of AUDIT_KEYS is none: it has to be 32 bytes in URL-safe Base64."
            yield Error(text, hint="Make one: python manage.py audit key", id="usher.E060")
    for place in settings.AUDIT_ANCHORS:
        if not anchors.kind_of(place):
            text = "AUDIT_ANCHORS names what is no place for anchors."
            yield Error(text, hint="Use file:///…, mailto:…, https://… or s3://bucket/prefix.", id="usher.E061")


@register(Tags.security, deploy=True)
def audit_keys(**_: Any) -> Iterator[CheckMessage]:
    if settings.AUDIT_KEY_FILE is None and not settings.AUDIT_KEYS:
        text = "AUDIT_KEYS is not set, so the log is sealed with a key made from SECRET_KEY."
        hint = "Make one of its own, and keep a copy apart from the backups: python manage.py audit key"
        yield Warning(text, hint=hint, id="usher.W060")


@register
def time_limits(**_: Any) -> Iterator[CheckMessage]:
    longest = max(deliver.WINDOW_SECONDS, write_lines.WINDOW_SECONDS) + sender.TOTAL_SECONDS
    if not longest < settings.TASK_TIMEOUT:
        text = "A webhook may take longer than a job, which is then killed in the middle of it."
        yield Error(text, hint="Keep TASK_TIMEOUT above 25 seconds.", id="usher.E040")


@register(Tags.database)
def webhook_secrets(databases: Any = None, **_: Any) -> Iterator[CheckMessage]:
    """Open the secret of each webhook: `manage.py check --database default`, as for all stored secrets."""
    try:
        webhooks = list(Webhook.objects.exclude(sealed="")) if databases else []
    except DatabaseError:
        # Before the first migration there is no table, and no secret.
        return
    for webhook in webhooks:
        if sentence := secret.trouble(webhook):
            text = f"The secret of the webhook {webhook.name} can't be opened. {sentence}"
            hint = "Put the key it was stored with back into ENCRYPTION_KEYS, or make a new secret in the admin."
            yield Error(text, hint=hint, id="usher.E041")


def _is_writable(file: Path) -> bool:
    try:
        if file.exists():
            return file.is_file() and os.access(file, os.R_OK | os.W_OK)
        return file.parent.is_dir() and os.access(file.parent, os.W_OK | os.X_OK)
    except OSError:
        # A folder that this account may not enter does not even say what is in it.
        return False

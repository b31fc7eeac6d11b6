"""Send a webhook back to an event, or ahead to it, and let a disabled one go on."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from access.audit import log
from access.core.errors import Invalid
from access.events import stream
from access.models import Webhook


@transaction.atomic
def replay(webhook: Webhook, *, from_event: str, actor: log.Actor, now: datetime) -> int:
    """Let this event, by its number or id, be the next that is looked at; return how many events follow with it.

    Events are sent again with the ids that they had. Raises Invalid when there is no such event.
    """
    event = stream.find(from_event.strip())
    if event is None:
        raise Invalid({"from_event": _("There is no event %(event)s in the log.") % {"event": from_event.strip()}})
    row = Webhook.objects.select_for_update().get(pk=webhook.pk)
    Webhook.objects.filter(pk=row.pk).update(position=event.number - 1, due_at=now)
    follow = stream.head(now=now) - event.number + 1
    data = {"from": event.number, "position": row.position}
    log.append("webhook.replayed", actor=actor, now=now, subject=f"webhook:{row.name}", data=data)
    return follow


def start(webhook: Webhook, *, now: datetime) -> None:
    """Forget what went wrong, and try at once: it was made active, or has another address."""
    fresh = {"due_at": now, "attempts": 0, "failing_since": None, "trouble": "", "disabled_at": None}
    Webhook.objects.filter(pk=webhook.pk).update(**fresh)


def place(webhook: Webhook, *, now: datetime) -> None:
    """Put a webhook that is being added at the end of the log: what was before it is replayed on demand only."""
    webhook.position = stream.head(now=now)

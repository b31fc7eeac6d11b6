"""A form that was opened before somebody else saved the same row would put back all that they have changed.

So it carries a mark of what was there when it was opened, and is not taken once something else is.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Model
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from access.audit import sentences
from access.config import proposals, record_changes
from access.models import AuditEvent

FIELD: Final = "seen"


def mark(facts: Mapping[str, Any]) -> str:
    """Name what is set on a row, so that nobody can tell a value from it."""
    plain = json.dumps(facts, sort_keys=True, default=str)
    return salted_hmac("access.admin.changed_since", plain, algorithm="sha256").hexdigest()


def why_not(request: HttpRequest, row: Model, facts: Mapping[str, Any]) -> str:
    """Say why what was typed is not taken as it is; empty when nothing was changed since, or no form was opened."""
    seen = request.POST.get(FIELD)
    if not seen or seen == mark(facts):
        return ""
    told = [_("Somebody else has changed this since you opened it, so nothing is saved yet."), *_last_change(row)]
    return " ".join([*told, _("What you typed is still here: save it once more to put it in place of theirs.")])


def _last_change(row: Model) -> list[str]:
    events = AuditEvent.objects.filter(subject=record_changes.subject(row)).exclude(type__in=proposals.NO_CHANGE)
    return [
        _("Last in its history: %(what)s") % {"what": sentences.sentence(one)} for one in events.order_by("-id")[:1]
    ]


def lock(row: Model) -> None:
    """Wait for whoever saves this row, and let others wait until the transaction ends; what points to it may go on."""
    rows = type(row)._base_manager.select_for_update(no_key=True)
    rows.filter(pk=row.pk).values_list("pk").first()

"""Requests that were asked with one form, side by side for whoever decides them."""

from collections.abc import Collection, Iterable
from typing import Any

from django.utils.translation import gettext as _

from access.core.errors import Conflict
from access.models import AccessRequest
from access.requests.approval_queue import Row


def groups(rows: Iterable[Row]) -> list[list[Row]]:
    """Put those together that the reader can decide and that were asked with one form; others stay alone.

    What a passkey signs, it signs one by one.
    """
    found: dict[Any, list[Row]] = {}
    for one in rows:
        alone = one.request.batch is None or one.why_not or one.in_force.passkey
        found.setdefault(one.request.pk if alone else one.request.batch, []).append(one)
    return list(found.values())


def check_one_kind(requests: Collection[AccessRequest]) -> None:
    """Raise Conflict unless these were asked in one flow, or with one form: so that one answer can fit all of them."""
    flows = sorted({str(one.flow) for one in requests})
    together = {one.batch for one in requests}
    if len({one.flow_id for one in requests}) > 1 and (len(together) > 1 or None in together):
        raise Conflict(_("Decide one kind at a time: these were asked in %(flows)s.") % {"flows": ", ".join(flows)})

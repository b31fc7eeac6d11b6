"""A row that is kept through the API, changed at once or, where a second admin confirms, proposed."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from django.utils.translation import gettext as _

from access.config import proposals
from access.config.declared import api_resource
from access.core.errors import Conflict
from access.models import Token, User

T = TypeVar("T")
WAY: Final = "api"


def put(
    type_: str, name: str, said: Mapping[str, Any], *, by: User, through: Token, now: datetime, match: str,
    none_match: str,
) -> api_resource.Put:  # fmt: skip
    """Do as `api_resource.put`; raise Conflict with the proposal's reference where another admin has to confirm it."""
    sent = {"type": type_, "name": name, "said": said, "match": match, "none_match": none_match}
    return _now_or_proposed(
        lambda: api_resource.put(type_, name, said, by=by, now=now, match=match, none_match=none_match),
        sent, by=by, through=through, now=now,
    )  # fmt: skip


def remove(type_: str, name: str, *, by: User, through: Token, now: datetime, match: str) -> api_resource.Row:
    """Do as `api_resource.remove`, in the same way."""
    sent = {"type": type_, "name": name, "match": match}
    return _now_or_proposed(
        lambda: api_resource.remove(type_, name, by=by, now=now, match=match), sent, by=by, through=through, now=now
    )


def again(sent: Mapping[str, Any], *, by: User, now: datetime) -> None:
    """Make the call once more, as the admin who confirms it."""
    if "said" in sent:
        api_resource.put(
            sent["type"], sent["name"], sent["said"], by=by, now=now, match=sent["match"],
            none_match=sent["none_match"],
        )  # fmt: skip
    else:
        api_resource.remove(sent["type"], sent["name"], by=by, now=now, match=sent["match"])


def _now_or_proposed(
    do: Callable[[], T], sent: Mapping[str, Any], *, by: User, through: Token, now: datetime
) -> T:  # fmt: skip
    if not proposals.are_needed():
        return do()
    tried = proposals.attempt(do)
    if not tried.changes:
        return tried.outcome
    behind = through.created_by_id if by.is_bot else None
    made = proposals.propose(tried, way=WAY, sent=sent, by=by, behind=behind, now=now)
    text = _("Nothing is changed yet: %(ref)s waits for another admin to confirm it. Then send this again.")
    raise Conflict(text % {"ref": made.ref})

"""What a change through the API would be refused for: it is made after others that are planned, and taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from access.config.declared import api_resource, check_online, wanted
from access.config.declared.apply_changes import Broken
from access.core.errors import Invalid, Refusal
from access.models import Integration, User
from access.people.rules import check_can_configure
from integrations.terraform import document


@dataclass(frozen=True)
class Step:
    """A row that is put; or taken away, where nothing is said of it."""

    type: str
    name: str
    said: Mapping[str, Any] | None
    match: str = ""
    none_match: str = ""


def judge(steps: Sequence[Step], *, by: User, now: datetime, online: bool = False) -> list[str]:
    """Say what of the last step changes nothing. Nothing is written. Raises what the step itself would raise.

    The steps before it are what else is planned; when one of them can't be, that was told of it, and nothing more is.
    That others use a row is no reason against taking it away: they may be taken away as well. With `online` Aptible
    is asked for the role or the organization; then no transaction is open.
    """
    check_can_configure(by=by)
    if not steps:
        raise Invalid({"steps": _("Name the row that is to be judged.")})
    *before, last = steps
    try:
        with transaction.atomic():
            # What is planned before it may change it, so what the caller has seen is compared first.
            api_resource.check_seen(last.type, last.name, match=last.match, none_match=last.none_match)
            warnings = _tried(last, by=by, now=now) if all(_goes(one, by=by, now=now) for one in before) else []
            transaction.set_rollback(True)
    except Broken as error:
        raise Invalid({one.place.file or "name": one.sentence for one in reversed(error.problems)}) from None
    if online and last.said is not None:
        _ask_aptible(steps, now=now)
    return warnings


def _goes(step: Step, *, by: User, now: datetime) -> bool:
    try:
        _tried(step, by=by, now=now)
    except (Refusal, LookupError):
        return False
    return True


def _tried(step: Step, *, by: User, now: datetime) -> list[str]:
    match = api_resource.ANYTHING if step.match else ""
    if step.said is None:
        api_resource.remove(step.type, step.name, by=by, now=now, match=match, may_be_used=True)
        return []
    done = api_resource.put(
        step.type, step.name, step.said, by=by, now=now, match=match, none_match=step.none_match
    )  # fmt: skip
    return done.warnings


def _ask_aptible(steps: Sequence[Step], *, now: datetime) -> None:
    """Ask for what the last step names. Whose role a target is that does not say so, was settled when it was tried."""
    planned = {one.name.lower() for one in steps if one.type == "sym_integration" and one.said is not None}
    only = [*planned, *Integration.objects.exclude(name__in=planned).values_list("name", flat=True)][:1]
    rows: list[wanted.Wanted] = []
    for one in steps:
        if one.said is None:
            continue
        said = {"integration_id": only[0], **one.said} if one.type == "sym_target" and only else one.said
        rows += wanted.read(document.read(one.type, one.name.lower(), said)).rows
    last = (steps[-1].type, steps[-1].name.lower())
    found = check_online.problems_of(rows, [one for one in rows if (one.type, one.name) == last], now=now)
    if found:
        raise Invalid({one.place.file or "name": one.sentence for one in reversed(found)})

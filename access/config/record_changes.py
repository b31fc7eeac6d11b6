"""Say in the log what an admin changed in the set-up, in the transaction that changed it."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, Final

from django.db import models, transaction
from django.utils.translation import gettext as _

from access.audit import log
from access.core import durations, prompts
from access.models import Announcement, Flow, Group, Schedule, User, UserMapping
from access.policy import approvers
from access.policy import words as policy_words
from access.policy.fast_track import facts as fast_tracks
from access.policy.fast_track import words as fast_track_words
from access.policy.prompts import of_flow

# What these hold is never told, only that it is another value now.
HIDDEN: Final = frozenset({"sealed", "sealed_before", "password"})
# Not set up by anybody.
_SKIPPED: Final = frozenset({"last_login"})
_KINDS: Final = {"user": "person"}
NAMED: Final = 5  # people in a sentence


def subject(row: models.Model) -> str:
    """Name a row of the set-up as the log does, such as `flow:production-access`. A mapping is told of its person."""
    return subject(row.user) if isinstance(row, UserMapping) else f"{_kind(row)}:{_named(row)}"


def facts(row: models.Model) -> dict[str, Any]:
    """Read what an admin can set on a row, as plain data, rows that it points to by their names.

    Of a hidden value there is a digest, to compare with and for nothing else.
    """
    single = {field.name: _fact(row, field) for field in row._meta.concrete_fields if _is_set_up(field)}
    many = {
        field.name: sorted(_named(other) for other in getattr(row, field.name).all())
        for field in row._meta.many_to_many
    }
    return single | many | _parts(row)


def _parts(row: models.Model) -> dict[str, Any]:
    """What belongs to a row and stands in tables of its own, in words."""
    if isinstance(row, Flow):
        return _of_flow(row)
    if isinstance(row, Schedule):
        return {name: [str(one) for one in getattr(row, name).all()] for name in ("turns", "shifts")}
    return {}


def _of_flow(flow: Flow) -> dict[str, Any]:
    fresh = Flow.objects.get(pk=flow.pk)
    return {
        "fast_track": [fast_track_words.rule(one) for one in fast_tracks.of_flow(fresh)],
        "stages": _stages(fresh),
        "announcements": [_place(one) for one in fresh.announcements.all()],
        "prompt_fields": [prompts.in_words(one) for one in of_flow.of_flow(fresh)],
    }


def _place(one: Announcement) -> str:
    return f"{one}, {durations.written(one.timeout)}" if one.timeout else str(one)


def _stages(flow: Flow) -> list[str]:
    """Each stage of the policy in words."""
    in_force = approvers.of_flow(flow)
    return [
        ": ".join(filter(None, [one.label, policy_words.stage(in_force, number)]))
        for number, one in enumerate(in_force.stages)
    ]


@transaction.atomic
def record_added(row: models.Model, *, by: log.Actor, now: datetime) -> None:
    """Write that the row was added."""
    _log("added", row, by=by, now=now, data={"facts": _shown(facts(row))})


@transaction.atomic
def record_changed(row: models.Model, *, before: Mapping[str, Any], by: log.Actor, now: datetime) -> None:
    """Write what differs from `before`, which `facts` told. Nothing is written when nothing differs."""
    after = facts(row)
    changes = {
        name: _hidden_change() if name in HIDDEN else {"from": before[name], "to": after[name]}
        for name in after
        if before[name] != after[name]
    }
    if changes:
        _log("changed", row, by=by, now=now, data={"changes": changes})


@transaction.atomic
def record_removed(row: models.Model, *, by: User, now: datetime) -> None:
    """Write that the row is about to be removed, with what was set on it."""
    _log("removed", row, by=by, now=now, data={"facts": _shown(facts(row))})


def record_members(
    group: Group, *, joined: Iterable[str], left: Iterable[str], by: log.Actor, now: datetime
) -> None:  # fmt: skip
    """Write who came into a group and who is out of it, by their e-mails, where nobody here decided that."""
    data = {"joined": sorted(joined), "left": sorted(left)}
    told = [(_("in: %(names)s"), data["joined"]), (_("out: %(names)s"), data["left"])]
    names = "; ".join(text % {"names": _first(people)} for text, people in told if people)
    log.append("group.members_changed", actor=by, now=now, subject=subject(group), data={**data, "names": names})


def _first(emails: list[str]) -> str:
    rest = len(emails) - NAMED
    more = [_("and %(count)d more") % {"count": rest}] if rest > 0 else []
    return ", ".join([*emails[:NAMED], *more])


def _log(verb: str, row: models.Model, *, by: log.Actor, now: datetime, data: Mapping[str, Any]) -> None:
    log.append(f"{_kind(row)}.{verb}", actor=by, now=now, subject=_about(row), data=data)


def _about(row: models.Model) -> User | str:
    person = row.user if isinstance(row, UserMapping) else row
    return person if isinstance(person, User) else subject(row)


def _kind(row: models.Model) -> str:
    name = row._meta.model_name or ""
    return _KINDS.get(name, name)


def _named(row: models.Model) -> str:
    """The name that people know a row by: an e-mail, a permission's code, or a name."""
    return str(next(getattr(row, name) for name in ("email", "codename", "name") if hasattr(row, name)))


def _is_set_up(field: "models.Field[Any, Any]") -> bool:
    return field.name in HIDDEN or (field.editable and not field.primary_key and field.name not in _SKIPPED)


def _fact(row: models.Model, field: "models.Field[Any, Any]") -> Any:
    value = getattr(row, field.name)
    if field.name in HIDDEN:
        return hashlib.sha256(str(value).encode()).hexdigest()
    if isinstance(value, date | time):
        return value.isoformat()
    return _named(value) if isinstance(value, models.Model) else value


def _shown(known: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in known.items() if name not in HIDDEN}


def _hidden_change() -> dict[str, str]:
    return {"from": "hidden", "to": "hidden"}

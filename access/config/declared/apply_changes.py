"""Carry changes of the set-up out, whoever asked for them: all checks, the rows, whose they are, and the log."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from access.audit import log as audit
from access.config import everybody
from access.config.declared import check_rows, destroy, effects, wanted
from access.config.declared.differences import Action, Change, Key
from access.config.declared.present import Present
from access.config.declared.write import Writer
from access.core.errors import Refusal
from access.models import Declared
from integrations.terraform.problems import Problem

VERBS: Final = {Action.CREATE: "added", Action.CHANGE: "changed", Action.DESTROY: "removed"}


class Broken(Refusal):
    """What is declared can't be applied. `problems` tells each reason with its place."""

    def __init__(self, problems: Iterable[Problem], warnings: list[Problem]) -> None:
        super().__init__(_("The files have mistakes, so nothing is changed."))
        self.problems, self.warnings = sorted(set(problems)), warnings


@dataclass(frozen=True)
class Done:
    kept: list[str]  # addresses of rows that stay for their history, out of use
    effect: effects.Effect


def carry_out(
    declared: wanted.Declared,
    changes: list[Change],
    here: Mapping[Key, Present],
    *,
    now: datetime,
    problems: Iterable[Problem] = (),
    ends_access: bool = False,
) -> Done:
    """Write the rows, within the caller's transaction. Raises Broken, or Conflict when a target is held.

    With `ends_access` a held target is no reason to stop: only for what is taken back again.
    """
    writer = Writer(here, now=now)
    _make_everybody(declared, writer)
    if found := [*problems, *check_rows.problems(declared, here, writer)]:
        raise Broken(found, declared.warnings)
    if not ends_access:
        destroy.check_nothing_is_held(changes)
    before = effects.state()
    writer.carry_out(changes)
    kept = destroy.destroy(changes, writer)
    after = effects.state()
    if dead := list(check_rows.dead_ends(declared.rows, after.dead_ends)):
        raise Broken(dead, declared.warnings)
    targets = [one.name for one in changes if one.type == "sym_target" and one.action is not Action.CREATE]
    return Done(kept, effects.between(before, after, targets))


def _make_everybody(declared: wanted.Declared, writer: Writer) -> None:
    """Make the group of everybody where a flow asks it for the first time. One that is kept by hand stays as it is."""
    pools = [
        pool
        for row in declared.rows
        if row.type == "sym_flow"
        for stage in row.facts["stages"]
        for pool in stage["pools"]
    ]
    if everybody.NAME not in writer.known.groups and any(everybody.NAME in pool["groups"] for pool in pools):
        writer.known.groups[everybody.NAME] = everybody.make(now=writer.now)


def own(addresses: Mapping[Key, str], *, digest: str, actor: audit.Actor, now: datetime) -> None:
    """Write down who keeps these rows from now on."""
    Declared.objects.bulk_create(
        (
            Declared(
                type=type_,
                name=name,
                address=address,
                digest=digest,
                applied_at=now,
                **audit.signed("applied_by", actor),
            )
            for (type_, name), address in addresses.items()
        ),
        update_conflicts=True,
        unique_fields=["type", "name"],
        update_fields=["address", "digest", "applied_at", "applied_by", "applied_by_id", "applied_by_name"],
    )


def disown(keys: Iterable[Key]) -> None:
    for type_, name in keys:
        Declared.objects.filter(type=type_, name=name).delete()


def log(changes: list[Change], *, kept: Collection[str], actor: audit.Actor, now: datetime) -> None:
    """Append an event for each change. `kept` are the addresses of those that stay for the sake of their history."""
    for type_ in wanted.TYPES:
        for action, verb in VERBS.items():
            told = [_told(one, kept) for one in changes if (one.type, one.action) == (type_, action)]
            if told:
                audit.append_each(f"{type_.removeprefix('sym_')}.{verb}", actor=actor, now=now, facts=told)


def _told(change: Change, kept: Collection[str]) -> tuple[str, dict[str, Any]]:
    """Name the row and what changed of it, as the log does for changes by hand."""
    subject = f"{change.type.removeprefix('sym_')}:{change.name}"
    if change.action is Action.CHANGE:
        return subject, {"changes": {name: {"from": old, "to": new} for name, old, new in change.fields}}
    stays = {"kept": True} if change.action is Action.DESTROY and change.address in kept else {}
    return subject, {"facts": dict(change.after or change.before), **stays}

"""Plan what files would change, and carry it out. A plan is an apply that is taken back before it is kept."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from access import audit
from access.errors import Conflict, Refusal
from access.models import Declared
from access.services import check_flows
from access.services.declared import destroy, differences, effects, present, rows, wanted
from access.services.declared.differences import Action, Change, Key
from access.services.declared.write import Writer
from integrations.terraform.configuration import Configuration
from integrations.terraform.problems import Problem


class Broken(Refusal):
    """The files can't be applied. `problems` tells each reason with its place."""

    def __init__(self, problems: list[Problem], warnings: list[Problem]) -> None:
        super().__init__(_("The files have mistakes, so nothing is changed."))
        self.problems, self.warnings = sorted(set(problems)), warnings


@dataclass(frozen=True)
class Plan:
    digest: str  # of the files, SHA-256
    base: str  # of what was here and is looked at, SHA-256
    changes: list[Change]
    adopted: list[wanted.Wanted]  # rows that are here already, and kept by the files from now on
    kept: list[str]  # addresses of rows that stay for their history, out of use
    effect: effects.Effect
    warnings: list[Problem]

    @property
    def is_empty(self) -> bool:
        return not self.changes and not self.adopted


def plan(configuration: Configuration, *, adopt: bool, now: datetime) -> Plan:
    """Say what an apply would change. Writes, looks, and takes everything back. Raises Broken or Conflict."""
    with transaction.atomic():
        made = _carry_out(configuration, adopt=adopt, now=now)
        transaction.set_rollback(True)
    return made


@transaction.atomic
def apply(
    configuration: Configuration, *, adopt: bool, actor: str, now: datetime, expected: Plan | None = None
) -> Plan:
    """Make the set-up what the files declare, all of it or nothing, with an event in the log for each change.

    Raises Broken, or Conflict when the files or the set-up are not those of the plan that is expected.
    """
    made = _carry_out(configuration, adopt=adopt, now=now)
    if expected and (expected.digest, expected.base) != (made.digest, made.base):
        raise Conflict(_("The plan is out of date: the files or the set-up have changed since. Plan again."))
    if not made.is_empty:
        _own(made, actor=actor, now=now)
        check_flows.look_soon(now=now)
        _log(made, actor=actor, now=now)
    return made


def _carry_out(configuration: Configuration, *, adopt: bool, now: datetime) -> Plan:
    declared = wanted.read(configuration)
    if declared.problems:
        raise Broken(declared.problems, declared.warnings)
    owned = {(one.type, one.name): one.address for one in Declared.objects.select_for_update()}
    here = present.read()
    found = differences.find(declared.rows, here, owned, adopt=adopt)
    writer = Writer(here, now=now)
    if problems := [*found.problems, *rows.problems(declared, here, writer)]:
        raise Broken(problems, declared.warnings)
    destroy.check_nothing_is_held(found.changes)
    before = effects.state()
    writer.carry_out(found.changes)
    kept = destroy.destroy(found.changes, writer)
    after = effects.state()
    if dead := list(rows.dead_ends(declared.rows, after.dead_ends)):
        raise Broken(dead, declared.warnings)
    targets = [one.name for one in found.changes if one.type == "sym_target" and one.action is not Action.CREATE]
    return Plan(
        digest=configuration.digest,
        base=_fingerprint(here, owned),
        changes=found.changes,
        adopted=found.adopted,
        kept=kept,
        effect=effects.between(before, after, targets),
        warnings=declared.warnings,
    )


def _fingerprint(here: Mapping[Key, present.Present], owned: Mapping[Key, str]) -> str:
    facts = [[*key, one.facts, owned.get(key)] for key, one in sorted(here.items())]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _own(made: Plan, *, actor: str, now: datetime) -> None:
    gone = [(one.type, one.name) for one in made.changes if one.action is Action.DESTROY]
    for type_, name in gone:
        Declared.objects.filter(type=type_, name=name).delete()
    kept = [one for one in made.changes if one.action is not Action.DESTROY]
    addresses = {(one.type, one.name): one.address for one in kept}
    addresses |= {(one.type, one.name): one.address for one in made.adopted}
    Declared.objects.bulk_create(
        (
            Declared(type=type_, name=name, address=address, digest=made.digest, applied_at=now, applied_by=actor)
            for (type_, name), address in addresses.items()
        ),
        update_conflicts=True,
        unique_fields=["type", "name"],
        update_fields=["address", "digest", "applied_at", "applied_by"],
    )


def _log(made: Plan, *, actor: str, now: datetime) -> None:
    verbs = {Action.CREATE: "added", Action.CHANGE: "changed", Action.DESTROY: "removed"}
    for type_ in wanted.TYPES:
        for action, verb in verbs.items():
            told = [_told(one) for one in made.changes if (one.type, one.action) == (type_, action)]
            if told:
                audit.append_each(f"{type_.removeprefix('sym_')}.{verb}", actor=actor, now=now, facts=told)
    counts = {verb: sum(one.action is action for one in made.changes) for action, verb in verbs.items()}
    audit.append("config.applied", actor=actor, now=now, data={"files": made.digest, **counts, "kept": made.kept})


def _told(change: Change) -> tuple[str, dict[str, Any]]:
    """Name the row and what changed of it, as the log does for changes by hand."""
    subject = f"{change.type.removeprefix('sym_')}:{change.name}"
    if change.action is Action.CHANGE:
        return subject, {"changes": {name: {"from": old, "to": new} for name, old, new in change.fields}}
    return subject, {"facts": dict(change.after or change.before)}

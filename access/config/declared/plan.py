"""Plan what files would change, and carry it out. A plan is an apply that is taken back before it is kept."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from access.audit import log
from access.config.declared import apply_changes, differences, effects, present, wanted
from access.config.declared.api_resource import is_through_api
from access.config.declared.apply_changes import Broken
from access.config.declared.differences import Action, Change, Key
from access.core.errors import Conflict
from access.models import Declared
from access.policy import check_flows
from integrations.terraform.configuration import Configuration
from integrations.terraform.problems import Problem


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


def plan(configuration: Configuration, *, adopt: bool, now: datetime, ends_access: bool = False) -> Plan:
    """Say what an apply would change. Writes, looks, and takes everything back. Raises Broken or Conflict.

    With `ends_access` as if the access to targets that would be destroyed had ended.
    """
    with transaction.atomic():
        made = _carry_out(configuration, adopt=adopt, now=now, ends_access=ends_access)
        transaction.set_rollback(True)
    return made


@transaction.atomic
def apply(
    configuration: Configuration, *, adopt: bool, actor: log.Actor, now: datetime, expected: Plan | None = None
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


def _carry_out(configuration: Configuration, *, adopt: bool, now: datetime, ends_access: bool = False) -> Plan:
    declared = wanted.read(configuration)
    if declared.problems:
        raise Broken(declared.problems, declared.warnings)
    kept_by = {(one.type, one.name): one.address for one in Declared.objects.select_for_update()}
    owned = {key: address for key, address in kept_by.items() if not is_through_api(address)}
    here = present.read()
    elsewhere = [one for one in declared.rows if is_through_api(kept_by.get((one.type, one.name)))]
    mine = replace(declared, rows=[one for one in declared.rows if one not in elsewhere])
    found = differences.find(mine, here, owned, adopt=adopt, imports=configuration.imports)
    problems = [*_not_read(configuration, found.changes), *_differs_elsewhere(elsewhere, here), *found.problems]
    done = apply_changes.carry_out(
        declared, found.changes, here, now=now, problems=problems, ends_access=ends_access
    )  # fmt: skip
    return Plan(
        digest=configuration.digest,
        base=_fingerprint(here, kept_by),
        changes=found.changes,
        adopted=found.adopted,
        kept=done.kept,
        effect=done.effect,
        warnings=[*declared.warnings, *map(_kept_elsewhere, elsewhere)],
    )


def _not_read(configuration: Configuration, changes: list[Change]) -> list[Problem]:
    """Tell what a module holds that is not read now: it was not taken out of the files, so it is not removed."""
    text = _("%(module)s holds %(held)s, and is not read now. Put it back into a folder here, or take the call out.")
    return [
        Problem(one.place, text % {"module": one.address, "held": ", ".join(held)})
        for one in configuration.passed_over
        if (held := [each.address for each in changes if each.action is Action.DESTROY and _is_in(each, one.address)])
    ]


def _is_in(change: Change, module: str) -> bool:
    return change.address.startswith((f"{module}.", f"{module}["))


def _differs_elsewhere(rows: Iterable[wanted.Wanted], here: Mapping[Key, present.Present]) -> Iterator[Problem]:
    """Tell the rows that the API keeps and that are not as the files say: they are not the files' to change."""
    for one in rows:
        known = here.get((one.type, one.name))
        if known is None or known.facts != one.facts:
            text = _("%(type)s “%(name)s” is kept through the API. Remove it from the state there first.")
            yield Problem(one.place, text % {"type": one.type, "name": one.name})


def _kept_elsewhere(one: wanted.Wanted) -> Problem:
    return Problem(one.place, _("%(address)s is kept through the API, as it stands here.") % {"address": one.address})


def _fingerprint(here: Mapping[Key, present.Present], owned: Mapping[Key, str]) -> str:
    facts = [[*key, one.facts, owned.get(key)] for key, one in sorted(here.items())]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _own(made: Plan, *, actor: log.Actor, now: datetime) -> None:
    apply_changes.disown((one.type, one.name) for one in made.changes if one.action is Action.DESTROY)
    kept = [one for one in made.changes if one.action is not Action.DESTROY]
    addresses = {(one.type, one.name): one.address for one in kept}
    addresses |= {(one.type, one.name): one.address for one in made.adopted}
    apply_changes.own(addresses, digest=made.digest, actor=actor, now=now)


def _log(made: Plan, *, actor: log.Actor, now: datetime) -> None:
    apply_changes.log(made.changes, kept=made.kept, actor=actor, now=now)
    counts = {verb: sum(one.action is action for one in made.changes) for action, verb in apply_changes.VERBS.items()}
    log.append("config.applied", actor=actor, now=now, data={"files": made.digest, **counts, "kept": made.kept})

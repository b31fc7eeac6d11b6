"""What has to be done so that what is here becomes what the files declare."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from access.config.declared.flow_blocks import Facts
from access.config.declared.present import Present
from access.config.declared.wanted import TYPES, Declared, Wanted
from integrations.terraform.problems import Problem

Key = tuple[str, str]  # type and name


class Action(StrEnum):
    CREATE = "create"
    CHANGE = "change"
    DESTROY = "destroy"


@dataclass(frozen=True)
class Change:
    action: Action
    type: str
    name: str
    address: str
    before: Facts
    after: Facts
    adopted: bool = False  # it was here before, kept by nobody's files

    @property
    def fields(self) -> list[tuple[str, Any, Any]]:
        """What differs: the name of each fact, its old value and its new one."""
        names = dict.fromkeys([*self.after, *self.before])
        pairs = ((name, self.before.get(name), self.after.get(name)) for name in names)
        return [(name, old, new) for name, old, new in pairs if old != new]


@dataclass(frozen=True)
class Differences:
    changes: list[Change]
    adopted: list[Wanted]  # here and as declared, and from now on kept by the files
    problems: list[Problem]


def find(
    wanted: Declared, present: Mapping[Key, Present], owned: Mapping[Key, str], *, adopt: bool,
    imports: Collection[str] = (),
) -> Differences:  # fmt: skip
    """Compare. `owned` are the rows that files keep, with the address they have there.

    A row that is here, but kept by nobody's files, is a problem unless it is to be adopted or an `import` names it.
    What is left aside is neither changed nor removed.
    """
    changes, adopted, problems = [], [], []
    declared = {(one.type, one.name): one for one in wanted.rows}
    for key, one in declared.items():
        known = present.get(key)
        if known and key not in owned:
            if not adopt and one.address not in imports:
                problems.append(Problem(one.place, _foreign(one)))
                continue
            adopted.append(one)
        if known is None:
            changes.append(Change(Action.CREATE, *key, one.address, {}, one.facts))
        elif known.facts != one.facts:
            is_new = key not in owned
            changes.append(Change(Action.CHANGE, *key, one.address, known.facts, one.facts, is_new))
    gone = [key for key in owned if key not in declared and key in present and key not in wanted.left_aside]
    changes += [Change(Action.DESTROY, *key, owned[key], present[key].facts, {}) for key in gone]
    return Differences(sorted(changes, key=_order), adopted, problems)


def _order(change: Change) -> tuple[int, int, str]:
    """Rows are made after those they need, and removed before them."""
    place = TYPES.index(change.type)
    return (1, -place, change.name) if change.action is Action.DESTROY else (0, place, change.name)


def _foreign(one: Wanted) -> str:
    return f"{one.type} “{one.name}” is here already, and not kept by these files. Take it over with --adopt."

"""What files declare, as plain facts of the rows that are to be there. Reads no table."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from access.config import everybody
from access.config.declared import prompts
from access.config.declared.flow_blocks import Facts, announcement, break_glass, plain, rule, stage, words
from access.models import Target
from access.models.flow import DAY, default_durations
from integrations.terraform.check import Report, check, seconds
from integrations.terraform.configuration import Configuration, Resource, Section
from integrations.terraform.problems import Place, Problem
from integrations.terraform.schema import SHAPES, note
from integrations.terraform.values import Reference

# In the order in which rows need each other.
TYPES: Final = ("sym_secret", "sym_integration", "sym_target", "sym_strategy", "sym_flow")
# Every request has these anyway; a prompt field of the name says something about them.
_EVERYBODY_DECIDES: Final = (
    "Everybody may ask, so everybody here may see and decide what others ask. Nobody is told of it by name: an "
    "“announce” block with a channel tells one, and whoever looks finds it among the reviews."
)
BUILT_IN: Final = frozenset({"duration", "reason", "target_id", "ticket"})


@dataclass(frozen=True)
class Wanted:
    """One row that is to be there. Its facts name other rows by their names."""

    type: str
    name: str
    address: str
    facts: Facts
    place: Place
    places: Mapping[str, Place] = field(default_factory=dict)  # of the facts that stand in the file


@dataclass
class Declared:
    rows: list[Wanted]
    problems: list[Problem]
    warnings: list[Problem]
    looked_up: list[tuple[Reference, str, Place]]  # data sources: rows that have to be there already
    left_aside: frozenset[tuple[str, str]] = frozenset()  # types and names of rows that the files are silent on


def read(configuration: Configuration) -> Declared:
    """Turn resources into facts. Rows are given only where nothing at all is wrong with the files."""
    report = check(configuration)
    if report.problems:
        return Declared([], report.problems, report.warnings, [])
    return _Reader(configuration, report).declared()


class _Reader:
    def __init__(self, configuration: Configuration, report: Report) -> None:
        self.resources = [one for one in configuration.resources if one.reference.type in SHAPES]
        self.by_address = {one.address: one for one in self.resources}
        self.names = {one.address: _name(one) for one in self.resources}
        self.problems = list(report.problems)
        self.warnings = list(report.warnings)
        self.integration_of = self._integrations_of_targets()
        self.left_aside = frozenset((one.reference.type, _name(one)) for one in configuration.left_aside)

    def declared(self) -> Declared:
        rows = [
            Wanted(one.reference.type, self.names[one.address], one.address, facts, one.place, _places(one.body))
            for one in self.resources
            if one.reference.kind == "resource" and one.reference.type in TYPES and not _means_nothing(one)
            for facts in [self._facts(one)]
        ]
        self._find_twins(rows)
        looked_up = [
            (one.reference, self.names[one.address], one.place)
            for one in self.resources
            if one.reference.kind == "data" and one.reference.type in TYPES and not _means_nothing(one)
        ]
        rows.sort(key=lambda one: TYPES.index(one.type))
        found = rows if not self.problems else []
        return Declared(found, sorted(self.problems), sorted(set(self.warnings)), looked_up, self.left_aside)

    def _find_twins(self, rows: Iterable[Wanted]) -> None:
        seen: dict[tuple[str, str], Wanted] = {}
        for one in rows:
            first = seen.setdefault((one.type, one.name), one)
            if first is not one:
                text = f"{first.address} is called “{one.name}”, too; names are unique, without regard to case."
                self.problems.append(Problem(one.places.get("name", one.place), text))

    def _facts(self, resource: Resource) -> Facts:
        reader = {
            "sym_secret": self._secret,
            "sym_integration": self._integration,
            "sym_target": self._target,
            "sym_strategy": self._strategy,
            "sym_flow": self._flow,
        }[resource.reference.type]
        return reader(resource, plain(resource.body))

    def _named(self, value: Any) -> str:
        """The name of the row that an id refers to; empty without one."""
        return self.names[value.address] if isinstance(value, Reference) else ""

    def _secret(self, resource: Resource, said: Facts) -> Facts:
        source = self.by_address[said["source_id"].address].body.arguments.get("type")
        return {
            "source": str(source.value) if source else "",
            "path": said["path"],
            "json_key": (said.get("settings") or {}).get("json_key", ""),
        }

    def _integration(self, resource: Resource, said: Facts) -> Facts:
        settings = said.get("settings") or {}
        return {
            "type": said["type"],
            "external_id": said["external_id"].strip().lower(),
            "username_secret": self._named(settings.get("username_secret")),
            "password_secret": self._named(settings.get("password_secret")),
            "fallback_role_id": str(settings.get("fallback_role_id") or "").strip().lower(),
            "sync_every": seconds(settings.get("sync_every")) or 600,
        }

    def _target(self, resource: Resource, said: Facts) -> Facts:
        settings = said.get("settings") or {}
        return {
            "type": said["type"],
            "label": said.get("label") or said["name"],
            "integration": self.integration_of.get(resource.address, ""),
            "role_id": str(settings.get("role_id", "")).strip().lower(),
            "owner_role_is_meant": bool(settings.get("owner_role_is_meant")),
            "risk": said.get("risk") or "medium",
            "max_duration": seconds(said.get("max_duration")),
            "outsiders": said.get("outsiders") or Target.Outsiders.REPORT,
            "outsiders_grace": seconds(said.get("outsiders_grace")) or DAY,
            "open_sessions": said.get("open_sessions") or Target.OpenSessions.REPORT,
        }

    def _strategy(self, resource: Resource, said: Facts) -> Facts:
        targets = sorted(self._named(one) for one in said["targets"])
        return {"type": said["type"], "integration": self._named(said.get("integration_id")), "targets": targets}

    def _flow(self, resource: Resource, said: Facts) -> Facts:
        params = next((one for one in resource.body.sections if one.type == "params"), None)
        durations = self._durations(said, params)
        return {
            "label": said.get("label") or said["name"],
            "description": said.get("description") or "",
            "active": said.get("active", True),
            "strategy": self._named(plain(params).get("strategy_id")) if params else "",
            "durations": durations,
            "default_duration": seconds(said.get("default_duration")) or durations[0],
            "self_approval": bool(said.get("self_approval")),
            "allow_assistants": said.get("allow_assistants", True),
            "announce_only": bool(said.get("announce_only")),
            "approve_with_passkey": bool(said.get("approve_with_passkey")),
            "break_glass_passkey": bool(said.get("break_glass_passkey")),
            "pending_timeout": seconds(said.get("pending_timeout")) or 24 * 3600,
            "keeps_commands": bool(said.get("keeps_commands")),
            "reason_example": said.get("reason_example") or "",
            "reason_min_length": said.get("reason_min_length") or 1,
            "ticket_pattern": said.get("ticket_pattern") or "",
            "ticket_example": said.get("ticket_example") or "",
            "ticket_url": said.get("ticket_url") or "",
            "requesters": words(said.get("requesters")),
            "stand_ins": words(said.get("stand_ins")),
            "free_extension": seconds(said.get("free_extension")) or 0,
            "break_glass": break_glass(resource.body),
            "fast_track": [rule(one) for one in resource.body.sections if one.type == "fast_track"],
            "guests_may_act": bool(plain(params).get("allow_guest_interaction")) if params else False,
            "announce": [announcement(one) for one in resource.body.sections if one.type == "announce"],
            "prompt_fields": self._questions(params),
            "stages": self._stages(resource, said),
        }

    def _stages(self, resource: Resource, said: Facts) -> list[Facts]:
        """The stages in order; whoever may ask is asked as the groups that may, or as everybody."""
        stages = [one for one in resource.body.sections if one.type == "stage"]
        may_ask = words(said.get("requesters"))
        for one in [*stages, *(pool for each in stages for pool in each.sections)]:
            if plain(one).get("requesters") and not may_ask:
                self.warnings.append(Problem(one.arguments["requesters"].place, _EVERYBODY_DECIDES))
        return [stage(one, may_ask or [everybody.NAME]) for one in stages]

    def _questions(self, params: Section | None) -> list[Facts]:
        """The flow's own questions. Those that every flow asks anyway are left out, with a word on it."""
        asked = [one for one in params.sections if plain(one).get("name") not in BUILT_IN] if params else []
        for one in params.sections if params else []:
            if one not in asked and plain(one).get("name") != "duration":
                text = f"“{plain(one)['name']}” is asked by every flow here."
                self.warnings.append(Problem(one.place, text))
        found, problems = prompts.read(asked)
        self.problems += problems
        return list(found)

    def _durations(self, said: Facts, params: Section | None) -> list[int]:
        """The flow's own list, else the values of its prompt field for the duration, else those of a new flow."""
        fields = [plain(one) for one in params.sections] if params else []
        asked = next((one.get("allowed_values") for one in fields if one.get("name") == "duration"), None)
        found = sorted({length for one in said.get("durations") or asked or [] if (length := seconds(one))})
        return found or default_durations()

    def _integrations_of_targets(self) -> dict[str, str]:
        """A target's role is one of the organization of the strategy that lists it."""
        targets = [one for one in self.resources if one.reference.type == "sym_target"]
        found = {one.address: name for one in targets if (name := self._named(plain(one.body).get("integration_id")))}
        for strategy in [one for one in self.resources if one.reference.type == "sym_strategy"]:
            said = plain(strategy.body)
            integration = self._named(said.get("integration_id"))
            for target in [one for one in said.get("targets") or [] if isinstance(one, Reference)]:
                known = found.setdefault(target.address, integration)
                if known != integration:
                    text = f"{target.address} is given by strategies of two integrations: {known} and {integration}."
                    self.problems.append(Problem(strategy.body.arguments["targets"].place, text))
        self._say_which_targets_are_nobodys(found)
        return found

    def _say_which_targets_are_nobodys(self, found: Mapping[str, str]) -> None:
        for one in self.resources:
            reference = one.reference
            if (reference.kind, reference.type) == ("resource", "sym_target") and not found.get(one.address):
                text = f"No strategy with an integration lists {one.address}, so nobody knows whose role it is."
                self.problems.append(Problem(one.place, text))


def _name(resource: Resource) -> str:
    """A row's name: compared without case, so kept in lower case. A secret may be called as its resource is."""
    named = resource.body.arguments.get("name")
    one = resource.reference
    within = re.sub(r"module\.|[^A-Za-z0-9_-]+", " ", one.module).split()
    fallback = "-".join([*within, one.name, *([] if one.key is None else [str(one.key)])])
    return str(named.value if named and isinstance(named.value, str) else fallback).strip().lower()


def _means_nothing(resource: Resource) -> bool:
    return bool(note(resource.reference.type, plain(resource.body).get("type")))


def _places(section: Section) -> dict[str, Place]:
    return {name: one.place for name, one in section.arguments.items()}

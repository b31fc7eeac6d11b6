"""What files declare, as plain facts of the rows that are to be there. Reads no table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from access.config.declared import prompts
from access.models import Announcement, Target
from access.models.flow import DAY, default_durations
from integrations.terraform.check import Report, check, seconds
from integrations.terraform.configuration import Configuration, Resource, Section
from integrations.terraform.problems import Place, Problem
from integrations.terraform.schema import SHAPES, note
from integrations.terraform.values import Reference, holds_wrong

# In the order in which rows need each other.
TYPES: Final = ("sym_secret", "sym_integration", "sym_target", "sym_strategy", "sym_flow")
# Every request has these anyway; a prompt field of the name says something about them.
BUILT_IN: Final = frozenset({"duration", "reason", "target_id", "ticket"})
Facts = Mapping[str, Any]


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
            if one.reference.kind == "data" and one.reference.type in TYPES
        ]
        rows.sort(key=lambda one: TYPES.index(one.type))
        return Declared(rows if not self.problems else [], sorted(self.problems), self.warnings, looked_up)

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
        return reader(resource, _plain(resource.body))

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
            "strategy": self._named(_plain(params).get("strategy_id")) if params else "",
            "durations": durations,
            "default_duration": seconds(said.get("default_duration")) or durations[0],
            "self_approval": bool(said.get("self_approval")),
            "approve_with_passkey": bool(said.get("approve_with_passkey")),
            "break_glass_passkey": bool(said.get("break_glass_passkey")),
            "pending_timeout": seconds(said.get("pending_timeout")) or 24 * 3600,
            "keeps_commands": bool(said.get("keeps_commands")),
            "reason_example": said.get("reason_example") or "",
            "reason_min_length": said.get("reason_min_length") or 1,
            "ticket_pattern": said.get("ticket_pattern") or "",
            "ticket_example": said.get("ticket_example") or "",
            "ticket_url": said.get("ticket_url") or "",
            "requesters": _words(said.get("requesters")),
            "stand_ins": _words(said.get("stand_ins")),
            "free_extension": seconds(said.get("free_extension")) or 0,
            "break_glass": _break_glass(resource.body),
            "fast_track": [_rule(one) for one in resource.body.sections if one.type == "fast_track"],
            "guests_may_act": bool(_plain(params).get("allow_guest_interaction")) if params else False,
            "announce": [_announcement(one) for one in resource.body.sections if one.type == "announce"],
            "prompt_fields": self._questions(params),
            "stages": [_stage(one) for one in resource.body.sections if one.type == "stage"],
        }

    def _questions(self, params: Section | None) -> list[Facts]:
        """The flow's own questions. Those that every flow asks anyway are left out, with a word on it."""
        asked = [one for one in params.sections if _plain(one).get("name") not in BUILT_IN] if params else []
        for one in params.sections if params else []:
            if one not in asked and _plain(one).get("name") != "duration":
                text = f"“{_plain(one)['name']}” is asked by every flow here."
                self.warnings.append(Problem(one.place, text))
        found, problems = prompts.read(asked)
        self.problems += problems
        return list(found)

    def _durations(self, said: Facts, params: Section | None) -> list[int]:
        """The flow's own list, else the values of its prompt field for the duration, else those of a new flow."""
        fields = [_plain(one) for one in params.sections] if params else []
        asked = next((one.get("allowed_values") for one in fields if one.get("name") == "duration"), None)
        found = sorted({length for one in said.get("durations") or asked or [] if (length := seconds(one))})
        return found or default_durations()

    def _integrations_of_targets(self) -> dict[str, str]:
        """A target's role is one of the organization of the strategy that lists it."""
        targets = [one for one in self.resources if one.reference.type == "sym_target"]
        found = {one.address: name for one in targets if (name := self._named(_plain(one.body).get("integration_id")))}
        for strategy in [one for one in self.resources if one.reference.type == "sym_strategy"]:
            said = _plain(strategy.body)
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
    fallback = "-".join(filter(None, [resource.reference.name, resource.reference.key]))
    return str(named.value if named and isinstance(named.value, str) else fallback).strip().lower()


def _means_nothing(resource: Resource) -> bool:
    return bool(note(resource.reference.type, _plain(resource.body).get("type")))


def _plain(section: Section) -> dict[str, Any]:
    return {name: one.value for name, one in section.arguments.items() if one.value is not None and not _is_wrong(one)}


def _is_wrong(value: Any) -> bool:
    return holds_wrong(value.value)


def _places(section: Section) -> dict[str, Place]:
    return {name: one.place for name, one in section.arguments.items()}


def _stage(section: Section) -> Facts:
    said = _plain(section)
    pools = [_pool(one) for one in section.sections if one.type == "pool"]
    if any(said.get(name) for name in ("people", "groups", "managers")):
        pools.insert(0, _pool(section))
    return {
        "label": said.get("label") or "",
        "needed": said.get("needed") or 1,
        "pools": sorted(pools, key=lambda one: int(one["after"])),
    }


def _pool(section: Section) -> Facts:
    said = _plain(section)
    return {
        "people": _words(said.get("people")),
        "groups": _words(said.get("groups")),
        "managers": bool(said.get("managers")),
        "after": seconds(said.get("after")) or 0,
    }


def _words(said: list[str] | None) -> list[str]:
    """Names and e-mails are compared without case, and their order means nothing."""
    return sorted({one.strip().lower() for one in said or []})


def _break_glass(body: Section) -> Facts | None:
    """The limits of break-glass, in seconds; None where it is not allowed."""
    found = next((_plain(one) for one in body.sections if one.type == "break_glass"), None)
    if found is None:
        return None
    return {
        "at_most": seconds(found.get("at_most")) or 3600,
        "review_within": seconds(found.get("review_within")) or 24 * 3600,
    }


def _rule(section: Section) -> Facts:
    """A fast-track rule; each condition that is not set is empty."""
    said = _plain(section)
    names = ("in_group", "not_in_group", "on_call", "not_on_call", "within_hours", "outside_hours")
    return {
        "effect": said.get("effect") or "approve",
        "reason": said["reason"],
        **{name: (said.get(name) or "").strip().lower() for name in names},
        "held_times": said.get("held_times"),
        "held_days": said.get("held_days"),
        "risk_at_most": said.get("risk_at_most") or "",
        "risk_at_least": said.get("risk_at_least") or "",
    }


def _announcement(section: Section) -> Facts:
    """A place in which requests are announced: a channel where one is named, else each approver."""
    said = _plain(section)
    channel = (said.get("channel") or "").strip().upper()
    to = said.get("to") or (Announcement.Kind.CHANNEL if channel else Announcement.Kind.PEOPLE).value
    return {"to": to, "channel": channel, "timeout": seconds(said.get("timeout"))}

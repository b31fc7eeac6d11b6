"""Make rows what the files declare: a fixed number of queries for each type and kind of change."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import models

from access.config.declared import prompts
from access.config.declared.differences import Action, Change, Key
from access.config.declared.flow_blocks import Facts
from access.config.declared.present import Present
from access.config.declared.wanted import TYPES
from access.config.declared.write_flows import (
    Known,
    write_announcements,
    write_requesters,
    write_rules,
    write_stages,
    write_stand_ins,
)
from access.directory import secrets
from access.models import Flow, Integration, Secret, Strategy, Target

MODELS: Final[Mapping[str, type[models.Model]]] = {
    "sym_secret": Secret,
    "sym_integration": Integration,
    "sym_target": Target,
    "sym_strategy": Strategy,
    "sym_flow": Flow,
}


class Writer:
    """Carries changes out on rows that were read before. `rows` has every row by its type and name, then and after."""

    def __init__(self, present: Mapping[Key, Present], *, now: datetime) -> None:
        self.rows: dict[Key, Any] = {key: one.row for key, one in present.items()}
        self.known = Known()
        self.now = now

    def carry_out(self, changes: Iterable[Change]) -> None:
        """Create and change rows, in the order in which they need each other. Destroys nothing."""
        kept = [one for one in changes if one.action is not Action.DESTROY]
        for type_ in TYPES:
            mine = [one for one in kept if one.type == type_]
            if mine:
                self._write(type_, mine)

    def fields(self, type_: str, facts: Facts) -> dict[str, Any]:
        """Give what a row with these facts has in its columns."""
        return _FIELDS[type_](self, facts)

    def _write(self, type_: str, changes: list[Change]) -> None:
        model = MODELS[type_]
        made: list[models.Model] = []
        changed: list[models.Model] = []
        for change in changes:
            row = self.rows.get((type_, change.name)) or model(name=change.name)
            for name, value in self.fields(type_, change.after).items():
                setattr(row, name, value)
            if isinstance(row, Secret):
                secrets.set_source(row, sealed="", now=self.now)
            (made if row.pk is None else changed).append(row)
            self.rows[type_, change.name] = row
        names = [*self.fields(type_, changes[0].after), *(["sealed"] if type_ == "sym_secret" else [])]
        model._default_manager.bulk_create(made)
        model._default_manager.bulk_update(changed, names, batch_size=200)
        if type_ == "sym_secret":
            secrets.let_integrations_try([one.pk for one in changed], now=self.now)
        if type_ == "sym_strategy":
            self._write_targets(changes)
        if type_ == "sym_flow":
            self._write_policies(changes)

    def _row(self, type_: str, name: str) -> Any:
        return self.rows.get((type_, name)) if name else None

    def _secret(self, facts: Facts) -> dict[str, Any]:
        return {
            "source": facts["source"],
            "location": facts["path"],
            "json_key": facts["json_key"],
            "changed_at": self.now,
        }

    def _integration(self, facts: Facts) -> dict[str, Any]:
        return {
            "type": facts["type"],
            "external_id": facts["external_id"],
            "username_secret": self._row("sym_secret", facts["username_secret"]),
            "password_secret": self._row("sym_secret", facts["password_secret"]),
            "fallback_role_id": facts["fallback_role_id"],
            "sync_every": facts["sync_every"],
            "due_at": self.now,
        }

    def _target(self, facts: Facts) -> dict[str, Any]:
        return {
            "type": facts["type"],
            "label": facts["label"],
            "integration": self._row("sym_integration", facts["integration"]),
            "role_id": facts["role_id"],
            "owner_role_is_meant": facts["owner_role_is_meant"],
            "risk": facts["risk"],
            "max_seconds": facts["max_duration"],
            **{name: facts[name] for name in ("outsiders", "outsiders_grace", "open_sessions")},
        }

    def _strategy(self, facts: Facts) -> dict[str, Any]:
        return {"type": facts["type"], "integration": self._row("sym_integration", facts["integration"])}

    def _flow(self, facts: Facts) -> dict[str, Any]:
        same = (
            "label", "description", "default_duration", "self_approval", "allow_assistants", "announce_only",
            "approve_with_passkey", "break_glass_passkey", "pending_timeout", "free_extension", "keeps_commands",
            "reason_example", "reason_min_length", "ticket_pattern", "ticket_example", "ticket_url",
        )  # fmt: skip
        glass = facts["break_glass"] or {"at_most": 3600, "review_within": 24 * 3600}
        return {
            **{name: facts[name] for name in same},
            "is_active": facts["active"],
            "guests_may_act": facts["guests_may_act"],
            "strategy": self._row("sym_strategy", facts["strategy"]),
            "allowed_durations": facts["durations"],
            "break_glass": facts["break_glass"] is not None,
            "break_glass_seconds": glass["at_most"],
            "review_within": glass["review_within"],
            "check_due_at": self.now,
        }

    def _write_targets(self, changes: list[Change]) -> None:
        links = Strategy.targets.through
        strategies = {one.name: self.rows["sym_strategy", one.name] for one in changes}
        links.objects.filter(strategy__in=list(strategies.values())).delete()
        links.objects.bulk_create(
            links(strategy_id=strategies[one.name].pk, target_id=self.rows["sym_target", target].pk)
            for one in changes
            for target in one.after["targets"]
        )

    def _write_policies(self, changes: list[Change]) -> None:
        for name, write in _PARTS.items():
            touched = [one for one in changes if one.before.get(name) != one.after[name]]
            write([(self.rows["sym_flow", one.name], one.after) for one in touched], self.known)


_FIELDS: Final[Mapping[str, Callable[[Writer, Facts], dict[str, Any]]]] = {
    "sym_secret": Writer._secret,
    "sym_integration": Writer._integration,
    "sym_target": Writer._target,
    "sym_strategy": Writer._strategy,
    "sym_flow": Writer._flow,
}
_PARTS: Final[Mapping[str, Callable[[Sequence[tuple[Flow, Facts]], Known], None]]] = {
    "requesters": write_requesters,
    "stand_ins": write_stand_ins,
    "stages": write_stages,
    "fast_track": write_rules,
    "announce": write_announcements,
    "prompt_fields": lambda flows, _known: prompts.write(flows),
}

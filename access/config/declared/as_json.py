"""The set-up as JSON: the arguments that files would have, with lengths of time in seconds and ids as names."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from access.config.declared.flow_blocks import Facts

Document = dict[str, Any]


def of(type_: str, facts: Facts) -> Document:
    """Give every argument that says something about a row of this type, but its name."""
    return _DOCUMENTS[type_](facts)


def _secret(facts: Facts) -> Document:
    more = {"settings": {"json_key": facts["json_key"]}} if facts["json_key"] else {}
    return {"source_id": facts["source"], "path": facts["path"], **more}


def _integration(facts: Facts) -> Document:
    settings = {name: facts[name] for name in ("username_secret", "password_secret", "fallback_role_id", "sync_every")}
    return {"type": facts["type"], "external_id": facts["external_id"], "settings": _without_empty(settings)}


def _target(facts: Facts) -> Document:
    settings = {name: facts[name] for name in ("role_id", "owner_role_is_meant")}
    plain = {name: facts[name] for name in _OF_A_TARGET}
    return {**plain, "integration_id": facts["integration"], "settings": _without_empty(settings)}


def _strategy(facts: Facts) -> Document:
    return {"type": facts["type"], "integration_id": facts["integration"], "targets": facts["targets"]}


def _flow(facts: Facts) -> Document:
    elsewhere = ("strategy", "prompt_fields", "stages", "break_glass", "fast_track", "guests_may_act", "announce")
    params = {
        "strategy_id": facts["strategy"],
        "prompt_field": [_question(one) for one in facts["prompt_fields"]],
        "allow_guest_interaction": facts["guests_may_act"],
    }
    return {
        **{name: value for name, value in facts.items() if name not in elsewhere},
        "params": _without_empty(params) or None,
        "stage": [{"label": one["label"], "needed": one["needed"], "pool": one["pools"]} for one in facts["stages"]],
        "fast_track": [_without_empty(one) for one in facts["fast_track"]],
        "break_glass": facts["break_glass"],
        "announce": [_without_empty(one) for one in facts["announce"]],
    }  # fmt: skip


def _question(facts: Facts) -> Document:
    same = ("name", "type", "label", "help", "required", "visible", "default")
    condition = {"field": facts["shown_if"], "values": facts["shown_values"]} if facts["shown_if"] else None
    return {
        **{name: facts[name] for name in same},
        "allowed_values": facts["allowed"] or None,
        "shown_if": condition,
    }


def _without_empty(said: Facts) -> Document:
    return {name: value for name, value in said.items() if value}


_OF_A_TARGET: Final = ("type", "label", "risk", "max_duration", "outsiders", "outsiders_grace", "open_sessions")
_DOCUMENTS: Final[Mapping[str, Callable[[Facts], Document]]] = {
    "sym_secret": _secret,
    "sym_integration": _integration,
    "sym_target": _target,
    "sym_strategy": _strategy,
    "sym_flow": _flow,
}

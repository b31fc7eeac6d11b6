"""Write the set-up as Terraform files, so that they plan to nothing."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from access.config.declared import present
from access.config.declared.differences import Key
from access.config.declared.flow_blocks import Facts
from access.config.declared.present import Present
from access.config.declared.wanted import TYPES
from access.core import durations

FILES: Final[Mapping[str, str]] = {
    "sym_secret": "secrets.tf",
    "sym_integration": "integrations.tf",
    "sym_target": "targets.tf",
    "sym_strategy": "strategies.tf",
    "sym_flow": "flows.tf",
}

_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def files() -> dict[str, str]:
    """Give the text of each file by its name; no secret's value is in them."""
    here = present.read()
    labels = _labels(here)
    texts = dict.fromkeys(FILES.values(), "")
    for type_ in TYPES:
        blocks = [_resource(one, labels) for key, one in sorted(here.items()) if key[0] == type_]
        texts[FILES[type_]] = "\n".join(blocks)
    sources = sorted({one.facts["source"] for key, one in here.items() if key[0] == "sym_secret"})
    texts["secrets.tf"] = "\n".join(
        [*(_block(f'resource "sym_secrets" "{one}"', _sources(one)) for one in sources), texts["secrets.tf"]]
    )
    return {name: text for name, text in texts.items() if text.strip()}


def _sources(source: str) -> list[str]:
    return [f"type = {_text(source)}", f"name = {_text(source)}"]


def _labels(here: Mapping[Key, Present]) -> dict[Key, str]:
    """A resource's label is its row's name as an identifier; a number keeps apart what would be alike."""
    found: dict[Key, str] = {}
    for type_, name in sorted(here):
        plain = re.sub(r"[^a-z0-9_]", "_", name)
        plain = plain if plain[:1].isalpha() else f"_{plain}"
        taken = {label for key, label in found.items() if key[0] == type_}
        found[type_, name] = next(one for one in _candidates(plain) if one not in taken)
    return found


def _candidates(plain: str) -> Iterator[str]:
    yield plain
    number = 2
    while True:
        yield f"{plain}_{number}"
        number += 1


def _resource(one: Present, labels: Mapping[Key, str]) -> str:
    lines = _BODIES[one.type](one.name, one.facts, labels)
    return _block(f'resource "{one.type}" "{labels[one.type, one.name]}"', lines)


def _block(head: str, lines: list[str]) -> str:
    return "\n".join([f"{head} {{", *(f"  {line}" if line else "" for line in lines), "}", ""])


def _id(type_: str, name: str, labels: Mapping[Key, str]) -> str:
    return f"{type_}.{labels[type_, name]}.id"


def _text(value: str) -> str:
    """Write a string so that nothing in it is taken for an escape or a template."""
    plain = "".join(_ESCAPES.get(sign, sign if sign >= " " else f"\\u{ord(sign):04x}") for sign in value)
    return '"' + plain.replace("${", "\\u0024{").replace("%{", "\\u0025{") + '"'


def _time(seconds: int) -> str:
    written = durations.written(seconds)
    return str(seconds) if " " in written else _text(written)


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case list():
            return "[" + ", ".join(map(_value, value)) + "]"
        case _:
            return str(value)


def _secret(name: str, facts: Facts, labels: Mapping[Key, str]) -> list[str]:
    return [
        f"name      = {_text(name)}",
        f"source_id = sym_secrets.{facts['source']}.id",
        f"path      = {_text(facts['path'])}",
        *([f"settings = {{ json_key = {_text(facts['json_key'])} }}"] if facts["json_key"] else []),
    ]


def _integration(name: str, facts: Facts, labels: Mapping[Key, str]) -> list[str]:
    more = [f"  fallback_role_id = {_text(facts['fallback_role_id'])}"] if facts["fallback_role_id"] else []
    return [
        f"type        = {_text(facts['type'])}", f"name        = {_text(name)}",
        f"external_id = {_text(facts['external_id'])}", "settings = {",
        f"  username_secret = {_id('sym_secret', facts['username_secret'], labels)}",
        f"  password_secret = {_id('sym_secret', facts['password_secret'], labels)}",
        *more, f"  sync_every      = {_time(facts['sync_every'])}", "}",
    ]  # fmt: skip


def _target(name: str, facts: Facts, labels: Mapping[Key, str]) -> list[str]:
    meant = ["  owner_role_is_meant = true"] if facts["owner_role_is_meant"] else []
    longest = [f"max_duration = {_time(facts['max_duration'])}"] if facts["max_duration"] else []
    watched = [f"{one} = {_text(facts[one])}" for one in ("outsiders", "open_sessions")]
    return [
        f"type  = {_text(facts['type'])}", f"name  = {_text(name)}", f"label = {_text(facts['label'])}",
        f"risk  = {_text(facts['risk'])}", *longest, *watched,
        f"outsiders_grace = {_time(facts['outsiders_grace'])}",
        "settings = {", f"  role_id = {_text(facts['role_id'])}", *meant, "}",
    ]  # fmt: skip


def _strategy(name: str, facts: Facts, labels: Mapping[Key, str]) -> list[str]:
    return [
        f"type           = {_text(facts['type'])}", f"name           = {_text(name)}",
        f"integration_id = {_id('sym_integration', facts['integration'], labels)}",
        "targets = [", *(f"  {_id('sym_target', one, labels)}," for one in facts["targets"]), "]",
    ]  # fmt: skip


def _flow(name: str, facts: Facts, labels: Mapping[Key, str]) -> list[str]:
    plain = ("label", "description", "active", "self_approval", "reason_example", "reason_min_length",
             "ticket_pattern", "ticket_example", "ticket_url")  # fmt: skip
    strategy = [f"strategy_id = {_id('sym_strategy', facts['strategy'], labels)}"] if facts["strategy"] else []
    strategy += ["allow_guest_interaction = true"] if facts["guests_may_act"] else []
    asked = [line for one in facts["prompt_fields"] for line in _inner("prompt_field", _question(one))]
    ticked = [one for one in ("approve_with_passkey", "break_glass_passkey", "keeps_commands") if facts[one]]
    return [
        f"name = {_text(name)}", *(f"{one} = {_value(facts[one])}" for one in plain),
        *(f"{one} = true" for one in ticked),
        "durations = [" + ", ".join(map(_time, facts["durations"])) + "]",
        *(f"{one} = {_time(facts[one])}" for one in ("default_duration", "pending_timeout")),
        *([f"free_extension = {_time(facts['free_extension'])}"] if facts["free_extension"] else []),
        *(f"{one} = {_value(facts[one])}" for one in ("requesters", "stand_ins") if facts[one]),
        *(_inner("params", [*strategy, *asked]) if strategy or asked else []),
        *(line for one in facts["stages"] for line in _stage(one)),
        *(line for one in facts["fast_track"] for line in _inner("fast_track", _rule(one))),
        *(line for one in facts["announce"] for line in _inner("announce", _announcement(one))),
        *(_inner("break_glass", _break_glass(facts["break_glass"])) if facts["break_glass"] else []),
    ]  # fmt: skip


def _inner(name: str, lines: list[str]) -> list[str]:
    return [f"{name} {{", *(f"  {line}" for line in lines), "}"]


def _stage(facts: Facts) -> list[str]:
    pools = [line for one in facts["pools"] for line in _inner("pool", _pool(one))]
    return _inner("stage", [f"label  = {_text(facts['label'])}", f"needed = {facts['needed']}", *pools])


def _rule(facts: Facts) -> list[str]:
    return [f"{name} = {_value(value)}" for name, value in facts.items() if value]


def _question(facts: Facts) -> list[str]:
    shown_if = f"{{ field = {_text(facts['shown_if'])}, values = {_value(facts['shown_values'])} }}"
    default = [f"default = {_value(facts['default'])}"] if facts["default"] is not None else []
    allowed = [f"allowed_values = {_value(facts['allowed'])}"] if facts["allowed"] else []
    return [
        *(f"{name} = {_value(facts[name])}" for name in ("name", "type", "label", "help", "required", "visible")),
        *default, *allowed, *([f"shown_if = {shown_if}"] if facts["shown_if"] else []),
    ]  # fmt: skip


def _announcement(facts: Facts) -> list[str]:
    timeout = [f"timeout = {_time(facts['timeout'])}"] if facts["timeout"] else []
    return [*(f"{name} = {_text(facts[name])}" for name in ("to", "channel") if facts[name]), *timeout]


def _break_glass(facts: Facts) -> list[str]:
    return [f"{name} = {_time(value)}" for name, value in facts.items()]


def _pool(facts: Facts) -> list[str]:
    said = [(name, facts[name]) for name in ("people", "groups", "managers") if facts[name]]
    after = [f"after = {_time(facts['after'])}"] if facts["after"] else []
    return [*(f"{name} = {_value(value)}" for name, value in said), *after]


_BODIES: Final[Mapping[str, Any]] = {
    "sym_secret": _secret,
    "sym_integration": _integration,
    "sym_target": _target,
    "sym_strategy": _strategy,
    "sym_flow": _flow,
}

"""Between what Terraform holds and what the API takes: durations, settings, and blocks."""

from collections.abc import Mapping
from typing import Any, Final

from usher_provider.shapes import SETTINGS, SHAPES, Argument, Shape

State = dict[str, Any]
_UNITS: Final = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))


def document(type_: str, state: Mapping[str, Any]) -> State:
    """Write what the API takes. Arguments that are not set, or change nothing, are left out."""
    found = _document(SHAPES[type_], state)
    settings = state.get("settings")
    if settings is not None and "settings" in SHAPES[type_].meant:
        known = SETTINGS.get(type_, {}).get(str(state.get("type")), {})
        found["settings"] = {name: _sent(known.get(name), value) for name, value in settings.items()}
    found.pop("name", None)
    return found


def _document(shape: Shape, state: Mapping[str, Any]) -> State:
    found = {
        name: _scalar(one, state[name], state.get("type"))
        for name, one in shape.meant.items()
        if state.get(name) is not None
    }
    for name, inner in shape.sections.items():
        blocks = [_document(inner, one) for one in state.get(name) or []]
        if blocks:
            found[name] = blocks[0] if inner.at_most_once else blocks
    return found


def _scalar(argument: Argument, value: Any, kind: Any) -> Any:
    """A default and the allowed values have the type of their question; Terraform has made texts of them."""
    match argument.kind:
        case "SCALAR":
            return _typed(value, str(kind))
        case "SCALARS":
            return [_typed(one, str(kind)) for one in value]
        case _:
            return _sent(argument, value)


def _typed(value: str, kind: str) -> Any:
    if kind.startswith("int") and value.lstrip("-").isdigit():
        return int(value)
    return value == "true" if kind == "bool" and value in ("true", "false") else value


def _sent(argument: Argument | None, value: Any) -> Any:
    match argument.kind if argument else "STRING":
        case "DURATION":
            return _seconds(value)
        case "DURATIONS":
            return [_seconds(one) for one in value]
        case "BOOL" if value in ("true", "false"):
            return value == "true"
        case "NUMBER" if isinstance(value, float) and value.is_integer():
            return int(value)
        case _:
            return value


def _seconds(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text


def state_of(type_: str, said: Mapping[str, Any]) -> State:
    """Write what the API told as Terraform holds it: every argument and block, empty ones as null."""
    found = _state(SHAPES[type_], said)
    known = SETTINGS.get(type_, {}).get(str(said.get("type")), {})
    times = [name for name, one in known.items() if one.kind == "DURATION"]
    if settings := found.get("settings"):
        found["settings"] = settings | {name: _written(said["settings"][name]) for name in times if name in settings}
    return found


def _state(shape: Shape, said: Mapping[str, Any]) -> State:
    found = {name: _held(one, said.get(name)) for name, one in shape.arguments.items()}
    for name, inner in shape.sections.items():
        value = said.get(name) or []
        found[name] = [_state(inner, one) for one in (value if isinstance(value, list) else [value])]
    return found


def _held(argument: Argument, value: Any) -> Any:
    if value in (None, "", [], {}):
        return value if argument.required else None
    match argument.kind:
        case "DURATION":
            return _written(value) if value else None
        case "DURATIONS":
            return [_written(one) for one in value]
        case "SCALAR":
            return _text(value)
        case "SCALARS":
            return [_text(one) for one in value]
        case "MAP":
            return {name: [*map(_text, one)] if isinstance(one, list) else _text(one) for name, one in value.items()}
        case _:
            return value


def _written(seconds: Any) -> str:
    """Write a length in the largest unit that it is a multiple of."""
    unit, size = next(one for one in _UNITS if seconds % one[1] == 0)
    return f"{seconds // size}{unit}"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def complete(type_: str, old: Mapping[str, Any]) -> State:
    """Give a state every argument and block that its type has now; what is no longer known is left out."""
    return {"id": old.get("id"), **_complete(SHAPES[type_], old)}


def _complete(shape: Shape, old: Mapping[str, Any]) -> State:
    found = {name: old.get(name) for name in shape.arguments}
    return found | {
        name: [_complete(inner, one) for one in old.get(name) or []] for name, inner in shape.sections.items()
    }

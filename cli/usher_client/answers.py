"""What was typed, in the types that the API takes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

_UNITS: Final = {"mo": 30 * 86_400, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_LENGTH: Final = re.compile(r"\s*".join(rf"(?:(\d{{1,7}})\s*{unit})?" for unit in _UNITS), re.ASCII)
_YES: Final = {"true": True, "yes": True, "false": False, "no": False}


class WrongAnswer(Exception):
    """It can't be read; its text says what can."""


def seconds(text: str) -> int:
    """Read a length of time: 30m, 1h, 1d 12h, or whole seconds. Raises WrongAnswer."""
    if re.fullmatch(r"[0-9]{1,9}", text.strip()):
        return int(text)
    found = _LENGTH.fullmatch(text.strip().lower())
    if found is None or not any(found.groups()):
        raise WrongAnswer(f"“{text}” is no length of time, such as 30m, 1h or 1d.")
    return sum(int(count or 0) * size for count, size in zip(found.groups(), _UNITS.values(), strict=True))


def answers(typed: Iterable[str], questions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Read NAME=VALUE for each question of the flow; those of a list may come several times. Raises WrongAnswer."""
    kinds = {one["name"]: one["type"] for one in questions}
    found: dict[str, Any] = {}
    for one in typed:
        name, sign, value = one.partition("=")
        if not sign or name not in kinds:
            known = ", ".join(kinds) or "none"
            raise WrongAnswer(f"“{one}” answers no question of this flow, as NAME=VALUE. There are: {known}.")
        item = _item(name, value, kinds[name])
        if kinds[name].endswith("_list"):
            found.setdefault(name, []).append(item)
        elif name in found:
            raise WrongAnswer(f"“{name}” takes one answer.")
        else:
            found[name] = item
    return found


def _item(name: str, value: str, kind: str) -> Any:
    match kind.removesuffix("_list"):
        case "int":
            if not re.fullmatch(r"-?[0-9]{1,18}", value):
                raise WrongAnswer(f"“{name}” takes a whole number.")
            return int(value)
        case "bool":
            if value.lower() not in _YES:
                raise WrongAnswer(f"“{name}” takes yes or no.")
            return _YES[value.lower()]
        case _:
            return value

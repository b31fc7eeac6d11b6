"""One value: read from what a form or a machine sent, and written so that it is read back."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from access.core import durations
from access.core.prompts.fields import STRING_MAX, Type

_INT: Final = re.compile(r"[+-]?[0-9]{1,15}")
_INT_MAX: Final = 10**15 - 1  # which every JSON reader keeps exact
_SECONDS_MAX: Final = 10**9
_YES: Final = frozenset({"true", "yes", "on", "1"})
_NO: Final = frozenset({"false", "no", "off", "0"})
# Characters that break a line, or turn the direction of what is written behind them.
_BREAKING: Final = frozenset("\u2028\u2029\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Wrong(Exception):
    """The value is none of its type. `str()` of it is a sentence."""


def read(type_: Type, raw: Any, people: Mapping[str, str]) -> Any:
    """Read one value; None when it is empty. `people` are names by e-mail, in lower case. Raises Wrong."""
    if isinstance(raw, str):
        raw = raw.strip()
    if raw is None or raw == "":
        return None
    match type_:
        case Type.INT:
            return _int(raw)
        case Type.BOOL:
            return _bool(raw)
        case Type.DURATION:
            return _seconds(raw)
        case Type.PERSON:
            return _person(raw, people)
    return _text(raw)


def email(raw: Any) -> str:
    """The e-mail that names a person, in lower case; empty when it names nobody."""
    named = raw.get("email") if isinstance(raw, dict) else raw
    return named.strip().lower() if isinstance(named, str) else ""


def written(type_: Type, value: Any) -> str:
    """Write one value so that `read` reads it back."""
    match type_:
        case Type.BOOL:
            return "true" if value else "false"
        case Type.DURATION:
            return durations.written(value)
        case Type.PERSON:
            return email(value)
    return str(value)


def words(type_: Type, value: Any) -> str:
    """Say one value to whoever reads it."""
    if type_ == Type.BOOL:
        return _("Yes") if value else _("No")
    if type_ == Type.PERSON and isinstance(value, dict):
        return f"{value.get('name')} ({value.get('email')})"
    return written(type_, value)


def _text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise Wrong(_("Write text here."))
    if len(raw) > STRING_MAX:
        raise Wrong(_("Keep this under %(count)d characters.") % {"count": STRING_MAX})
    if any(unicodedata.category(one) in {"Cc", "Cs"} or one in _BREAKING for one in raw):
        raise Wrong(_("Write this on one line, without control characters."))
    return raw


def _int(raw: Any) -> int:
    if isinstance(raw, str) and _INT.fullmatch(raw):
        return int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or abs(raw) > _INT_MAX:
        raise Wrong(_("Write a whole number of at most 15 digits."))
    return raw


def _bool(raw: Any) -> bool:
    if isinstance(raw, str) and raw.lower() in _YES | _NO:
        return raw.lower() in _YES
    if not isinstance(raw, bool):
        raise Wrong(_("Say yes or no."))
    return raw


def _seconds(raw: Any) -> int:
    try:
        seconds = durations.parse(raw) if isinstance(raw, str) and not _INT.fullmatch(raw) else _int(raw)
    except (ValueError, Wrong):
        seconds = 0
    if not 0 < seconds < _SECONDS_MAX:
        raise Wrong(_("Write a length of time such as 30s, 10m, 8h, 1d or 1mo."))
    return seconds


def _person(raw: Any, people: Mapping[str, str]) -> dict[str, str]:
    named = email(raw)
    if named not in people:
        raise Wrong(_("Nobody who can sign in here has this e-mail."))
    return {"email": named, "name": people[named]}

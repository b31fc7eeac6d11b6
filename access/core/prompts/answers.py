"""What people answered: judged against the questions as they are asked, and kept with the labels of that day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypedDict

from django.utils.translation import gettext as _

from access.core.prompts import values
from access.core.prompts.fields import ITEMS, LIST_MAX, Field, Type
from integrations.storable import is_storable

_UNKNOWN_TOLD: Final = 10


class Answer(TypedDict):
    """How an answer is kept on the request and in the log."""

    name: str
    label: str
    type: str
    value: Any  # None: not answered. A person is {"email", "name"}, a length of time is seconds.
    shown: bool  # False: nobody was asked, and a value is the flow's own


@dataclass(frozen=True)
class Told:
    """An answer as a person reads it."""

    label: str
    words: str
    by_flow: bool  # nobody was asked: the flow itself says so


def read(
    fields: Sequence[Field], typed: Any, people: Mapping[str, str] | None = None
) -> tuple[list[Answer], dict[str, str]]:
    """Read the answers in the order of the fields, and say by name what is wrong with each; never raises.

    `typed` maps names to what a form sent (a list of texts) or what a machine did (JSON). A field that is not in it
    has its default, one that is not asked is not listened to. `people` are names by e-mail, in lower case.
    """
    if not isinstance(typed, Mapping):
        return [], {"": _("Send the fields as names with their values.")}
    answers: list[Answer] = []
    errors = _unknown(fields, typed)
    known: dict[str, Any] = {}
    for one in fields:
        asked = shown(one, known)
        value = None
        if asked:
            try:
                value = _value(one, typed, people or {})
            except values.Wrong as wrong:
                errors[one.name] = str(wrong)
        known[one.name] = value
        answers.append(_answer(one, value, shown=asked and one.visible))
    return answers, errors


def shown(field: Field, known: Mapping[str, Any]) -> bool:
    """Whether the question comes up, by the values of those before it."""
    if not field.shown_if:
        return True
    value = known.get(field.shown_if)
    found = value if isinstance(value, list) else [value]
    if field.shown_values:
        return any(one in field.shown_values for one in found if one is not None)
    return any(one is not None and one is not False for one in found)


def asked_only_if(field: Field, fields: Iterable[Field]) -> str:
    """Say when the question comes up; empty when it always does."""
    other = next((one for one in fields if one.name == field.shown_if), None)
    if other is None:
        return ""
    if not field.shown_values and other.type != Type.BOOL:
        return _("Only asked if “%(field)s” is answered.") % {"field": other.title}
    named = [values.words(other.item, one) for one in field.shown_values] or [_("Yes")]
    return _("Only asked if “%(field)s” is: %(values)s.") % {"field": other.title, "values": _(" or ").join(named)}


def named_people(fields: Iterable[Field], typed: Any) -> set[str]:
    """The e-mails that are answered where people are asked for, to be looked up before `read`."""
    if not isinstance(typed, Mapping):
        return set()
    raw = [part for one in fields if one.is_of_people for part in _parts(typed.get(one.name), is_list=True)]
    named = {values.email(one) for one in raw[: LIST_MAX * 10]} - {""}
    return set(filter(is_storable, named))


def told(answers: Iterable[Mapping[str, Any]]) -> list[Told]:
    """Say what was answered, without what was not."""
    return [
        Told(str(one["label"]), _words(Type(one["type"]), one["value"]), by_flow=not one["shown"])
        for one in answers
        if one["value"] is not None
    ]


def _words(type_: Type, value: Any) -> str:
    found = value if isinstance(value, list) else [value]
    return ", ".join(values.words(ITEMS.get(type_, type_), one) for one in found)


def _unknown(fields: Sequence[Field], typed: Mapping[Any, Any]) -> dict[str, str]:
    names = {one.name for one in fields}
    foreign = [str(one)[:50] for one in typed if one not in names]
    return {one: _("This flow has no field “%(name)s”.") % {"name": one} for one in foreign[:_UNKNOWN_TOLD]}


def _value(field: Field, typed: Mapping[str, Any], people: Mapping[str, str]) -> Any:
    """Raises Wrong."""
    if field.name not in typed:
        value = field.default
    else:
        parts = _parts(typed[field.name], is_list=field.is_list)
        value = _list(field, parts, people) if field.is_list else _single(field, parts, people)
    if not field.visible:
        if value not in (None, field.default):
            raise values.Wrong(_("The flow itself answers this. It cannot be sent."))
        return field.default
    if value is None and field.required:
        raise values.Wrong(_missing(field))
    return value


def _single(field: Field, parts: list[Any], people: Mapping[str, str]) -> Any:
    if field.type == Type.BOOL and len(parts) > 1:
        # A box that is ticked is sent behind the one that stands in for it when it is not.
        parts = parts[-1:]
    if len(parts) > 1:
        raise values.Wrong(_("Give one answer only."))
    return _allowed(field, values.read(field.item, parts[0], people)) if parts else None


def _list(field: Field, parts: list[Any], people: Mapping[str, str]) -> list[Any] | None:
    found: list[Any] = []
    # One too many is enough to know; a machine may send any number.
    for raw in parts[: LIST_MAX * 4]:
        value = _allowed(field, _item(field, raw, people))
        if value is not None and value not in found:
            found.append(value)
    if len(found) > LIST_MAX or len(parts) > LIST_MAX * 4:
        raise values.Wrong(_("Give at most %(count)d.") % {"count": LIST_MAX})
    return found or None


def _item(field: Field, raw: Any, people: Mapping[str, str]) -> Any:
    try:
        return values.read(field.item, raw, people)
    except values.Wrong as wrong:
        if not isinstance(raw, str):
            raise
        raise values.Wrong(f"“{raw[:50]}”: {wrong}") from None


def _allowed(field: Field, value: Any) -> Any:
    if value is None or not field.allowed or value in field.allowed:
        return value
    raise values.Wrong(_choose(field))


def _choose(field: Field) -> str:
    if field.type == Type.BOOL:
        return _("This has to be: %(value)s.") % {"value": values.words(Type.BOOL, field.allowed[0])}
    return _("Choose one of those that are offered.")


def _missing(field: Field) -> str:
    if field.allowed or field.is_of_people or field.type == Type.BOOL:
        return _("Choose an answer for “%(field)s”.") % {"field": field.title}
    return _("Fill in “%(field)s”.") % {"field": field.title}


def _parts(raw: Any, *, is_list: bool) -> list[Any]:
    """One by one what was sent; of a list, each line of a text is one."""
    found = raw if isinstance(raw, list) else [raw]
    if not is_list:
        return found
    return [part for one in found for part in (one.split("\n") if isinstance(one, str) else [one])]


def _answer(field: Field, value: Any, *, shown: bool) -> Answer:
    return {"name": field.name, "label": field.title, "type": field.type.value, "value": value, "shown": shown}


def sent_again(answers: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What people answered, each as one text that `read` takes: to fill in a form with it."""
    return {
        one["name"]: _written(Type(one["type"]), one["value"])
        for one in answers
        if one["shown"] and one["value"] is not None
    }


def _written(type_: Type, value: Any) -> str:
    found = value if isinstance(value, list) else [value]
    return "\n".join(values.written(ITEMS.get(type_, type_), one) for one in found)

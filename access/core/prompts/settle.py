"""The questions of a flow as an admin or a file sets them: read, and judged as a whole."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from django.utils.translation import gettext as _

from access.core.prompts import values
from access.core.prompts.fields import ALLOWED_MAX, FIELDS_MAX, NAME, RESERVED, Field, Type

Errors = dict[str, str]
LABEL_MAX: Final = 100
HELP_MAX: Final = 500


def settle(typed: Sequence[Field]) -> tuple[list[Field], list[Errors]]:
    """Read the values that were written on the fields, and say for each what is wrong, by the names of `Field`.

    Settled fields come out as they are. What is wrong with all of them together is said of the last.
    """
    fields: list[Field] = []
    errors: list[Errors] = []
    for one in typed:
        settled, wrong = _settled(one, fields)
        fields.append(settled)
        errors.append(wrong)
    if len(fields) > FIELDS_MAX:
        errors[-1].setdefault("name", _("A flow has at most %(count)d fields.") % {"count": FIELDS_MAX})
    return fields, errors


def _settled(typed: Field, before: Sequence[Field]) -> tuple[Field, Errors]:
    errors = _of_name(typed, before) | _of_texts(typed)
    if typed.type not in Type.values:
        return typed, errors | {"type": _("There is no such type.")}
    field = replace(typed, type=Type(typed.type))
    allowed, wrong = _all(field.item, field.allowed)
    errors |= {"allowed": wrong} if wrong else {}
    default, wrong = _default(field)
    errors |= {"default": wrong} if wrong else {}
    other = next((one for one in before if one.name == field.shown_if), None)
    shown_values, wrong = _all(other.item, field.shown_values) if other else (field.shown_values, "")
    errors |= {"shown_values": wrong} if wrong else {}
    field = replace(field, allowed=allowed, default=default, shown_values=shown_values)
    return field, _of_what_fits(field) | _of_shown_if(field, other) | errors


def _of_name(field: Field, before: Iterable[Field]) -> Errors:
    if not NAME.fullmatch(field.name):
        return {"name": _("A name has up to 50 letters, digits, - and _, and begins with a letter or a digit.")}
    if field.name.lower() in RESERVED:
        return {"name": _("%(name)s is a part of every form already.") % {"name": field.name}}
    if field.name.lower() in {one.name.lower() for one in before}:
        return {"name": _("Another field has the name %(name)s already.") % {"name": field.name}}
    return {}


def _of_texts(field: Field) -> Errors:
    errors = {}
    for name, longest in (("label", LABEL_MAX), ("help", HELP_MAX)):
        text = getattr(field, name)
        if len(text) > longest:
            errors[name] = _("Keep this under %(count)d characters.") % {"count": longest}
    return errors


def _all(item: Type, typed: Iterable[Any]) -> tuple[tuple[Any, ...], str]:
    """Read several values, each once."""
    found = []
    for raw in typed:
        try:
            value = values.read(item, raw, {})
        except values.Wrong as wrong:
            return tuple(typed), f"“{raw}”: {wrong}"
        if value in found:
            return tuple(typed), _("“%(value)s” is there twice.") % {"value": raw}
        found += [value] if value is not None else []
    return tuple(found), ""


def _default(field: Field) -> tuple[Any, str]:
    if field.default is None or field.default == "":
        return None, ""
    if field.is_list or field.is_of_people:
        return field.default, _("Lists and people have no default.")
    try:
        return values.read(field.item, field.default, {}), ""
    except values.Wrong as wrong:
        return field.default, str(wrong)


def _of_what_fits(field: Field) -> Errors:
    """Look at what goes together."""
    errors = {}
    if field.is_of_people and field.allowed:
        errors["allowed"] = _("Whoever can sign in may be named: leave this empty.")
    elif len(field.allowed) > ALLOWED_MAX:
        errors["allowed"] = _("Offer at most %(count)d.") % {"count": ALLOWED_MAX}
    elif field.type == Type.BOOL and len(field.allowed) > 1:
        errors["allowed"] = _("Name the one that it has to be, or none.")
    if field.default is not None and field.allowed and field.default not in field.allowed:
        errors["default"] = _("The default is not one of the allowed values.")
    if not field.visible and field.default is None:
        errors["default"] = _("A field that nobody sees needs a default.")
    return errors


def _of_shown_if(field: Field, other: Field | None) -> Errors:
    if not field.shown_if:
        return {"shown_values": _("Say which field this looks at.")} if field.shown_values else {}
    if other is None:
        return {"shown_if": _("There is no field %(name)s before this one.") % {"name": field.shown_if}}
    if other.is_of_people and field.shown_values:
        return {"shown_values": _("Of people it only counts that somebody is named: leave this empty.")}
    never = [one for one in field.shown_values if other.allowed and one not in other.allowed]
    if never:
        words = {"field": other.name, "value": values.written(other.item, never[0])}
        return {"shown_values": _("%(field)s can never be “%(value)s”.") % words}
    return {}

"""A question in words, as the log tells that it changed."""

from django.utils.translation import gettext as _

from access.core.prompts import values
from access.core.prompts.fields import Field


def in_words(field: Field) -> str:
    """Say all that is set on a question, in one line, the names and types as the set-up has them."""
    kind = [field.type.value, _("required") if field.required else _("optional")]
    kind += [] if field.visible else [_("never shown")]
    facts = [
        field.label and _("label %(text)s") % {"text": field.label},
        field.help and _("help %(text)s") % {"text": field.help},
        field.allowed and _("one of %(values)s") % {"values": _listed(field, field.allowed)},
        field.default is not None and _("default %(value)s") % {"value": values.written(field.item, field.default)},
        field.shown_if and _shown(field),
    ]
    return "; ".join([f"{field.name} ({', '.join(kind)})", *(one for one in facts if one)])


def _listed(field: Field, found: tuple[object, ...]) -> str:
    return ", ".join(values.written(field.item, one) for one in found)


def _shown(field: Field) -> str:
    named = ", ".join((str(one).lower() if isinstance(one, bool) else str(one)) for one in field.shown_values)
    text = _("asked if %(field)s is %(values)s") if named else _("asked if %(field)s is answered")
    return text % {"field": field.shown_if, "values": named}

"""The fields by which a list is narrowed: each list has up to five, and a template takes long for each."""

from collections.abc import Iterable
from html import escape

from django import template
from django.forms import BoundField
from django.template import Context
from django.utils.safestring import SafeString

from portal.templatetags.usher import part

register = template.Library()


@register.simple_tag(takes_context=True)
def filter_fields(context: Context, fields: Iterable[BoundField]) -> SafeString:
    """{% filter_fields filters %}: each with its label; with what is wrong with it as any other field."""
    return SafeString("".join([_field(context, one) for one in fields]))


def _field(context: Context, one: BoundField) -> str:
    if one.errors or one.help_text or one.use_fieldset:
        return part(context, "components/field.html", field=one)
    return f'<div class="field"><label for="{one.id_for_label}">{escape(str(one.label))}</label>{one}</div>'

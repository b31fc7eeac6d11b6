"""The plainest controls of forms, written without a template: Django renders one for each option of a select."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any, Final

from django.forms.renderers import DjangoTemplates
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

Widget = Mapping[str, Any]


class Renderer(DjangoTemplates):
    """Django's own renderer, faster for these: they say the same, but for empty lines."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        quick = QUICK.get(template_name)
        return SafeString(quick(context["widget"])) if quick else super().render(template_name, context, request)


def _input(widget: Widget) -> str:
    value = "" if widget["value"] is None else f' value="{_text(widget["value"])}"'
    return f'<input type="{widget["type"]}" name="{_escaped(widget["name"])}"{value}{_attrs(widget)}>'


def _select(widget: Widget) -> str:
    parts = [f'<select name="{_escaped(widget["name"])}"{_attrs(widget)}>']
    for name, options, _index in widget["optgroups"]:
        parts += [f'\n  <optgroup label="{_escaped(name)}">'] if name else []
        parts += [_option(one) for one in options]
        parts += ["\n  </optgroup>"] if name else []
    return "".join([*parts, "\n</select>"])


def _option(widget: Widget) -> str:
    return f'\n  <option value="{_text(widget["value"])}"{_attrs(widget)}>{_escaped(widget["label"])}</option>'


def _attrs(widget: Widget) -> str:
    told = [
        f" {_escaped(name)}" if value is True else f' {_escaped(name)}="{_text(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    ]
    return "".join(told)


def _text(value: Any) -> str:
    """As `stringformat:"s"` has it."""
    return _escaped(f"{value}" if not isinstance(value, SafeString) else value)


def _escaped(value: Any) -> str:
    """Plain text, which nearly all is, without what Django asks of texts that come later: a list has 60 options."""
    return escape(value) if type(value) is str else conditional_escape(value)


_OF_INPUTS: Final = ("text", "search", "date", "number", "email", "hidden", "input", "password", "url", "tel")
QUICK: Final[Mapping[str, Callable[[Widget], str]]] = {
    **{f"django/forms/widgets/{name}.html": _input for name in _OF_INPUTS},
    "django/forms/widgets/select.html": _select,
}

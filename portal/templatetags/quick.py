"""Django's own tags `translate` and `url` where what they tell is plain, without what they do for the rest.

A list tells two hundred such words and addresses: a tenth of its time.
"""

from typing import Any

from django import template
from django.template import Context, Node
from django.template.base import Parser, Token
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as django_url
from django.templatetags.i18n import TranslateNode, do_translate
from django.utils.html import escape
from django.utils.translation import gettext

from portal import links

register = template.Library()


class _Words(Node):
    """{% translate "…" %}: a sentence of ours, which is safe as it stands in the template."""

    def __init__(self, text: str) -> None:
        self._text = text.replace("%", "%%")

    def render(self, _context: Context) -> str:
        return gettext(self._text).replace("%%", "%")


@register.tag("translate")
def translate(parser: Parser, token: Token) -> Node:
    node: Any = do_translate(parser, token)
    var = node.filter_expression.var
    is_plain = isinstance(node, TranslateNode) and not (
        node.asvar or node.message_context or node.noop or node.filter_expression.filters
    )
    literal = getattr(var, "literal", None)
    return _Words(str(literal)) if is_plain and isinstance(literal, str) and var.lookups is None else node


class _Address(Node):
    """{% url "name" value %}: an address that is known from the last time."""

    def __init__(self, node: URLNode, name: str) -> None:
        self._node, self._name, self._args = node, name, node.args

    def render(self, context: Context) -> str:
        args = [one.resolve(context) for one in self._args]
        if all(type(one) in (str, int) for one in args):
            return escape(links.address(self._name, *args))
        return self._node.render(context)


@register.tag("url")
def url(parser: Parser, token: Token) -> Node:
    node: Any = django_url(parser, token)
    name = getattr(node.view_name.var, "literal", node.view_name.var)
    is_plain = isinstance(name, str) and not (node.asvar or node.kwargs or node.view_name.filters or ":" in name)
    return _Address(node, str(name)) if is_plain else node

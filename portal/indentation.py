"""Pages without the indentation of their templates, a third of the bytes of a list: a browser sees the same.

See docs/adr/0028-pages-are-sent-without-their-indentation.md.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from django.template import Engine, Origin
from django.template.base import NodeList, Template, TextNode
from django.template.loaders import base, cached

FOLDERS: Final = ("django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader")
_INDENTED: Final = re.compile(r"[ \t]*\n\s*")


class _OfPages(base.Loader):
    """Leave it out as a page is read. Letters and other texts stay as they are."""

    def get_template(self, template_name: str, skip: list[Origin] | None = None) -> Template:
        found: Any = super().get_template(template_name, skip)
        if template_name.endswith(".html"):
            _leave_out(found.nodelist)
        return found  # type: ignore[no-any-return]


class Loader(cached.Loader, _OfPages):
    """Django's loader that keeps what it has read."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, FOLDERS)


def without(text: str) -> str:
    """Leave out how far lines are indented, and lines with nothing in them."""
    return _INDENTED.sub("\n", text)


def _leave_out(nodelist: NodeList) -> None:
    for node in nodelist:
        if type(node) is TextNode:
            node.s = without(node.s)
        for inner in _lists(node):
            _leave_out(inner)


def _lists(node: Any) -> Iterator[NodeList]:
    yield from (one for one in vars(node).values() if isinstance(one, NodeList))
    yield from (one for _condition, one in getattr(node, "conditions_nodelists", ()))

"""Texts with values in them: quoted strings and heredocs."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from integrations.terraform import functions
from integrations.terraform.blocks import Expression, Origin, child, children
from integrations.terraform.problems import Mistake, Place
from integrations.terraform.syntax import Unreadable, parsed
from integrations.terraform.values import NotKnown, Unknown

_HEREDOC: Final = re.compile(r"\A<<(-?)[A-Za-z][\w.-]*\r?\n(.*?)[ \t]*[A-Za-z][\w.-]*\r?\n\Z", re.DOTALL)
_OPENS: Final = re.compile(r"\$\$\{|%%\{|\$\{|%\{")


def joined(parts: Iterable[tuple[Any, Place]], place: Place) -> Any:
    """Join the parts of a text. A text that is one value and nothing else is that value, whatever its type."""
    found = list(parts)
    if len(found) == 1 and not isinstance(found[0][0], str):
        return found[0][0]
    texts = []
    for value, where in found:
        if isinstance(value, Unknown):
            raise NotKnown(value)
        try:
            texts.append(functions.text_of(value))
        except functions.CannotCall as refusal:
            raise Mistake(str(refusal), where) from None
    return "".join(texts)


def heredoc(token: str, origin: Origin, line: int) -> Iterator[tuple[str | Expression, Place]]:
    """Cut a heredoc into its texts and the expressions between them. `line` is the one of its opening mark.

    With `<<-` the indentation that all lines share is taken away. Raises Mistake.
    """
    found = _HEREDOC.match(token)
    here = Place(origin.file, origin.first_line + line - 1, module=origin.module)
    if found is None:
        raise Mistake("This heredoc can't be read.", here)
    body = _dedented(found.group(2)) if found.group(1) else found.group(2)
    at = 0
    for opening in _OPENS.finditer(body):
        if opening.start() < at:
            continue
        if len(opening.group()) == 3:
            yield body[at : opening.start()] + opening.group()[1:], here
            at = opening.end()
            continue
        where = replace(here, line=here.line + 1 + body.count("\n", 0, opening.start()))
        if opening.group() == "%{":
            raise Mistake("Directives with %{ } are not read here.", where)
        yield body[at : opening.start()], here
        expression, at = _expression(body, opening.end(), where)
        yield expression, where
    yield body[at:], here


def _dedented(body: str) -> str:
    lines = body.split("\n")
    shared = min((len(one) - len(one.lstrip(" \t")) for one in lines if one.strip()), default=0)
    return "\n".join(one[shared:] if one.strip() else "" for one in lines)


def _expression(body: str, start: int, where: Place) -> tuple[Expression, int]:
    """Read the expression that begins at `start`. Return it, and where the text goes on behind its brace."""
    end = start
    while (end := body.find("}", end)) != -1:
        try:
            tree = parsed(f"x = {body[start:end]}\n")
        except Unreadable:
            end += 1
            continue
        value = list(children(next(children(child(tree, "body")))))[1]
        return Expression(value, Origin(where.file, where.line, where.module)), end + 1
    raise Mistake("The “${” in this heredoc is never closed by an expression and “}”.", where)

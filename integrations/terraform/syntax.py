"""From text to a syntax tree. A block that is not closed is told, closed, and read on: one mistake hides no other."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from integrations.terraform.problems import Place, Problem

# A part of the tree, and a leaf of it, which is text. The parser is large, and most processes read no file: it is
# loaded with the first.
if TYPE_CHECKING:
    from lark import Token, Tree

    Node: TypeAlias = Tree[Token]
    Sign: TypeAlias = Token
else:
    Node = Sign = Any
# A block at the left margin begins anew, whatever was left open before it.
_TOP_LEVEL: Final = re.compile(
    r"^(?:resource|data|variable|locals|output|module|provider|terraform|moved|import|removed|check)\b.*\{",
    re.MULTILINE,
)
_SKIPPED: Final = re.compile(
    r"#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z)|<<-?(?P<mark>[A-Za-z][\w.-]*)\r?\n.*?^\s*(?P=mark)\s*$",
    re.DOTALL | re.MULTILINE,
)

_PAIRS: Final = {"{": "}", "[": "]", "(": ")"}


@dataclass(frozen=True)
class Piece:
    """A part of a file, as a tree whose lines are counted from `first_line`."""

    tree: Node
    first_line: int = 1


def parse(text: str, file: str, problems: list[Problem]) -> list[Piece]:
    """Read one file into trees of bodies. What can't be read is told in `problems`, and left out."""
    tree = _tree(text)
    if not isinstance(tree, Unreadable):
        return [Piece(tree)]
    found = [_piece(part, line, file, problems) for part, line in _parts(text)]
    if not problems:  # the parts alone are right, so what is wrong lies between them
        problems.append(_problem(tree.error, text, 1, file))
    return [one for one in found if one is not None]


class Unreadable(Exception):
    """What the parser could not go on with; `error` is its own."""

    def __init__(self, error: Any) -> None:
        super().__init__(str(error))
        self.error = error


def parsed(text: str) -> Node:
    """The tree of a text. Raises Unreadable."""
    import hcl2
    from lark.exceptions import UnexpectedInput

    try:
        return hcl2.parses_to_tree(text)
    except UnexpectedInput as error:
        raise Unreadable(error) from None


def _tree(text: str) -> Node | Unreadable:
    try:
        return parsed(text if text.endswith("\n") else text + "\n")
    except Unreadable as error:
        return error


def _parts(text: str) -> Iterator[tuple[str, int]]:
    """Cut the text where a block begins at the left margin, outside of comments and heredocs."""
    hidden = [one.span() for one in _SKIPPED.finditer(text)]
    starts = [
        one.start() for one in _TOP_LEVEL.finditer(text) if not any(begin < one.start() < end for begin, end in hidden)
    ]
    cuts = [0, *(start for start in starts if start), len(text)]
    for begin, end in itertools.pairwise(cuts):
        if text[begin:end].strip():
            yield text[begin:end], text.count("\n", 0, begin) + 1


def _piece(text: str, first_line: int, file: str, problems: list[Problem]) -> Piece | None:
    found = _tree(text)
    if not isinstance(found, Unreadable):
        return Piece(found, first_line)
    closed, opened = _closed(text)
    problems.extend(_unclosed(text, at, first_line, file) for at in opened)
    mended = _tree(closed) if opened else found
    if not isinstance(mended, Unreadable):
        return Piece(mended, first_line)
    if not opened:
        problems.append(_problem(found.error, text, first_line, file))
    return None


def _closed(text: str) -> tuple[str, list[int]]:
    """Add the closing signs that are missing at the end. Return the text with them, and where they were opened."""
    bare = _SKIPPED.sub(lambda one: re.sub(r"[^\n]", " ", one.group()), text)
    bare = re.sub(r'"(?:[^"\\\n]|\\.)*"', lambda one: " " * len(one.group()), bare)
    if '"' in bare:
        return text, [bare.index('"')]
    opened: list[int] = []
    for at, sign in enumerate(bare):
        if sign in _PAIRS:
            opened.append(at)
        elif sign in _PAIRS.values() and opened and _PAIRS[bare[opened[-1]]] == sign:
            opened.pop()
    return text.rstrip() + "".join(f"\n{_PAIRS[bare[at]]}" for at in reversed(opened)) + "\n", opened


def _unclosed(text: str, at: int, first_line: int, file: str) -> Problem:
    line = text.count("\n", 0, at)
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return Problem(Place(file, first_line + line, column, column + 1), f"This “{text[at]}” is never closed.")


def _problem(error: Any, text: str, first_line: int, file: str) -> Problem:
    """Say where the grammar was left. The parser's list of what it expected helps nobody."""
    token = getattr(error, "token", None)
    line, column = max(error.line, 1), max(error.column, 1)
    if token is None or token.type == "$END":
        last = text.rstrip().count("\n") + 1
        return Problem(Place(file, first_line + last - 1), "The file ends in the middle of a block or an expression.")
    word = str(token).strip().split("\n")[0][:40]
    sentence = f"“{word}” is not expected here." if word else "Something is missing before the end of this line."
    return Problem(Place(file, first_line + line - 1, column, column + max(len(word), 1)), sentence)

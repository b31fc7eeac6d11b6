"""From a syntax tree to blocks and their arguments; expressions stay trees until somebody asks for their value."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from integrations.terraform.problems import Place, Problem
from integrations.terraform.syntax import Node, Piece, Sign

_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_ESCAPED: Final = re.compile(r'\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[nrt"\\])')


@dataclass(frozen=True)
class Origin:
    """The file that a tree was read from, and the line that its first line is there."""

    file: str
    first_line: int = 1
    module: str = ""  # the call by which the file is read

    def place(self, node: Node | Sign) -> Place:
        """Where a node stands, from its first sign to the last one on the same line."""
        if isinstance(node, str):
            line, column = node.line or 1, node.column or 1
            end = column + len(node.strip()) or column + 1
            return Place(self.file, self.first_line + line - 1, column, end, self.module)
        first, end = None, 0
        for sign in tokens(node):
            if sign.type == "NL_OR_COMMENT":
                continue
            first = first or sign
            if sign.line != first.line:
                break
            end = max(end, (sign.column or 1) + len(sign.split("\n")[0]))
        line, column = (first.line or 1, first.column or 1) if first else (1, 1)
        return Place(self.file, self.first_line + line - 1, column, end, self.module)


@dataclass(frozen=True)
class Expression:
    node: Node
    origin: Origin

    @property
    def place(self) -> Place:
        return self.origin.place(self.node)


@dataclass
class Block:
    type: str
    labels: list[str]
    place: Place
    attributes: dict[str, Expression] = field(default_factory=dict)
    names: dict[str, Place] = field(default_factory=dict)  # where each argument's name stands
    blocks: list["Block"] = field(default_factory=list)


def read(piece: Piece, file: str, problems: list[Problem], module: str = "") -> Block:
    """Read a tree into a block without a type, which holds what stands at the top of the file."""
    top = Block("", [], Place(file, module=module))
    _fill(top, child(piece.tree, "body"), Origin(file, piece.first_line, module), problems)
    return top


def child(node: Node, name: str) -> Node:
    return next(one for one in children(node) if one.data == name)


def children(node: Node) -> Iterator[Node]:
    """The parts of a node that mean something: neither signs nor line ends nor comments."""
    return (one for one in node.children if not isinstance(one, str) and one.data != "new_line_or_comment")


def tokens(node: Node) -> Iterator[Sign]:
    return node.scan_values(lambda one: isinstance(one, str))


def unescaped(text: str) -> str:
    """Write the characters of a quoted string that its escapes stand for."""

    def sign(match: re.Match[str]) -> str:
        code = match.group(1)
        return _ESCAPES[code] if code in _ESCAPES else chr(int(code[1:], 16))

    return _ESCAPED.sub(sign, text.replace("$${", "${").replace("%%{", "%{"))


def _fill(block: Block, body: Node, origin: Origin, problems: list[Problem]) -> None:
    last_line = 0
    for one in children(body):
        place = origin.place(one)
        if place.line == last_line:
            problems.append(Problem(place, "This has to begin on a line of its own."))
        last_line = _last_line(one) + origin.first_line - 1
        if one.data == "attribute":
            _add_attribute(block, one, origin, problems)
        else:
            block.blocks.append(_block(one, origin, problems))


def _last_line(node: Node) -> int:
    """The line of a node's last sign. A heredoc's sign takes the end of its line with it."""
    last = _last_sign(node)
    return (last.end_line or 1) - (1 if last.type.startswith("HEREDOC") else 0) if last else 0


def _last_sign(node: Node) -> Sign | None:
    for one in reversed(node.children):
        found = _last_sign(one) if not isinstance(one, str) else one
        if found is not None and found.type != "NL_OR_COMMENT":
            return found
    return None


def _add_attribute(block: Block, node: Node, origin: Origin, problems: list[Problem]) -> None:
    name, value = list(children(node))
    word, place = str(next(tokens(name))), origin.place(name)
    if word in block.attributes:
        problems.append(Problem(place, f"“{word}” is set twice; first in line {block.names[word].line}."))
        return
    block.attributes[word] = Expression(value, origin)
    block.names[word] = place


def _block(node: Node, origin: Origin, problems: list[Problem]) -> Block:
    words = [one for one in children(node) if one.data != "body"]
    if any(not isinstance(one, str) and one.data == "new_line_or_comment" for one in node.children):
        problems.append(Problem(origin.place(node), "The “{” of a block stands on the line of its name."))
    labels = [_label(one) for one in words]
    made = Block(labels[0], labels[1:], origin.place(node))
    _fill(made, child(node, "body"), origin, problems)
    return made


def _label(node: Node) -> str:
    return unescaped("".join(one for one in tokens(node) if one.type != "DBLQUOTE"))

"""What is wrong with a file, told with its place and a caret under it."""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

LONGEST_LINE: Final = 160


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands: lines and columns are counted from 1, `end` is the column behind it."""

    file: str
    line: int = 1
    column: int = 1
    end: int = 2
    module: str = field(default="", compare=False)  # the call by which this file is read, such as module.shared

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}{f' ({self.module})' if self.module else ''}"


@dataclass(frozen=True, order=True)
class Problem:
    place: Place
    sentence: str

    def shown(self, sources: Mapping[str, str]) -> str:
        """Write the sentence, and under it the line with a caret where it is wrong."""
        lines = sources.get(self.place.file, "").splitlines()
        head = f"{self.place}: {self.sentence}"
        if not 1 <= self.place.line <= len(lines) or len(lines[self.place.line - 1]) > LONGEST_LINE:
            return head
        text = lines[self.place.line - 1].replace("\t", " ")
        number = str(self.place.line)
        width = max(min(self.place.end, len(text) + 1) - self.place.column, 1)
        caret = " " * (self.place.column - 1) + "^" * width
        return f"{head}\n  {number} | {text}\n  {' ' * len(number)} | {caret}"


class Mistake(Exception):
    """An expression has no value; its text is a sentence."""

    def __init__(self, sentence: str, place: Place) -> None:
        super().__init__(sentence)
        self.place = place


class AlreadyTold(Exception):
    """What this depends on is wrong, and has been told there."""


def did_you_mean(wrong: str, known: Collection[str]) -> str:
    """Give a question with the nearest known name, with a space before it; empty when none is near."""
    near = difflib.get_close_matches(wrong, list(known), n=1, cutoff=0.6)
    return f" Did you mean {near[0]}?" if near else ""

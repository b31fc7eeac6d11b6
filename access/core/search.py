"""What somebody types, found although they leave out accents, mistype, or write only the beginning."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final, TypeVar

Thing = TypeVar("Thing")
_WORDS: Final = re.compile(r"[^\W_]+")
LONGEST: Final = 100
KEPT: Final = 4096  # texts whose words are not looked for again: the names of an organization
WHOLE, BEGINNING, WITHIN, LIKE = 1.0, 0.9, 0.7, 0.6
ALIKE: Final = 0.4  # of the trigrams of both; less is another word
SHORTEST: Final = 4  # in shorter words a typo makes another word
NEARLY: Final = 0.7  # what is less like than this part of the best is left out


@lru_cache(maxsize=KEPT)
def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORDS.findall(folded(text)))


def folded(text: str) -> str:
    """The text without case and accents, as people type who have no such keys."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in plain if not unicodedata.combining(one))


def score(typed: str, texts: Iterable[str]) -> float:
    """How like the texts are to what was typed, from 0 to 1: each word of it has to be like one of theirs."""
    return _score(_words(typed[:LONGEST]), texts)


def _score(wanted: Sequence[str], texts: Iterable[str]) -> float:
    words = set().union(*map(_words, texts))
    found = [max((_like(one, word) for word in words), default=0.0) for one in wanted]
    return 0.0 if 0.0 in found else sum(found) / len(found) if found else WHOLE


def best(typed: str, things: Sequence[Thing], texts: Callable[[Thing], Iterable[str]]) -> list[Thing]:
    """Those that are like what was typed, the most alike first, else in their order; all where nothing was typed."""
    if not typed.strip():
        return list(things)
    wanted = _words(typed[:LONGEST])
    scores = [_score(wanted, texts(one)) for one in things]
    least = max(scores, default=0.0) * NEARLY
    found = [(points, one) for points, one in zip(scores, things, strict=True) if points and points >= least]
    return [one for _points, one in sorted(found, key=lambda pair: -pair[0])]


def _like(typed: str, word: str) -> float:
    if word == typed:
        return WHOLE
    if word.startswith(typed):
        return BEGINNING
    if typed in word:
        return WITHIN
    if len(typed) < SHORTEST:
        return 0.0
    alike = 1.0 if _is_one_slip(typed, word) else _shared(typed, word)
    return LIKE * alike if alike >= ALIKE else 0.0


def _is_one_slip(typed: str, word: str) -> bool:
    """Whether one letter is missing, too many or another one, or two stand in the wrong order."""
    if abs(len(typed) - len(word)) > 1:
        return False
    same = next((at for at, (one, other) in enumerate(zip(typed, word, strict=False)) if one != other), None)
    same = min(len(typed), len(word)) if same is None else same
    typed, word = typed[same:], word[same:]
    if typed[:2] == word[1::-1]:
        return typed[2:] == word[2:]
    return typed[1:] == word[1:] or typed == word[1:] or typed[1:] == word


def _shared(one: str, other: str) -> float:
    mine, theirs = _trigrams(one), _trigrams(other)
    return 2 * len(mine & theirs) / (len(mine) + len(theirs))


def _trigrams(word: str) -> set[str]:
    padded = f"  {word} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}

"""What the header of a file says of its columns."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from access.people.mappings_csv.cells import shown
from access.people.mappings_csv.read import Row


@dataclass(frozen=True)
class Entry:
    """One person's account in one integration, as the file has it. Without an account it says nothing."""

    line: int
    integration: str
    email: str
    account_id: str
    account_email: str


@dataclass(frozen=True)
class Layout:
    """How to read a row, if it can be read at all, and sentences on the header."""

    entries: Callable[[Row], Iterator[Entry]] | None
    wrong: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def unknown(title: str, *, known: str) -> str:
    """Say that nobody knows this column."""
    words = {"title": shown(title), "known": known}
    if not title:
        return _("A column has no name.")
    if ";" in title or "\t" in title:
        return _("Separate the columns by commas: “%(title)s” is read as one column.") % words
    return _("The column “%(title)s” is not known. These are: %(known)s.") % words

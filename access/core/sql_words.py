"""Words of ours, such as a state, in the place of parameters."""

import re
from collections.abc import Sequence
from typing import Any

from django.db import connection


def word(one: Any, other: Any) -> str | None:
    """The word that this parameter is, each time; None for all else."""
    is_word = isinstance(one, str) and one == other and re.fullmatch("[a-z_]+", one)
    return f"{one}" if is_word else None


def written(sql: str, words: Sequence[str | None]) -> tuple[str, list[bool]]:
    """Write the words into the SQL, and tell of each parameter whether it is left.

    SQLite knows only then that an index of some rows alone will do. PostgreSQL's driver does it by itself.
    """
    if connection.vendor != "sqlite":
        return sql, [True] * len(words)
    each = iter(words)

    def said(found: re.Match[str]) -> str:
        known = None if found[0] == "%%" else next(each)
        return found[0] if known is None else f"'{known}'"

    return re.sub("%[s%]", said, sql), [one is None for one in words]

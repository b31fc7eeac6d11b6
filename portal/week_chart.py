"""A week as bars: a row for each person and target, seven days wide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from access.models import Grant
from access.requests.profiles import Spell, Week

WIDTH: Final = 700  # units of the drawing: a hundred a day
THINNEST: Final = 2  # what lasted minutes can still be seen


@dataclass(frozen=True)
class Span:
    x: int
    width: int
    spell: Spell


@dataclass(frozen=True)
class Bar:
    grant: Grant  # one of those in the row
    spans: Sequence[Span]


def bars(week: Week) -> list[Bar]:
    """Lay the spells of a week out."""
    grouped = groupby(week.spells, key=lambda one: (one.grant.person_id, one.grant.target_id))
    rows = [list(spells) for _who, spells in grouped]
    return [Bar(spells[0].grant, [_span(one, week) for one in spells]) for spells in rows]


def _span(spell: Spell, week: Week) -> Span:
    left, right = (_place(at, week) for at in (spell.begins_at, spell.ends_at))
    width = max(right - left, THINNEST)
    return Span(min(left, WIDTH - width), width, spell)


def _place(at: datetime, week: Week) -> int:
    share = (at - week.begins_at) / (week.ends_at - week.begins_at)
    return round(WIDTH * min(max(share, 0.0), 1.0))

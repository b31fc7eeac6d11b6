"""A week as bars: a row for each person and target, seven days wide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from access.models import Grant
from access.requests.profiles import Spell, Week
from portal.charts import laid


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
    return Span(*laid(*(_share(at, week) for at in (spell.begins_at, spell.ends_at))), spell)


def _share(at: datetime, week: Week) -> float:
    return (at - week.begins_at) / (week.ends_at - week.begins_at)

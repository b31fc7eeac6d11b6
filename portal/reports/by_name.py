"""Who and what most of it was about: people, targets and flows, each with a bar."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.evidence.reports.tally import Tally
from access.models import Flow, Target, User
from portal.charts import laid
from portal.reports.tables import Link, Section, Table, Words

SHOWN: Final = 10
# How the address is when the report is narrowed to a value of this filter, beside the others.
Narrows = Callable[[str, str], str]
Known = Mapping[type[Any], Mapping[int, Any]]


@dataclass(frozen=True)
class Kind:
    """`name` is that of the tally; `filter` that of the form, where one narrows the report to it."""

    name: str
    title: Words
    head: Words
    model: type[Any]
    filter: str = ""


KINDS: Final = (
    Kind("target", gettext_lazy("Targets"), gettext_lazy("Target"), Target, "target"),
    Kind("flow", gettext_lazy("Flows"), gettext_lazy("Flow"), Flow, "flow"),
    Kind("asked_by", gettext_lazy("Who asked"), gettext_lazy("Person"), User, "person"),
    Kind("approved_by", gettext_lazy("Who approved"), gettext_lazy("Person"), User),
    Kind("denied_by", gettext_lazy("Who denied"), gettext_lazy("Person"), User),
)


def sections(total: Tally, narrows: Narrows, *, most: int | None = SHOWN) -> list[Section]:
    """Those with the most of each, or all of them. Three queries for all of their names."""
    known = _known(total, most)
    return [_section(kind, total, known[kind.model], narrows, most) for kind in KINDS]


def _known(total: Tally, most: int | None) -> Known:
    wanted: dict[type[Any], set[int]] = {}
    for kind in KINDS:
        wanted.setdefault(kind.model, set()).update(pk for pk, _count in total.most(kind.name)[:most])
    return {model: model._default_manager.in_bulk(pks) for model, pks in wanted.items()}


def _section(kind: Kind, total: Tally, known: Mapping[int, Any], narrows: Narrows, most: int | None) -> Section:
    counts = total.most(kind.name)
    found = [(known[pk], count) for pk, count in counts[:most] if pk in known]
    rows: list[Sequence[Any]] = [[_link(one, narrows, kind), count] for one, count in found]
    bars = [laid(0, count / counts[0][1])[1] for _one, count in found]
    columns = [kind.head, _("Requests") if kind.filter else _("Decisions")]
    table = Table(kind.name, columns, rows, bars=bars, more=len(counts) - len(found))
    return Section(kind.name, kind.title, "" if found else _("There is nothing of it yet."), [table])


def _link(row: Any, narrows: Narrows, kind: Kind) -> Link:
    exact = str(row.email if isinstance(row, User) else row.name)
    at = narrows(kind.filter, exact) if kind.filter else ""
    if isinstance(row, Target):
        return Link(str(row), exact, at, f"{reverse('target', args=[row.name])}#week", _("Who held it when"))
    if isinstance(row, User):
        return Link(str(row), exact, at, reverse("person", args=[row.pk]), _("Their page"))
    return Link(str(row), exact, at)

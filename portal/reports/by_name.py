"""Who and what most of it was about: people, targets and flows, each with a bar."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote_plus

from django.db.models import QuerySet, Value
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.core.prepared import prepared
from access.evidence.reports.tally import Tally
from access.models import Flow, Target, User
from integrations.bidi import isolated
from portal import links
from portal.charts import laid
from portal.reports.tables import Link, Section, Table, Words

SHOWN: Final = 10
# How the address begins when the report is narrowed to a value of this filter, beside the others.
Narrows = Callable[[str], str]
# By place in MODELS and primary key: what it alone is called, and what people call it, which may be empty.
Known = Mapping[tuple[int, int], tuple[str, str]]

MODELS: Final = (Target, Flow, User)


@dataclass(frozen=True)
class Kind:
    """`name` is that of the tally; `filter` that of the form, where one narrows the report to it; `page_says` is
    what leads to a page of its own.
    """

    name: str
    title: Words
    head: Words
    model: type[Any]
    filter: str = ""
    page_says: Words = ""

    @property
    def place(self) -> int:
        return MODELS.index(self.model)


KINDS: Final = (
    Kind("target", gettext_lazy("Targets"), gettext_lazy("Target"), Target, "target", gettext_lazy("Who held it when")),
    Kind("flow", gettext_lazy("Flows"), gettext_lazy("Flow"), Flow, "flow"),
    Kind("asked_by", gettext_lazy("Who asked"), gettext_lazy("Person"), User, "person", gettext_lazy("Their page")),
    Kind(
        "approved_by", gettext_lazy("Who approved"), gettext_lazy("Person"), User, page_says=gettext_lazy("Their page")
    ),
    Kind("denied_by", gettext_lazy("Who denied"), gettext_lazy("Person"), User, page_says=gettext_lazy("Their page")),
)


def named(total: Tally, *, most: int | None = SHOWN) -> Known:
    """What those are called who have the most of each, or all of them. One query."""
    return named_now((kind.place, pk) for kind in KINDS for pk, _count in total.most(kind.name)[:most])


def named_now(wanted: Iterable[tuple[int, int]]) -> Known:
    """What they are called now. One query. What is gone is missing."""
    keys: tuple[set[int], ...] = tuple(set() for _model in MODELS)
    for place, pk in wanted:
        keys[place].add(pk)
    return {(place, pk): (exact, called) for place, pk, exact, called in _named(*keys)}


def sections(total: Tally, known: Known, narrows: Narrows, *, most: int | None = SHOWN) -> list[Section]:
    """Those with the most of each, or all of them."""
    return [_section(kind, total.most(kind.name), known, narrows, most) for kind in KINDS]


@prepared
def _named(
    targets: Collection[int], flows: Collection[int], people: Collection[int]
) -> QuerySet[Any, tuple[int, int, str, str]]:  # fmt: skip
    """The place of each in MODELS, its key and both of its names."""
    named: list[QuerySet[Any, Any]] = [
        Target.objects.filter(pk__in=targets).values_list(Value(0), "pk", "name", "label"),
        Flow.objects.filter(pk__in=flows).values_list(Value(1), "pk", "name", "label"),
        User.objects.filter(pk__in=people).values_list(Value(2), "pk", "email", "name"),
    ]
    return named[0].order_by().union(*[one.order_by() for one in named[1:]], all=True)


def _section(
    kind: Kind, counts: Sequence[tuple[int, int]], known: Known, narrows: Narrows, most: int | None
) -> Section:  # fmt: skip
    found = [(pk, count) for pk, count in counts[:most] if (kind.place, pk) in known]
    at, says = narrows(kind.filter) if kind.filter else "", str(kind.page_says)
    rows: list[Sequence[Any]] = [[_link(kind, pk, *known[kind.place, pk], at, says), count] for pk, count in found]
    bars = [laid(0, count / counts[0][1])[1] for _pk, count in found]
    columns = [kind.head, _("Requests") if kind.filter else _("Decisions")]
    table = Table(kind.name, columns, rows, bars=bars, more=len(counts) - len(found))
    return Section(kind.name, kind.title, "" if found else _("There is nothing of it yet."), [table])


def _link(kind: Kind, pk: int, exact: str, called: str, at: str, says: str) -> Link:
    at = at and at + quote_plus(exact)
    if kind.model is Target:
        return Link(called, exact, at, f"{links.address('target', exact)}#week", says)
    if kind.model is User:
        return Link(isolated(called or exact), exact, at, links.address("person", pk), says)
    return Link(called, exact, at)

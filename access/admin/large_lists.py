"""Registers that grow for ever: nothing in their lists reads all of them."""

from collections.abc import Callable, Collection
from typing import Any, ClassVar, Final

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from access.admin.base import Register
from access.models import User

PER_PAGE: Final = 25
# The newest of a list can be turned over, page by page. What is older is found by a filter, or by its reference.
MOST_COUNTED: Final = 100 * PER_PAGE


class CountsSoFar(Paginator):
    """Counts no further than a reader turns pages."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[:MOST_COUNTED].count())


class Long(Register):
    """The newest first. What is searched is a reference, a person, or another text exactly as it is."""

    list_per_page = PER_PAGE
    list_max_show_all = PER_PAGE
    show_full_result_count = False
    paginator = CountsSoFar
    ordering: ClassVar[Any] = ("-pk",)
    sortable_by: ClassVar[Any] = ()
    search_fields: ClassVar[Any] = ("pk",)  # so that there is a box; see `found`
    search_help_text = gettext_lazy("A reference such as R-7K3QF, or a person's name or e-mail.")
    references: tuple[str, ...] = ()  # `ref`, or the way to another row that has one
    people: tuple[str, ...] = ()
    exactly: tuple[str, ...] = ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return (queryset.filter(self.found(search_term.strip())) if search_term.strip() else queryset), False

    def found(self, text: str) -> Q:
        """What the text means. People are looked up first: they are few, and an index leads from them to the rows."""
        wanted = Q(pk__in=[])
        for name in self.references:
            wanted |= _referred(self.model, name, text.upper())
        for name in self.exactly:
            wanted |= Q(**{name: text})
        people = list(_people(text).values_list("pk", flat=True)[:MOST_PEOPLE])
        for name in self.people if people else ():
            wanted |= Q(**{f"{name}__in": people})
        return wanted


MOST_PEOPLE: Final = 50


def _referred(model: type[Model], way: str, ref: str) -> Q:
    """Rows of this reference, or that belong to the one of this reference, which is found before them."""
    if way in ("ref", "request_ref", "grant_ref"):
        return Q(**{way: ref})
    others: Any = model._meta.get_field(way).related_model
    return Q(**{f"{way}__in": list(others.objects.filter(ref=ref).values_list("pk", flat=True))})


def _people(text: str) -> QuerySet[User]:
    words = (Q(name__icontains=word) | Q(email__icontains=word) for word in text.split())
    return User.objects.filter(*words).order_by("pk")


def one_of(field: str, title: Any, values: Callable[[], Collection[tuple[str, Any]]]) -> type[admin.SimpleListFilter]:
    """A filter by values that are known, instead of by all that occur: to find those reads every row."""

    class OneOf(admin.SimpleListFilter):
        parameter_name = field

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
            return list(values())

        def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
            return queryset.filter(**{field: self.value()}) if self.value() else queryset

    OneOf.title = title
    return OneOf

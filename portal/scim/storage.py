"""Where the library finds and keeps what the directory says: the rows, by the verbs of the portal."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from types import ModuleType
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from scim2_models import (
    ForbiddenException,
    InvalidValueException,
    NotFoundException,
    PreconditionFailedException,
    Resource,
    ResourceType,
    ResponseParameters,
    SearchRequest,
    UniquenessException,
)
from scim2_models.path import CompareOperator, Comparison, LogicalExpr, LogicalOperator
from scim2_server.storage import ScimStorage, SearchPage

from access.core.errors import Conflict, Invalid, Refusal
from access.models import User
from integrations.storable import storable
from portal.scim import groups, people

_MODULES: Final[dict[str | None, ModuleType]] = {people.NAME: people, groups.NAME: groups}


class Storage(ScimStorage):
    """One call's: it knows whose token it is, and when, and whether it is there to change what it reads."""

    def __init__(self, *, by: User, now: datetime, changes: bool) -> None:
        self._by, self._now, self._changes = by, now, changes

    def operation(self) -> AbstractContextManager[None]:
        """All of a call, or nothing: a refusal in its middle takes back what was before."""
        return transaction.atomic()

    def get(
        self, resource_type: ResourceType, resource_id: str, *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:  # fmt: skip
        module = self._module(resource_type)
        if self._changes:
            # What is changed is read locked, or of two calls at once the second would be refused for the first.
            module.locked(self._row(resource_type, resource_id, lean=True))
        lean = response_parameters is not None and module.MANY in map(
            str, response_parameters.excluded_attributes or ()
        )
        found: Resource[Any] = module.shown(self._row(resource_type, resource_id, lean=lean), lean=lean)
        return found

    def search(
        self, resource_types: list[ResourceType], search_request: SearchRequest[Any], *, position: Any = None
    ) -> SearchPage:
        """One page: sliced by the database, or picked out of what the database could not rule out."""
        start, count = search_request.start_index_0 or 0, search_request.count
        stop = None if count is None else start + count
        asked = search_request.filter
        if asked is None and len(resource_types) == 1:
            module = self._module(resource_types[0])
            rows = module.rows()
            return SearchPage(rows.count(), [module.shown(one) for one in rows[start:stop]])
        found = [one for type_ in resource_types for one in self._candidates(type_, asked)]
        matching = [one for one in found if asked is None or asked.match(one)]
        return SearchPage(len(matching), matching[start:stop])

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        with _refusals():
            row = self._module(resource_type).add(resource, by=self._by, now=self._now)
        return self.get(resource_type, row.ref)

    def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        row = self._unchanged(resource_type, resource.id, expected_version)
        with _refusals():
            self._module(resource_type).change(row, resource, by=self._by, now=self._now)
        return self.get(resource_type, row.ref)

    def delete(
        self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None
    ) -> None:  # fmt: skip
        row = self._unchanged(resource_type, resource_id, expected_version)
        with _refusals():
            self._module(resource_type).remove(row, by=self._by, now=self._now)

    @staticmethod
    def _module(resource_type: ResourceType) -> Any:
        return _MODULES[resource_type.name]

    def _row(self, resource_type: ResourceType, ref: str | None, *, lean: bool) -> Any:
        found = self._module(resource_type).rows(lean=lean).filter(ref=storable(ref or "")).first()
        if found is None:
            raise NotFoundException(detail=f"There is no {resource_type.name} with this id.")
        return found

    def _unchanged(self, resource_type: ResourceType, ref: str | None, version: str | None) -> Any:
        """Lock the row, and hold it against the version that the call has read."""
        row = self._module(resource_type).locked(self._row(resource_type, ref, lean=True))
        if version is not None and version != people.meta("", row).version:
            raise PreconditionFailedException
        return row

    def _candidates(self, resource_type: ResourceType, asked: Any) -> Iterator[Resource[Any]]:
        """Every row that could match: an attribute that has to be equal narrows them in the database."""
        module = self._module(resource_type)
        narrowed = dict(_equal_to(asked.ast, module.COLUMNS)) if asked is not None else {}
        yield from (module.shown(one) for one in module.rows().filter(**narrowed).distinct())


def _equal_to(node: Any, columns: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What a filter says outright, such as `userName eq "…"`, also as one of several that all have to hold."""
    if isinstance(node, LogicalExpr) and node.op == LogicalOperator.and_:
        for term in node.terms:
            yield from _equal_to(term, columns)
    elif isinstance(node, Comparison) and node.op == CompareOperator.eq and isinstance(node.value, str):
        path = ".".join(filter(None, [node.attr_path.attr, node.attr_path.sub_attr])).lower()
        if path in columns:
            yield columns[path], storable(node.value)


@contextmanager
def _refusals() -> Iterator[None]:
    """Say no as the standard does, in the words of the refusal."""
    try:
        yield
    except Conflict as refusal:
        raise UniquenessException(detail=str(refusal)) from refusal
    except (IntegrityError, ValidationError) as error:
        raise UniquenessException(detail=_("Another call did the same at this moment. Send it again.")) from error
    except Invalid as refusal:
        raise InvalidValueException(detail=str(refusal)) from refusal
    except Refusal as refusal:
        raise ForbiddenException(detail=str(refusal)) from refusal

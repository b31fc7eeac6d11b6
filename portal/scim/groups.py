"""Groups between the rows and what the directory reads and writes of them."""

from datetime import datetime
from typing import Final

from django.db.models import Prefetch, QuerySet
from scim2_models import Reference

from access.config.provisioning import groups
from access.config.provisioning.groups import locked, remove
from access.models import ProvisionedGroup, User
from portal.scim import shapes
from portal.scim.people import meta

__all__ = ["COLUMNS", "MANY", "NAME", "add", "change", "locked", "remove", "rows", "said", "shown"]

NAME: Final = "Group"
MANY: Final = "members"
COLUMNS: Final = {
    "displayname": "group__label__iexact", "externalid": "external_id", "id": "ref",
    "members.value": "group__members__provisioned__ref", "members": "group__members__provisioned__ref",
}  # fmt: skip


def rows(*, lean: bool = False) -> QuerySet[ProvisionedGroup]:
    """Every group that the directory has, with its people: two queries."""
    members = User.objects.filter(provisioned__gone_at=None, provisioned__isnull=False).select_related("provisioned")
    found = ProvisionedGroup.objects.filter(gone_at=None).select_related("group")
    part = Prefetch("group__members", members.order_by("pk"))
    return (found if lean else found.prefetch_related(part)).order_by("pk")


def shown(row: ProvisionedGroup, *, lean: bool = False) -> shapes.Group:
    members = [] if lean else [_member(one) for one in row.group.members.all()]
    return shapes.Group(
        id=row.ref, external_id=row.external_id or None, display_name=row.group.label, members=members or None,
        meta=meta(NAME, row),
    )  # fmt: skip


def add(resource: shapes.Group, *, by: User, now: datetime) -> ProvisionedGroup:
    return groups.add(said(resource), by=by, now=now)


def change(row: ProvisionedGroup, resource: shapes.Group, *, by: User, now: datetime) -> ProvisionedGroup:
    return groups.change(row, said(resource), by=by, now=now)


def said(resource: shapes.Group) -> groups.Said:
    return groups.Said(
        label=(resource.display_name or "").strip(), external_id=resource.external_id or "",
        members=frozenset(one.value or "" for one in resource.members or ()),
    )  # fmt: skip


def _member(person: User) -> shapes.Member:
    ref = person.provisioned.ref
    return shapes.Member(value=ref, ref=Reference(f"Users/{ref}"), type="User")

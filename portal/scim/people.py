"""People between the rows and what the directory reads and writes of them."""

from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from scim2_models import Meta, Reference

from access.config.provisioning import people
from access.config.provisioning.people import locked, remove
from access.models import Group, ProvisionedPerson, User
from portal.scim import shapes

__all__ = ["COLUMNS", "MANY", "NAME", "add", "change", "locked", "meta", "remove", "rows", "said", "shown"]

NAME: Final = "User"
MANY: Final = "groups"  # what there can be thousands of; left out of what is `lean`
# Attributes by which a search is narrowed in the database, as they are written in a filter.
COLUMNS: Final = {
    "username": "person__email__iexact", "externalid": "external_id", "id": "ref",
}  # fmt: skip


def rows(*, lean: bool = False) -> QuerySet[ProvisionedPerson]:
    """Everybody whom the directory has: two queries."""
    groups = Group.objects.filter(provisioned__gone_at=None, provisioned__isnull=False).select_related("provisioned")
    found = ProvisionedPerson.objects.filter(gone_at=None).select_related("person")
    part = Prefetch("person__member_of", groups, to_attr="kept_groups")
    return (found if lean else found.prefetch_related(part)).order_by("pk")


def shown(row: ProvisionedPerson, *, lean: bool = False) -> shapes.User:
    person: Any = row.person
    groups = [] if lean else [_membership(one) for one in person.kept_groups]
    return shapes.User(
        id=row.ref, external_id=row.external_id or None, user_name=person.email,
        active=None if row.said.get("activeUnsaid") else person.is_active,
        display_name=row.said.get("displayName"), groups=groups or None,
        name=shapes.Name.model_validate(row.said["name"]) if row.said.get("name") else None,
        emails=[shapes.Email.model_validate(one) for one in row.said.get("emails", ())] or None, meta=meta(NAME, row),
    )  # fmt: skip


def add(resource: shapes.User, *, by: User, now: datetime) -> ProvisionedPerson:
    return people.add(said(resource), by=by, now=now, domains=settings.ALLOWED_EMAIL_DOMAINS)


def change(row: ProvisionedPerson, resource: shapes.User, *, by: User, now: datetime) -> ProvisionedPerson:
    return people.change(row, said(resource), by=by, now=now, domains=settings.ALLOWED_EMAIL_DOMAINS)


def said(resource: shapes.User) -> people.Said:
    name, emails = resource.name, resource.emails or []
    parts = [name.given_name, name.family_name] if name else []
    called = resource.display_name or (name and name.formatted) or " ".join(filter(None, parts))
    rest = {
        "name": name.model_dump() if name else None, "displayName": resource.display_name,
        "emails": [one.model_dump() for one in emails], "activeUnsaid": bool(resource.id) and resource.active is None,
    }  # fmt: skip
    return people.Said(
        email=(resource.user_name or "").strip().lower(), name=(called or "").strip(),
        active=resource.active, external_id=resource.external_id or "",
        rest={key: value for key, value in rest.items() if value},
    )  # fmt: skip


def meta(name: str, row: Any) -> Meta:
    return Meta(
        resource_type=name, created=row.created_at, last_modified=row.changed_at, version=f'W/"{row.version}"'
    )  # fmt: skip


def _membership(group: Group) -> shapes.Membership:
    ref = group.provisioned.ref
    return shapes.Membership(value=ref, ref=Reference(f"Groups/{ref}"), display=group.label)

"""Aptible's resources, checked, as the product's plain data."""

from collections.abc import Iterable
from datetime import datetime

from integrations.activity import Operation
from integrations.aptible.hal import Json, embedded, link, malformed, normal_id, related_id, resources
from integrations.base import Environment, Membership, Permission, Person, Role


def role(resource: Json) -> Role:
    return Role(
        id=own_id(resource),
        name=_text(resource, "name"),
        type=_text(resource, "type"),
        scim_created=resource.get("scim_created") is True,
    )


def person(resource: Json) -> Person:
    return Person(
        id=own_id(resource),
        email=_text(resource, "email"),
        name=_text(resource, "name"),
        verified=resource.get("verified") is True,
    )


def membership(resource: Json, *, role_id: str = "") -> Membership:
    """`role_id` is the role whose list this came from, if it came from one: the resource may leave it out.

    One that does not say whose it is has no account id.
    """
    named = related_id(resource, "role")
    account_id = related_id(resource, "user")
    if not (named or role_id) or (named and role_id and named != role_id):
        raise malformed()
    return Membership(own_id(resource), named or role_id, account_id, created_at=_moment(resource, "created_at"))


def environment(resource: Json) -> Environment:
    return Environment(id=own_id(resource), name=_text(resource, "handle"))


def permission(resource: Json) -> Permission:
    return Permission(
        role_id=related_id(resource, "role"),
        environment_id=related_id(resource, "account"),
        scope=_text(resource, "scope"),
    )


def operation(resource: Json) -> Operation:
    """Of all that Aptible tells only this is taken: its `env` holds secrets."""
    at = _moment(resource, "created_at")
    if at is None:
        raise malformed()
    kind, id_ = _kind_and_id(link(resource, "resource"))
    return Operation(
        id=own_id(resource),
        type=_text(resource, "type") or "unknown",
        status=_text(resource, "status") or "unknown",
        at=at,
        email=_text(resource, "user_email").strip().lower(),
        resource_kind=kind,
        resource_id=id_,
        command=_text(resource, "command"),
    )


def handle(resource: Json) -> str:
    return _text(resource, "handle")


def _kind_and_id(href: str) -> tuple[str, str]:
    """What a link to a resource says of it, such as /apps/1."""
    before, _slash, id_ = href.rstrip("/").rpartition("/")
    kind = before.rpartition("/")[2]
    known = kind.replace("_", "").isalpha() and normal_id(id_).replace("-", "").isalnum()
    return (kind, normal_id(id_)) if known else ("", "")


def grouped_memberships(payload: Json) -> list[Json]:
    """The memberships of a list grouped by role. The keys of the groups are not documented, so they are not read."""
    groups = payload.get("_embedded")
    if not isinstance(groups, dict):
        raise malformed()
    return [item for group in groups.values() for item in _group(group)]


def organization_of(resource: Json) -> str:
    """Id of the organization that an environment belongs to, or an empty text."""
    return normal_id(resource.get("organization_id")) or related_id(resource, "organization")


def of_organization(environments: Iterable[Json], organization_id: str) -> list[Json]:
    """Aptible lists the environments of every organization that the bot is in."""
    return [resource for resource in environments if organization_of(resource) == organization_id]


def own_id(resource: Json) -> str:
    found = normal_id(resource.get("id"))
    if not found:
        raise malformed()
    return found


def _group(group: object) -> list[Json]:
    if not isinstance(group, dict):
        return resources(group)
    if "memberships" in group:
        return resources(group["memberships"])
    return embedded(group, "memberships")


def _moment(resource: Json, name: str) -> datetime | None:
    """A time with its zone; None for one that is missing or that can't be read."""
    try:
        found = datetime.fromisoformat(_text(resource, name))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _text(resource: Json, name: str) -> str:
    value = resource.get(name)
    return value if isinstance(value, str) else ""

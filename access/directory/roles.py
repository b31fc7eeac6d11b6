"""What a role opens, in the words of Aptible's own pages, from the last sync."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from access.core.prepared import prepared
from access.models import DirectoryPermission, DirectoryRole, Target

TYPES: Final[Mapping[str, Promise]] = {
    "owner": _("Account Owners"),
    "platform_owner": _("Deploy Owners"),
    "platform_user": _("Custom role"),
    "compliance_owner": _("Legacy compliance role"),
    "compliance_user": _("Legacy compliance role"),
}
OWNERS: Final = ("owner", "platform_owner")

# In the order of Aptible's own table.
SCOPES: Final[Mapping[str, Promise]] = {
    "admin": _("Environment Admin"),
    "read": _("Full Visibility"),
    "basic_read": _("Basic Visibility"),
    "deploy": _("Deployment"),
    "destroy": _("Destroy"),
    "observability": _("Ops"),
    "sensitive": _("Sensitive Access"),
    "tunnel": _("Tunnel"),
}
# With these, harm is done that can't be undone.
GRAVE: Final = ("admin", "destroy", "sensitive")


@dataclass(frozen=True)
class Opening:
    environment: str
    permissions: tuple[str, ...]
    grave: tuple[str, ...] = ()  # those of them that can destroy, or read what is secret
    apps: tuple[str, ...] = ()  # in the environment, as far as they are known


@dataclass(frozen=True)
class Role:
    pk: int
    type: str
    everything: bool  # an owner role: it needs no permissions of its own
    opens: tuple[Opening, ...]
    gone_at: datetime | None


def of_targets(targets: Collection[Target]) -> dict[int, Role]:
    """Tell for each target, by its primary key, what its role opens. A role no sync has seen is left out."""
    wanted = {(one.integration_id, one.role_id): one.pk for one in targets}
    rows = _named([one.integration_id for one in targets], [one.role_id for one in targets])
    known = {row[:5]: wanted[row[1:3]] for row in rows if row[1:3] in wanted}
    scopes = _by_role((row[0], *row[5:]) for row in rows if row[7] is not None)
    return {
        target: Role(
            pk=pk,
            type=str(TYPES.get(kind, kind)),
            everything=kind in OWNERS,
            opens=_openings(scopes.get(pk, {})),
            gone_at=gone_at,
        )
        for (pk, _integration, _external_id, kind, gone_at), target in known.items()
    }


def opened_by(role_pks: Collection[int]) -> dict[int, tuple[Opening, ...]]:
    """Tell what each of these roles opens, by its primary key. A role that opens nothing is left out. One query."""
    return {pk: _openings(scopes) for pk, scopes in _by_role(_permissions(role_pks)).items()}


@dataclass
class _Place:
    apps: list[str]
    scopes: set[str] = field(default_factory=set)


@prepared
def _named(integrations: Collection[int], external_ids: Collection[str]) -> QuerySet[DirectoryRole, Any]:
    """A row for each permission, or one without any."""
    found = DirectoryRole.objects.filter(integration__in=integrations, external_id__in=external_ids)
    permission = ("permissions__environment__name", "permissions__environment__apps", "permissions__scope")
    return found.values_list("pk", "integration_id", "external_id", "type", "gone_at", *permission)


@prepared
def _permissions(role_ids: Collection[int]) -> QuerySet[DirectoryPermission, tuple[int, str, list[str], str]]:
    rows = DirectoryPermission.objects.filter(role__in=role_ids)
    return rows.values_list("role", "environment__name", "environment__apps", "scope")


def _by_role(rows: Iterable[tuple[int, str, list[str], str]]) -> dict[int, dict[str, _Place]]:
    found: dict[int, dict[str, _Place]] = {}
    for role, name, apps, scope in rows:
        found.setdefault(role, {}).setdefault(name, _Place(apps)).scopes.add(scope)
    return found


def _openings(places: Mapping[str, _Place]) -> tuple[Opening, ...]:
    return tuple(
        Opening(name, in_words(places[name].scopes), _grave(places[name].scopes), tuple(places[name].apps))
        for name in sorted(places, key=str.lower)
    )


def _grave(scopes: Collection[str]) -> tuple[str, ...]:
    shown = {"admin"} if "admin" in scopes else set(scopes)
    return tuple(str(SCOPES[scope]) for scope in GRAVE if scope in shown)


def in_words(scopes: Collection[str]) -> tuple[str, ...]:
    """Name the permissions. What another one implies is left out; a scope that is not known is named as it is."""
    if "admin" in scopes:
        return (str(SCOPES["admin"]),)
    implied = {"basic_read"} if len(scopes) > 1 else set()
    known = [str(SCOPES[scope]) for scope in SCOPES if scope in scopes and scope not in implied]
    return (*known, *sorted(scope for scope in scopes if scope not in SCOPES))

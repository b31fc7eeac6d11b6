"""Read an organization from the outside and keep what the pages need of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from access.audit import log
from access.directory import connect
from access.models import (
    DirectoryEnvironment,
    DirectoryMembership,
    DirectoryPermission,
    DirectoryPerson,
    DirectoryRole,
    Integration,
)
from access.people import mappings
from integrations.base import AccessProvider, Directory, NeedsAttention, ProviderError


def sync(*, integration: Integration, provider: AccessProvider, actor: log.Actor, now: datetime) -> Directory:
    """Read everything once, replace what was known, and match people who have no account yet.

    Raises ProviderError when the organization can't be read; then nothing is changed but the time of the next try.
    """
    try:
        directory = provider.directory()
    except ProviderError as error:
        connect.note_failed(integration, error, now=now)
        raise
    connect.note_working(integration, now=now)
    _keep(integration, directory, actor=actor, now=now)
    _note_bot(integration, now=now)
    mappings.match_everyone(integration=integration, now=now)
    return directory


def _note_bot(integration: Integration, *, now: datetime) -> None:
    """Keep which account is the bot's. Where the secret can't be read at this moment, what was known stays."""
    try:
        email = integration.sign_in[0].value()
    except (NeedsAttention, LookupError):
        return
    mappings.free_the_bot(integration=integration, email=email, now=now)


@transaction.atomic(durable=True)
def take_due(integration: Integration, *, now: datetime) -> bool:
    """Put the next sync ahead. False: somebody else took this one, or it is not due."""
    due = Integration.objects.filter(pk=integration.pk, due_at__lte=now)
    return bool(due.update(due_at=now + timedelta(seconds=integration.sync_every)))


@transaction.atomic
def _keep(integration: Integration, directory: Directory, *, actor: log.Actor, now: datetime) -> None:
    # Two syncs at once would step on each other's rows.
    Integration.objects.select_for_update(no_key=True).get(pk=integration.pk)
    before = _counted(integration)
    _keep_roles(integration, directory, now=now)
    _keep_people(integration, directory, now=now)
    _keep_environments(integration, directory)
    _keep_memberships(integration, directory)
    _keep_permissions(integration, directory)
    Integration.objects.filter(pk=integration.pk).update(synced_at=now)
    after = _counted(integration)
    # A sync by hand is somebody's act; one by the clock is a fact only when it found something new.
    if actor != log.SYSTEM or before != after:
        subject = f"integration:{integration.name}"
        log.append("integration.synced", actor=actor, now=now, subject=subject, data={"before": before, "after": after})


def _keep_roles(integration: Integration, directory: Directory, *, now: datetime) -> None:
    rows = [
        DirectoryRole(
            integration=integration, external_id=one.id, name=one.name, type=one.type, scim_created=one.scim_created
        )
        for one in directory.roles
    ]
    DirectoryRole.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["integration", "external_id"],
        update_fields=["name", "type", "scim_created", "gone_at"],
    )
    _mark_gone(DirectoryRole, integration, (one.id for one in directory.roles), now=now)


def _keep_people(integration: Integration, directory: Directory, *, now: datetime) -> None:
    rows = [
        DirectoryPerson(
            integration=integration, external_id=one.id, email=one.email, name=one.name, verified=one.verified
        )
        for one in directory.people
    ]
    DirectoryPerson.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["integration", "external_id"],
        update_fields=["email", "name", "verified", "gone_at"],
    )
    _mark_gone(DirectoryPerson, integration, (one.id for one in directory.people), now=now)


def _mark_gone(
    model: type[DirectoryRole] | type[DirectoryPerson], integration: Integration, ids: Iterable[str], *, now: datetime
) -> None:
    known = model._default_manager.filter(integration=integration, gone_at=None)
    known.exclude(external_id__in=list(ids)).update(gone_at=now)


def _keep_environments(integration: Integration, directory: Directory) -> None:
    rows = [
        DirectoryEnvironment(integration=integration, external_id=one.id, name=one.name)
        for one in directory.environments
    ]
    DirectoryEnvironment.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["integration", "external_id"], update_fields=["name"]
    )
    gone = DirectoryEnvironment.objects.filter(integration=integration)
    gone.exclude(external_id__in=[one.id for one in directory.environments]).delete()


def _keep_memberships(integration: Integration, directory: Directory) -> None:
    roles = _pks(DirectoryRole, integration)
    # By the roles themselves: by a join PostgreSQL may hold each row against each, while it has not counted them yet.
    DirectoryMembership.objects.filter(role__in=roles.values()).delete()
    pairs = {(roles[one.role_id], one.account_id) for one in directory.memberships if one.role_id in roles}
    DirectoryMembership.objects.bulk_create(
        [DirectoryMembership(role_id=role, account_id=account_id) for role, account_id in sorted(pairs)]
    )


def _keep_permissions(integration: Integration, directory: Directory) -> None:
    roles, environments = _pks(DirectoryRole, integration), _pks(DirectoryEnvironment, integration)
    DirectoryPermission.objects.filter(role__integration=integration).delete()
    rows = {
        (roles[one.role_id], environments[one.environment_id], one.scope)
        for one in directory.permissions
        if one.role_id in roles and one.environment_id in environments
    }
    DirectoryPermission.objects.bulk_create(
        [DirectoryPermission(role_id=role, environment_id=where, scope=scope) for role, where, scope in sorted(rows)]
    )


def _pks(model: type[DirectoryRole] | type[DirectoryEnvironment], integration: Integration) -> dict[str, int]:
    return dict(model._default_manager.filter(integration=integration).values_list("external_id", "pk"))


def _counted(integration: Integration) -> dict[str, int]:
    return {
        "roles": DirectoryRole.objects.filter(integration=integration, gone_at=None).count(),
        "people": DirectoryPerson.objects.filter(integration=integration, gone_at=None).count(),
        "environments": DirectoryEnvironment.objects.filter(integration=integration).count(),
        "permissions": DirectoryPermission.objects.filter(role__integration=integration).count(),
    }

"""Which of the organization's roles can be asked for: ticked in a list that says what each opens."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from access.config import record_changes, setup_errors
from access.config.free_name import free_name
from access.core.errors import Invalid
from access.directory import roles as directory_roles
from access.models import DirectoryMembership, DirectoryPerson, DirectoryRole, Integration, Strategy, Target, User
from access.people.rules import check_can_set_up

SHOWN: Final = 50


@dataclass(frozen=True)
class Choice:
    role: DirectoryRole
    type: str
    opens: Collection[directory_roles.Opening]
    members: Collection[str]  # who is in it today, by name
    is_served: bool  # it is a target already
    is_ticked: bool
    why_not: str  # why it can't be ticked here, or nothing


@dataclass(frozen=True)
class Choices:
    rows: Collection[Choice]
    more: int  # how many others fit the search


def choices(integration: Integration, *, search: str = "", ticked: Collection[int] = ()) -> Choices:
    """List the roles that fit, what is ticked and custom roles first. A fixed number of queries at any size."""
    every = DirectoryRole.objects.filter(integration=integration, gone_at=None)
    found = [one for one in every if search.strip().casefold() in one.name.casefold() or one.pk in ticked]
    served = set(Target.objects.filter(integration=integration).values_list("role_id", flat=True))
    found.sort(key=lambda one: (one.pk not in ticked, bool(_why_not(one)), one.name.casefold()))
    shown = found[: max(SHOWN, len(ticked))]
    opens, members = directory_roles.opened_by([one.pk for one in shown]), _members(integration, shown)
    rows = [
        Choice(
            role=one,
            type=str(directory_roles.TYPES.get(one.type, one.type)),
            opens=opens.get(one.pk, ()),
            members=members[one.pk],
            is_served=one.external_id in served,
            is_ticked=one.pk in ticked or one.external_id in served,
            why_not=_why_not(one),
        )
        for one in shown
    ]
    return Choices(rows, len(found) - len(shown))


@transaction.atomic
def serve(integration: Integration, role_ids: Collection[int], *, by: User, now: datetime) -> list[Target]:
    """Make a target of each of these roles that is none yet, and let one strategy serve them all.

    Raises Invalid for `roles` when nothing is ticked, or a role can't be held.
    """
    check_can_set_up(by=by)
    picked = DirectoryRole.objects.filter(integration=integration, gone_at=None, pk__in=role_ids).order_by("name")
    served = set(Target.objects.filter(integration=integration).values_list("role_id", flat=True))
    fresh = [one for one in picked if one.external_id not in served]
    if not fresh and not served:
        raise Invalid({"roles": _("Tick at least one role that people may ask for.")})
    made = [_target(role, by=by, now=now) for role in fresh]
    if made:
        _strategy(integration, by=by, now=now).targets.add(*made)
    return made


def _target(role: DirectoryRole, *, by: User, now: datetime) -> Target:
    target = Target(
        label=role.name,
        name=free_name(Target, role.name, otherwise="role"),
        integration=role.integration,
        role_id=role.external_id,
    )
    errors = setup_errors.of_target(target, role, owner_role_is_meant=False)
    if errors:
        raise Invalid({"roles": " ".join(errors.values())})
    target.full_clean()
    target.save()
    record_changes.record_added(target, by=by, now=now)
    return target


def _strategy(integration: Integration, *, by: User, now: datetime) -> Strategy:
    known = Strategy.objects.filter(integration=integration).order_by("pk").first()
    if known:
        return known
    made = Strategy.objects.create(name=f"{integration.name}-roles"[:100], integration=integration)
    record_changes.record_added(made, by=by, now=now)
    return made


def _why_not(role: DirectoryRole) -> str:
    if role.scim_created:
        return _("It is filled by SCIM, which would undo what is granted here.")
    if role.type != setup_errors.CUSTOM_ROLE:
        return _("It opens everything or is Aptible's own. Where that is meant, make a target of it in the admin.")
    return ""


def _members(integration: Integration, shown: Collection[DirectoryRole]) -> dict[int, list[str]]:
    people = {one.external_id: one.name or one.email for one in DirectoryPerson.objects.filter(integration=integration)}
    found: dict[int, list[str]] = defaultdict(list)
    for role_id, account_id in DirectoryMembership.objects.filter(role__in=shown).values_list("role", "account_id"):
        found[role_id].append(people.get(account_id, account_id))
    return defaultdict(list, {pk: sorted(names, key=str.casefold) for pk, names in found.items()})

"""What it costs when access on many roles ends at one instant in a large organization: `python -m bench.many_ends`.

Aptible is a stand-in whose every call takes as long as it is told, on a clock of its own: so the figures are calls and
the processor's time, which other work on the machine does not change. The database is one beside the configured one.
"""

import argparse
import logging
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402  needs the settings
from django.utils import timezone  # noqa: E402

from access.core.states import GrantState  # noqa: E402
from access.grants import converge  # noqa: E402
from access.models import DirectoryMembership, DirectoryRole, Grant, Integration, Target, User  # noqa: E402
from access.worker.sweep import Sweep  # noqa: E402
from integrations.base import Listing, Membership  # noqa: E402
from integrations.unreachable import Unreachable  # noqa: E402
from tests import factories, scratch_database  # noqa: E402

PAGE: Final = 500  # memberships that one call lists
SHARE: Final = 1.2  # of the calls alone, at most


class Organization(Unreachable):
    """Roles and their members, in memory. Counts the calls."""

    def __init__(self, roles: Mapping[str, list[str]]) -> None:
        self.members_of = {role: {f"{role}-{one}": one for one in members} for role, members in roles.items()}
        self.calls: Counter[str] = Counter()

    def read_members(self, role_id: str, *, seconds: float, rest: str = "") -> Listing:
        rows = self.members_of[role_id]
        self.calls["list a role"] += _pages(len(rows))
        return Listing(tuple(Membership(id_, role_id, account) for id_, account in rows.items()))

    def roles_by_account(self, *, seconds: float | None = None) -> Mapping[str, frozenset[str]]:
        held: dict[str, set[str]] = {}
        for role, rows in self.members_of.items():
            for account in rows.values():
                held.setdefault(account, set()).add(role)
        self.calls["list everybody"] += _pages(sum(len(rows) for rows in self.members_of.values()))
        return {account: frozenset(found) for account, found in held.items()}

    def roles_of(self, account_id: str) -> frozenset[str]:
        self.calls["one person's roles"] += 1
        return frozenset(role for role, rows in self.members_of.items() if account_id in rows.values())

    def remove(self, membership: Membership) -> bool:
        self.calls["remove"] += 1
        return self.members_of[membership.role_id].pop(membership.id, None) is not None


def main() -> bool:
    """Measure and print. Returns whether all calls were few enough beside those that have to be."""
    options = _options()
    logging.getLogger("usher").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder, scratch_database.database(Path(folder)):
        due = timezone.now()
        organization = _fill(options.roles, options.people, options.ends, due)
        return _measure(organization, options, due)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.many_ends", description=__doc__)
    parser.add_argument("--roles", type=int, default=200, help="roles on which access ends (200)")
    parser.add_argument("--ends", type=int, default=5, help="people whose access ends on each (5)")
    parser.add_argument("--people", type=int, default=10_000, help="people of the organization, in three roles each")
    return parser.parse_args()


def _fill(roles: int, people: int, ends: int, due: datetime) -> Organization:
    """Everybody is in three of the roles; on each role the first few are there until `due`."""
    integration = factories.integration()
    Integration.objects.update(synced_at=due, due_at=due + timedelta(days=1))
    members: dict[str, list[str]] = {f"role-{number}": [] for number in range(roles)}
    for person in range(people):
        for way in (1, 7, 31):
            members[f"role-{person * way % roles}"].append(f"account-{person}")
    members = {role: list(dict.fromkeys(accounts)) for role, accounts in members.items()}
    names = [f"holder-{one}" for one in range(roles * ends)]
    User.objects.bulk_create([User(email=f"{one}@example.com", name=one, password="!") for one in names])  # noqa: S106
    holders = iter(User.objects.filter(name__in=names).order_by("pk"))
    with transaction.atomic():
        for number, (role, accounts) in enumerate(members.items()):
            mine = [next(holders) for _one in range(ends)]
            accounts += [one.name for one in mine]
            members[f"role-{(number + 1) % roles}"] += [one.name for one in mine]
            _grants(factories.target(f"target-{number}", role, role), mine, due)
            kept = DirectoryRole.objects.create(integration=integration, external_id=role, name=role)
            DirectoryMembership.objects.bulk_create([DirectoryMembership(role=kept, account_id=a) for a in accounts])
    return Organization(members)


def _grants(target: Target, holders: list[User], due: datetime) -> None:
    since, seconds = due - timedelta(hours=1), 3600
    number = Grant.objects.count()
    Grant.objects.bulk_create(
        Grant(
            ref=f"G-{number + place:05}", person=one, target=target, role_id=target.role_id, account_id=one.name,
            state=GrantState.ACTIVE, seconds=seconds, created_at=since, starts_at=since, asked_at=since,
            confirmed_at=since, ends_at=due, due_at=due,
            start_evidence={"memberships_after": [f"{target.role_id}-{one.name}"]},
        )
        for place, one in enumerate(holders)
    )  # fmt: skip


def _measure(organization: Organization, options: argparse.Namespace, due: datetime) -> bool:
    ends = options.roles * options.ends
    alone = sum(2 * _pages(len(rows)) for rows in organization.members_of.values()) + ends
    sweep = Sweep("nobody", places=0)
    sweeping = _cpu(lambda: [sweep(due) for _one in range(10)]) / 10
    asked: Counter[str] = Counter()
    with connection.execute_wrapper(lambda execute, *statement: asked.update(all=1) or execute(*statement)):
        spent = _cpu(lambda: _converge_all(organization, due))
    left = Grant.objects.exclude(state=GrantState.ENDED).count()
    made = sum(organization.calls.values())
    lines = [
        f"{ends} ends on {options.roles} roles at one instant, {options.people} people, on {connection.vendor}",
        f"  calls alone {alone}, calls made {made}: {made / alone:.2f} times; {dict(organization.calls)}",
        f"  of Usher for each end: {1000 * spent / ends:.1f} ms of the processor, {asked['all'] / ends:.1f} statements",
        f"  of Usher for a sweep while all are due: {1000 * sweeping:.0f} ms; not ended: {left}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return not left and made <= SHARE * alone


def _converge_all(organization: Organization, due: datetime) -> None:
    for target in Target.objects.select_related("integration").exclude(grants=None):
        converge.target(target, provider=organization, now=due, holder="bench")


def _cpu(work: Callable[[], object]) -> float:
    """Of this process alone, in seconds."""
    began = time.process_time()
    work()
    return time.process_time() - began


def _pages(rows: int) -> int:
    return max(-(-rows // PAGE), 1)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)

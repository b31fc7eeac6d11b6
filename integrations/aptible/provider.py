"""One Aptible organization as the product sees it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from math import inf
from typing import Final, TypeVar

from django.utils.translation import gettext as _

from integrations import pace
from integrations.activity import Operation
from integrations.aptible import manageable_roles, payloads, report
from integrations.aptible.client import AptibleClient
from integrations.aptible.hal import Json, Refusal, normal_id, path_id
from integrations.base import (
    AccessProvider,
    AlreadyMember,
    ConnectionReport,
    Directory,
    Listing,
    Membership,
    NeedsAttention,
    ProviderError,
    ProviderUnavailable,
    Role,
    RoleGone,
)
from integrations.secrets import Secret

OWNERS: Final = ("owner", "platform_owner")
Found = TypeVar("Found")


class AptibleProvider(AccessProvider):
    """Aptible roles of one organization, seen and changed as one bot user.

    `told_to_wait` is called with the seconds of a pause that Aptible asks for; `turn` says before each call how long it
    waits for its turn.
    """

    def __init__(
        self,
        *,
        organization_id: str,
        username: str,
        password: str,
        auth_url: str,
        api_url: str,
        told_to_wait: Callable[[float], None] | None = None,
        turn: Callable[[], float] | None = None,
    ) -> None:
        self.organization_id = normal_id(organization_id)
        self._client = AptibleClient(
            auth_url=auth_url,
            api_url=api_url,
            username=username,
            password=Secret(password),
            told_to_wait=told_to_wait,
            turn=turn,
        )

    def __repr__(self) -> str:
        return f"AptibleProvider({self.organization_id}, {self._client!r})"

    def members(self, role_id: str) -> tuple[Membership, ...]:
        return self.read_members(role_id, seconds=inf).members

    def read_members(self, role_id: str, *, seconds: float, rest: str = "") -> Listing:
        role_id = path_id(role_id)
        try:
            rows, rest = self._client.memberships(role_id, seconds=seconds, rest=rest)
        except Refusal as no:
            contradiction = ProviderUnavailable(_("Aptible lists the role, but says that its members are missing."))
            raise self._about_role(no, role_id, if_listed=contradiction) from None
        found = [payloads.membership(row, role_id=role_id) for row in rows]
        nameless = frozenset(one.id for one in found if not one.account_id)
        return Listing(tuple(one for one in found if one.account_id), nameless, rest)

    def roles_by_account(self, *, seconds: float | None = None) -> Mapping[str, frozenset[str]]:
        held: dict[str, set[str]] = defaultdict(set)
        for membership in self._all_memberships(seconds=inf if seconds is None else seconds):
            held[membership.account_id].add(membership.role_id)
        return {account_id: frozenset(role_ids) for account_id, role_ids in held.items()}

    def roles_of(self, account_id: str) -> frozenset[str]:
        rows = self._organization_list(lambda _id: self._client.user_roles(account_id))
        return frozenset(map(payloads.own_id, payloads.of_organization(rows, self.organization_id)))

    def add(self, *, role_id: str, account_id: str) -> None:
        role_id = path_id(role_id)
        try:
            self._client.add_membership(role_id=role_id, user_id=account_id)
        except Refusal as no:
            if no.already:
                raise AlreadyMember(_("Aptible says that this account is in the role already.")) from None
            unknown = ProviderError(_("Aptible has the role, but not this person."))
            raise self._about_role(no, role_id, if_listed=unknown) from None

    def remove(self, membership: Membership) -> bool:
        try:
            with pace.first():
                self._client.delete_membership(membership.id)
        except Refusal as no:
            if not no.missing:
                raise (self._about_denial() if no.denied else no) from None
            return False
        return True

    def directory(self) -> Directory:
        roles = self.roles()
        environments = tuple(map(payloads.environment, self._environments()))
        role_ids = {role.id for role in roles}
        environment_ids = {environment.id for environment in environments}
        permissions = map(payloads.permission, self._deploy_list(self._client.permissions))
        return Directory(
            roles=roles,
            people=tuple(map(payloads.person, self._organization_list(self._client.users))),
            memberships=self._all_memberships(),
            environments=environments,
            permissions=tuple(p for p in permissions if p.role_id in role_ids and p.environment_id in environment_ids),
        )

    def operations(self, environment_id: str) -> tuple[Operation, ...]:
        return tuple(map(payloads.operation, self._of_deploy(lambda: self._client.operations(environment_id))))

    def operation(self, id: str) -> Operation:
        return payloads.operation(self._of_deploy(lambda: self._client.deploy_resource("operations", id)))

    def cancel(self, operation_id: str) -> None:
        self._of_deploy(lambda: self._client.cancel_operation(operation_id))

    def handle(self, kind: str, id: str) -> str:
        return payloads.handle(self._of_deploy(lambda: self._client.deploy_resource(kind, id)))

    def _of_deploy(self, ask: Callable[[], Found]) -> Found:
        """Ask for what was done. What the bot may not see is hidden, denied, or both."""
        try:
            return ask()
        except Refusal as no:
            if no.denied or no.missing:
                raise ProviderError(_("The bot may not see what was done there. Make it a Deploy Owner.")) from None
            raise

    def forget_refusal(self) -> None:
        self._client.forget_refusal()

    def out_of_reach(self, role_ids: Iterable[str]) -> frozenset[str]:
        return self._organization_list(lambda id_: manageable_roles.out_of_reach(self._client, id_, role_ids))

    def check(self, *, now: datetime) -> ConnectionReport:
        return report.inspect_connection(self._client, self.organization_id, now=now)

    def roles(self) -> tuple[Role, ...]:
        return tuple(map(payloads.role, self._organization_list(self._client.roles)))

    def _all_memberships(self, *, seconds: float = inf) -> tuple[Membership, ...]:
        """Those that say whose they are: one row that does not is no reason to know nothing of the others."""
        rows = self._organization_list(partial(self._client.all_memberships, seconds=seconds))
        return tuple(one for one in map(payloads.membership, rows) if one.account_id)

    def _environments(self) -> list[Json]:
        return payloads.of_organization(self._deploy_list(self._client.environments), self.organization_id)

    def _deploy_list(self, read: Callable[[], list[Json]]) -> list[Json]:
        try:
            return read()
        except Refusal as no:
            raise (_may_not_read_deploy() if no.denied else no) from None

    def _organization_list(self, read: Callable[[str], Found]) -> Found:
        try:
            return read(self.organization_id)
        except Refusal as no:
            raise (self._about_organization() if no.missing or no.denied else no) from None

    def _about_organization(self) -> NeedsAttention:
        """Why something of the organization could not be read."""
        text = _("The bot may not read the people and roles of the organization. Make it a Deploy Owner.")
        return NeedsAttention(report.why_invisible(self._client, self.organization_id) or text)

    def _about_denial(self) -> NeedsAttention:
        """Why something of a role was denied. An organization that insists on SSO denies everything."""
        text = _("The bot may not see or change who is in this role. Make it a Deploy Owner, or an admin of the role.")
        return NeedsAttention(report.why_invisible(self._client, self.organization_id) or text)

    def _about_role(self, no: Refusal, role_id: str, *, if_listed: ProviderError) -> ProviderError:
        """What a refusal to read or change the role means.

        A 404 alone does not say that the role is gone: Aptible also hides what a bot may not see,
        and whole organizations once they insist on SSO. So the roles that exist are asked for.
        """
        if no.denied:
            return self._about_denial()
        if not no.missing:
            return no
        roles = self.roles()
        if not roles or any(role.id == role_id for role in roles):
            return if_listed
        if not any(role.type in OWNERS for role in roles):
            # Every organization has these roles, and nobody can delete them.
            return NeedsAttention(_("The bot is shown only a part of the roles. Make it a Deploy Owner."))
        return RoleGone(_("Aptible no longer has this role."))


def _may_not_read_deploy() -> NeedsAttention:
    return NeedsAttention(_("The bot may not read environments and permissions. Make it a Deploy Owner."))

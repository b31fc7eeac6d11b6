"""One call on its way through: who makes it, what they may see, and what they may change."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from werkzeug import Request

from integrations.aptible.simulator.errors import ApiError, access_denied, invalid, not_found
from integrations.aptible.simulator.faults import Faults
from integrations.aptible.simulator.hal import Hal
from integrations.aptible.simulator.journal import Journal
from integrations.aptible.simulator.logins import READ, Logins, Token
from integrations.aptible.simulator.records import Membership, Organization, Person, Role
from integrations.aptible.simulator.state import State


@dataclass(frozen=True)
class Parts:
    """What a running simulator is made of."""

    state: State
    logins: Logins
    faults: Faults
    journal: Journal
    hal: Hal


def json_object(request: Request) -> dict[str, Any]:
    """Read the body as a JSON object. Raises ApiError 400."""
    try:
        document = json.loads(request.get_data() or b"{}")
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise ApiError(400, "bad_request", "The body is not a JSON object")
    return document


class Call:
    """A call to the Auth or the Deploy API. Every method may raise ApiError; ids may be in any case."""

    def __init__(self, request: Request, parts: Parts) -> None:
        self.request = request
        self.state = parts.state
        self.logins = parts.logins
        self.switches = parts.faults.switches
        self.hal = parts.hal

    @cached_property
    def token(self) -> Token:
        """The bearer's token: known, not expired, of an account that exists."""
        scheme, _, text = self.request.headers.get("Authorization", "").partition(" ")
        token = self.logins.token(text.strip() if scheme.lower() == "bearer" else "")
        if token.person_id not in self.state.people:
            raise ApiError(401, "invalid_token", "Invalid Token")
        return token

    @property
    def person(self) -> Person:
        """Whoever calls."""
        return self.state.people[self.token.person_id]

    def check_signed_in(self) -> Token:
        return self.token

    def check_may_write(self) -> None:
        if self.token.scope == READ:
            raise access_denied("This token may only read")

    def open_organizations(self) -> list[Organization]:
        """The caller's organizations that this way of signing in opens."""
        return [item for item in self.state.organizations_of(self.person) if not self._is_behind_sso(item)]

    def closed_organizations(self) -> list[Organization]:
        """The caller's organizations that ask for single sign-on instead."""
        return [item for item in self.state.organizations_of(self.person) if self._is_behind_sso(item)]

    def organization(self, id: str) -> Organization:
        """One of the caller's organizations: 404 when it is not theirs, 403 behind single sign-on."""
        mine = self.state.organizations_of(self.person)
        found = next((item for item in mine if item.id == id.lower()), None)
        if found is None:
            raise not_found()
        if self._is_behind_sso(found):
            raise access_denied("This organization requires single sign-on")
        return found

    def role(self, id: str) -> Role:
        """A role in one of the caller's organizations."""
        self.check_signed_in()
        found = self.state.roles.get(id.lower())
        if found is None:
            raise not_found()
        self.organization(found.organization_id)
        return found

    def listed(self, role: Role) -> list[Membership]:
        """The role's members as the lists show them at this moment."""
        lag_adds, lag_removes = self.switches.lag_adds_ms / 1000, self.switches.lag_removes_ms / 1000
        shown = self.state.listed(role, lag_adds=lag_adds, lag_removes=lag_removes)
        return [one for one in shown if self.state.people[one.person_id].email != self.switches.hidden_person]

    def membership(self, id: str) -> Membership:
        """A membership in one of the caller's organizations."""
        self.check_signed_in()
        found = self.state.memberships.get(id.lower())
        if found is None:
            raise not_found()
        self.role(found.role_id)
        return found

    def visible_person(self, id: str) -> Person:
        """The caller, or somebody who shares an organization with the caller."""
        caller = self.person
        found = next((item for item in self.state.people.values() if id.lower() in (item.id, str(item.number))), None)
        shared = [caller, *(person for org in self.open_organizations() for person in self.state.people_in(org))]
        if found is None or found not in shared:
            raise not_found()
        return found

    def person_named_by(self, user_url: object, organization: Organization) -> Person:
        """Somebody in the organization, named by the full address of their user resource; else 422."""
        start = f"{self.hal.auth_url}/users/"
        if not isinstance(user_url, str) or not user_url.startswith(start):
            raise invalid("Validation failed: User can't be blank")
        id = user_url.removeprefix(start).lower()
        for person in self.state.people_in(organization):
            if id in (person.id, str(person.number)):
                return person
        raise invalid("Validation failed: User must belong to the organization")

    def check_may_manage(self, role: Role) -> None:
        """Owners manage every role, platform owners all but the owners', role admins their own."""
        self.check_may_write()
        types = self._types_held(role.organization_id)
        own = self.state.membership_of(role, self.person)
        by_type = "owner" in types or ("platform_owner" in types and role.type != "owner")
        if not by_type and not (own and own.privileged):
            raise access_denied()

    def oversees(self, organization_id: str) -> bool:
        """Whether the caller sees every environment of the organization."""
        return bool(self._types_held(organization_id) & {"owner", "platform_owner"})

    def _is_behind_sso(self, organization: Organization) -> bool:
        return self.switches.sso_enforced and "owner" not in self._types_held(organization.id)

    def _types_held(self, organization_id: str) -> set[str]:
        roles = self.state.roles_of(self.person)
        return {role.type for role in roles if role.organization_id == organization_id}

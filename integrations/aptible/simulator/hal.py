"""How records look on the wire: attributes, `_type`, absolute `_links`, `_embedded`."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from werkzeug import Request, Response

from integrations.aptible.simulator.errors import ApiError
from integrations.aptible.simulator.faults import Faults
from integrations.aptible.simulator.logins import Token
from integrations.aptible.simulator.records import (
    Environment,
    Membership,
    Operation,
    Organization,
    Permission,
    Person,
    Resource,
    Role,
)
from integrations.aptible.simulator.state import State

MEDIA_TYPE: Final = "application/hal+json"
Document = dict[str, Any]


def answer(document: Mapping[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(document), status=status, content_type=MEDIA_TYPE)


def nothing() -> Response:
    """Answer 204."""
    return Response(status=204)


def refusal(error: ApiError) -> Response:
    """Answer with the error envelope."""
    envelope: Document = {"code": error.status, "error": error.slug, "message": error.message}
    if error.context is not None:
        envelope["exception_context"] = error.context
    return answer(envelope, error.status)


def timestamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def links(**targets: str) -> Document:
    return {name: {"href": target} for name, target in targets.items()}


class Hal:
    """Writes records with links that start at the simulator's own addresses."""

    def __init__(self, *, state: State, faults: Faults) -> None:
        self._state = state
        self._faults = faults
        self.base_url = ""  # known once the server listens

    @property
    def auth_url(self) -> str:
        return f"{self.base_url}/auth"

    @property
    def api_url(self) -> str:
        return f"{self.base_url}/api"

    def id(self, id: str) -> str:
        return id.upper() if self._faults.switches.uppercase_ids else id

    def person_id(self, person: Person) -> str | int:
        return person.number if self._faults.switches.numeric_user_ids else self.id(person.id)

    def person_url(self, person: Person) -> str:
        return f"{self.auth_url}/users/{self.person_id(person)}"

    def auth_root(self) -> Document:
        names = ("organizations", "reauthenticate_organizations", "tokens", "current_token", "users", "roles")
        targets = {name: f"{self.auth_url}/{name}" for name in names}
        return {"_links": links(self=self.auth_url, **targets)}

    def api_root(self) -> Document:
        targets = {name: f"{self.api_url}/{name}" for name in ("accounts", "permissions")}
        return {"_links": links(self=self.api_url, **targets)}

    def token(self, token: Token, *, with_text: bool) -> Document:
        user = self.person_url(self._state.people[token.person_id])
        document: Document = {
            "id": token.id,
            "_type": "token",
            "token_type": "bearer",
            "scope": token.scope,
            "expires_in": max(0, int(token.expires_at - self._state.clock())),
            "created_at": timestamp(token.created_at),
            "expires_at": timestamp(token.expires_at),
            "_links": links(self=f"{self.auth_url}/tokens/{token.id}", user=user, actor=user),
        }
        return document | ({"access_token": token.text} if with_text else {})

    def organization(self, organization: Organization) -> Document:
        here = f"{self.auth_url}/organizations/{self.id(organization.id)}"
        parts = {name: f"{here}/{name}" for name in ("roles", "users", "invitations")}
        return {
            "id": self.id(organization.id),
            "_type": "organization",
            "name": organization.name,
            "sso_enforced": self._faults.switches.sso_enforced,
            **_dates(organization.created_at),
            "_links": links(self=here, **parts),
        }

    def role(self, role: Role) -> Document:
        here = f"{self.auth_url}/roles/{self.id(role.id)}"
        parts = {name: f"{here}/{name}" for name in ("memberships", "users", "invitations")}
        organization = f"{self.auth_url}/organizations/{self.id(role.organization_id)}"
        return {
            "id": self.id(role.id),
            "_type": "role",
            "name": role.name,
            "type": role.type,
            "scim_created": role.scim_created,
            **_dates(role.created_at),
            "_links": links(self=here, organization=organization, **parts),
        }

    def person(self, person: Person) -> Document:
        here = self.person_url(person)
        return {
            "id": self.person_id(person),
            "_type": "user",
            "name": person.name,
            "email": person.email,
            "username": person.email,
            "verified": person.verified,
            "otp_enabled": self._faults.switches.otp_required,
            "superuser": False,
            "external_id": None,
            **_dates(person.created_at),
            "_links": links(self=here, roles=f"{here}/roles"),
        }

    def membership(self, membership: Membership) -> Document:
        person = self._state.people[membership.person_id]
        here = f"{self.auth_url}/memberships/{self.id(membership.id)}"
        role = f"{self.auth_url}/roles/{self.id(membership.role_id)}"
        return {
            "id": self.id(membership.id),
            "_type": "membership",
            "privileged": membership.privileged,
            **_dates(membership.created_at, membership.updated_at),
            "_links": links(self=here, user=self.person_url(person), role=role),
            "_embedded": {"user": self.person(person)},
        }

    def environment(self, environment: Environment, permissions: Sequence[Permission]) -> Document:
        here = f"{self.api_url}/accounts/{environment.id}"
        organization = f"{self.auth_url}/organizations/{self.id(environment.organization_id)}"
        return {
            "id": environment.id,
            "_type": "account",
            "handle": environment.handle,
            "type": environment.type,
            "activated": True,
            "organization_id": self.id(environment.organization_id),
            **_dates(environment.created_at),
            "_links": links(self=here, organization=organization, permissions=f"{here}/permissions"),
            "_embedded": {"permissions": [self.permission(item) for item in permissions]},
        }

    def permission(self, permission: Permission) -> Document:
        here = f"{self.api_url}/permissions/{permission.id}"
        account = f"{self.api_url}/accounts/{permission.environment_id}"
        role = f"{self.auth_url}/roles/{self.id(permission.role_id)}"
        return {
            "id": permission.id,
            "_type": "permission",
            "scope": permission.scope,
            "_links": links(self=here, account=account, role=role),
        }

    def resource(self, resource: Resource) -> Document:
        here = f"{self.api_url}/{resource.kind}/{resource.id}"
        account = f"{self.api_url}/accounts/{resource.environment_id}"
        kind = resource.kind.removesuffix("s")
        return {
            "id": resource.id,
            "_type": kind,
            "handle": resource.handle,
            "_links": links(self=here, account=account),
        }

    def operation(self, operation: Operation) -> Document:
        here = f"{self.api_url}/operations/{operation.id}"
        account = f"{self.api_url}/accounts/{operation.environment_id}"
        resource = self._state.resources[operation.resource_id]
        return {
            "id": operation.id,
            "_type": "operation",
            "type": operation.type,
            "status": operation.status,
            "user_email": operation.user_email,
            "user_name": operation.user_name,
            "command": operation.command,
            "interactive": operation.type == "execute",
            "cancelled": operation.cancelled,
            "automated": not operation.user_email,
            # As Aptible has it: nothing of it may be read, kept or logged.
            "env": {"DATABASE_URL": "postgresql://secret-of-the-simulator"},
            **_dates(operation.created_at, operation.updated_at),
            "_links": links(self=here, account=account, resource=f"{self.api_url}/{resource.kind}/{resource.id}"),
        }


def _dates(created_at: float, updated_at: float | None = None) -> Document:
    return {"created_at": timestamp(created_at), "updated_at": timestamp(updated_at or created_at)}


def page_of(request: Request, here: str, items: Sequence[Any], size: int) -> tuple[Sequence[Any], Document]:
    """Cut one page of `size` out of the items, with the fields and links that go around it.

    Size 0 is one page with everything, and no word about pages, as the Auth API does it.
    """
    if not size:
        return items, {"_links": links(self=here)}
    number = max(1, request.args.get("page", 1, type=int))
    last = max(1, -(-len(items) // size))
    around = {"self": number, "next": number + 1, "prev": number - 1}
    more = "&no_embed=true" if request.args.get("no_embed") == "true" else ""
    targets = {name: f"{here}?page={n}&per_page={size}{more}" for name, n in around.items() if 1 <= n <= last}
    facts = {"current_page": number, "per_page": size, "total_count": len(items), "_links": links(**targets)}
    return items[(number - 1) * size : number * size], facts

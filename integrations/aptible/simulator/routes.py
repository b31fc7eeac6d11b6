"""Every address of the two APIs, and the function that answers it."""

from collections.abc import Callable
from typing import Final

from werkzeug import Response
from werkzeug.routing import Map, Rule

from integrations.aptible.simulator import api_routes, auth_routes, membership_routes, operation_routes, token_routes

Handler = Callable[..., Response]

ADDRESSES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", "/auth", token_routes.auth_root),
    ("POST", "/auth/tokens", token_routes.create_token),
    ("DELETE", "/auth/tokens/<id>", token_routes.delete_token),
    ("GET", "/auth/current_token", token_routes.current_token),
    ("GET", "/auth/organizations", auth_routes.organizations),
    ("GET", "/auth/reauthenticate_organizations", auth_routes.reauthenticate_organizations),
    ("GET", "/auth/organizations/<id>", auth_routes.organization),
    ("GET", "/auth/organizations/<id>/users", auth_routes.organization_users),
    ("DELETE", "/auth/organizations/<id>/users/<user_id>", auth_routes.remove_from_organization),
    ("GET", "/auth/organizations/<id>/roles", auth_routes.organization_roles),
    ("GET", "/auth/organizations/<id>/roles/memberships", membership_routes.grouped_memberships),
    ("GET", "/auth/roles/<id>", auth_routes.role),
    ("GET", "/auth/roles/<id>/users", auth_routes.role_users),
    ("GET", "/auth/roles/<id>/memberships", membership_routes.role_memberships),
    ("POST", "/auth/roles/<id>/memberships", membership_routes.create_membership),
    ("GET", "/auth/users/<id>", auth_routes.user),
    ("GET", "/auth/users/<id>/roles", auth_routes.user_roles),
    ("GET", "/auth/memberships/<id>", membership_routes.membership),
    ("PATCH", "/auth/memberships/<id>", membership_routes.change_membership),
    ("PUT", "/auth/memberships/<id>", membership_routes.change_membership),
    ("DELETE", "/auth/memberships/<id>", membership_routes.delete_membership),
    ("GET", "/api", api_routes.api_root),
    ("GET", "/api/accounts", api_routes.environments),
    ("GET", "/api/accounts/<int:number>", api_routes.environment),
    ("GET", "/api/accounts/<int:number>/permissions", api_routes.environment_permissions),
    ("GET", "/api/accounts/<int:number>/operations", operation_routes.of_environment),
    ("GET", "/api/organizations/<id>/operations", operation_routes.of_organization),
    ("GET", "/api/operations/<int:number>", operation_routes.operation),
    ("PATCH", "/api/operations/<int:number>", operation_routes.change),
    ("PUT", "/api/operations/<int:number>", operation_routes.change),
    ("GET", "/api/<any(apps, databases, services):kind>/<int:number>", operation_routes.resource),
    ("GET", "/api/permissions", api_routes.permissions),
    ("GET", "/api/permissions/<int:number>", api_routes.permission),
)

MAP: Final = Map(
    [Rule(path, methods=[method], endpoint=handler) for method, path, handler in ADDRESSES],
    strict_slashes=False,
    merge_slashes=False,
)

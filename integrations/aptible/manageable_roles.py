"""Which roles a bot can change the members of: by its own roles, or as an admin of single ones."""

from collections.abc import Iterable

from integrations.aptible import payloads
from integrations.aptible.client import AptibleClient
from integrations.aptible.hal import related_id


def out_of_reach(client: AptibleClient, organization_id: str, role_ids: Iterable[str]) -> frozenset[str]:
    """Find those of the roles that exist and whose members the bot can't change. Raises ProviderError."""
    wanted, name = set(role_ids), client.username.casefold()
    roles = {one.id: one for one in map(payloads.role, client.roles(organization_id))}
    people = map(payloads.person, client.users(organization_id))
    bot = next((one.id for one in people if one.email.casefold() == name), "")
    rows = [row for row in client.all_memberships(organization_id) if related_id(row, "user") == bot]
    held = {role_id: row.get("privileged") is True for row in rows if (role_id := related_id(row, "role")) in roles}
    types = {roles[role_id].type for role_id in held}
    if "owner" in types:
        return frozenset()
    return frozenset(
        role_id
        for role_id in wanted & set(roles)
        if not held.get(role_id) and not ("platform_owner" in types and roles[role_id].type != "owner")
    )

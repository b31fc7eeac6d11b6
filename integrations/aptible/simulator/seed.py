"""What an empty simulator is filled with."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from integrations.aptible.simulator.logins import Logins
from integrations.aptible.simulator.state import State, lasting_id

Seed = Callable[[State, Logins], None]

ORGANIZATION_ID: Final = "94a49e57-d046-4d9d-9dbf-f7711e337368"
PROD_ROLE_ID: Final = "24463ef7-1d6e-402e-a365-69cb6db80c6e"
BOT: Final = "bot@example.com"
PASSWORD: Final = "simulator"  # noqa: S105 - opens nothing but the simulator on this machine

PEOPLE: Final = {
    "jon@example.com": "Jon Reyes",
    "adam@example.com": "Adam Novak",
    "rita@example.com": "Rita Moss",
    BOT: "Usher Bot",
}
# Everybody is in Everyone, so that nobody's only role is a temporary one.
ROLES: Final = {
    "Account Owners": ("owner", ["rita@example.com"]),
    "Deploy Owners": ("platform_owner", ["adam@example.com", BOT]),
    "Prod": ("platform_user", ["adam@example.com"]),
    "Staging": ("platform_user", ["jon@example.com", "rita@example.com"]),
    "Everyone": ("platform_user", list(PEOPLE)),
    "Billing SCIM": ("platform_user", ["rita@example.com"]),
}
ENVIRONMENTS: Final = {"prod": ("production", 101), "staging": ("development", 102)}
PERMISSIONS: Final = (
    ("Prod", "prod", ("deploy", "tunnel", "observability")),
    ("Staging", "staging", ("admin",)),
    ("Everyone", "staging", ("read", "observability")),
    ("Everyone", "prod", ("basic_read",)),
)


def empty() -> Seed:
    """Nothing at all."""
    return lambda state, logins: None


def announcement(password: str = PASSWORD) -> Seed:
    """A small organization: Adam is in Prod, Jon is not, and the bot may change that with its password."""
    return organization(PEOPLE, ROLES, ENVIRONMENTS, PERMISSIONS, password=password)


def organization(
    people: Mapping[str, str],
    roles: Mapping[str, tuple[str, Sequence[str]]],
    environments: Mapping[str, tuple[str, int]],
    permissions: Iterable[tuple[str, str, Sequence[str]]],
    *,
    password: str,
) -> Seed:
    """Example Health with these people (e-mail: name), roles (type and members), and what the roles open."""

    def fill(state: State, logins: Logins) -> None:
        made = state.add_organization("Example Health", id=ORGANIZATION_ID)
        for email, name in people.items():
            state.add_person(email, name)
        for name, (type_, emails) in roles.items():
            fixed_id = PROD_ROLE_ID if name == "Prod" else ""
            role = state.add_role(name, organization=made, type=type_, scim=name == "Billing SCIM", id=fixed_id)
            for email in emails:
                # As it was before a restart: else all who have a role for good would look like newly added.
                state.enter(role, state.person(email), id=lasting_id("membership", f"{name} {email}"))
        for handle, (type_, number) in environments.items():
            state.add_environment(handle, organization=made, type=type_, id=number)
        for name, handle, scopes in permissions:
            state.permit(state.role(name), state.environment(handle), *scopes)
        logins.set_password(BOT, password)

    return fill

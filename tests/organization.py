"""The announcement's organization at Aptible, as the portal knows it once it is connected."""

from access.models import (
    DirectoryEnvironment,
    DirectoryMembership,
    DirectoryPermission,
    DirectoryPerson,
    DirectoryRole,
    Integration,
    Secret,
)
from integrations.aptible.simulator import seed
from integrations.aptible.simulator.state import lasting_id
from tests.story import Story

PEOPLE = {
    "jon": ("jon@example.com", "Jon Reyes"),
    "adam": ("adam@example.com", "Adam Novak"),
    "rita": ("rita@example.com", "Rita Moss"),
}


def connected() -> Integration:
    """Connect it, and read it once."""
    names = {"aptible-bot-username": "TEST_BOT_USERNAME", "aptible-bot-password": "TEST_BOT_PASSWORD"}
    username, password = Secret.objects.bulk_create(Secret(name=n, source="env", location=v) for n, v in names.items())
    made = Integration.objects.create(
        name="main-aptible-integration",
        external_id=seed.ORGANIZATION_ID,
        username_secret=username,
        password_secret=password,
    )
    _directory(made)
    return made


def _directory(of: Integration) -> None:
    """What a sync of the announcement's organization finds, in the parts that tests look at."""
    staging = lasting_id("role", f"{seed.ORGANIZATION_ID}:Staging")
    ids = {"Prod": seed.PROD_ROLE_ID, "Staging": staging, "Account Owners": "r-owners"}
    types = {"Account Owners": "owner"}
    prod, *_others = DirectoryRole.objects.bulk_create(
        DirectoryRole(integration=of, external_id=id_, name=name, type=types.get(name, "platform_user"))
        for name, id_ in ids.items()
    )
    place = DirectoryEnvironment.objects.create(integration=of, external_id="101", name="prod")
    permissions = [DirectoryPermission(role=prod, environment=place, scope=scope) for scope in ("deploy", "tunnel")]
    DirectoryPermission.objects.bulk_create(permissions)
    DirectoryPerson.objects.bulk_create(
        DirectoryPerson(integration=of, external_id=lasting_id("person", email), email=email, name=name, verified=True)
        for email, name in PEOPLE.values()
    )
    DirectoryMembership.objects.create(role=prod, account_id=lasting_id("person", "adam@example.com"))


INTEGRATION = Story(
    connected, Secret, Integration, DirectoryRole, DirectoryEnvironment, DirectoryPermission, DirectoryPerson,
    DirectoryMembership,
)  # fmt: skip

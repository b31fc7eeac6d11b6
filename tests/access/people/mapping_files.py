"""What the tests of mapping files share."""

from access.models import DirectoryPerson, Integration, UserMapping
from tests import factories

HEADER = "integration,email,account_id,account_email"
MAIN = "main-aptible-integration"
SECOND = "second-aptible-integration"
SECOND_ORGANIZATION = "7b8f3c7e-0000-4000-8000-000000000002"


def file(*lines: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *lines, ""]).encode()


def second_integration() -> Integration:
    """Another organization at Aptible, with the same bot."""
    main = factories.integration()
    return Integration.objects.create(
        name=SECOND, external_id=SECOND_ORGANIZATION,
        username_secret=main.username_secret, password_secret=main.password_secret,
    )  # fmt: skip


def account(external_id: str, email: str, *, integration: Integration | None = None, **fields) -> DirectoryPerson:
    return DirectoryPerson.objects.create(
        integration=integration or factories.integration(), external_id=external_id, email=email, name="",
        verified=True, **fields,
    )  # fmt: skip


def current() -> dict[tuple[str, str], str]:
    """Who has which account: by the integration's name and the person's e-mail."""
    rows = UserMapping.objects.select_related("user", "integration")
    return {(row.integration.name, row.user.email): row.account_id for row in rows}


def everything():
    return list(UserMapping.objects.order_by("pk").values())

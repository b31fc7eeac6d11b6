"""The people, the integration and the flow of the announcement. Written once; found again at the next start."""

from datetime import datetime
from typing import Final

from django.db import connection, transaction

from access.config import plain_policy, record_changes
from access.core.states import GrantState
from access.demo.aptible import SimulatedAptible
from access.demo.errors import DemoFailed
from access.demo.rows import made
from access.directory import connect, secrets, sync
from access.models import DirectoryRole, Flow, Grant, Integration, Secret, Strategy, Target, User
from integrations.aptible.simulator import seed as announced
from integrations.base import ProviderError
from integrations.slack.simulator import simulator as slack

JON: Final = "jon@example.com"
ADAM: Final = "adam@example.com"
RITA: Final = "rita@example.com"
OLGA: Final = "olga@example.com"
MIA: Final = "mia@example.com"
SARA: Final = "sara@example.com"
KEN: Final = "ken@example.com"
AVERY: Final = "avery@example.com"
PEOPLE: Final = {
    JON: "Jon Reyes", ADAM: "Adam Novak", RITA: "Rita Moss", OLGA: "Olga Brandt", MIA: "Mia Torres",
    SARA: "Sara Lind", KEN: "Ken Osei", AVERY: "Avery Cole",
}  # fmt: skip
INTEGRATION: Final = "main-aptible-integration"
STRATEGY: Final = "main-aptible-strategy"
FLOW: Final = "production-access"
ROLES: Final = {"prod": "Prod", "staging": "Staging"}  # target -> role
MINUTE: Final = 60
HOUR: Final = 60 * MINUTE


def refuse_a_real_database() -> None:
    """Raise DemoFailed when there are people here whom the demo does not know: it would let anybody in as them.

    It reads only what every release has, since the database may be of another one, or of another product.
    """
    tables = connection.introspection.table_names()
    if not tables:
        return
    if User._meta.db_table not in tables:
        raise DemoFailed("This database has tables that are not Usher's: unset DATABASE_URL or DATA_DIR.", code=2)
    if User.objects.exclude(email__in=PEOPLE).exists():
        raise DemoFailed("This database has people who are not the demo's: unset DATABASE_URL or DATA_DIR.", code=2)


def seed(*, durations: list[int], now: datetime) -> None:
    """Write what is missing, and read the organization. Raises DemoFailed when it can't be read."""
    olga = _people()
    integration = _integration(by=olga, now=now)
    try:
        provider = connect.provider_for(integration, now=now)
        sync.sync(integration=integration, provider=provider, actor=olga, now=now)
    except ProviderError as error:
        raise DemoFailed(f"The simulated Aptible could not be read. {error.summary}") from error
    _flow(integration, durations, by=olga, now=now)


def remind(aptible: SimulatedAptible) -> None:
    """Put those back who hold a role from the last time: the simulator forgets, the database does not."""
    held = Grant.objects.filter(state__in=(GrantState.ACTIVE, GrantState.REVOKING), standing=False)
    names = dict(DirectoryRole.objects.values_list("external_id", "name"))
    for grant in held.select_related("person"):
        aptible.enter(names[grant.role_id], grant.person.email)


@transaction.atomic
def _people() -> User:
    for email, name in PEOPLE.items():
        if not User.objects.filter(email=email).exists():
            make = User.objects.create_superuser if email == OLGA else User.objects.create_user
            make(email, name=name, is_auditor=email == AVERY)
    return User.objects.get(email=OLGA)


@transaction.atomic
def _integration(*, by: User, now: datetime) -> Integration:
    username = _secret("aptible-bot-username", announced.BOT, by=by, now=now)
    secret = _secret("aptible-bot-password", announced.PASSWORD, by=by, now=now)
    return made(
        Integration, INTEGRATION, by=by, now=now, external_id=announced.ORGANIZATION_ID,
        username_secret=username, password_secret=secret,
    )  # fmt: skip


def _secret(name: str, value: str, *, by: User, now: datetime) -> Secret:
    found = Secret.objects.filter(name=name).first()
    if found:
        return found
    secret = Secret(name=name, source=Secret.Source.STORED)
    secrets.set_source(secret, sealed=secrets.seal(value), now=now)
    secret.save()
    record_changes.record_added(secret, by=by, now=now)
    return secret


@transaction.atomic
def _flow(integration: Integration, durations: list[int], *, by: User, now: datetime) -> None:
    strategy = made(Strategy, STRATEGY, by=by, now=now, integration=integration)
    for name, role in ROLES.items():
        role_id = DirectoryRole.objects.get(integration=integration, name=role, gone_at=None).external_id
        target = made(Target, name, by=by, now=now, label=role, integration=integration, role_id=role_id)
        strategy.targets.add(target)
    flow = made(
        Flow, FLOW, by=by, now=now, label="Production access", strategy=strategy,
        description="For fixing what cannot wait, with a ticket that says what.",
        allowed_durations=durations, default_duration=HOUR, free_extension=30 * MINUTE,
        reason_example="to fix Ticket 123",
    )  # fmt: skip
    if not flow.announcements.exists():
        flow.announcements.create(channel=slack.CHANNEL)
    if not flow.stages.exists():
        plain_policy.put(flow, User.objects.filter(email__in=(ADAM, RITA)))

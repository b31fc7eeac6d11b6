"""Guards that hold for every test, and the people and rows of the announcement's story."""

import gc
import ipaddress
import os
import socket
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from typing import Any

import hypothesis
import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from pytest_django.live_server_helper import LiveServer

from access.apps import UID
from access.audit import append_only
from access.core import prepared
from access.evidence.pack import printed
from access.grants import other_roles
from integrations import registry
from integrations.aptible import login
from integrations.aptible.simulator import Simulator, seed
from integrations.simulated import server
from integrations.slack.simulator import SlackSimulator
from tests import committed_rows, factories, file_for_threads, kept_database, programs
from tests.in_turn import InTurn

# How quick a machine is decides about no test: no deadline, and no complaint when examples take long to make.
# Everybody tries the same examples, so that a change is judged by itself; with RANDOM=1 others, to look for more.
hypothesis.settings.register_profile(
    "usher", deadline=None, suppress_health_check=list(hypothesis.HealthCheck), print_blob=True,
    derandomize=not os.environ.get("RANDOM"),
)  # fmt: skip
hypothesis.settings.load_profile("usher")

_connect = socket.socket.connect


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--with-database", action="store_true", help="leave out what is the same on any database")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for text in programs.missed(terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(text, yellow=True, bold=True)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Whatever is there once the tests are known stays for good: nobody needs to look through it again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 10, 10)
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--with-database"):
        others = {item for item in items if not _opens_a_database(item) or item.get_closest_marker("any_database")}
        config.hook.pytest_deselected(items=list(others))
        items[:] = [item for item in items if item not in others]


def _opens_a_database(item: pytest.Item) -> bool:
    named = {"db", "a_database_of_its_own"} & set(getattr(item, "fixturenames", ()))
    # Tests of faults start processes that do.
    return bool(named or any(map(item.get_closest_marker, ("django_db", "races"))) or "faults" in item.path.parts)


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: whoever has a line of the tests with faults waits most of the time."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> InTurn:
    return InTurn(config, log)


def _loopback_only(self: socket.socket, address) -> None:
    """Let tests reach this machine and nothing else."""
    if self.family in (socket.AF_INET, socket.AF_INET6):
        host = "127.0.0.1" if address[0] == "localhost" else address[0]
        if not ipaddress.ip_address(host).is_loopback:
            raise OSError(f"A test tried to reach {address[0]}.")
    _connect(self, address)


def _in_reverse(connection: Any, **_kwargs: Any) -> None:
    """What no query orders comes backwards from SQLite, and mostly forwards from PostgreSQL: no test may rely on it."""
    if connection.vendor == "sqlite":
        connection.connection.execute("PRAGMA reverse_unordered_selects = ON").close()


connection_created.connect(_in_reverse)


@pytest.fixture(autouse=True, scope="session")
def only_this_machine() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _loopback_only)
        patch.setattr(server, "POLL_SECONDS", 0.005)  # closed a thousand times, each time within so long
        patch.setattr(prepared, "CHECKED", {})
        yield


@pytest.fixture(autouse=True)
def plain_settings(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test needs to be quick and alone: a cheap password hash, no built static files, keys of its own."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.WHITENOISE_AUTOREFRESH = True
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    settings.AUDIT_KEYS = [factories.AUDIT_KEY]
    monkeypatch.setenv("TEST_BOT_USERNAME", seed.BOT)
    monkeypatch.setenv("TEST_BOT_PASSWORD", seed.PASSWORD)
    monkeypatch.setattr(login, "_slots", {})
    monkeypatch.setattr(other_roles, "_read", {})
    cache.clear()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, django_db_blocker) -> Iterator[bool]:
    """Begin with the database that the run before has migrated; tell whether there was one."""
    with django_db_blocker.unblock(), kept_database.filled() as was_kept:
        yield was_kept


@pytest.fixture(scope="session")
def django_db_setup(django_db_modify_db_settings, django_db_setup, django_db_blocker) -> None:
    """Tests that commit are cleaned up by emptying the tables, which the log's triggers would refuse."""
    # Emptying the tables counts as a migration, after which they would be back.
    post_migrate.disconnect(sender=apps.get_app_config("access"), dispatch_uid=UID)
    with django_db_blocker.unblock():
        if not django_db_modify_db_settings:
            kept_database.keep()
        append_only.remove(connection)
        committed_rows.restore_after_each()


@pytest.fixture(scope="module")
def live_server(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[LiveServer]:
    """The portal on a port of this machine, for the tests of a file. It starts before the settings of a test hold, and
    takes static files as they are.
    """
    file = tmp_path_factory.mktemp("served") / "usher.sqlite3"
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), file_for_threads.used(file):
        patch.setattr(django_settings, "WHITENOISE_AUTOREFRESH", True, raising=False)
        server = LiveServer("localhost")
        yield server
        server.stop()


@pytest.fixture(autouse=True)
def postgresql_for_races(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("races") and connection.vendor != "postgresql":
        pytest.skip("Races need PostgreSQL: run the suite with DATABASE_URL set.")


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


@pytest.fixture
def jon(db):
    """Asks."""
    return factories.person("jon")


@pytest.fixture
def adam(db):
    """Approves."""
    return factories.person("adam")


@pytest.fixture
def rita(db):
    """Is somebody else."""
    return factories.person("rita")


@pytest.fixture
def olga(db):
    """Sets everything up."""
    return factories.admin()


@pytest.fixture
def integration(db):
    return factories.integration()


@pytest.fixture
def target(db):
    return factories.target()


@pytest.fixture
def flow(db):
    return factories.flow()


@pytest.fixture
def without_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of what else is in a pack: to lay its page out takes longer than all of it. Other tests do."""
    monkeypatch.setattr(printed, "MOST_IN_PDF", 0)


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[Simulator]:
    with Simulator().start() as simulator:
        yield simulator


@pytest.fixture
def aptible(running_simulator: Simulator, settings) -> Simulator:
    """An Aptible on this machine, fresh for each test."""
    running_simulator.reset()
    settings.APTIBLE_AUTH_ROOT_URL = running_simulator.auth_url
    settings.APTIBLE_API_ROOT_URL = running_simulator.api_url
    return running_simulator


@pytest.fixture
def provider(aptible: Simulator):
    return registry.build(
        "aptible",
        organization_id=seed.ORGANIZATION_ID,
        username=seed.BOT,
        password=seed.PASSWORD,
        auth_url=aptible.auth_url,
        api_url=aptible.api_url,
    )


@pytest.fixture(scope="session")
def running_slack() -> Iterator[SlackSimulator]:
    with SlackSimulator().start() as simulator:
        yield simulator


@pytest.fixture
def slack_workspace(running_slack: SlackSimulator, settings) -> SlackSimulator:
    """A Slack workspace on this machine that the portal knows from its environment, fresh for each test."""
    running_slack.reset()
    settings.SLACK_API_URL = running_slack.api_url
    settings.SLACK_TEAM_ID = running_slack.team
    settings.SLACK_BOT_TOKEN = running_slack.token
    settings.SLACK_SIGNING_SECRET = running_slack.secret
    return running_slack

"""The real worker against the real simulator over HTTP, on a database of its own."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import F
from django.utils import timezone
from django.utils.text import slugify

from access.core.states import GrantState
from access.models import Grant, Integration, Target, User, Worker
from access.requests import decide
from integrations.aptible.simulator import Simulator, seed
from integrations.aptible.simulator.state import lasting_id
from tests import factories, scratch_database
from tests.worker_process import WorkerProcess, until

ENVIRONMENT = {"WATCHDOG_TIMEOUT": "6", "DEBUG": "", "DEMO": ""}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "faults" in item.path.parts:
            item.add_marker(pytest.mark.faults)


class Stage:
    """A database, a simulator, and the workers that a test starts."""

    def __init__(self, environment: dict[str, str], aptible: Simulator, directory: Path) -> None:
        self.aptible = aptible
        self._directory = directory
        self.environment = {
            **ENVIRONMENT,
            **environment,
            "APTIBLE_AUTH_ROOT_URL": aptible.auth_url,
            "APTIBLE_API_ROOT_URL": aptible.api_url,
        }
        self._workers: list[WorkerProcess] = []

    def worker(self, root: Path = settings.BASE_DIR) -> WorkerProcess:
        """Start a worker, of this code or another's, and wait until its job cluster shows a sign of life."""
        worker = self.start(root)
        self.until_at_work(worker)
        return worker

    def until_at_work(self, *workers: WorkerProcess) -> None:
        for worker in workers:
            rows = Worker.objects.filter(pid=worker.process.pid, jobs_beat_at__gt=F("started_at"))
            until(rows.exists, what="the worker's cluster shows a sign of life")

    def start(self, root: Path = settings.BASE_DIR) -> WorkerProcess:
        """Start a worker, and do not wait for it."""
        log = self._directory / f"worker-{len(self._workers)}.log"
        self._workers.append(WorkerProcess(self.environment, log=log, root=root))
        return self._workers[-1]

    def kill_everything(self) -> None:
        for worker in self._workers:
            worker.kill()

    def logs(self) -> str:
        return "".join(worker.log for worker in self._workers)

    def seen(self) -> str:
        """What was there at the end, for whoever reads why a test failed."""
        grants = [f"{row}\n" for row in Grant.objects.values()]
        targets = [f"{row}\n" for row in Target.objects.values("name", "leased_by", "leased_until", "pass_seconds")]
        calls = [f"{call}\n" for call in (*self.aptible.calls[-60:], *self.aptible.changes)]
        return f"{timezone.now()}\n{''.join((*grants, *targets, *calls))}"

    def target(self, name: str) -> Target:
        """Make a role at Aptible, and the target for it."""
        self.aptible.add_role(name, seed.ORGANIZATION_ID)
        role_id = lasting_id("role", f"{seed.ORGANIZATION_ID}:{name}")
        return factories.target(slugify(name), name, role_id)

    def grant(self, person: User, *, seconds: int = 2, target: Target | None = None) -> Grant:
        """Ask and approve: from now on, the grant is due."""
        target = target or factories.target()
        flow = factories.flow()
        factories.strategy().targets.add(target)
        request = factories.request_at(
            now=timezone.now(), requester=person, seconds=seconds, in_flow=flow, for_target=target
        )
        decide.approve(request=request, by=factories.person("adam"), comment="", now=timezone.now())
        return Grant.objects.get(requests=request)

    def wait(self, grant: Grant, state: GrantState) -> Grant:
        until(lambda: grant.refreshed().state == state, what=f"{grant} is {state}")
        return grant.refreshed()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, django_db_blocker) -> Iterator[str]:
    with django_db_blocker.unblock(), scratch_database.template(tmp_path_factory.mktemp("template")) as name:
        yield name


@pytest.fixture
def stage(template: str, tmp_path: Path, aptible: Simulator, django_db_blocker) -> Iterator[Stage]:
    with django_db_blocker.unblock(), scratch_database.copy(template, tmp_path) as environment:
        stage = Stage(environment, aptible, tmp_path)
        factories.flow(allowed_durations=[1, 2, 60, 3600])
        # The directory is what the factories say, and no sync comes in between.
        Integration.objects.update(due_at=timezone.now() + timedelta(hours=1))
        try:
            yield stage
        finally:
            stage.kill_everything()
            aptible.clear_faults()
            sys.stderr.write(stage.logs() + stage.seen())


@pytest.fixture
def jon(stage: Stage) -> User:
    return factories.person("jon")

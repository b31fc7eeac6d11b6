"""Access on hundreds of roles ends at one instant, by real workers: `python -m bench.workers_at_once --workers 3`.

Aptible is the simulator in a process of its own, every call of which takes some time more. Beside it stands what has
to be done in any case, measured on the same machine right afterwards: as many calls, by as many at once as the workers
have job processes, and nothing else. What counts is the ratio, since other work makes both slower.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import django
import requests

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.conf import settings  # noqa: E402  needs the settings
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from access.core.states import GrantState  # noqa: E402
from access.models import Grant, Integration, User, Worker  # noqa: E402
from integrations import registry  # noqa: E402
from integrations.aptible.simulator import seed  # noqa: E402
from integrations.aptible.simulator.state import lasting_id  # noqa: E402
from integrations.base import AccessProvider  # noqa: E402
from tests import factories, scratch_database  # noqa: E402
from tests.web_process import free_port  # noqa: E402
from tests.worker_process import WorkerProcess, until  # noqa: E402

PLACES: Final = 4  # job processes of a worker
SOON: Final = timedelta(seconds=5)


class Aptible:
    """The simulator as a process of its own."""

    def __init__(self) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "manage.py", "aptible_simulator", "--port", str(port)]
        self._process = subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL)  # noqa: S603
        self._session = requests.Session()
        until(self._answers, what="the simulator answers")

    def tell(self, action: str, **values: Any) -> None:
        self._session.post(f"{self.url}/_simulator/{action}", json=values, timeout=30).raise_for_status()

    @property
    def calls(self) -> Counter[str]:
        state = self._session.get(f"{self.url}/_simulator/state", timeout=60).json()
        return Counter(state["calls"])

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def _answers(self) -> bool:
        try:
            return self._session.get(f"{self.url}/_simulator/faults", timeout=5).ok
        except requests.ConnectionError:
            return False


def _provider(url: str) -> AccessProvider:
    return registry.build(
        "aptible", organization_id=seed.ORGANIZATION_ID, username=seed.BOT, password=seed.PASSWORD,
        auth_url=f"{url}/auth", api_url=f"{url}/api",
    )  # fmt: skip


def main() -> bool:
    """Measure and print. Returns whether everything has ended, by few enough calls."""
    options = _options()
    os.environ |= {"TEST_BOT_USERNAME": seed.BOT, "TEST_BOT_PASSWORD": seed.PASSWORD, "WORKERS": str(PLACES)}
    with tempfile.TemporaryDirectory() as folder, _stage(Path(folder), options) as (aptible, workers):
        held = _fill(aptible, options.roles, options.ends)
        aptible.tell("faults", rules=[{"kind": "delay", "ms": options.ms}])
        return _measure(aptible, workers, held, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.workers_at_once", description=__doc__)
    parser.add_argument("--roles", type=int, default=200, help="roles on which access ends (200)")
    parser.add_argument("--ends", type=int, default=2, help="people whose access ends on each (2)")
    parser.add_argument("--workers", type=int, default=1, help=f"workers, with {PLACES} job processes each (1)")
    parser.add_argument("--ms", type=int, default=50, help="milliseconds that each call takes more (50)")
    return parser.parse_args()


@contextmanager
def _stage(folder: Path, options: argparse.Namespace) -> Iterator[tuple[Aptible, list[WorkerProcess]]]:
    """A database, an Aptible and running workers that have nothing else to do."""
    aptible, workers = Aptible(), list[WorkerProcess]()
    try:
        with scratch_database.database(folder) as environment:
            later = timezone.now() + timedelta(days=1)
            factories.flow()
            Integration.objects.update(synced_at=timezone.now(), due_at=later, canary_due_at=later)
            urls = {"APTIBLE_AUTH_ROOT_URL": f"{aptible.url}/auth", "APTIBLE_API_ROOT_URL": f"{aptible.url}/api"}
            try:
                for number in range(options.workers):
                    workers.append(WorkerProcess(environment | urls, log=folder / f"worker-{number}.log"))
                running = Worker.objects.filter(jobs_beat_at__isnull=False)
                until(lambda: running.count() == options.workers, what="the workers are there")
                yield aptible, workers
            finally:
                for one in workers:
                    one.kill()
    finally:
        aptible.stop()


def _fill(aptible: Aptible, roles: int, ends: int) -> list[Grant]:
    """On each role some people whose access is active, and who are in another role of their own."""
    since, made = timezone.now() - timedelta(hours=1), list[Grant]()
    provider = _provider(aptible.url)
    for number in range(roles):
        name = f"role {number}"
        aptible.tell("add_role", name=name, organization=seed.ORGANIZATION_ID)
        target = factories.target(f"role-{number}", name, lasting_id("role", f"{seed.ORGANIZATION_ID}:{name}"))
        people = [User(email=f"p{number}-{one}@example.com", name=f"P {number} {one}") for one in range(ends)]
        for person in User.objects.bulk_create(people):
            aptible.tell("add_person", email=person.email, name=person.name, roles=[name, "Everyone"])
        ids = {one.account_id: one.id for one in provider.members(target.role_id)}
        for person in people:
            account = lasting_id("person", person.email)
            made.append(_grant(len(made), person, target, account, ids[account], since))
    return Grant.objects.bulk_create(made)


def _grant(number: int, person: User, target: Any, account: str, membership: str, since: datetime) -> Grant:
    ends_at = since + timedelta(days=1)
    return Grant(
        ref=f"G-{number:05}", person=person, target=target, role_id=target.role_id, account_id=account,
        state=GrantState.ACTIVE, seconds=86_400, created_at=since, starts_at=since, asked_at=since,
        confirmed_at=since, ends_at=ends_at, due_at=ends_at, start_evidence={"memberships_after": [membership]},
    )  # fmt: skip


def _measure(aptible: Aptible, workers: list[WorkerProcess], held: list[Grant], options: argparse.Namespace) -> bool:
    needed = 2 * options.roles + len(held)
    before, began = aptible.calls, _processor(workers)
    due = timezone.now() + SOON
    Grant.objects.update(ends_at=due, due_at=due)
    ended = Grant.objects.filter(state=GrantState.ENDED)
    until(lambda: ended.count() == len(held), what="all have ended", within=600)
    late = sorted((at - due).total_seconds() for at in ended.values_list("ended_at", flat=True) if at)
    calls = aptible.calls - before
    spent, waited = (now - then for now, then in zip(_processor(workers), began, strict=True))
    alone = _calls_alone(aptible, held, needed, at_once=PLACES * options.workers)
    made: int = calls.total()
    lines = [
        f"{len(held)} ends on {options.roles} roles at one instant, {options.workers} workers of {PLACES} processes,"
        f" {connection.vendor}, an Aptible of {options.ms} ms a call",
        f"  calls {made}, those that have to be {needed}: {made / needed:.2f} times",
        f"  the last is out after {late[-1]:.1f} s, the median after {statistics.median(late):.1f} s;"
        f" those calls alone took {alone:.1f} s: {late[-1] / alone:.2f} times",
        f"  the processor for each end: {1000 * spent / len(held):.0f} ms",
        f"  of the workers' time: in calls {made * options.ms / 1000:.0f} s, at work {spent:.0f} s, and"
        f" {waited:.0f} s in which others had the processor; load {os.getloadavg()[0]:.0f}",
        *(f"  {count:6} {route}" for route, count in calls.most_common(6)),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return bool(made <= 1.2 * needed)


def _calls_alone(aptible: Aptible, held: list[Grant], needed: int, *, at_once: int) -> float:
    """How long as many calls take that do nothing but list a role, in seconds."""
    roles = list(islice(cycle({one.role_id for one in held}), needed))
    parts = [roles[place::at_once] for place in range(at_once)]
    connection.close()  # which no process may share
    began = time.monotonic()
    with ProcessPoolExecutor(at_once, mp_context=get_context("fork")) as processes:
        list(processes.map(_list, cycle([aptible.url]), parts))
    return time.monotonic() - began


def _list(url: str, roles: list[str]) -> None:
    provider = _provider(url)
    for role in roles:
        provider.members(role)


def _processor(workers: list[WorkerProcess]) -> tuple[float, float]:
    """How long the processes of the workers had the processor so far, and how long they waited for it; in seconds."""
    tasks = [path for one in workers for pid in one.pids() for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    rows = [path.read_text().split() for path in tasks]
    return sum(int(row[0]) for row in rows) / 1e9, sum(int(row[1]) for row in rows) / 1e9


if __name__ == "__main__":
    sys.exit(0 if main() else 1)

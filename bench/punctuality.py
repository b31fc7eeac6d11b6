"""How punctual the real worker is against the simulator: from approval to confirmed, and from due to gone.

On an idle machine the aim is 1 s in the median and 2 s at p99. The work happens on a database of its own,
which is a file, or on the server that DATABASE_URL names.
"""

import argparse
import json
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.utils import timezone

from access.core.states import GrantState
from access.models import Grant, Integration, Strategy, Target, User
from access.requests import decide
from integrations.aptible.simulator import Simulator, seed
from integrations.aptible.simulator.state import lasting_id
from tests import factories, scratch_database
from tests.worker_process import WorkerProcess, until

MEDIAN_AIM, P99_AIM = 1.0, 2.0  # seconds
ROLES: Final = 4
BETWEEN: Final = 0.37  # seconds between two approvals; no multiple of any interval of the worker
HELD: Final = 5  # seconds that each grant lasts
ENOUGH: Final = 120.0  # seconds for everything to end


@dataclass(frozen=True)
class Delay:
    """One kind of delay, over all grants, in seconds."""

    name: str
    values: tuple[float, ...]

    def summary(self) -> dict[str, Any]:
        ordered = sorted(self.values)
        return {
            "name": self.name,
            "n": len(ordered),
            "median": round(statistics.median(ordered), 3),
            "p99": round(ordered[math.ceil(0.99 * len(ordered)) - 1], 3),
            "max": round(ordered[-1], 3),
        }


def main() -> bool:
    """Measure, print a table, and keep the figures beside this file. Returns whether the aim was met."""
    options = _options()
    with tempfile.TemporaryDirectory() as directory, _stage(Path(directory)) as simulator:
        spread = _measure(simulator, options.grants, between=BETWEEN, kind="one by one")
        burst = _measure(simulator, options.grants, between=0.0, kind="all at once")
    rows = [delay.summary() for delay in (*spread, *burst)]
    held = all(row["median"] <= MEDIAN_AIM and row["p99"] <= P99_AIM for row in rows[: len(spread)])
    _print(rows)
    _keep(rows, held=held)
    return held


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--grants", type=int, default=40, help="how many grants in each round (40)")
    return parser.parse_args()


@contextmanager
def _stage(directory: Path) -> Iterator[Simulator]:
    """A database, a simulator and a running worker."""
    # The integration's secrets name these variables.
    os.environ |= {"TEST_BOT_USERNAME": seed.BOT, "TEST_BOT_PASSWORD": seed.PASSWORD}
    with scratch_database.database(directory) as environment, Simulator().start() as simulator:
        urls = {"APTIBLE_AUTH_ROOT_URL": simulator.auth_url, "APTIBLE_API_ROOT_URL": simulator.api_url}
        worker = WorkerProcess(environment | urls, log=directory / "worker.log")
        try:
            factories.flow(allowed_durations=[HELD])
            until(lambda: Integration.objects.exclude(synced_at=None).exists(), within=30, what="the first sync")
            yield simulator
        finally:
            worker.stop()


def _measure(simulator: Simulator, number: int, *, between: float, kind: str) -> list[Delay]:
    targets = [_target(simulator, f"{kind} {role}") for role in range(ROLES)]
    people = [_person(simulator, f"{kind.replace(' ', '-')}-{one}") for one in range(number)]
    asked = [_ask(person, targets[place % ROLES]) for place, person in enumerate(people)]
    approved: dict[int, datetime] = {}
    for request in asked:
        approved[request.pk] = timezone.now()
        decide.approve(request=request, by=factories.person("adam"), comment="", now=approved[request.pk])
        time.sleep(between)
    ended = Grant.objects.filter(requests__in=asked, state=GrantState.ENDED)
    until(lambda: ended.count() == number, within=ENOUGH, what="every grant has ended")
    return _delays(ended, approved, simulator, kind)


def _target(simulator: Simulator, name: str) -> Target:
    simulator.add_role(name, seed.ORGANIZATION_ID)
    made = factories.target(name.replace(" ", "-"), name, lasting_id("role", f"{seed.ORGANIZATION_ID}:{name}"))
    made.strategies.add(*Strategy.objects.filter(flows=factories.flow()))
    return made


def _person(simulator: Simulator, name: str) -> User:
    person = factories.person(name)
    simulator.add_person(person.email, person.name, ["Everyone"])
    return person


def _ask(person: User, target: Target) -> Any:
    return factories.request_at(now=timezone.now(), requester=person, seconds=HELD, for_target=target)


def _delays(ended: Any, approved: dict[int, datetime], simulator: Simulator, kind: str) -> list[Delay]:
    """By our own read-backs, and by the simulator's own log of who entered and left."""
    seen = {
        (change["what"], change["email"]): datetime.fromtimestamp(change["at"], tz=UTC) for change in simulator.changes
    }
    rows: dict[str, list[float]] = {}
    for grant in ended.select_related("person").prefetch_related("requests"):
        start, email = approved[grant.requests.get().pk], grant.person.email
        for name, since, at in (
            ("approved -> in the role at Aptible", start, seen["entered", email]),
            ("approved -> confirmed active", start, grant.confirmed_at),
            ("due -> out of the role at Aptible", grant.ends_at, seen["left", email]),
            ("due -> confirmed ended", grant.ends_at, grant.ended_at),
        ):
            rows.setdefault(f"{kind}: {name}", []).append((at - since).total_seconds())
    return [Delay(name, tuple(values)) for name, values in rows.items()]


def _print(rows: Sequence[dict[str, Any]]) -> None:
    out = [f"Punctuality on {connection.vendor}, in seconds (aim: median {MEDIAN_AIM}, p99 {P99_AIM})", ""]
    width = max(len(row["name"]) for row in rows)
    out.append(f"{'':<{width}}  {'n':>4} {'median':>8} {'p99':>8} {'max':>8}")
    out += [
        f"{row['name']:<{width}}  {row['n']:>4} {row['median']:>8.3f} {row['p99']:>8.3f} {row['max']:>8.3f}"
        for row in rows
    ]
    sys.stdout.write("\n".join(out) + "\n")


def _keep(rows: Sequence[dict[str, Any]], *, held: bool) -> None:
    path = settings.BASE_DIR / "bench" / f"punctuality-{connection.vendor}.json"
    kept = {"database": connection.vendor, "at": timezone.now().isoformat(), "held": held, "delays": rows}
    path.write_text(json.dumps(kept, indent=2) + "\n")
    sys.stdout.write(f"\nKept in {path.relative_to(settings.BASE_DIR)}.\n")

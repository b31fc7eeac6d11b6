"""How long a plan of many files takes, beside reading the same files with the library alone."""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import hcl2
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.config.declared import plan
from integrations.aptible.simulator import seed
from integrations.terraform import configuration
from tests import factories, scratch_database
from tests.access.config import files

TARGETS, FLOWS = 1000, 200
AIM: Final = 5.0  # seconds for a plan of that many


def main() -> bool:
    """Measure, print a table, and keep the figures beside this file. Returns whether the aim was met."""
    with tempfile.TemporaryDirectory() as directory, scratch_database.database(Path(directory)):
        factories.person("adam")
        factories.person("jon")
        rows = _measure(Path(directory))
    held = all(row["seconds"] <= AIM for row in rows if row["name"].startswith("plan"))
    _tell(rows, held=held)
    return held


def _measure(folder: Path) -> list[dict[str, Any]]:
    text = _text()
    read = files.read(folder, text)
    now = timezone.now()
    return [
        _timed("the library alone reads the files", lambda: hcl2.parses_to_tree(text)),
        _timed("plan of an empty set-up", lambda: plan.plan(files.read(folder, text), adopt=False, now=now)),
        _timed("apply", lambda: plan.apply(read, adopt=False, actor="bench", now=now)),
        _timed("plan with nothing to do", lambda: plan.plan(files.read(folder, text), adopt=False, now=now)),
        _timed("reading alone", lambda: configuration.read(folder, {})),
    ]


def _timed(name: str, work: Callable[[], object]) -> dict[str, Any]:
    with CaptureQueriesContext(connection) as queries:
        began = time.perf_counter()
        work()
        seconds = time.perf_counter() - began
    return {"name": name, "seconds": round(seconds, 3), "queries": len(queries)}


def _text() -> str:
    """So many targets, in one strategy, and flows."""
    ids = ", ".join(f"sym_target.t{number}.id" for number in range(TARGETS))
    foundation, target = files.FOUNDATION.split('resource "sym_target"')
    parts = [foundation.replace("[sym_target.prod.id]", f"[{ids}]")]
    for number in range(TARGETS):
        made = ('resource "sym_target"' + target).replace('"prod"', f'"t{number}"')
        parts.append(made.replace(seed.PROD_ROLE_ID.upper(), f"role-{number}"))
    for number in range(FLOWS):
        parts.append(files.FLOW.replace('"prod"', f'"f{number}"').replace("production-access", f"flow-{number}"))
    return "\n".join(parts)


def _tell(rows: list[dict[str, Any]], *, held: bool) -> None:
    out = [f"{TARGETS} targets and {FLOWS} flows on {connection.vendor} (aim: a plan in {AIM} s)", ""]
    out += [f"{row['name']:<34} {row['seconds']:>8.3f} s {row['queries']:>6} queries" for row in rows]
    path = settings.BASE_DIR / "bench" / f"plans-{connection.vendor}.json"
    kept = {"database": connection.vendor, "at": timezone.now().isoformat(), "held": held, "rows": rows}
    path.write_text(json.dumps(kept, indent=2) + "\n")
    sys.stdout.write("\n".join([*out, "", f"Kept in {path.relative_to(settings.BASE_DIR)}."]) + "\n")

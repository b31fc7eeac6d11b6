"""How much of the database a look touches, however fast the machine is."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection

STEP = 10  # of SQLite's instructions


def buffers(asked: Iterable[str]) -> int:
    """Pages of PostgreSQL that these statements touch, each asked once more; 0 on SQLite, which does not tell."""
    if connection.vendor != "postgresql":
        return 0
    return sum(_of_one(one) for one in asked if one.lstrip(" \n(").startswith(("SELECT", "WITH")))


def _of_one(asked: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {asked.replace('%', '%%')}")
        [(plans,)] = cursor.fetchall()
    plan = (json.loads(plans) if isinstance(plans, str) else plans)[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def instructions(act: Callable[[], Any]) -> int:
    """So many of SQLite's instructions it takes, to the nearest ten: more with each row that is read. Elsewhere 0."""
    if connection.vendor != "sqlite":
        act()
        return 0
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += STEP
        return 0

    connection.ensure_connection()
    connection.connection.set_progress_handler(count, STEP)
    try:
        act()
    finally:
        connection.connection.set_progress_handler(None, STEP)
    return counted

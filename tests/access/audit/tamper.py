"""What somebody does who owns the database: rows changed behind the models' back, and the chain computed anew."""

from typing import Any

from django.db import connection

from access.audit import digest
from access.models import AuditEvent, AuditHead

ASIDE = 10**9  # numbers that are free while others are given


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def bend(number: int, **changes: Any) -> None:
    columns = ", ".join(f"{name} = %s" for name in changes)
    sql(f"UPDATE access_auditevent SET {columns} WHERE seq = %s", *changes.values(), number)  # noqa: S608


def compute_anew() -> None:
    """Give every event the hash that its facts call for, as they are now, and the head the last one."""
    seq, previous = 0, ""
    for event in AuditEvent.objects.filter(seq__isnull=False).order_by("seq"):
        seq, number = seq + 1, event.number
        hash_ = digest.hash_of(event.format, seq, previous, digest.facts_of(event))
        bend(number, seq=ASIDE + seq, previous=previous, hash=hash_)
        previous = hash_
    sql("UPDATE access_auditevent SET seq = seq - %s WHERE seq > %s", ASIDE, ASIDE)
    AuditHead.objects.update(seq=seq, hash=previous)

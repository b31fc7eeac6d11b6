"""Calls of the API: how many a token may make, and the same answer for one that comes twice.

Both are rows, because every web process on every machine has to count the same calls and know the same keys.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from access.core.errors import Conflict
from access.models import KeptAnswer, Scope, Token

WINDOW: Final = timedelta(minutes=1)
READS: Final = 300  # in a window
WRITES: Final = 60
PROVISIONED: Final = 1800  # either; directories send their people one by one
KEPT: Final = timedelta(days=1)
# A call that has not answered for so long was cut off; whether it did its work is asked by doing it again.
GIVEN_UP: Final = timedelta(minutes=2)
# Each call asks one of them, so they are written out by hand.
_BEGIN: Final = """
UPDATE access_token SET last_used_at = %s, reads = %s, writes = %s
WHERE id = %s AND (last_used_at IS NULL OR last_used_at < %s)
"""
_COUNT: Final = "UPDATE access_token SET {0} = {0} + 1 WHERE id = %s AND {0} < %s"


@dataclass(frozen=True)
class Allowance:
    limit: int
    left: int
    resets_in: int  # seconds
    admitted: bool


def count(token: Token, *, writes: bool, now: datetime) -> Allowance:
    """Count one call of this token in the minute of `now`, unless that has had as many as it may have."""
    name, limit = ("writes", WRITES) if writes else ("reads", READS)
    limit = PROVISIONED if Scope.PROVISION in token.scopes else limit
    minute = now.replace(second=0, microsecond=0)
    resets_in = max(1, round((minute + WINDOW - now).total_seconds()))
    # The first call of a minute. When two are first at once, the second finds the minute set and counts on.
    first = [minute, int(not writes), int(writes), token.pk, minute]
    if token.last_used_at != minute and _change(_BEGIN, first):
        return Allowance(limit, limit - 1, resets_in, admitted=True)
    admitted = _change(_COUNT.format(name), [token.pk, limit])
    used = getattr(token, name) + 1 if token.last_used_at == minute else 2
    return Allowance(limit, max(limit - used, 0) if admitted else 0, resets_in, admitted)


def _change(sql: str, values: list[Any]) -> bool:
    """Whether there was a row to change. Nobody waits until the disk has it, where it is a transaction of its own.

    What a crash of the database may lose is how often somebody called in its last second; what a call writes takes
    its count along to the disk.
    """
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        sql += " AND set_config('synchronous_commit', 'off', true) = 'off'"
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(sql, [adapt(one) if isinstance(one, datetime) else one for one in values])
        return bool(cursor.rowcount)


class AtWork(Conflict):
    """The same call was sent before, and is not answered yet."""


class OtherCall(Exception):
    """The key was used for another call."""


def fingerprint(method: str, address: str, body: bytes) -> str:
    """Tell one call from another; hexadecimal."""
    return hashlib.sha256(b"\n".join([method.encode(), address.encode(), body])).hexdigest()


def claim(*, token: Token, key: str, fingerprint: str, now: datetime) -> KeptAnswer:
    """Take the key for this call, or find what the same call was answered: that one has a status.

    Raises OtherCall when the key belongs to another call, AtWork while the first one is at work.
    """
    KeptAnswer.objects.filter(created_at__lte=now - KEPT).delete()
    try:
        with transaction.atomic():
            return KeptAnswer.objects.create(token=token, key=key, fingerprint=fingerprint, created_at=now)
    except IntegrityError:
        known = KeptAnswer.objects.filter(token=token, key=key).first()
    if known is not None and known.fingerprint != fingerprint:
        raise OtherCall
    if known is not None and known.status is not None:
        return known
    taken = KeptAnswer.objects.filter(
        token=token, key=key, status=None, created_at__lte=now - GIVEN_UP
    ).update(created_at=now)  # fmt: skip
    if known is None or not taken:
        raise AtWork(_("A call with this idempotency key is at work. Try again in a moment."))
    return known


def keep(answer: KeptAnswer, *, status: int, body: str) -> None:
    """Keep what the call was answered."""
    KeptAnswer.objects.filter(pk=answer.pk).update(status=status, body=body)


def let_go(answer: KeptAnswer) -> None:
    """Free the key of a call that changed nothing, so that it can be tried again."""
    KeptAnswer.objects.filter(pk=answer.pk, status=None).delete()

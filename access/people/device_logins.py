"""A token for a command line on a person's own machine: begun there, confirmed in a browser, fetched once.

Whoever begins it is nobody yet, so it can be begun to be confirmed by somebody who was talked into it. Therefore it is
short, says where it comes from, and gives a token of whoever confirms, in their own name, which they can revoke.
"""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from access.audit import log
from access.core.errors import Conflict, Refusal
from access.models import DeviceLogin, Scope, Token, User
from access.people import tokens
from access.people.rules import check_can_issue_token

LASTS: Final = timedelta(minutes=10)
PAUSE: Final = timedelta(seconds=5)  # between two questions whether it was confirmed
KEPT: Final = timedelta(days=1)
MOST_OPEN: Final = 500
MOST_OF_ONE_ADDRESS: Final = 20
# Without vowels, so that they make no words, and without what reads like something else.
ALPHABET: Final = "BCDFGHJKLMNPQRSTVWXZ"
CODE_LENGTH: Final = 8


class Pending(Exception):
    """Nobody has answered yet."""


class TooSoon(Pending):
    """It asks more often than it should."""


class Denied(Exception):
    """Somebody said no, or may have no token."""


class Over(Exception):
    """There is no such try any more: time is up, or its token was fetched."""


class TooManyOpen(Exception):
    """More are waiting than people can have begun."""


def begin(*, machine: str, address: str, scopes: Collection[str], now: datetime) -> tuple[DeviceLogin, str]:
    """Begin a try; return it with what the command line proves itself with, which is kept nowhere."""
    DeviceLogin.objects.filter(expires_at__lte=now - KEPT).delete()
    waiting = DeviceLogin.objects.filter(expires_at__gt=now, answer="")
    if waiting.count() >= MOST_OPEN or waiting.filter(address=address).count() >= MOST_OF_ONE_ADDRESS:
        raise TooManyOpen
    proof = secrets.token_urlsafe(32)
    made = DeviceLogin.objects.create(
        digest=tokens.digest(proof), code="".join(secrets.choice(ALPHABET) for _each in range(CODE_LENGTH)),
        machine=_named(machine), address=address, scopes=[one for one in Scope.values if one in scopes],
        created_at=now, expires_at=now + LASTS,
    )  # fmt: skip
    return made, proof


def find(typed: str, *, now: datetime) -> DeviceLogin | None:
    """The try that waits under this code, however it was typed."""
    code = "".join(sign for sign in typed.upper() if sign in ALPHABET)
    found = DeviceLogin.objects.filter(code=code).first() if len(code) == CODE_LENGTH else None
    return found if found and found.is_open(now) else None


@transaction.atomic
def confirm(
    asked: DeviceLogin, *, by: User, scopes: Collection[str], own_scopes: Collection[str], lasts: timedelta,
    now: datetime,
) -> None:  # fmt: skip
    """Let it fetch a token of this person. Raises NotAllowed, Invalid, or Conflict when somebody answered before."""
    check_can_issue_token(by, by=by)
    tokens.check(person=by, label=asked.label, scopes=scopes, own_scopes=own_scopes, expires_at=now + lasts, now=now)
    _answer(asked, DeviceLogin.Answer.CONFIRMED, by, now=now, scopes=list(scopes), lasts=int(lasts.total_seconds()))


@transaction.atomic
def deny(asked: DeviceLogin, *, by: User, now: datetime) -> None:
    """Let it have nothing, and keep that in the log: somebody may have tried to trick this person."""
    _answer(asked, DeviceLogin.Answer.DENIED, by, now=now)
    log.append(
        "token.refused", actor=by, now=now, subject=by, data={"machine": asked.machine, "address": asked.address}
    )


def _answer(asked: DeviceLogin, answer: str, by: User, *, now: datetime, **more: object) -> None:
    waiting = DeviceLogin.objects.filter(pk=asked.pk, answer="", expires_at__gt=now)
    if not waiting.update(answer=answer, person=by, **more):
        raise Conflict(_("This code was answered already, or is older than ten minutes. Begin again."))


def drop(person: User) -> None:
    """Let nothing be fetched any more that this person confirmed: they were deactivated, or audit now."""
    DeviceLogin.objects.filter(person=person, token=None).delete()


def fetch(proof: str, *, own_scopes: Collection[str], now: datetime) -> tuple[Token, str]:
    """Issue the token that was confirmed, once. Raises Pending, TooSoon, Denied or Over."""
    _note(proof, now=now)
    try:
        return _fetched(proof, own_scopes=own_scopes, now=now)
    except Refusal:
        raise Denied from None


def _note(proof: str, *, now: datetime) -> None:
    row = DeviceLogin.objects.filter(digest=tokens.digest(proof), token=None, expires_at__gt=now)
    found = row.first()
    if found is None:
        raise Over
    if found.answer == DeviceLogin.Answer.DENIED:
        raise Denied
    if not found.answer:
        row.update(asked_at=now)
        is_hasty = found.asked_at and now - found.asked_at < PAUSE * 0.8
        raise TooSoon if is_hasty else Pending


@transaction.atomic
def _fetched(proof: str, *, own_scopes: Collection[str], now: datetime) -> tuple[Token, str]:
    rows = DeviceLogin.objects.filter(digest=tokens.digest(proof), token=None, answer=DeviceLogin.Answer.CONFIRMED)
    # First, as whoever deactivates them does, so that neither waits for the other.
    User.objects.select_for_update(no_key=True, of=("self",)).filter(device_logins__in=rows).first()
    found = rows.select_for_update(of=("self",)).select_related("person").first()
    if found is None or found.person is None:
        raise Over
    token, text = tokens.issue_own(
        person=found.person, by=found.person, label=found.label, scopes=found.scopes, own_scopes=own_scopes,
        expires_at=now + timedelta(seconds=found.lasts), now=now,
    )  # fmt: skip
    DeviceLogin.objects.filter(pk=found.pk).update(token=token)
    return token, text


def _named(machine: str) -> str:
    plain = "".join(sign for sign in machine if sign.isprintable()).strip()
    return plain[:60] or _("a machine without a name")

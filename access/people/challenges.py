"""What a passkey is asked to sign, and the answer to it: once, by this person, within minutes."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from access.core.errors import NotAllowed
from access.models import Challenge, Passkey, User
from integrations import passkeys
from integrations.passkeys import Site, Unfit

LASTS: Final = timedelta(minutes=5)
# That one person can have open at a time.
MOST: Final = 20
Statement = dict[str, Any]


@dataclass(frozen=True)
class Signed:
    """What a browser sent as signed, and for which site it has to be. Not checked yet."""

    answer: Mapping[str, Any]
    site: Site


@dataclass(frozen=True)
class Answered:
    """A signature that was checked."""

    passkey: Passkey
    statement: Statement
    evidence: dict[str, Any]  # plain data: all that it takes to check it again


def digest(statement: Statement) -> bytes:
    """SHA-256 of the canonical text of a statement; `verify_audit.py` does the same."""
    text = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest()


def ask(person: User, purpose: Challenge.Purpose, said: Statement, *, site: Site, now: datetime) -> Challenge:
    """Keep what is to be signed, with its time and something nobody could know before. Others of theirs grow old."""
    Challenge.objects.filter(expires_at__lte=now).delete()
    mine = Challenge.objects.filter(person=person)
    mine.exclude(pk__in=list(mine.order_by("-pk").values_list("pk", flat=True)[: MOST - 1])).delete()
    statement = {**said, "site": site.id, "time": now.isoformat(), "nonce": secrets.token_urlsafe(16)}
    return Challenge.objects.create(
        person=person, purpose=purpose, statement=statement, digest=digest(statement).hex(), created_at=now,
        expires_at=now + LASTS,
    )  # fmt: skip


def take(person: User, purpose: Challenge.Purpose, answer: Mapping[str, Any], *, now: datetime) -> Challenge:
    """Take the challenge that an answer names, so that no other answer can, in the caller's transaction.

    Raises NotAllowed for one that was for somebody or something else, was answered before, or has grown old.
    """
    try:
        named = passkeys.challenge_of(answer).hex()
    except Unfit as error:
        raise NotAllowed(_("What your browser sent can't be read. Try again.")) from error
    mine = Challenge.objects.select_for_update().filter(person=person, purpose=purpose, expires_at__gt=now)
    found = mine.filter(digest=named).first()
    if found is None:
        raise NotAllowed(_("This was signed for something else, before, or too long ago. Sign again."))
    found.delete()
    return found


@transaction.atomic
def answer(person: User, purpose: Challenge.Purpose, signed: Signed, *, now: datetime) -> Answered:
    """Check a signature by one of the person's passkeys, and use its challenge up. Raises NotAllowed."""
    challenge = take(person, purpose, signed.answer, now=now)
    mine = Passkey.objects.select_for_update().filter(person=person)
    passkey = mine.filter(credential=str(signed.answer.get("id"))).first()
    if passkey is None:
        raise NotAllowed(_("This passkey is not one of those that you have registered here."))
    try:
        count = passkeys.signed(
            signed.site, digest(challenge.statement), signed.answer, public_key=passkey.public_key,
            attestation=passkey.attestation, sign_count=passkey.sign_count,
        )  # fmt: skip
    except Unfit as error:
        text = _("The signature is not right: it has to be made on this site, and your device has to ask who you are.")
        raise NotAllowed(text) from error
    Passkey.objects.filter(pk=passkey.pk).update(sign_count=count, last_used_at=now)
    return Answered(passkey, challenge.statement, _evidence(passkey, challenge.statement, signed))


def check_counts(passkey: Passkey, *, now: datetime) -> None:
    """Raise NotAllowed for a passkey that was registered too lately to sign what decides who gets in."""
    if not passkey.counts(now):
        text = _("The passkey “%(name)s” is new. It counts from %(at)s, or once another admin confirms it.")
        raise NotAllowed(text % {"name": passkey, "at": f"{passkey.counts_from:%Y-%m-%d %H:%M} UTC"})


def _evidence(passkey: Passkey, statement: Statement, signed: Signed) -> dict[str, Any]:
    return {
        "statement": statement,
        "passkey": passkey.name,
        "public_key": passkey.public_key,
        "attestation": passkey.attestation,
        **passkeys.parts_of(signed.answer),
    }

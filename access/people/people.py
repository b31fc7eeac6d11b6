"""People who come to the portal by themselves, and bots."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from access.audit import log
from access.core.errors import Invalid
from access.models import ProvisionedPerson, Token, User
from access.people import tokens
from integrations.storable import is_storable

JOINING: Final = 0x75736865726A6F69  # of the database's own locks, which are numbers: this one is nobody else's


def with_email(email: str) -> User | None:
    """Find the person with this e-mail, without regard to case."""
    return User.objects.filter(email__iexact=email.strip()).first()


def in_the_same_mailbox(email: str) -> User | None:
    """Find the person whose address is another, and differs by what follows a plus alone: one reads both.

    Whether or not they can sign in: nobody comes back so whose account was switched off.
    """
    local, _at, domain = email.strip().rpartition("@")
    base = local.partition("+")[0]
    tagged = Q(email__istartswith=f"{base}+", email__iendswith=f"@{domain}")
    others = User.objects.filter(Q(email__iexact=f"{base}@{domain}") | tagged, is_bot=False)
    return others.exclude(email__iexact=email.strip()).first()


def in_the_directory_otherwise(email: str) -> User | None:
    """Find the person whom the directory has by another address, and of whom it says that this one is theirs, too."""
    email = email.strip().lower()
    rows = ProvisionedPerson.objects.filter(gone_at=None).annotate(text=Cast("said", TextField()))
    found = rows.filter(text__icontains=email).select_related("person")
    return next((one.person for one in found if email in addresses(one.said)), None)


def addresses(said: Mapping[str, Any]) -> set[str]:
    """The addresses that the directory says somebody has, in lower case. What can't be kept is nobody's."""
    found = {(one.get("value") or "").strip().lower() for one in said.get("emails") or ()} - {""}
    return set(filter(is_storable, found))


def join_one_at_a_time() -> None:
    """Let nobody else join until this transaction ends: who would be somebody's second account is then seen.

    With SQLite no two write at once anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [JOINING])


@transaction.atomic
def join(*, email: str, name: str, now: datetime) -> User:
    """Make an account without any rights and without a password. Raises ValidationError for an e-mail that is none."""
    user = User.objects.create_user(email, name=name.strip()[:200], joined_at=now)
    log.append("person.joined", actor=user, now=now, subject=user)
    return user


@transaction.atomic
def issue_for_new_bot(
    *, email: str, actor: log.Actor, label: str, scopes: Collection[str], expires_at: datetime, now: datetime
) -> tuple[Token, str]:
    """Make a bot, which can never sign in, and its first API token; both or neither. Raises Invalid.

    Returns the token with what it reads, which is kept nowhere.
    """
    try:
        bot = User.objects.create_user(email, joined_at=now, is_bot=True)
    except ValidationError as error:
        raise Invalid({"email": " ".join(error.messages)}) from error
    log.append("person.bot_added", actor=actor, now=now, subject=bot)
    return tokens.issue(person=bot, actor=actor, label=label, scopes=scopes, expires_at=expires_at, now=now)

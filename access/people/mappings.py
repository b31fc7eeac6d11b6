"""Match people of the portal with accounts in an integration. An account once matched is pinned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from access.audit import log
from access.core.errors import Conflict
from access.core.prepared import prepared
from access.models import DirectoryPerson, Integration, User, UserMapping
from access.people import unproven

Problem = UserMapping.Problem
# For how long it is believed what Slack said of an account: it is asked for one at a time, and nobody syncs it.
KNOWN_FOR: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class Pin:
    """The account that a person shall have in an integration, by what the directory says of it."""

    user: User
    integration: Integration
    account_id: str
    account_email: str
    before: str = ""  # the id of the account that the person has now


def match(*, user: User, integration: Integration, now: datetime) -> UserMapping:
    """Find the person's account by e-mail, without regard to case, and pin it when there is exactly one.

    A mapping that has an account already is returned as it is. Ambiguity is never guessed.
    """
    return _pinned(user, integration) or _match(user, integration, now=now)


@transaction.atomic
def _match(user: User, integration: Integration, *, now: datetime) -> UserMapping:
    mapping, _made = UserMapping.objects.select_for_update().get_or_create(
        user=user, integration=integration, defaults={"problem": Problem.MISSING}
    )
    if mapping.account_id:
        return mapping
    accounts = _accounts_with(user.email, integration)
    problem = _problem(user, accounts, integration) or _of_old_news(accounts[0], integration, now=now)
    if not problem:
        return _pin(mapping, accounts[0], method=UserMapping.Method.EMAIL, actor=log.SYSTEM, now=now)
    if mapping.problem != problem:
        mapping.problem = problem
        mapping.save(update_fields=["problem"])
    return mapping


def foreseen(*, user: User, integration: Integration) -> UserMapping:
    """Say what `match` would find now, and write nothing: a mapping that has an account, or else a problem."""
    if known := _pinned(user, integration):
        return known
    accounts = _accounts_with(user.email, integration)
    problem = _problem(user, accounts, integration)
    return UserMapping(user=user, integration=integration, problem=problem, account_id="" if problem else accounts[0])


def _pinned(user: User, integration: Integration) -> UserMapping | None:
    known = next(iter(_with_account(user.pk, integration.pk)), None)
    if known:
        known.user, known.integration = user, integration
    return known


@prepared
def _with_account(user: int, integration: int) -> QuerySet[UserMapping]:
    return UserMapping.objects.filter(user=user, integration=integration).exclude(account_id="")


@transaction.atomic
def set_by_hand(*, user: User, integration: Integration, account_id: str, by: User, now: datetime) -> UserMapping:
    """Pin the account that an admin chose. Grants that exist keep the account they were made with.

    Raises Conflict when the account belongs to another person, or is that of the portal's own bot.
    """
    account_id = account_id.strip().lower()
    if integration.is_bot(account_id):
        raise Conflict(of_the_bot())
    taken = UserMapping.objects.filter(integration=integration, account_id=account_id).exclude(user=user).first()
    if taken:
        raise Conflict(_("This account belongs to %(person)s already.") % {"person": taken.user})
    mapping, _made = UserMapping.objects.select_for_update().get_or_create(
        user=user, integration=integration, defaults={"problem": Problem.MISSING}
    )
    return _pin(mapping, account_id, method=UserMapping.Method.MANUAL, actor=by, now=now)


@transaction.atomic
def unset(*, mapping: UserMapping, by: log.Actor, now: datetime) -> None:
    """Forget the account, so that the next sync or ask matches the person anew."""
    before = mapping.account_id
    mapping.account_id, mapping.email_at_match, mapping.matched_at = "", "", None
    mapping.method, mapping.problem = UserMapping.Method.EMAIL, Problem.MISSING
    mapping.save()
    _log("mapping.unset", mapping, actor=by, now=now, before=before)


@transaction.atomic
def match_again(*, mapping: UserMapping, by: User, now: datetime) -> UserMapping:
    """Forget the account of this mapping, if it has one, and match the person by e-mail."""
    if mapping.account_id:
        unset(mapping=mapping, by=by, now=now)
    return match(user=mapping.user, integration=mapping.integration, now=now)


@transaction.atomic
def pin_each(pins: Sequence[Pin], *, data: dict[str, str], actor: log.Actor, now: datetime) -> None:
    """Pin the accounts that a file names, all of them or none; people may change places. Each is an audit event.

    `data` is written into each event. The number of queries hardly grows with the number of pins.
    Raises Conflict when somebody else was given one of the accounts at the same time, or one is the portal's own bot's.
    """
    if any(one.integration.is_bot(one.account_id) for one in pins):
        raise Conflict(of_the_bot())
    loose = [UserMapping(user=one.user, integration=one.integration, problem=Problem.MISSING) for one in pins]
    pinned = [
        UserMapping(
            user=one.user, integration=one.integration, account_id=one.account_id, email_at_match=one.account_email,
            method=UserMapping.Method.IMPORTED, matched_at=now,
        )
        for one in pins
    ]  # fmt: skip
    try:
        # Those who change places must let go first.
        _put(loose)
        _put(pinned)
    except IntegrityError as error:
        raise Conflict(_("Someone else has just changed these user mappings. Look again.")) from error
    rows = zip(pinned, pins, strict=True)
    facts = [(row.user, {**_told(row, before=pin.before), **data}) for row, pin in rows]
    log.append_each("mapping.set", actor=actor, now=now, facts=facts)


def match_everyone(*, integration: Integration, now: datetime) -> None:
    """Match every active person who has no account yet."""
    mapped = UserMapping.objects.filter(integration=integration).exclude(account_id="").values("user")
    for user in User.objects.filter(is_active=True).exclude(pk__in=mapped).order_by("pk"):
        match(user=user, integration=integration, now=now)


@transaction.atomic
def free_the_bot(*, integration: Integration, email: str, now: datetime) -> None:
    """Keep which account the bot with this e-mail has, and take it from whoever is mapped to it, which is told."""
    accounts = _accounts_with(email, integration)
    if len(accounts) != 1:
        return
    Integration.objects.filter(pk=integration.pk).update(bot_account_id=accounts[0])
    integration.bot_account_id = accounts[0]
    theirs = UserMapping.objects.filter(integration=integration, account_id=accounts[0]).select_related("user")
    for mapping in theirs.select_for_update(of=("self",)):
        unset(mapping=mapping, by=log.SYSTEM, now=now)


def of_the_bot() -> str:
    return _("This is the account of Usher's own bot, which is never a person's.")


def _accounts_with(email: str, integration: Integration) -> list[str]:
    people = DirectoryPerson.objects.filter(integration=integration, gone_at=None).annotate(lower=Lower("email"))
    found = people.filter(lower=email.lower()).order_by("pk").values_list("external_id", "email")
    # The database takes some foreign letters for plain ones, such as the sign of the kelvin for a k.
    return [external_id for external_id, known in found if known.isascii()][:2]


def _problem(user: User, accounts: list[str], integration: Integration) -> str:
    if not accounts:
        return Problem.MISSING
    if len(accounts) > 1:
        return Problem.AMBIGUOUS
    if integration.is_bot(accounts[0]):
        return Problem.BOT
    if unproven.is_unproven(user):
        return Problem.UNPROVEN
    taken = UserMapping.objects.filter(integration=integration, account_id=accounts[0]).exists()
    return Problem.TAKEN if taken else Problem.NONE


def _of_old_news(account_id: str, integration: Integration, *, now: datetime) -> str:
    """Say so where what is known of the account is old: an e-mail that it had then may be somebody else's by now."""
    if integration.type != Integration.Type.SLACK:
        return Problem.NONE
    rows = DirectoryPerson.objects.filter(integration=integration, external_id=account_id)
    return Problem.NONE if rows.filter(seen_at__gt=now - KNOWN_FOR).exists() else Problem.MISSING


def _put(rows: Sequence[UserMapping]) -> None:
    UserMapping.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["user", "integration"],
        update_fields=["account_id", "email_at_match", "method", "problem", "matched_at"],
    )


def _pin(mapping: UserMapping, account_id: str, *, method: str, actor: log.Actor, now: datetime) -> UserMapping:
    before = mapping.account_id
    account = DirectoryPerson.objects.filter(integration=mapping.integration_id, external_id=account_id).first()
    mapping.account_id, mapping.method, mapping.problem, mapping.matched_at = account_id, method, Problem.NONE, now
    mapping.email_at_match = account.email if account else ""
    mapping.save()
    _log("mapping.set", mapping, actor=actor, now=now, before=before)
    return mapping


def _log(type: str, mapping: UserMapping, *, actor: log.Actor, now: datetime, before: str) -> None:
    data = _told(mapping, before=before)
    log.append(type, actor=actor, now=now, subject=mapping.user, data=data)


def _told(mapping: UserMapping, *, before: str) -> dict[str, str]:
    return {
        "integration": mapping.integration.name,
        "account_id": mapping.account_id,
        "before": before,
        "method": mapping.method,
    }

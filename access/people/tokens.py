"""Issue API tokens, find whose one is, and revoke them."""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from access.audit import log
from access.core import refs
from access.core.errors import Conflict, Invalid, NotAllowed
from access.core.prepared import prepared
from access.models import Scope, Token, User
from access.models.token import LABEL_MAX
from access.people.rules import (
    check_can_issue_token,
    check_can_revoke_token,
    check_can_vouch,
    why_not_configure,
    why_not_provision,
)

# Scanners of leaked secrets look for it.
PREFIX: Final = "usher_"
LONGEST: Final = timedelta(days=365)
# What goes together with asking as an assistant: nothing by which it could decide, or ask as if it were its person.
OF_ASSISTANTS: Final = frozenset({Scope.ASSIST, Scope.READ, Scope.END})


def issue_own(
    *, person: User, by: User, label: str, scopes: Collection[str], own_scopes: Collection[str], expires_at: datetime,
    now: datetime, vouched: bool = False,
) -> tuple[Token, str]:  # fmt: skip
    """Issue a token for oneself, or as an admin for a bot. Return it with what it reads, which is kept nowhere.

    `own_scopes` are those that people may give to their own; `vouched` says that a passkey was touched for it. Raises
    NotAllowed or Invalid.
    """
    check_can_issue_token(person, by=by)
    check(person=person, label=label, scopes=scopes, own_scopes=own_scopes, expires_at=expires_at, now=now)
    return issue(
        person=person, actor=by, label=label, scopes=scopes, expires_at=expires_at, now=now,
        vouched=vouched and by.is_admin,
    )  # fmt: skip


def check(
    *, person: User, label: str, scopes: Collection[str], own_scopes: Collection[str], expires_at: datetime,
    now: datetime,
) -> None:  # fmt: skip
    """Raise NotAllowed or Invalid where no such token could be issued by its person or an admin."""
    beyond = set() if person.is_bot else set(scopes) & set(Scope.values) - set(own_scopes)
    if beyond:
        raise NotAllowed(_("People may not give this scope to a token: %(scopes)s.") % {"scopes": _listed(beyond)})
    if Scope.PROVISION in scopes and (why := why_not_provision(person, by_command=False)):
        raise Invalid({"scopes": why})
    if Scope.CONFIGURE in scopes and (why := why_not_configure()):
        raise Invalid({"scopes": why})
    if errors := _errors(label=label, scopes=scopes, expires_at=expires_at, now=now):
        raise Invalid(errors)


@transaction.atomic
def issue(
    *, person: User, actor: log.Actor, label: str, scopes: Collection[str], expires_at: datetime, now: datetime,
    vouched: bool = True,
) -> tuple[Token, str]:  # fmt: skip
    """Issue a token on behalf of whoever was found to be allowed to. Raises Invalid, or Conflict without a person.

    The text has 256 random bits, so one round of SHA-256 is enough to keep it by.
    """
    errors = _errors(label=label, scopes=scopes, expires_at=expires_at, now=now)
    if Scope.PROVISION in scopes and (why := why_not_provision(person, by_command=True)):
        errors["scopes"] = why
    if errors:
        raise Invalid(errors)
    # Locked, so that somebody who is deactivated at this moment doesn't keep this one.
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not person.is_active:
        raise Conflict(_("%(person)s is not active, so there are no tokens for them.") % {"person": person})
    text = PREFIX + secrets.token_urlsafe(32)
    token = Token.objects.create(
        ref=refs.fresh(Token, "T"), digest=digest(text), person=person, label=label.strip(), scopes=_ordered(scopes),
        created_at=now, expires_at=expires_at, vouched_at=now if vouched else None, **log.signed("created_by", actor),
    )  # fmt: skip
    _log("token.issued", token, actor=actor, now=now, label=token.label, scopes=token.scopes,
         expires_at=expires_at.isoformat())  # fmt: skip
    return token, text


@transaction.atomic
def revoke(*, token: Token, by: User, now: datetime) -> None:
    """Let the token open nothing any more, from the next call on. Raises NotAllowed, or Conflict when it is revoked."""
    token = _locked(token)
    check_can_revoke_token(token, by=by)
    revoke_one(token, actor=by, now=now)


@transaction.atomic
def revoke_as_operator(*, token: Token, actor: log.Actor, now: datetime) -> None:
    """Do the same for whoever runs commands on this machine. Raises Conflict when it is revoked."""
    token = _locked(token)
    if token.revoked_at:
        raise Conflict(_("The API token %(ref)s is revoked already.") % {"ref": token.ref})
    revoke_one(token, actor=actor, now=now)


@transaction.atomic
def vouch(*, token: Token, by: User, now: datetime) -> None:
    """Stand behind a token, by a touch of a passkey, so that it may change the set-up with SETUP_PASSKEY, too.

    Raises NotAllowed for anybody but an admin whose own it is, or who answers for the bot; Conflict when it is done.
    """
    token = _locked(token)
    check_can_vouch(token, by=by, now=now)
    Token.objects.filter(pk=token.pk).update(vouched_at=now)
    _log("token.vouched", token, actor=by, now=now)


def lock_live(person: User) -> list[Token]:
    """Lock this person's tokens that were not revoked; for `revoke_one`."""
    rows = Token.objects.select_for_update(of=("self",)).select_related("person").order_by("pk")
    return list(rows.filter(person=person, revoked_at=None))


def revoke_one(token: Token, *, actor: log.Actor, now: datetime) -> None:
    """Revoke one locked token on behalf of whoever was found to be allowed to."""
    Token.objects.filter(pk=token.pk).update(revoked_at=now)
    _log("token.revoked", token, actor=actor, now=now)


def holder(text: str, *, now: datetime) -> Token | None:
    """Find the live token that reads so, with its person.

    It is looked for by its digest: how long that takes tells nothing of what a right one reads.
    """
    token = next(iter(_of_digest(digest(text))), None)
    return token if token and token.is_live(now) else None


@prepared
def _of_digest(digest: str) -> QuerySet[Token]:
    return Token.objects.select_related("person").filter(digest=digest)


@dataclass(frozen=True)
class Issuers:
    """Who had issued which tokens of some bots, read at once: whoever did could act as the bot."""

    tokens: Sequence[Token]

    def acts_for(self, bot: User, person: User, *, at: datetime) -> bool:
        """Whether this person had issued a token of the bot that was live at a moment: they could act as the bot."""
        address = person.email.lower()
        return any(
            one.created_by_id == person.pk or (one.created_by_id is None and one.created_by.lower() == address)
            for one in self._live(bot, at=at)
        )

    def behind(self, person: User, *, at: datetime) -> set[int]:
        """Who could act as this person at a moment: themselves, or of a bot those who had issued a live token of it.

        Primary keys. Whoever issues tokens by a command on the server is nobody here.
        """
        if not person.is_bot:
            return {person.pk}
        return {one.created_by_id for one in self._live(person, at=at) if one.created_by_id is not None}

    def _live(self, bot: User, *, at: datetime) -> list[Token]:
        theirs = [one for one in self.tokens if one.person_id == bot.pk and one.created_at <= at < one.expires_at]
        return [one for one in theirs if one.revoked_at is None or one.revoked_at > at]


def issuers(people: Iterable[User]) -> Issuers:
    """Who issued the tokens of those of these people who are bots. Nothing is read where none is."""
    bots = {one.pk for one in people if one.is_bot}
    return Issuers(list(Token.objects.filter(person__in=bots)) if bots else ())


def digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _locked(token: Token) -> Token:
    return Token.objects.select_for_update(of=("self",)).select_related("person").get(pk=token.pk)


def _errors(*, label: str, scopes: Collection[str], expires_at: datetime, now: datetime) -> dict[str, str]:
    errors = {}
    if not label.strip() or not label.isprintable():
        errors["label"] = _("Say in a few words what it is for.")
    elif len(label.strip()) > LABEL_MAX:
        errors["label"] = _("Keep it under %(count)d characters.") % {"count": LABEL_MAX}
    unknown = set(scopes) - set(Scope.values)
    if unknown:
        words = {"unknown": _listed(unknown), "known": ", ".join(Scope.values)}
        errors["scopes"] = _("There is no scope %(unknown)s. There are: %(known)s.") % words
    elif not scopes:
        errors["scopes"] = _("Choose at least one scope.")
    elif Scope.ASSIST in scopes and set(scopes) - OF_ASSISTANTS:
        errors["scopes"] = _("A token of an assistant asks as one, reads and ends access. It can do nothing else.")
    if not now < expires_at <= now + LONGEST:
        errors["expires_at"] = _("A token expires after a year at most.")
    return errors


def _ordered(scopes: Collection[str]) -> list[str]:
    return [one for one in Scope.values if one in scopes]


def _listed(scopes: Collection[str]) -> str:
    return ", ".join(sorted(scopes))


def _log(type_: str, token: Token, *, actor: log.Actor, now: datetime, **facts: object) -> None:
    log.append(type_, actor=actor, now=now, subject=token.person, data={"token": token.ref, **facts})

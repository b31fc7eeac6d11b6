"""Who may sign in and who decides: ticked among the people that Aptible knows, and those who are here already."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from access.config import record_changes
from access.core.errors import Invalid
from access.models import DirectoryPerson, Integration, User
from access.people import invitations, mappings
from access.people.rules import check_can_set_up
from integrations.base import NeedsAttention

SHOWN: Final = 50


@dataclass(frozen=True)
class Candidate:
    email: str
    name: str
    is_here: bool  # somebody of the portal already
    signs_in: bool
    decides: bool


@dataclass(frozen=True)
class Candidates:
    rows: Collection[Candidate]
    more: int  # how many others fit the search


def candidates(
    integration: Integration, *, search: str = "", signs_in: Collection[str] = (), decides: Collection[str] = ()
) -> Candidates:
    """List who could be ticked, those who are first. The bot and people who left are not among them. Two queries."""
    words = search.strip().casefold()
    every = _everybody(integration)
    ticked = {*signs_in, *decides}
    found = [one for email, one in every.items() if email in ticked or words in f"{one[0]} {email}".casefold()]
    found.sort(key=lambda one: (one[1] not in ticked, (one[0] or one[1]).casefold()))
    shown = found[: max(SHOWN, len(ticked))]
    rows = [
        Candidate(email, name, is_here, is_here or email in signs_in or email in decides, email in decides)
        for name, email, is_here in shown
    ]
    return Candidates(rows, len(found) - len(shown))


@transaction.atomic
def let_in(
    emails: Collection[str], *, integration: Integration, by: User, now: datetime, invite: bool = False
) -> dict[str, User]:  # fmt: skip
    """Make an account without any rights for each who has none, and match each with the account at Aptible.

    Those who are new are told by mail how they sign in if they are to be invited; else they come by themselves.
    Returns the people by e-mail. Raises Invalid for `people` when an e-mail can't be one, Conflict without a mail
    server.
    """
    check_can_set_up(by=by)
    known = _everybody(integration)
    made = {email: _let_in(email, known[email][0], by=by, now=now) for email in emails if email in known}
    for user in made.values():
        mappings.match(user=user, integration=integration, now=now)
        if invite and user.joined_at == now and invitations.waits(user):
            invitations.invite_by_mail(person=user, by=by, now=now)
    return made


def _let_in(email: str, name: str, *, by: User, now: datetime) -> User:
    user = User.objects.filter(email__iexact=email).first()
    if user is not None:
        return user
    try:
        user = User.objects.create_user(email, name=name[:200], joined_at=now)
    except ValidationError as error:
        raise Invalid({"people": f"{email}: {' '.join(error.messages)}"}) from error
    record_changes.record_added(user, by=by, now=now)
    return user


def _everybody(integration: Integration) -> dict[str, tuple[str, str, bool]]:
    """Name, e-mail, and whether they are here, by e-mail in lower case."""
    bots = _bots(integration)
    here = User.objects.filter(is_active=True, is_bot=False, is_auditor=False)
    found = {one.email: (one.name, one.email, True) for one in here}
    for one in DirectoryPerson.objects.filter(integration=integration, gone_at=None):
        found.setdefault(one.email.lower(), (one.name, one.email.lower(), False))
    return {email: one for email, one in found.items() if email not in bots}


def _bots(integration: Integration) -> tuple[str, ...]:
    """The bot's own e-mail, and no e-mail at all. Where the secret can't be read now, nobody knows who the bot is."""
    try:
        return (integration.sign_in[0].value().strip().lower(), "")
    except NeedsAttention:
        return ("",)


def who_could_approve(names: Collection[str], needed: int) -> str:
    """Say who could decide what others ask for."""
    if not names:
        return _("Nobody could approve yet: tick who decides.")
    if len(names) < needed:
        text = _("Each request needs %(needed)d approvals, and only %(count)d people are ticked to decide: %(names)s.")
        return text % {"needed": needed, "count": len(names), "names": ", ".join(names)}
    text = _("Could approve: %(names)s. Nobody decides what they asked for themselves.")
    return text % {"names": ", ".join(names)}

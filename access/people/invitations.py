"""Let somebody in for the first time: by a link to set their own password, once and within a day, or told by mail.

Nobody else types it for them, and the link of a mail is made when the mail leaves: no row keeps it.
"""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.utils.translation import gettext as _
from social_django.models import UserSocialAuth

from access.audit import log
from access.core.errors import Conflict, NotAllowed
from access.models import User


class _Links(PasswordResetTokenGenerator):
    """Made of the password and the e-mail as they are: a link is void when either changes, and after a sign-in."""

    key_salt = "access.people.invitations"


_links: Final = _Links()


@transaction.atomic
def invite(*, person: User, by: User, now: datetime) -> str:
    """Forget the person's password, and any earlier link, and return what a link carries to set another.

    Raises NotAllowed for anybody but admins, Conflict for a person who can't sign in by a password.
    """
    if not by.is_admin:
        raise NotAllowed(_("Only an admin can invite somebody to set a password."))
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if why := why_not(person):
        raise Conflict(why)
    person.set_unusable_password()
    person.save(update_fields=["password"])
    log.append("person.invited", actor=by, now=now, subject=person)
    return _links.make_token(person)


@transaction.atomic
def invite_by_mail(*, person: User, by: User, now: datetime) -> None:
    """Have the person told how they sign in, who never did. Links that were made before are void.

    Raises NotAllowed for anybody but admins, Conflict for a person who needs no invitation, and without a mail server.
    """
    if not by.is_admin:
        raise NotAllowed(_("Only an admin can invite somebody."))
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if why := why_no_mail(person):
        raise Conflict(why)
    if settings.LOCAL_ACCOUNTS:
        person.set_unusable_password()
        person.save(update_fields=["password"])
    log.append("person.invited_by_mail", actor=by, now=now, subject=person)


def why_no_mail(person: User) -> str:
    """Say why this person is not invited by mail; empty when they may be."""
    if not settings.EMAIL_IS_SET:
        return _("No mail server is set up: set EMAIL_URL, and start the portal again.")
    if not waits(person):
        return why_not(person) or _("%(person)s needs no invitation: they signed in, or have a password.") % {
            "person": person
        }
    return ""


def waits(person: User) -> bool:
    """Whether this person may sign in, and never could so far."""
    return not (why_not(person) or person.last_login or person.has_usable_password())


def token_for(person: User) -> str:
    """What a link carries that this person sets a password by, from now on for a day; empty where nobody needs one."""
    return _links.make_token(person) if settings.LOCAL_ACCOUNTS and waits(person) else ""


def find(pk: int, token: str) -> User | None:
    """The person whom this link still invites."""
    person = User.objects.filter(pk=pk).first()
    return person if person and _links.check_token(person, token) and not why_not(person) else None


@transaction.atomic
def accept(*, person: User, token: str, password: str, now: datetime) -> None:
    """Set the password that the person chose. Raises Conflict when the link was used meanwhile, or is too old."""
    locked = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not _links.check_token(locked, token) or why_not(locked):
        raise Conflict(_("This link was used already, or is older than a day. Ask an admin for another."))
    locked.set_password(password)
    locked.save(update_fields=["password"])
    log.append("person.password_set", actor=locked, now=now, subject=locked)


def void(person: User) -> None:
    """Let no link that was made before invite them any more: each is made of the password that they have not."""
    if not person.has_usable_password():
        User.objects.filter(pk=person.pk).update(password=make_password(None))


def why_not(person: User) -> str:
    """Say why nobody sets a password of this person; empty when they may be invited to."""
    words = {"person": person}
    if person.is_bot:
        return _("%(person)s is a bot, and bots can't sign in.") % words
    if not person.is_active:
        return _("%(person)s can no longer sign in.") % words
    if UserSocialAuth.objects.filter(user=person).exists():
        return _("%(person)s signs in with a provider, so there is no password for them any more.") % words
    return ""

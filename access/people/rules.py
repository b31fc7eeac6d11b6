"""Who may change anything, see the set-up, read the log, hold API tokens and answer for passkeys.

`check_can_x` raises the reason.
"""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from access.core.errors import Conflict, NotAllowed
from access.models import Passkey, Token, User
from access.models.user import FILES


def check_may_change(by: User) -> None:
    """Raise NotAllowed for an auditor, who reads everything and changes nothing."""
    if by.is_auditor:
        raise NotAllowed(_("You are an auditor here. Auditors read everything and change nothing."))


def check_can_read_log(*, by: User) -> None:
    """Raise NotAllowed for anybody but auditors and admins."""
    if not by.reads_all:
        raise NotAllowed(_("Only auditors and admins can read the log."))


def check_can_configure(*, by: User) -> None:
    """Raise NotAllowed for anybody but admins. A bot is one when an admin has made it one."""
    if not by.is_admin:
        raise NotAllowed(_("Only admins can see and change the set-up."))


def check_can_set_up(*, by: User) -> None:
    """Raise NotAllowed for anybody but admins, and for them, too, where the set-up changes by files alone."""
    check_can_configure(by=by)
    if not by.sets_up:
        raise NotAllowed(_("The set-up changes by files alone here: `config apply`, or Terraform with a token."))
    if settings.SETUP_SECOND_ADMIN:
        raise NotAllowed(_("Another admin confirms each change of the set-up here: make it in the admin."))


def check_maps_by_command() -> None:
    """Raise NotAllowed where no file of user mappings is taken: the set-up changes by its own files alone there."""
    if settings.SETUP == FILES:
        raise NotAllowed(_("The set-up changes by files alone here: SETUP is files. User mappings can't be imported."))
    if settings.SETUP_SECOND_ADMIN:
        raise NotAllowed(_("Another admin confirms each change of the set-up here: import the file in the admin."))


def check_can_issue_token(person: User, *, by: User) -> None:
    """Raise NotAllowed unless it is a person's own, or an admin's for a bot: a token acts as its person."""
    check_may_change(by)
    if not (by.is_active and person.is_active):
        raise NotAllowed(_("There are no API tokens for people who can't sign in."))
    if person.is_bot and not by.is_admin:
        raise NotAllowed(_("Only an admin can issue an API token for a bot."))
    if not person.is_bot and by.pk != person.pk:
        raise NotAllowed(_("People issue their API tokens themselves."))


def why_not_provision(person: User, *, by_command: bool) -> str:
    """Say why no token for this person may keep people and groups as the directory has them; empty where one may.

    What such a token does waits for no second admin and for no file: so one admin alone issues none where those rule.
    """
    if not person.is_bot:
        return _("Only a bot's token provisions people and groups.")
    if not by_command and (settings.SETUP == FILES or settings.SETUP_SECOND_ADMIN):
        return _(
            "Here a token that provisions is issued on the server alone: manage.py tokens issue --scope provision."
        )
    return ""


def why_not_configure() -> str:
    """Say why nobody issues a token on these pages that changes the set-up; empty where they may.

    Where files alone do, one admin with such a token could do by hand what a pull request is for.
    """
    if settings.SETUP != FILES:
        return ""
    return _(
        "The set-up changes by files alone here, so a token for it is issued on the server:"
        " manage.py tokens issue --scope configure."
    )


def check_can_revoke_token(token: Token, *, by: User) -> None:
    """Raise NotAllowed for anybody but its person and the admins, Conflict when it is revoked."""
    check_may_change(by)
    if not (by.is_active and (by.pk == token.person_id or by.is_admin)):
        raise NotAllowed(_("Only its owner or an admin can revoke an API token."))
    if token.revoked_at:
        raise Conflict(_("The API token %(ref)s is revoked already.") % {"ref": token.ref})


def check_can_vouch(token: Token, *, by: User, now: datetime) -> None:
    """Raise NotAllowed for anybody but an admin whose own it is, or a bot's; Conflict when it is done, or of no use."""
    check_may_change(by)
    if not (by.is_admin and (by.pk == token.person_id or token.person.is_bot)):
        raise NotAllowed(_("Only an admin confirms an API token: their own, or a bot's."))
    if token.vouched_at or not token.is_live(now):
        raise Conflict(_("The API token %(ref)s is confirmed already, or opens nothing any more.") % {"ref": token.ref})


def check_is_vouched(token: Token) -> None:
    """Raise NotAllowed where the set-up changes by a touch of a passkey alone, and there was none for this token."""
    if settings.SETUP_PASSKEY and token.vouched_at is None:
        raise NotAllowed(
            _("This token was issued without a passkey: an admin has to confirm it first, under Your account.")
        )


def check_can_confirm_passkey(passkey: Passkey, *, by: User, now: datetime) -> None:
    """Raise NotAllowed for anybody but another admin, Conflict when it counts already."""
    if not by.is_admin or by.pk == passkey.person_id:
        raise NotAllowed(_("Only another admin can confirm a passkey."))
    if passkey.counts(now):
        raise Conflict(_("This passkey counts already."))


def check_can_rename_passkey(passkey: Passkey, *, by: User) -> None:
    """Raise NotAllowed for anybody but its person: the name is there for them to know it again."""
    if not (by.is_active and by.pk == passkey.person_id):
        raise NotAllowed(_("Only its owner can rename a passkey."))


def check_can_remove_passkey(passkey: Passkey, *, by: User) -> None:
    """Raise NotAllowed for anybody but its person, who may be an auditor, and the admins."""
    if not (by.is_active and (by.pk == passkey.person_id or by.is_admin)):
        raise NotAllowed(_("Only its owner or an admin can remove a passkey."))

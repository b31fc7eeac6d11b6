"""What the directory may decide of somebody's account. `check_can_x` raises the reason.

Whoever holds its token makes nobody an admin, takes over no account with rights by naming its e-mail, and brings nobody
back whom an admin has ended here.
"""

from collections.abc import Collection
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from social_django.models import UserSocialAuth

from access.core import texts
from access.core.errors import Conflict, Invalid, NotAllowed
from access.models import Group, ProvisionedPerson, User
from access.policy import person_in_use

LONGEST_EMAIL: Final = 254  # characters that the table takes


def check_address(email: str, *, domains: Collection[str]) -> None:
    """Raise Invalid for what is no plain e-mail address, or of a domain that may not sign in."""
    try:
        validate_email(email)
    except ValidationError:
        text = _("userName has to be the e-mail address with which the person signs in: %(email)s is none.")
        raise Invalid({"userName": text % {"email": email[:200]}}) from None
    if not email.isascii() or '"' in email or len(email) > LONGEST_EMAIL:
        raise Invalid({"userName": _("An e-mail address so long, or with other than plain letters, can't be used.")})
    domain = email.rpartition("@")[2]
    if domains and domain not in domains:
        text = _("Addresses of %(domain)s may not sign in here: ALLOWED_EMAIL_DOMAINS does not name it.")
        raise Invalid({"userName": text % {"domain": domain}})


def check_texts(**typed: str) -> None:
    """Raise Invalid for a text that can't be kept as it is."""
    too_long = {name: _("At most 255 characters.") for name, text in typed.items() if len(text) > 255}
    if wrong := {**texts.wrong(**typed), **too_long}:
        raise Invalid(wrong)


def has_rights(person: User) -> bool:
    """Whether the account can do more here than to ask, and to decide where a flow says so."""
    return person.is_superuser or person.is_staff or person.is_auditor or person.user_permissions.exists()


def check_can_be_taken_over(person: User) -> None:
    """Raise NotAllowed for an account that is here already and can't become the directory's by its e-mail alone."""
    words = {"email": person.email}
    if person.is_bot:
        raise NotAllowed(_("%(email)s is a bot here, and no person.") % words)
    if not person.is_active:
        raise NotAllowed(_("%(email)s was switched off here by an admin. Only an admin can change that.") % words)
    if has_rights(person):
        text = _(
            "%(email)s has rights in the admin, so the account can't be taken over by its e-mail. An admin hands it "
            "over first: People, “Let the directory keep them”."
        )
        raise NotAllowed(text % words)


def check_can_be_renamed(row: ProvisionedPerson) -> None:
    """Raise NotAllowed where another e-mail could let somebody else sign in as this person."""
    words = {"email": row.person.email}
    if has_rights(row.person):
        raise NotAllowed(_("%(email)s has rights in the admin: an admin changes their e-mail, in Usher.") % words)
    if not is_unused(row) and not UserSocialAuth.objects.filter(user=row.person).exists():
        text = _("%(email)s is known by this e-mail alone, and by no provider yet: an admin changes it, in Usher.")
        raise NotAllowed(text % words)


def is_unused(row: ProvisionedPerson) -> bool:
    """Whether the directory made the account, nobody has used it, and nothing here goes by it: then it is nobody's."""
    return row.made_here and row.person.last_login is None and not person_in_use.is_named(row.person)


def check_can_come_back(row: ProvisionedPerson) -> None:
    """Raise NotAllowed unless it was the directory that ended the account, and nobody gets rights back by it."""
    words = {"email": row.person.email}
    if not row.switched_off:
        raise NotAllowed(_("%(email)s was switched off here by an admin. Only an admin can change that.") % words)
    if has_rights(row.person):
        raise NotAllowed(_("%(email)s has rights in the admin: an admin switches the account on, in Usher.") % words)


def check_is_free(email: str, *, but: User | None = None) -> None:
    """Raise Conflict when somebody else has this e-mail."""
    if User.objects.filter(email__iexact=email).exclude(pk=but.pk if but else 0).exists():
        raise Conflict(_("Somebody else has the e-mail %(email)s here.") % {"email": email})


def check_is_nobody(email: str, *, others: Collection[str]) -> None:
    """Raise Conflict where a new account would be the second one of somebody, whom another of these addresses knows."""
    here = User.objects.filter(email__in=others, is_bot=False).first()
    if here:
        text = _(
            "%(here)s is somebody's account here already, and the directory says that %(email)s has this address, too. "
            "Let userName be the address with which people sign in; if these are two accounts, an admin adds the other."
        )
        raise Conflict(text % {"here": here.email, "email": email})


def check_label(label: str, *, but: Group | None = None) -> None:
    """Raise Invalid for a name that can't be kept, Conflict where a group is called so: two would be taken for one."""
    if not label or len(label) > 200 or not label.isprintable():
        raise Invalid({"displayName": _("Name the group, in at most 200 characters.")})
    if Group.objects.filter(label__iexact=label).exclude(pk=but.pk if but else 0).exists():
        raise Conflict(_("There is a group “%(label)s” here already. Rename it here first.") % {"label": label})


def why_followed(group: Group) -> str:
    """Say why nobody types who is in this group; empty where they may."""
    if group.claim:
        return _("Who is in this group is what the sign-in provider says of them, each time they sign in.")
    if group.everybody:
        return _("Everybody is in this group by themselves, but bots; who can't sign in decides nothing.")
    return ""


def why_kept(group: Group) -> str:
    """Say why nobody edits this group here; empty where they may."""
    if hasattr(group, "provisioned"):
        return _("The company's directory keeps this group: who is in it, and what it is called, is changed there.")
    return ""

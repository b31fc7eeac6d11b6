"""Who may do what about a finding, and what is never taken out. `check_can_x` raises the reason."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from access.core.errors import Conflict, NotAllowed
from access.core.states import OPEN
from access.models import DirectoryMembership, DirectoryPerson, DirectoryRole, Finding, Grant, User, UserMapping
from access.people.rules import check_may_change
from integrations.base import NeedsAttention

# What Usher never gives for a while, and never takes away.
OWNER_TYPES = ("owner", "platform_owner")
# Somebody is in a role whom no grant explains.
MEMBERS = (Finding.Kind.OUTSIDE, Finding.Kind.STANDING)


def check_can_look(by: User) -> None:
    """Raise NotAllowed for anybody but admins and auditors."""
    if not by.reads_all:
        raise NotAllowed(_("Only admins and auditors see what was found at Aptible."))


def check_can_report(by: User) -> None:
    """Raise NotAllowed for anybody but admins and auditors."""
    if not by.reads_all:
        raise NotAllowed(_("Only admins and auditors see the reports."))


def check_can_accept(finding: Finding, *, by: User, accounts: Collection[str] | None = None) -> None:
    """Raise NotAllowed for anybody but an admin, and for what they are in themselves; Conflict when it is no longer so,
    or accepted already.

    `accounts` are those of `by`, where they are known.
    """
    _check_admin(by)
    if finding.kind in MEMBERS and _is_own(finding, by, accounts_of(by) if accounts is None else accounts):
        raise NotAllowed(_("This is about yourself, so another admin has to accept it."))
    if finding.closed_at is not None:
        raise Conflict(_("This is no longer so at Aptible."))
    if finding.accepted_at is not None:
        raise Conflict(_("%(by)s has accepted this already.") % {"by": finding.accepted_by})


def check_can_take_out(finding: Finding, *, by: User) -> None:
    """Raise NotAllowed for anybody but an admin, Conflict where nobody may be taken out, with the reason."""
    _check_admin(by)
    check_can_be_taken_out(finding)


def check_can_be_taken_out(finding: Finding) -> None:
    """Raise Conflict where nobody may be taken out, whoever asks, with the reason."""
    if finding.closed_at is not None:
        raise Conflict(_("This is no longer so at Aptible."))
    if why := why_never(finding) or why_not_yet(finding):
        raise Conflict(why)


def why_never(finding: Finding) -> str:
    """Say why this membership is not taken out, whoever asks; nothing when it may be."""
    if finding.kind not in MEMBERS or finding.target is None:
        return _("This is nothing that could be taken out of a role.")
    if _is_owner(finding):
        return _("An owner of the organization is never taken out by Usher.")
    if _is_bot(finding):
        return _("This is Usher's own bot, or nobody can say that it is not: it is never taken out.")
    return ""


def why_not_yet(finding: Finding) -> str:
    """Say why this membership is left in for now; nothing when it is not. An approval puts it off, and no more."""
    role_id = finding.target.role_id if finding.target else ""
    same = Grant.objects.filter(role_id=role_id, account_id=finding.account_id, state__in=OPEN)
    return _("This account holds the role by a grant, or is about to. End that first.") if same.exists() else ""


def accounts_of(person: User) -> set[str]:
    """The ids of the accounts that are this person's today."""
    rows = UserMapping.objects.filter(user=person).exclude(account_id="")
    return set(rows.values_list("account_id", flat=True))


def _is_own(finding: Finding, person: User, accounts: Collection[str]) -> bool:
    """Whether it is theirs: by name, by the address of the account, or by their user mapping of today."""
    by_address = finding.email.lower() == person.email.lower()
    return finding.person_id == person.pk or by_address or finding.account_id in accounts


def _check_admin(by: User) -> None:
    check_may_change(by)
    if not by.is_admin:
        raise NotAllowed(_("Only an admin can decide about what was found at Aptible."))


def _is_owner(finding: Finding) -> bool:
    owners = DirectoryRole.objects.filter(integration=finding.integration_id, type__in=OWNER_TYPES)
    of_owners = finding.target is not None and owners.filter(external_id=finding.target.role_id).exists()
    return of_owners or DirectoryMembership.objects.filter(role__in=owners, account_id=finding.account_id).exists()


def _is_bot(finding: Finding) -> bool:
    """Whether it is the account that the portal signs in with, or nobody can say: then it is left alone, too."""
    person = DirectoryPerson.objects.filter(integration=finding.integration_id, external_id=finding.account_id).first()
    email = (person.email if person else finding.email).strip().lower()
    try:
        username = finding.integration.sign_in[0].value()
    except (NeedsAttention, LookupError):
        return True
    return not email or email == username.strip().lower()

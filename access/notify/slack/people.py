"""Which person of the portal a Slack account belongs to: by the e-mail that Slack has seen confirmed, or by hand."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from access.core import clocks
from access.core.errors import Conflict, NotAllowed
from access.models import DirectoryPerson, Flow, Integration, User, UserMapping
from access.notify.slack.workspace import Workspace
from access.people import mappings
from access.people.mappings import KNOWN_FOR
from integrations.base import ProviderError
from integrations.slack import people as slack
from integrations.slack.people import Account


def person_of(slack_user_id: str, *, workspace: Workspace, now: datetime, flow: Flow | None = None) -> User:
    """The person who uses this account, such as U024BE7LH. May ask Slack: never call it within a transaction.

    Raises NotAllowed for an account that belongs to nobody here, for somebody who may no longer sign in, and for a
    guest unless `flow` lets guests act; Conflict while Slack can't be asked.
    """
    account = _known(slack_user_id, workspace, now=now)
    user, by_hand = _owner(account, now=now)
    if user is None:
        raise NotAllowed(_("Nobody in Usher has this Slack account. Ask an admin to connect it with your person."))
    if not user.is_active or user.is_bot:
        raise NotAllowed(_("Your person in Usher is no longer active, so you can't do anything there."))
    # Whoever connected an account by hand has said whose it is, whatever Slack says of its workspace.
    if (account.is_guest or (account.is_foreign and not by_hand)) and not (flow and flow.guests_may_act):
        raise NotAllowed(_("Guests of this Slack workspace can't do this. Use the pages of Usher, or ask a member."))
    return user


def how_mapped(slack_user_id: str, *, workspace: Workspace) -> str:
    """By which of UserMapping.Method this account was given to its person; empty while it is nobody's."""
    rows = UserMapping.objects.filter(integration=workspace.integration, account_id=slack_user_id.lower())
    return rows.values_list("method", flat=True).first() or ""


def zone_of(slack_user_id: str, *, workspace: Workspace) -> ZoneInfo:
    """The zone in which whoever has this account reads times; UTC while nobody has it. Asks nobody but the database."""
    rows = UserMapping.objects.filter(integration=workspace.integration, account_id=slack_user_id.lower())
    mapped = rows.select_related("user").first()
    return clocks.zone_of_reader(mapped.user.time_zone if mapped else "")


def account_of(user: User, *, workspace: Workspace, now: datetime) -> str:
    """The id of the person's Slack account; empty where they have none. May ask Slack: not within a transaction.

    Raises ProviderError while Slack can't be asked.
    """
    mapped = UserMapping.objects.filter(user=user, integration=workspace.integration).exclude(account_id="").first()
    if mapped is None:
        found = slack.by_email(workspace.client, user.email, team_id=workspace.team_id)
        # What Slack has not seen confirmed could be anybody's.
        if found is None or found.email != user.email.lower() or not found.is_active:
            return ""
        _keep(found, workspace.integration, now=now)
        mapped = mappings.match(user=user, integration=workspace.integration, now=now)
    return mapped.account_id.upper()


def _known(slack_user_id: str, workspace: Workspace, *, now: datetime) -> DirectoryPerson:
    rows = DirectoryPerson.objects.filter(integration=workspace.integration, external_id=slack_user_id.lower())
    known = rows.filter(seen_at__gt=now - KNOWN_FOR, gone_at=None).first()
    return known or _look_up(slack_user_id, workspace, now=now)


def _look_up(slack_user_id: str, workspace: Workspace, *, now: datetime) -> DirectoryPerson:
    try:
        account = slack.by_id(workspace.client, slack_user_id, team_id=workspace.team_id)
    except ProviderError as error:
        text = _("Slack could not say who you are. %(why)s Try again in a moment.")
        raise Conflict(text % {"why": error.summary}) from error
    if account is None or not account.is_active:
        rows = DirectoryPerson.objects.filter(integration=workspace.integration, external_id=slack_user_id.lower())
        rows.filter(gone_at=None).update(gone_at=now)
        raise NotAllowed(_("This Slack account is not one of a person who can act here."))
    return _keep(account, workspace.integration, now=now)


@transaction.atomic
def _keep(account: Account, integration: Integration, *, now: datetime) -> DirectoryPerson:
    facts = {
        "email": account.email, "name": account.name[:200], "verified": bool(account.email),
        "is_guest": account.is_guest, "is_foreign": account.is_foreign, "seen_at": now, "gone_at": None,
    }  # fmt: skip
    row, _made = DirectoryPerson.objects.update_or_create(
        integration=integration, external_id=account.id.lower(), defaults=facts
    )
    return row


def _owner(account: DirectoryPerson, *, now: datetime) -> tuple[User | None, bool]:
    """Whose account it is, pinned once or matched now by the e-mail; and whether somebody said so by hand."""
    rows = UserMapping.objects.filter(integration=account.integration_id, account_id=account.external_id)
    pinned = rows.select_related("user").first()
    if pinned:
        return pinned.user, pinned.method != UserMapping.Method.EMAIL
    user = User.objects.filter(email__iexact=account.email).first() if account.email else None
    if user is None:
        return None, False
    mapping = mappings.match(user=user, integration=account.integration, now=now)
    return (user if mapping.account_id == account.external_id else None), False

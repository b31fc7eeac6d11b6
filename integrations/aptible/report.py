"""What a bot's credentials may and may not do, in sentences for the person who set them up."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.aptible import payloads
from integrations.aptible.client import AptibleClient
from integrations.aptible.hal import Json, Refusal, normal_id, related_id
from integrations.aptible.login import Login
from integrations.base import ConnectionReport, Finding, LoginRefused, ProviderError

# How many names a sentence lists before it only counts the rest.
NAMES_SHOWN: Final = 5


def inspect_connection(client: AptibleClient, organization_id: str, *, now: datetime) -> ConnectionReport:
    """Sign in once, even after a refusal, and look at everything that the product will need. Raises nothing."""
    findings: list[Finding] = []
    try:
        for finding in _look(client, organization_id):
            findings.append(finding)
    except LoginRefused as error:
        findings.append(_bad(with_time(error, now)))
    except ProviderError as error:
        findings.append(_bad(error.summary))
    return ConnectionReport(tuple(findings))


def why_invisible(client: AptibleClient, organization_id: str) -> str:
    """A sentence on why the bot cannot use the organization, or an empty text if it can."""
    visible = client.organizations()
    if _find(visible, organization_id):
        return ""
    if _find(_barred(client), organization_id):
        return _(
            "The organization insists on SSO, which a bot cannot do. Put the bot on the organization's SSO allow list."
        )
    if not visible:
        return _("The bot is in no organization that it may use. Check the organization ID and the bot's invitation.")
    return _("The organization ID is not that of an organization of the bot. The bot is in: %(names)s.") % {
        "names": _listed(f"{resource.get('name')} ({normal_id(resource.get('id'))})" for resource in visible)
    }


def _look(client: AptibleClient, organization_id: str) -> Iterator[Finding]:
    login = client.sign_in_anew()
    yield _good(_("Signed in to Aptible as %(username)s.") % {"username": client.username})
    reason = why_invisible(client, organization_id)
    if reason:
        yield _bad(reason)
        return
    yield from _about_organization(client, organization_id)
    yield from _tried(
        lambda: _about_bot(client, organization_id, login),
        _("The bot may not read the people and roles of the organization. Make it a Deploy Owner."),
    )
    yield from _tried(
        lambda: _about_environments(client, organization_id),
        _("The bot may not read environments and permissions, so pages cannot say what a role opens."),
    )


def _tried(step: Callable[[], list[Finding]], denied: str) -> list[Finding]:
    try:
        return step()
    except Refusal as no:
        return [_bad(denied if no.denied or no.missing else no.summary)]


def _about_organization(client: AptibleClient, organization_id: str) -> Iterator[Finding]:
    organization = _find(client.organizations(), organization_id) or {}
    yield _good(_("The organization “%(name)s” is visible to the bot.") % {"name": organization.get("name")})
    if organization.get("sso_enforced") is True:
        yield _good(
            _("The organization insists on SSO, and lets the bot in. Leave it on the SSO allow list, or Account Owner.")
        )


def _about_bot(client: AptibleClient, organization_id: str, login: Login) -> list[Finding]:
    user = _own_user(client.users(organization_id), login, client.username)
    if user is None:
        return [_bad(_("The bot is not among the people of the organization. Invite it, and accept the invitation."))]
    roles = {role.id: role for role in map(payloads.role, client.roles(organization_id))}
    own_id = payloads.own_id(user)
    own = [row for row in client.all_memberships(organization_id) if related_id(row, "user") == own_id]
    held = {role_id: row.get("privileged") is True for row in own if (role_id := related_id(row, "role")) in roles}
    types = {roles[role_id].type for role_id in held}
    administered = [roles[role_id].name for role_id, privileged in held.items() if privileged]
    return [_rights(types, administered), *_about_user(user)]


def _rights(types: set[str], administered: list[str]) -> Finding:
    if "owner" in types:
        return _good(_("The bot is an Account Owner: it can add people to every role and remove them."))
    if "platform_owner" in types:
        return _good(_("The bot is a Deploy Owner: it can change every role except the Account Owners."))
    if administered:
        return _good(
            _("The bot is an admin of these roles only, and can add people to no other: %(names)s.")
            % {"names": _listed(administered)}
        )
    return _bad(
        _("The bot is neither a Deploy Owner nor an admin of a role, so it can add nobody. Make it a Deploy Owner.")
    )


def _about_user(user: Json) -> Iterator[Finding]:
    if user.get("verified") is True:
        yield _good(_("The bot's e-mail address is verified."))
    elif user.get("verified") is False:
        yield _bad(_("The bot's e-mail address is not verified, so Aptible lets it change nothing. Verify it."))
    if user.get("otp_enabled") is True:
        yield _bad(_("Multi-factor authentication is on for the bot. Switch it off, or its sign-in will be refused."))


def _about_environments(client: AptibleClient, organization_id: str) -> list[Finding]:
    environments = payloads.of_organization(client.environments(), organization_id)
    client.permissions()
    if not environments:
        return [_bad(_("The bot sees no environment of the organization, so pages cannot say what a role opens."))]
    text = ngettext(
        "%(count)d environment of the organization and its permissions can be read.",
        "%(count)d environments of the organization and their permissions can be read.",
        len(environments),
    )
    return [_good(text % {"count": len(environments)})]


def _own_user(users: list[Json], login: Login, username: str) -> Json | None:
    by_id = _find(users, login.user_id) if login.user_id else None
    return by_id or next((user for user in users if str(user.get("email")).casefold() == username.casefold()), None)


def _barred(client: AptibleClient) -> list[Json]:
    try:
        return client.barred_organizations()
    except Refusal:
        # It only serves a better explanation.
        return []


def _find(resources: list[Json], wanted: str) -> Json | None:
    return next((resource for resource in resources if normal_id(resource.get("id")) == wanted), None)


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    shown = ", ".join(every[:NAMES_SHOWN])
    rest = len(every) - NAMES_SHOWN
    return shown if rest <= 0 else _("%(names)s and %(rest)d more") % {"names": shown, "rest": rest}


def with_time(error: LoginRefused, now: datetime) -> str:
    if error.retry_at_earliest is None:
        return error.summary
    # Up to the next full minute.
    when = now.astimezone(UTC) + timedelta(seconds=error.retry_at_earliest + 59)
    again = _("It will not be tried again by itself before %(when)s UTC.") % {"when": f"{when:%Y-%m-%d %H:%M}"}
    return f"{error.summary} {again}"


def _good(text: str) -> Finding:
    return Finding(ok=True, text=text)


def _bad(text: str) -> Finding:
    return Finding(ok=False, text=text)

"""The bot's sign-in, typed once, and the organization that is picked among those that the bot sees."""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from access.config import record_changes
from access.config.free_name import free_name
from access.core.errors import Conflict, Invalid
from access.directory import secrets
from access.models import Integration, Secret, User
from access.people.rules import check_can_set_up
from integrations import registry
from integrations.base import Discovery, NeedsAttention

EMAIL: Final = "aptible-bot-email"
PASSWORD: Final = "aptible-bot-password"  # noqa: S105  the name of a row


def kept_email() -> str:
    """The e-mail of the sign-in that was kept, or nothing when none was, or when it can't be read."""
    secret = Secret.objects.filter(name=EMAIL).first()
    try:
        return secret.value() if secret and Secret.objects.filter(name=PASSWORD).exists() else ""
    except NeedsAttention:
        return ""


@sensitive_variables("password")
def try_sign_in(*, email: str, password: str, by: User, now: datetime) -> Discovery:
    """Sign in at Aptible with what was typed, and keep it, encrypted, when that works.

    Raises Invalid for `password` when there is no key to encrypt with: before Aptible is asked.
    """
    check_can_set_up(by=by)
    try:
        sealed = {EMAIL: secrets.seal(email), PASSWORD: secrets.seal(password)}
    except Invalid as error:
        raise Invalid({"password": error.errors["value"]}) from None
    found = _discover(email, password, now=now)
    if found.organizations:
        _keep(sealed, by=by, now=now)
    return found


def look_again(*, by: User, now: datetime) -> Discovery:
    """See once more where the kept sign-in leads. Raises Conflict when none is kept, or it can't be read."""
    check_can_set_up(by=by)
    try:
        email, password = (Secret.objects.get(name=name).value() for name in (EMAIL, PASSWORD))
    except (Secret.DoesNotExist, NeedsAttention):
        raise Conflict(_("There is no sign-in of the bot that could be tried. Type it again.")) from None
    return _discover(email, password, now=now)


def use_organization(organization_id: str, *, by: User, now: datetime) -> Integration:
    """Connect the organization with this id, if the bot sees it. Raises Conflict when it does not."""
    organizations = {one.id: one for one in look_again(by=by, now=now).organizations}
    chosen = organizations.get(organization_id.strip().lower())
    if chosen is None:
        raise Conflict(_("The bot does not see this organization any more. Look again which ones it sees."))
    with transaction.atomic():
        known = Integration.objects.filter(type=Integration.Type.APTIBLE, external_id=chosen.id).first()
        return known or _connected(chosen.id, chosen.name, by=by, now=now)


def _connected(organization_id: str, name: str, *, by: User, now: datetime) -> Integration:
    made = Integration.objects.create(
        type=Integration.Type.APTIBLE, external_id=organization_id,
        name=free_name(Integration, name, otherwise="aptible"),
        username_secret=Secret.objects.get(name=EMAIL), password_secret=Secret.objects.get(name=PASSWORD),
    )  # fmt: skip
    record_changes.record_added(made, by=by, now=now)
    return made


def _discover(email: str, password: str, *, now: datetime) -> Discovery:
    return registry.discover(
        Integration.Type.APTIBLE, username=email, password=password, now=now,
        auth_url=settings.APTIBLE_AUTH_ROOT_URL, api_url=settings.APTIBLE_API_ROOT_URL,
    )  # fmt: skip


@transaction.atomic
def _keep(sealed: dict[str, str], *, by: User, now: datetime) -> None:
    for name, value in sealed.items():
        secret = Secret.objects.select_for_update().filter(name=name).first()
        before = record_changes.facts(secret) if secret else None
        secret = secret or Secret(name=name)
        secret.source = Secret.Source.STORED
        secrets.set_source(secret, sealed=value, now=now)
        secret.save()
        if before is None:
            record_changes.record_added(secret, by=by, now=now)
        else:
            record_changes.record_changed(secret, before=before, by=by, now=now)

"""Ask Aptible whether the roles that files name are there. Outside calls: never within a transaction."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from access.config.declared import wanted
from access.config.declared.wanted import Wanted
from access.config.setup_errors import CUSTOM_ROLE
from access.directory import connect
from access.models import Integration, Secret
from integrations.base import AccessProvider, ProviderError, Role
from integrations.terraform.configuration import Configuration
from integrations.terraform.problems import Problem, did_you_mean

Connect = Callable[..., AccessProvider]


def problems(
    configuration: Configuration, *, now: datetime, provider_for: Connect = connect.provider_for
) -> list[Problem]:
    """Tell, with its place, each role that its organization does not have or that is not one to hand out.

    Looks into each organization once. What is wrong with the files themselves is told by the plan.
    """
    declared = {(one.type, one.name): one for one in wanted.read(configuration).rows}
    found: list[Problem] = []
    for integration in [one for key, one in declared.items() if key[0] == "sym_integration"]:
        targets = [
            one
            for one in declared.values()
            if one.type == "sym_target" and one.facts["integration"] == integration.name
        ]
        if integration.facts["type"] != Integration.Type.APTIBLE or not targets:
            continue
        try:
            directory = provider_for(_row(integration, declared), now=now).directory()
        except ProviderError as error:
            text = _("Aptible could not be asked for its roles: %(why)s Leave this check out with --offline.")
            found.append(Problem(integration.place, text % {"why": error.summary}))
            continue
        roles = {one.id.lower(): one for one in directory.roles}
        found += [problem for one in targets for problem in _of(one, roles)]
    return found


def _row(integration: Wanted, declared: Mapping[tuple[str, str], Wanted]) -> Integration:
    """The integration as it would be, without writing it."""
    known = Integration.objects.filter(name__iexact=integration.name).first()
    row = Integration(
        type=integration.facts["type"],
        external_id=integration.facts["external_id"],
        username_secret=_secret(integration.facts["username_secret"], declared),
        password_secret=_secret(integration.facts["password_secret"], declared),
    )
    if known:
        row.refused_fingerprint, row.login_retry_at = known.refused_fingerprint, known.login_retry_at
    return row


def _secret(name: str, declared: Mapping[tuple[str, str], Wanted]) -> Secret:
    known = Secret.objects.filter(name__iexact=name).first()
    one = declared.get(("sym_secret", name))
    if one is None:
        return known or Secret(name=name)
    sealed = known.sealed if known and one.facts["source"] == Secret.Source.STORED else ""
    return Secret(
        name=name, source=one.facts["source"], location=one.facts["path"], json_key=one.facts["json_key"], sealed=sealed
    )


def _of(one: Wanted, roles: Mapping[str, Role]) -> Iterator[Problem]:
    place = one.places.get("settings", one.place)
    role = roles.get(one.facts["role_id"])
    if role is None:
        names = ", ".join(f"{known.name} ({known.id})" for known in list(roles.values())[:10])
        near = did_you_mean(one.facts["role_id"], list(roles))
        text = _("The organization has no role %(id)s.%(near)s It has: %(names)s.")
        yield Problem(place, text % {"id": one.facts["role_id"], "near": near, "names": names})
    elif role.type != CUSTOM_ROLE and not one.facts["owner_role_is_meant"]:
        text = _("%(role)s is not a custom role, but of the type %(type)s. Set owner_role_is_meant if it is meant.")
        yield Problem(place, text % {"role": role.name, "type": role.type})

"""Ask Aptible whether the roles that files name are there. Outside calls: never within a transaction."""

from collections.abc import Callable, Iterable, Iterator, Mapping
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
    rows = wanted.read(configuration).rows
    advice = _(" Leave this check out with --offline.")
    return problems_of(rows, rows, now=now, provider_for=provider_for, advice=advice)


def problems_of(
    planned: Iterable[Wanted], judged: Iterable[Wanted], *, now: datetime,
    provider_for: Connect = connect.provider_for, advice: str = "",
) -> list[Problem]:  # fmt: skip
    """Do so for some of the rows that are planned; an integration that is not among these is the one that is here."""
    declared = {(one.type, one.name): one for one in planned}
    targets: dict[str, list[Wanted]] = {}
    for one in judged:
        if one.type == "sym_integration":
            targets.setdefault(one.name, [])
        elif one.type == "sym_target":
            targets.setdefault(one.facts["integration"], []).append(one)
    found: list[Problem] = []
    for name, named in targets.items():
        integration = _integration(name, declared)
        if integration is None or integration.type != Integration.Type.APTIBLE:
            continue
        try:
            roles = {one.id.lower(): one for one in provider_for(integration, now=now).roles()}
        except ProviderError as error:
            text = _("Aptible could not be asked for its roles: %(why)s") + advice
            place = declared[key].place if (key := ("sym_integration", name)) in declared else named[0].place
            found.append(Problem(place, text % {"why": error.summary}))
            continue
        found += [problem for one in named for problem in _of(one, roles)]
    return found


def _integration(name: str, declared: Mapping[tuple[str, str], Wanted]) -> Integration | None:
    one = declared.get(("sym_integration", name))
    return _row(one, declared) if one else Integration.objects.filter(name__iexact=name).first()


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

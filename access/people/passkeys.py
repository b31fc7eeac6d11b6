"""Register passkeys, confirm and remove them. Each change is in the log, and told to its person and the admins."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from access.audit import log
from access.core import texts
from access.core.errors import Conflict, Invalid, NotAllowed
from access.models import Challenge, Passkey, User
from access.people import challenges
from access.people.challenges import Signed
from access.people.rules import check_can_confirm_passkey, check_can_remove_passkey, check_can_rename_passkey
from integrations import passkeys
from integrations.passkeys import Known, Registered, Site, Unfit

NAME_MAX: Final = 100
MOST: Final = 20  # that one person has


def of(person: User) -> Sequence[Passkey]:
    return list(Passkey.objects.filter(person=person).select_related("confirmed_by").order_by("pk"))


def waiting(by: User, *, now: datetime) -> Sequence[Passkey]:
    """Those that do not count yet, and that this admin may confirm: of others who can sign in. The oldest first."""
    new = Passkey.objects.filter(counts_from__gt=now, confirmed_at=None, person__is_active=True).exclude(person=by)
    return list(new.select_related("person").order_by("registered_at", "pk")) if by.is_admin else []


def known(mine: Sequence[Passkey]) -> list[Known]:
    return [Known(one.credential, one.transports) for one in mine]


def to_register(person: User, *, site: Site, now: datetime) -> dict[str, Any]:
    """What the browser is asked for a new passkey. Raises Conflict for somebody with too many."""
    mine = of(person)
    if len(mine) >= MOST:
        raise Conflict(_("You have %(count)d passkeys. Remove one first.") % {"count": len(mine)})
    said = {"usher": "passkey 1", "person": person.email, "person_id": person.pk}
    asked = challenges.ask(person, Challenge.Purpose.REGISTER, said, site=site, now=now)
    who = (f"usher:{person.pk}", person.email, str(person))
    return passkeys.to_register(site, challenges.digest(asked.statement), person=who, known=known(mine))


def to_sign(person: User, challenge: Challenge, *, site: Site) -> dict[str, Any]:
    """What the browser is asked to have signed, by any passkey of this person."""
    return passkeys.to_sign(site, challenges.digest(challenge.statement), known=known(of(person)))


@transaction.atomic
def register(*, person: User, name: str, signed: Signed, wait: timedelta, now: datetime) -> Passkey:
    """Keep a new passkey, which counts as an approval once `wait` is over.

    Raises Invalid for a name that can't be kept, and NotAllowed for what the browser should not have sent.
    """
    _check_name(name)
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not person.is_active or person.is_bot:
        raise NotAllowed(_("There are no passkeys for those who can't sign in."))
    challenge = challenges.take(person, Challenge.Purpose.REGISTER, signed.answer, now=now)
    try:
        made = passkeys.registered(signed.site, challenges.digest(challenge.statement), signed.answer)
    except Unfit as error:
        text = _("This passkey can't be used: it has to be made on this site, and your device has to ask who you are.")
        raise NotAllowed(text) from error
    if Passkey.objects.filter(credential=made.credential).exists():
        raise Conflict(_("This passkey is registered already."))
    passkey = Passkey.objects.create(
        person=person, name=name.strip(), credential=made.credential, public_key=made.public_key,
        sign_count=made.sign_count, transports=made.transports, attestation=made.attestation, registered_at=now,
        counts_from=now + wait,
    )  # fmt: skip
    facts = _facts_of(made, challenge.statement, passkey)
    log.append("passkey.registered", actor=person, now=now, subject=person, data=facts)
    return passkey


@transaction.atomic
def confirm(*, passkey: Passkey, by: User, now: datetime) -> None:
    """Let a new passkey count at once, by another admin's word. Raises NotAllowed, or Conflict when it counts."""
    passkey = Passkey.objects.select_for_update(of=("self",)).select_related("person").get(pk=passkey.pk)
    check_can_confirm_passkey(passkey, by=by, now=now)
    Passkey.objects.filter(pk=passkey.pk).update(confirmed_at=now, confirmed_by=by)
    log.append("passkey.confirmed", actor=by, now=now, subject=passkey.person, data=_facts(passkey))


@transaction.atomic
def rename(*, passkey: Passkey, name: str, by: User, now: datetime) -> None:
    """Call it something else. Raises NotAllowed for anybody but its person, Invalid for a name that can't be kept."""
    check_can_rename_passkey(passkey, by=by)
    _check_name(name)
    passkey = Passkey.objects.select_for_update(of=("self",)).select_related("person").get(pk=passkey.pk)
    before, passkey.name = passkey.name, name.strip()
    if passkey.name == before:
        return
    passkey.save(update_fields=["name"])
    log.append("passkey.renamed", actor=by, now=now, subject=passkey.person, data={**_facts(passkey), "before": before})


@transaction.atomic
def remove(*, passkey: Passkey, by: User, now: datetime) -> None:
    """Let it sign nothing any more. What it has signed stays proven. Raises NotAllowed."""
    check_can_remove_passkey(passkey, by=by)
    remove_as_operator(passkey=passkey, actor=by, now=now)


@transaction.atomic
def remove_as_operator(*, passkey: Passkey, actor: log.Actor, now: datetime) -> None:
    """Do the same for whoever was found to be allowed to, or runs commands on this machine."""
    gone, _each = Passkey.objects.filter(pk=passkey.pk).delete()
    if not gone:
        raise Conflict(_("This passkey was removed already."))
    log.append("passkey.removed", actor=actor, now=now, subject=passkey.person, data=_facts(passkey))


def _check_name(name: str) -> None:
    if not name.strip() or not name.isprintable() or texts.wrong(name=name):
        raise Invalid({"name": _("Give it a name, so that you know it again.")})
    if len(name.strip()) > NAME_MAX:
        raise Invalid({"name": _("Keep it under %(count)d characters.") % {"count": NAME_MAX}})


def _facts(passkey: Passkey) -> dict[str, Any]:
    return {"passkey": passkey.name, "credential": passkey.credential}


def _facts_of(made: Registered, statement: Mapping[str, Any], passkey: Passkey) -> dict[str, Any]:
    """All that it takes to check later what it signs, and when it came."""
    return {
        **_facts(passkey),
        "site": statement["site"],
        "public_key": made.spki,
        "counts_from": passkey.counts_from.isoformat(),
        "format": made.format,
        "model": made.model,
        "attestation": made.attestation,
        "client_data": made.client_data,
        "statement": dict(statement),
    }

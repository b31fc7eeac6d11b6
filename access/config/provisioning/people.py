"""People as the directory has them: they come, are called otherwise, leave at once, and may come back."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from access.audit import log
from access.config import deactivate, record_changes
from access.config.provisioning import rules
from access.core.errors import Conflict, Invalid, Refusal
from access.models import ProvisionedPerson, User
from access.models.provisioned import fresh_ref
from access.people.people import addresses, join_one_at_a_time
from access.policy import check_flows
from integrations.storable import storable

LARGEST: Final = 10_000  # characters of what is only given back


@dataclass(frozen=True)
class Said:
    """What the directory says of a person. `rest` is given back to it, and nothing here goes by it.

    Of somebody of whom it does not say whether they are `active`, that stays as it was.
    """

    email: str
    name: str = ""
    active: bool | None = None
    external_id: str = ""
    rest: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def add(said: Said, *, by: User, now: datetime, domains: Collection[str]) -> ProvisionedPerson:
    """Make an account without any rights, or take over the one with this e-mail, if that may be.

    Raises Conflict when the directory has it already, NotAllowed or Invalid with the reason.
    """
    _check(said)
    rules.check_address(said.email, domains=domains)
    person = User.objects.select_for_update(no_key=True).filter(email__iexact=said.email).first()
    if person is None:
        join_one_at_a_time()
        rules.check_is_nobody(said.email, others=addresses(said.rest))
    row = _known(person, by=by, now=now) if person else _made(said, by=by, now=now)
    return _follow(row, said, by=by, now=now)


@transaction.atomic
def change(
    row: ProvisionedPerson, said: Said, *, by: User, now: datetime, domains: Collection[str]
) -> ProvisionedPerson:
    """Let the account be what the directory says. Raises as `add` does; then nothing of it is changed.

    But whomever it switches off is off, also where what else it says is refused: that stays as it was.
    """
    row = locked(row)
    try:
        _check_change(row, said, domains=domains)
    except Refusal:
        if said.active is not False:
            raise
        kept = {**row.said, "activeUnsaid": False}
        said = replace(said, email=row.person.email, name="", external_id=row.external_id, rest=kept)
    if said.email != row.person.email:
        unproven = "" if rules.is_unused(row) else said.email
        ProvisionedPerson.objects.filter(pk=row.pk).update(unproven_email=unproven)
    return _follow(row, said, by=by, now=now)


@transaction.atomic
def remove(row: ProvisionedPerson, *, by: User, now: datetime) -> None:
    """End the account: the directory does not have the person any more. The row stays, as the log tells of them."""
    row = locked(row)
    log.append("person.left_directory", actor=by, now=now, subject=row.person)
    _switch(row, on=False, by=by, now=now)
    for group in row.person.member_of.filter(provisioned__isnull=False):
        group.members.remove(row.person)
    ProvisionedPerson.objects.filter(pk=row.pk).update(gone_at=now, changed_at=now, version=F("version") + 1)


@transaction.atomic
def hand_over(person: User, *, by: User, now: datetime) -> bool:
    """Let the directory keep an account that is here already; False when it does. An admin decides that."""
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if person.is_bot or ProvisionedPerson.objects.filter(person=person, gone_at=None).exists():
        return False
    ProvisionedPerson.objects.update_or_create(
        person=person, defaults={"gone_at": None, "made_here": False, "switched_off": False, "changed_at": now},
        create_defaults={"made_here": False, "created_at": now, "changed_at": now},
    )  # fmt: skip
    log.append("person.kept", actor=by, now=now, subject=person)
    return True


def locked(row: ProvisionedPerson) -> ProvisionedPerson:
    """The row as it is now, with the account locked, so that two calls at once follow each other."""
    User.objects.select_for_update(no_key=True).get(pk=row.person_id)
    return ProvisionedPerson.objects.select_related("person").get(pk=row.pk)


def _check(said: Said) -> None:
    rules.check_texts(displayName=said.name, externalId=said.external_id)
    if len(json.dumps(said.rest)) > LARGEST:
        raise Invalid({"emails": _("This is more than a person's names and addresses.")})


def _check_change(row: ProvisionedPerson, said: Said, *, domains: Collection[str]) -> None:
    _check(said)
    if said.email != row.person.email:
        rules.check_address(said.email, domains=domains)
        rules.check_is_free(said.email, but=row.person)
        rules.check_can_be_renamed(row)


def _made(said: Said, *, by: User, now: datetime) -> ProvisionedPerson:
    person = User.objects.create_user(said.email, name=said.name[:200], joined_at=now)
    log.append("person.provisioned", actor=by, now=now, subject=person)
    return ProvisionedPerson.objects.create(person=person, created_at=now, changed_at=now)


def _known(person: User, *, by: User, now: datetime) -> ProvisionedPerson:
    """The row of an account that is here: one that the directory has again, or one that becomes its own."""
    row = ProvisionedPerson.objects.select_related("person").filter(person=person).first()
    if row and row.gone_at is None:
        raise Conflict(_("The directory has %(email)s here already.") % {"email": person.email})
    if row is None:
        rules.check_can_be_taken_over(person)
        row = ProvisionedPerson(person=person, made_here=False, created_at=now, changed_at=now)
    elif not person.is_active:
        rules.check_can_come_back(row)
    else:
        rules.check_can_be_taken_over(person)
    row.gone_at, row.ref = None, row.ref if row.pk is None else fresh_ref()
    row.save()
    log.append("person.kept", actor=by, now=now, subject=person)
    return row


def _follow(row: ProvisionedPerson, said: Said, *, by: User, now: datetime) -> ProvisionedPerson:
    """Write what is new of the account, each with its event; then that the person is here, or is not."""
    person = row.person
    before = record_changes.facts(person)
    person.email, person.name = said.email, (said.name or person.name)[:200]
    person.save(update_fields=["email", "name"])
    record_changes.record_changed(person, before=before, by=by, now=now)
    ProvisionedPerson.objects.filter(pk=row.pk).update(
        external_id=said.external_id, said=storable(dict(said.rest)), changed_at=now, version=F("version") + 1
    )
    if said.active is not None:
        _switch(row, on=said.active, by=by, now=now)
    row.refresh_from_db()
    return row


def _switch(row: ProvisionedPerson, *, on: bool, by: User, now: datetime) -> None:
    person = row.person
    if person.is_active == on:
        return
    if on:
        rules.check_can_come_back(row)
        deactivate.reactivate(person, by=by, now=now)
    else:
        deactivate.deactivate(person, by=by, now=now)
    ProvisionedPerson.objects.filter(pk=row.pk).update(switched_off=not on)
    check_flows.look_soon(now=now)

"""Switch an account off: from that moment nobody signs in with it, and what they hold ends. And on again."""

from datetime import datetime

from django.db import transaction

from access.config import record_changes
from access.models import ProvisionedPerson, User
from access.requests import offboard


@transaction.atomic
def deactivate(person: User, *, by: User, now: datetime) -> None:
    """End sign-in, sessions, tokens, what was asked for and what is held, with the events that tell so."""
    _set(person, active=False, by=by, now=now)


@transaction.atomic
def reactivate(person: User, *, by: User, now: datetime) -> None:
    """Let the person sign in again. What ended has ended: nothing of it comes back."""
    _set(person, active=True, by=by, now=now)


def decided_here(person: User) -> None:
    """An admin switched the account on or off, so the directory switches it on no more."""
    ProvisionedPerson.objects.filter(person=person).update(switched_off=False)


def _set(person: User, *, active: bool, by: User, now: datetime) -> None:
    before = record_changes.facts(person)
    person.is_active = active
    person.save(update_fields=["is_active"])
    if not active:
        offboard.leave(user=person, by=by, now=now)
    record_changes.record_changed(person, before=before, by=by, now=now)

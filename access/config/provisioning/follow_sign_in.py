"""What a sign-in provider says of somebody who is known here: their name and their e-mail follow it."""

from datetime import datetime

from django.db import transaction
from social_django.models import UserSocialAuth

from access.audit import log
from access.config import record_changes
from access.models import AuditEvent, ProvisionedPerson, User


@transaction.atomic
def follow(person: User, *, email: str, name: str, now: datetime) -> None:
    """Take over a changed name and e-mail of whom the provider's own name for them has made known already.

    Not where the directory keeps the account, nor where two providers could say two things. An e-mail that somebody
    else has here stays theirs, and the admins are told.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if ProvisionedPerson.objects.filter(person=person, gone_at=None).exists():
        return
    if UserSocialAuth.objects.filter(user=person).values("provider").distinct().count() != 1:
        return
    before = record_changes.facts(person)
    if email != person.email and User.objects.filter(email__iexact=email).exclude(pk=person.pk).exists():
        _refuse(person, email, now=now)
    else:
        person.email = email
    person.name = name.strip()[:200] or person.name
    person.save(update_fields=["email", "name"])
    record_changes.record_changed(person, before=before, by=log.SYSTEM, now=now)


def _refuse(person: User, email: str, *, now: datetime) -> None:
    """Say so once for each address, not each time the person signs in."""
    told = AuditEvent.objects.filter(type="person.not_renamed", person_id=person.pk).order_by("-id").first()
    if told is None or told.data["email"] != email:
        log.append("person.not_renamed", actor=log.SYSTEM, now=now, subject=person, data={"email": email})

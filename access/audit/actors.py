"""Who it was: by the id that an event keeps; of events from before that, by what the log itself can prove."""

from collections.abc import Iterable, Mapping

from access.audit import log
from access.models import AuditEvent, User
from access.models.who import called
from integrations.bidi import isolated


def names(events: Iterable[AuditEvent]) -> Mapping[int, str]:
    """What each event's actor was called then, by the event's primary key; nothing where it happened by itself.

    An event without an id names the person who has its address, unless the log says that the address ever moved:
    then it is told as the address of the time, and nobody is named. Two queries at most, none where names were kept.
    """
    found = list(events)
    people = persons(one for one in found if not one.actor_name)
    return {one.pk: _called(one, people.get(one.pk)) for one in found}


def persons(events: Iterable[AuditEvent]) -> Mapping[int, User]:
    """Which person acted, by the event's primary key, where that is known for sure."""
    found = list(events)
    old = {one.actor.lower() for one in found if one.actor_id is None and "@" in one.actor}
    sure = old - _moved() if old else set()
    rows = User.objects.filter(pk__in={one.actor_id for one in found if one.actor_id})
    by_id = {one.pk: one for one in rows} if any(one.actor_id for one in found) else {}
    by_email = {one.email.lower(): one for one in User.objects.filter(email__in=sure)} if sure else {}
    known = {one.pk: by_id.get(one.actor_id) if one.actor_id else by_email.get(one.actor.lower()) for one in found}
    return {pk: person for pk, person in known.items() if person is not None}


def _called(event: AuditEvent, person: User | None) -> str:
    if event.actor == log.SYSTEM:
        return ""
    if event.actor_name:
        return isolated(event.actor_name)
    if person is not None:
        return str(person)
    return called(event.actor, "")


def _moved() -> set[str]:
    """The addresses that ever became, or ceased to be, somebody's."""
    changes = AuditEvent.objects.filter(type="person.changed", data__changes__email__isnull=False)
    pairs = [one["changes"]["email"] for one in changes.values_list("data", flat=True)]
    return {str(address).lower() for pair in pairs for address in (pair["from"], pair["to"])}

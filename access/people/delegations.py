"""Let somebody decide for a person who is away, and end that."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from access.audit import log
from access.core.errors import Conflict, Invalid, NotAllowed
from access.models import Delegation, User
from access.people import current_delegations
from access.people.rules import check_may_change

LONGEST: Final = timedelta(days=90)
REASON_MAX: Final = 200


@transaction.atomic
def delegate(
    *,
    from_person: User,
    to_person: User,
    starts_at: datetime | None,
    ends_at: datetime,
    reason: str,
    by: User,
    now: datetime,
) -> Delegation:
    """Ask `to_person` to decide for `from_person` from the start to the end; it counts once they accept.

    A start that is over means now.

    Raises NotAllowed when `by` is neither the one who is away nor an admin, Invalid with a sentence for each
    field that is wrong.
    """
    check_may_change(by)
    if not (by.sets_up or (by.is_active and by.pk == from_person.pk)):
        raise NotAllowed(_("Only an admin can say for somebody else who decides for them."))
    # Whoever makes a chain of two delegations takes the row of the person in its middle, too. The lock lets others name
    # these people in rows of their own: two delegations would otherwise wait for each other.
    pair = [from_person.pk, to_person.pk]
    locked = {one.pk: one for one in User.objects.select_for_update(no_key=True).filter(pk__in=pair).order_by("pk")}
    row = Delegation(
        from_person=from_person, to_person=to_person, starts_at=max(starts_at or now, now), ends_at=ends_at,
        reason=reason.strip(), created_by=by, created_at=now,
    )  # fmt: skip
    # Read again behind the locks.
    row.from_person, row.to_person = (locked[one] for one in (from_person.pk, to_person.pk))
    if wrong := errors(row, now=now):
        raise Invalid(wrong)
    row.due_at = row.starts_at
    row.save(force_insert=True)
    log.append("delegation.set", actor=by, now=now, subject=row.from_person, data=_facts(row))
    return row


@transaction.atomic
def accept(*, delegation: Delegation, by: User, now: datetime) -> None:
    """Say yes to deciding for somebody: the delegation counts from then on. Declining is ending it.

    Raises NotAllowed for anybody but the delegate, Conflict when it is accepted already or over.
    """
    check_may_change(by)
    row = Delegation.objects.select_for_update(of=("self",)).get(pk=delegation.pk)
    if not (by.is_active and by.pk == row.to_person_id):
        raise NotAllowed(_("Only who is to decide can accept that."))
    if row.accepted_at or row.ended_at or row.ends_at <= now:
        raise Conflict(_("This delegation is accepted already, or over."))
    Delegation.objects.filter(pk=row.pk).update(accepted_at=now, due_at=max(row.starts_at, now))
    log.append("delegation.accepted", actor=by, now=now, subject=row.from_person, data=_facts(row))


@transaction.atomic
def end(*, delegation: Delegation, by: User, now: datetime) -> None:
    """End a delegation before its time. Raises NotAllowed for others than the two and the admins, Conflict after it."""
    check_may_change(by)
    row = Delegation.objects.select_for_update(of=("self",)).get(pk=delegation.pk)
    if not (by.is_admin or (by.is_active and by.pk in (row.from_person_id, row.to_person_id))):
        raise NotAllowed(_("Only the two of them and an admin can end this delegation."))
    if row.ended_at or row.ends_at <= now:
        raise Conflict(_("This delegation has ended already."))
    _end(row, actor=by, now=now)


def lock_of(user: User, *, now: datetime) -> list[Delegation]:
    """Lock all that this person gave or got and that is not over, in the caller's transaction."""
    theirs = Q(from_person=user) | Q(to_person=user)
    rows = Delegation.objects.select_for_update(of=("self",)).select_related("from_person", "to_person")
    return list(rows.filter(theirs, ended_at=None, ends_at__gt=now).order_by("pk"))


def drop(locked: Iterable[Delegation], *, by: User, now: datetime) -> None:
    """End these, of a person who was deactivated."""
    for row in locked:
        _end(row, actor=by, now=now)


@transaction.atomic
def look(delegation: Delegation, *, now: datetime) -> None:
    """Write to the log that a delegation has begun or that its time is over, once, when it is due."""
    row = Delegation.objects.select_for_update(of=("self",)).filter(pk=delegation.pk, due_at__lte=now).first()
    if row is None:
        return
    if row.ends_at <= now:
        _end(row, actor=log.SYSTEM, now=now)
        return
    Delegation.objects.filter(pk=row.pk).update(due_at=row.ends_at)
    if row.accepted_at is None:
        return  # it begins when it is accepted
    log.append("delegation.begun", actor=log.SYSTEM, now=now, subject=row.from_person, data=_facts(row))


def _end(row: Delegation, *, actor: log.Actor, now: datetime) -> None:
    Delegation.objects.filter(pk=row.pk).update(ended_at=now, due_at=None)
    log.append("delegation.ended", actor=actor, now=now, subject=row.from_person, data=_facts(row))


def errors(row: Delegation, *, now: datetime) -> dict[str, str]:
    """Say what is wrong with a delegation as it would be set: a sentence for each field."""
    row.starts_at = max(row.starts_at or now, now)
    found = _errors_of_times(row, now=now) | _errors_of_people(row) | _errors_of_reason(row)
    return found or _errors_of_flows(row) or _errors_of_others(row)


def _errors_of_flows(row: Delegation) -> dict[str, str]:
    """Name nobody whose word would count nowhere. Who decides nowhere yet may name anybody, for later."""
    named = current_delegations.can_stand_in(row.from_person).filter(pk=row.to_person_id)
    if named.exists() or not current_delegations.decides_somewhere(row.from_person):
        return {}
    text = _("No flow that asks %(away)s lets %(to)s decide for others there. Ask an admin to let them stand in.")
    return {"to_person": text % {"away": row.from_person, "to": row.to_person}}


def _errors_of_times(row: Delegation, *, now: datetime) -> dict[str, str]:
    if row.ends_at <= now:
        return {"ends_at": _("The end is over already.")}
    if row.ends_at <= row.starts_at:
        return {"ends_at": _("The end is before the start.")}
    if row.ends_at - row.starts_at > LONGEST:
        return {"ends_at": _("At most 90 days: after that, somebody else should approve in the first place.")}
    return {}


def _errors_of_people(row: Delegation) -> dict[str, str]:
    pair = (row.from_person, row.to_person)
    active = {one.pk for one in pair if one.is_active and not (one.is_auditor or one.is_bot)}
    if row.from_person_id == row.to_person_id:
        return {"to_person": _("Name somebody else: nobody decides for themselves while they are away.")}
    if row.to_person_id not in active:
        return {
            "to_person": _("%(person)s decides nothing: only active people do, and neither auditors nor bots.")
            % {"person": row.to_person}
        }
    if row.from_person_id not in active:
        return {
            "from_person": _("%(person)s decides nothing: only active people do, and neither auditors nor bots.")
            % {"person": row.from_person}
        }
    return {}


def _errors_of_reason(row: Delegation) -> dict[str, str]:
    if not row.reason:
        return {"reason": _("Say why, such as: on holiday.")}
    if len(row.reason) > REASON_MAX:
        return {"reason": _("At most %(count)d characters.") % {"count": REASON_MAX}}
    return {}


def _errors_of_others(row: Delegation) -> dict[str, str]:
    """Look at the delegations of the same time: one for each person, and none that is passed on."""
    pair = (row.from_person_id, row.to_person_id)
    for one in current_delegations.overlapping(people=pair, starts_at=row.starts_at, ends_at=row.ends_at):
        words = {
            "away": row.from_person, "to": row.to_person, "other_away": one.from_person, "other_to": one.to_person,
            "until": date_format(timezone.localtime(one.ends_at), "j F Y, H:i e"),
        }  # fmt: skip
        if sentence := _sentence(row, one):
            return {"to_person": sentence % words}
    return {}


def _sentence(row: Delegation, one: Delegation) -> str:
    if one.from_person_id == row.from_person_id:
        return _("%(other_to)s decides for %(away)s until %(until)s already: end that first.")
    if (one.from_person_id, one.to_person_id) == (row.to_person_id, row.from_person_id):
        return _("That would be a loop: %(away)s decides for %(to)s until %(until)s.")
    if one.from_person_id == row.to_person_id:
        return _("%(to)s is away, too: %(other_to)s decides for them until %(until)s. Name somebody who is there.")
    if one.to_person_id == row.from_person_id:
        return _(
            "%(away)s decides for %(other_away)s until %(until)s, and nobody passes that on."
            " Let %(other_away)s name somebody else first."
        )
    return ""


def _facts(row: Delegation) -> dict[str, Any]:
    return {
        "delegation": row.pk, "to": row.to_person.email, "to_id": row.to_person_id,
        "starts_at": row.starts_at.isoformat(), "ends_at": row.ends_at.isoformat(), "reason": row.reason,
    }  # fmt: skip

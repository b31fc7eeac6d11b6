"""Who may end access, and write a grant off. `check_can_x` raises the reason."""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from access.core.errors import Conflict, NotAllowed
from access.core.states import GrantState
from access.models import Grant, User
from access.people.rules import check_may_change


def check_can_end(grant: Grant, *, by: User, approves: Collection[int]) -> None:
    """Raise NotAllowed unless `by` holds it, may approve it, or is an admin; Conflict when it is ending or has ended.

    `approves` are the requests that `by` may approve, by primary key; the grant's own are looked for among them.
    """
    check_may_change(by)
    if not _may_end(grant, by=by, approves=approves):
        raise NotAllowed(_("Only the holder, an approver or an admin can end this access."))
    if grant.state == GrantState.ENDED:
        raise Conflict(_("This access has ended already."))
    if grant.state == GrantState.REVOKING:
        raise Conflict(_("This access is ending already."))


def check_can_try_now(grant: Grant, *, by: User, approves: Collection[int], now: datetime) -> None:
    """Raise NotAllowed unless `by` may end it; Conflict unless it waits for its next try, to begin or to end.

    `approves` as in `check_can_end`; the grant's target is looked at for whether somebody is at it.
    """
    check_may_change(by)
    if not _may_end(grant, by=by, approves=approves):
        raise NotAllowed(_("Only the holder, an approver or an admin can let this access be tried again."))
    if grant.state not in (GrantState.GRANTING, GrantState.REVOKING) or grant.due_at is None:
        raise Conflict(_("This access does not wait for another try."))
    if grant.due_at <= now:
        raise Conflict(_("It is due already, and is tried as soon as a worker is free. If nothing happens, none runs."))
    if grant.target.leased_until is not None and grant.due_at == grant.target.leased_until:
        raise Conflict(_("It is being tried right now."))


def _may_end(grant: Grant, *, by: User, approves: Collection[int]) -> bool:
    is_theirs = by.is_active and (by.pk == grant.person_id or by.is_admin)
    return is_theirs or bool(by.is_active and approves and _are_behind(grant, approves))


def _are_behind(grant: Grant, requests: Collection[int]) -> bool:
    return any(one.pk in requests for one in grant.requests.all())


def check_can_write_off(grant: Grant, *, by: User) -> None:
    """Raise NotAllowed for anybody but an admin, and for what they hold themselves; Conflict when it is not live."""
    if not by.is_admin:
        raise NotAllowed(_("Only an admin can write a grant off."))
    if by.pk == grant.person_id:
        raise NotAllowed(_("You hold this yourself, so another admin has to write it off."))
    if grant.state not in (GrantState.GRANTING, GrantState.ACTIVE, GrantState.REVOKING):
        raise Conflict(_("Only access that may still be held can be written off."))

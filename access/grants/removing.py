"""Take out whose time is up. It comes first in a pass, and no list that is slow or broken keeps it from its turn."""

from collections.abc import Sequence

from django.conf import settings

from access.grants import doubt, last_role, own_roles, record
from access.grants.converge_pass import Pass
from access.models import Grant
from integrations.base import Membership, ProviderError


def remove(run: Pass) -> None:
    """Ask for the removal of each ending grant's memberships: those listed, or those known from its start."""
    leaving = {one.pk: (one, known) for one in run.work.revoking if (known := _memberships(one, run))}
    if not leaving:
        return
    waits = last_role.keep_in_organization(run, [grant for grant, _known in leaving.values()])
    for grant, known in leaving.values():
        if grant.pk in waits:
            run.troubles[grant.pk] = waits[grant.pk]
        elif run.may_call(grant, until=settings.LAST_CALL):
            _remove_one(run, grant, known)


def _memberships(grant: Grant, run: Pass) -> Sequence[Membership]:
    """What is to be removed. Where the list proves nothing, what was seen when the access began."""
    if not record.is_ours(grant):
        return ()
    listed = doubt.listed(grant, run.seen)
    if listed or grant.removed_at or _is_gone(grant, run):
        return listed
    return [Membership(id_, grant.role_id, grant.account_id) for id_ in doubt.own_memberships(grant)]


def _is_gone(grant: Grant, run: Pass) -> bool:
    """Whether the list proves that somebody else has taken them out: the person's own roles must not say otherwise."""
    if not run.seen.whole or not doubt.is_late_enough(grant, since=run.seen.since):
        return False
    # Whoever is not asked about in time is told to go all the same: that takes no longer, however many there are.
    return own_roles.against(run, grant, until=settings.CALL_WINDOW) is None


def _remove_one(run: Pass, grant: Grant, known: Sequence[Membership]) -> None:
    if run.seen.rows:
        last_role.say_unknown(run, grant)
    run.has_changed = True
    try:
        gone = [run.provider.remove(one) for one in known]
    except ProviderError as error:
        run.troubles[grant.pk] = error
        return
    # Said before, where Aptible answers at all; while it is away, nothing is lost yet.
    last_role.say_unknown(run, grant)
    # What was gone already may have been listed by a list that lags: then it proves nothing.
    if all(gone):
        run.removed.add(grant.pk)

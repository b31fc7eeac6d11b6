"""Who may do what about an access review. `check_can_x` raises the reason."""

from django.utils.translation import gettext as _

from access.core.errors import Conflict, NotAllowed
from access.core.states import RowState
from access.models import AccessReview, AccessReviewRow, User
from access.people.rules import check_may_change
from access.policy.access_reviewers import Named


def check_can_run(by: User) -> None:
    """Raise NotAllowed for anybody but an admin: they start, sign off and cancel."""
    check_may_change(by)
    if not by.is_admin:
        raise NotAllowed(_("Only an admin starts an access review and signs it off."))


def check_is_open(review: AccessReview) -> None:
    """Raise Conflict, with who was first, when it is closed."""
    if not review.is_open:
        words = {"state": review.get_state_display().lower(), "by": review.closed_by}
        raise Conflict(_("This access review is closed: %(by)s %(state)s it.") % words)


def check_can_decide(row: AccessReviewRow, *, by: User, named: Named) -> None:
    """Raise NotAllowed for what is their own and for whom the rule does not name, Conflict when it is decided."""
    check_may_change(by)
    check_is_open(row.review)
    if named.is_own(row, by):
        raise NotAllowed(_("Nobody reviews their own access."))
    if not named.may_decide(row, by):
        raise NotAllowed(_("Others decide this in this access review."))
    if row.state == RowState.LEFT_IN and by.is_admin:
        return  # it may be tried again
    if row.decided_by:
        words = {"by": row.decided_by, "state": row.get_state_display().lower(), "why": row.why}
        raise Conflict(_("%(by)s has decided this already: %(state)s (“%(why)s”).") % words)
    if row.state != RowState.WAITING:
        raise Conflict(_("There is nothing to decide any more: it is gone."))

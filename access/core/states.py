"""The whole life of a request, of a grant and of an access review, on one screen."""

from collections.abc import Mapping
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RequestState(TextChoices):
    PENDING = "pending", _("Pending")
    APPROVED = "approved", _("Approved")
    DENIED = "denied", _("Denied")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    LAPSED = "lapsed", _("Lapsed")


class GrantState(TextChoices):
    """What may be true at the provider, not what we are doing."""

    SCHEDULED = "scheduled", _("Scheduled")
    GRANTING = "granting", _("Granting")
    ACTIVE = "active", _("Active")
    REVOKING = "revoking", _("Ending")
    ENDED = "ended", _("Ended")


class EndReason(TextChoices):
    """Why access ended, or will."""

    EXPIRED = "expired", _("Time was up")
    RETURNED = "returned", _("Given back by the holder")
    REVOKED = "revoked", _("Taken back by an approver or an admin")
    REFUSED = "refused", _("Aptible refused to grant it")
    CANCELLED = "cancelled", _("Cancelled before it started")
    GONE = "gone", _("It was gone at Aptible")
    MERGED = "merged", _("Extended the access that was held already")


class AccessReviewState(TextChoices):
    OPEN = "open", _("Open")
    SIGNED_OFF = "signed_off", _("Signed off")
    CANCELLED = "cancelled", _("Cancelled")


class RowState(TextChoices):
    """What became of one membership in an access review. What is removed is so only once Aptible no longer lists it."""

    WAITING = "waiting", _("To decide")
    KEPT = "kept", _("Kept")
    REMOVING = "removing", _("Being removed")
    REMOVED = "removed", _("Removed")
    LEFT_IN = "left_in", _("Not removed")
    DROPPED = "dropped", _("No longer held")


_R, _G, _A, _W = RequestState, GrantState, AccessReviewState, RowState

REQUEST_MOVES: Final[Mapping[RequestState, tuple[RequestState, ...]]] = {
    _R.PENDING: (_R.APPROVED, _R.DENIED, _R.WITHDRAWN, _R.LAPSED),
    _R.APPROVED: (),
    _R.DENIED: (),
    _R.WITHDRAWN: (),
    _R.LAPSED: (),
}

# Nothing was asked of the provider for a scheduled grant, so it may end without being revoked.
GRANT_MOVES: Final[Mapping[GrantState, tuple[GrantState, ...]]] = {
    _G.SCHEDULED: (_G.GRANTING, _G.ENDED),
    _G.GRANTING: (_G.ACTIVE, _G.REVOKING),
    _G.ACTIVE: (_G.REVOKING,),
    _G.REVOKING: (_G.ENDED,),
    # Aptible lists what the portal had seen gone: then it is held after all.
    _G.ENDED: (_G.REVOKING,),
}

# In these the provider may hold the membership, whatever we believe. The only way out is a
# read-back that shows it gone, or an admin who writes it off as not verified.
LIVE: Final = (_G.GRANTING, _G.ACTIVE, _G.REVOKING)
OPEN: Final = (_G.SCHEDULED, *LIVE)

ACCESS_REVIEW_MOVES: Final[Mapping[AccessReviewState, tuple[AccessReviewState, ...]]] = {
    _A.OPEN: (_A.SIGNED_OFF, _A.CANCELLED),
    _A.SIGNED_OFF: (),
    _A.CANCELLED: (),
}

ROW_MOVES: Final[Mapping[RowState, tuple[RowState, ...]]] = {
    _W.WAITING: (_W.KEPT, _W.REMOVING, _W.DROPPED),
    _W.KEPT: (),
    _W.REMOVING: (_W.REMOVED, _W.LEFT_IN, _W.DROPPED),
    _W.REMOVED: (),
    # An admin lets it be tried again, or somebody else has done it since.
    _W.LEFT_IN: (_W.REMOVING, _W.REMOVED, _W.DROPPED),
    _W.DROPPED: (),
}
# A review can't be signed off while one of its rows is in these.
UNSETTLED: Final = (_W.WAITING, _W.REMOVING)

"""Letters about requests that a rule approved: to the person who asked, and to those who were not asked."""

from typing import Any

from django.utils.translation import gettext as _

from access.core import durations
from access.models import AccessRequest, Notification
from access.notify.letters.letter import Letter, about_request, quote, request_of


def told_requester(notification: Notification) -> Letter:
    request = request_of(notification)
    words = _words(request)
    return about_request(
        notification,
        _("Approved at once: %(target)s for %(duration)s") % words,
        _("A rule approved your request for %(target)s for %(duration)s at once.") % words,
        _("It applies because %(because)s: %(reason)s") % words,
        _("The time runs from the moment that Aptible confirms your access."),
    )


def told_approvers(notification: Notification) -> Letter:
    request = request_of(notification)
    words = _words(request)
    return about_request(
        notification,
        _("Fast track: %(person)s gets %(target)s for %(duration)s") % words,
        _("A rule approved the request of %(person)s for %(target)s for %(duration)s. Nobody was asked.") % words,
        _("It applies because %(because)s: %(reason)s") % words,
        _("If it should not be, you can end the access."),
        known=((_("Ticket"), request.ticket), (_("Request"), request.ref)),
        quoted=quote(_("%(person)s gave this reason:") % words, request.reason),
        label=_("Look at it"),
    )


def _words(request: AccessRequest) -> dict[str, Any]:
    return {
        "person": str(request.requester),
        "target": str(request.target),
        "duration": durations.shown(request.duration.total_seconds()),
        "because": request.path_facts["because"],
        "reason": request.path_facts["reason"],
    }

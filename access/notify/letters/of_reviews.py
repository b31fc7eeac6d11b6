"""Letters about break-glass: to those whom it skipped, to the admins, and in the end to the person who used it."""

from typing import Any

from django.utils.translation import gettext as _

from access.core import durations
from access.models import AccessRequest, AfterReview, Notification, Topic
from access.notify.letters.letter import (
    Letter,
    Link,
    about_request,
    comment,
    facts,
    moment,
    one_line,
    paragraphs,
    quote,
    request_of,
)
from access.requests import break_glass_reviews


def break_glass(notification: Notification) -> Letter:
    request = request_of(notification)
    words = _words(request)
    return _to_review(
        request,
        subject=_("Break-glass: %(person)s took %(target)s for %(duration)s without approval") % words,
        text=paragraphs(
            _("%(person)s used break-glass for %(target)s: access at once for %(duration)s, without approval.") % words,
            break_glass_reviews.in_words(request.path_facts["recent"]),
            _("You can end it at any moment. Look at it until %(deadline)s, and say whether it was justified.") % words,
        ),
    )


def to_review(notification: Notification) -> Letter:
    request = request_of(notification)
    words = _words(request)
    return _to_review(
        request,
        subject=_("Not reviewed yet: break-glass of %(person)s for %(target)s") % words,
        text=paragraphs(
            _("Nobody has looked yet at the break-glass of %(person)s for %(target)s.") % words,
            _("The review is due on %(deadline)s.") % words,
        ),
    )


def overdue(notification: Notification) -> Letter:
    request = request_of(notification)
    words = _words(request)
    return _to_review(
        request,
        subject=_("Overdue: review of the break-glass of %(person)s for %(target)s") % words,
        text=paragraphs(
            _("The review of the break-glass of %(person)s for %(target)s was due on %(deadline)s.") % words,
            _("Everybody who can do it is told again and again until somebody signs it off."),
        ),
    )


def reviewed(notification: Notification) -> Letter:
    request = request_of(notification)
    words = _words(request) | {"by": notification.facts["by"]}
    justified = notification.facts["verdict"] == AfterReview.Verdict.JUSTIFIED
    subject = (
        _("Justified: break-glass for %(target)s") if justified else _("Not justified: break-glass for %(target)s")
    )
    own = notification.topic == Topic.OWN
    return about_request(
        notification, subject % words, _said(own=own, justified=justified) % words, quoted=comment(notification)
    )


def _said(*, own: bool, justified: bool) -> str:
    if own and justified:
        return _("%(by)s looked at your break-glass for %(target)s and found it justified.")
    if own:
        return _("%(by)s looked at your break-glass for %(target)s and found it not justified.")
    if justified:
        return _("%(by)s looked at the break-glass of %(person)s for %(target)s and found it justified.")
    return _("%(by)s looked at the break-glass of %(person)s for %(target)s and found it not justified.")


def _to_review(request: AccessRequest, *, subject: str, text: tuple[str, ...]) -> Letter:
    words = _words(request)
    return Letter(
        subject=one_line(subject),
        text=text,
        facts=facts(
            (_("Target"), str(request.target)),
            (_("Duration"), durations.shown(request.duration.total_seconds())),
            (_("Ticket"), request.ticket),
            (_("Taken"), moment(request.created_at)),
            (_("Review due"), words["deadline"]),
            (_("Request"), request.ref),
        ),
        quote=quote(_("%(person)s gave this reason:") % words, request.reason),
        link=Link(_("Look at it and sign off"), "request", request.ref),
    )


def _words(request: AccessRequest) -> dict[str, Any]:
    return {
        "person": str(request.requester),
        "target": str(request.target),
        "duration": durations.shown(request.duration.total_seconds()),
        "deadline": moment(request.path_facts["deadline"]),
    }

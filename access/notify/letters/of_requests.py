"""Letters about requests: to those who decide, and to the person who asked."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.core import durations
from access.core.states import RequestState
from access.directory import accounts
from access.models import AccessRequest, Notification
from access.notify.letters import of_fast_track
from access.notify.letters.letter import (
    Letter,
    about_request,
    comment,
    facts,
    moment,
    open_request,
    paragraphs,
    quote,
    request_of,
)
from access.policy import policy

ANSWER_MAX: Final = 500


def asked(notification: Notification) -> Letter:
    request = request_of(notification)
    together = _asked_together(request)
    if len(together) > 1:
        return asked_together(notification, together)
    request = together[0] if together else request
    words = _words(request)
    return _to_decide(
        request,
        subject=_("%(person)s asks for %(what)s") % words,
        text=paragraphs(_("%(person)s asks for %(what)s.") % words, _waits(notification)),
    )


def _asked_together(request: AccessRequest) -> list[AccessRequest]:
    """What was asked with the same form, this one with it, and waits."""
    rows = AccessRequest.objects.filter(batch=request.batch, state=RequestState.PENDING).order_by("pk")
    return list(rows.select_related("flow", "requester", "target")) if request.batch else []


def asked_together(notification: Notification, requests: Sequence[AccessRequest]) -> Letter:
    """The one letter about several that were asked with the same form."""
    subject = _("%(person)s asks for %(many)d targets for %(duration)s") % _words_of_all(requests)
    return _of_all(requests, subject, f"{subject}.", _waits(notification))


def reminder(notification: Notification) -> Letter:
    request = request_of(notification)
    together = _asked_together(request)
    if len(together) > 1:
        return reminder_together(notification, together)
    request = together[0] if together else request
    words = _words(request) | _since(request)
    return _to_decide(
        request,
        subject=_("Still waiting: %(person)s asks for %(what)s") % words,
        text=paragraphs(
            _("%(person)s has been waiting for a decision since %(since)s.") % words,
            _waits(notification) if notification.facts.get("away") else "",
            _("Without one, the request lapses on %(until)s.") % words,
        ),
    )


def reminder_together(notification: Notification, requests: Sequence[AccessRequest]) -> Letter:
    """The one reminder of several that were asked with the same form, and wait."""
    words = _words_of_all(requests) | _since(requests[0])
    return _of_all(
        requests,
        _("Still waiting: %(person)s asks for %(many)d targets for %(duration)s") % words,
        _("%(person)s has been waiting for a decision since %(since)s.") % words,
        _waits(notification) if notification.facts.get("away") else "",
        _("Without one, the requests lapse on %(until)s.") % words,
    )


def _of_all(requests: Sequence[AccessRequest], subject: str, *sentences: str) -> Letter:
    letter = _to_decide(
        requests[0], subject=subject, text=paragraphs(*sentences, _("Each is decided on its own."))
    )  # fmt: skip
    listed = [(one.ref, one.subject) for one in requests]
    own = {_("Target"), _("Request")}
    return replace(letter, facts=facts(*listed, *(one for one in letter.facts if one[0] not in own)))


def _words_of_all(requests: Sequence[AccessRequest]) -> dict[str, Any]:
    return {**_words(requests[0]), "many": len(requests)}


def _since(request: AccessRequest) -> dict[str, str]:
    return {"since": moment(request.created_at), "until": moment(request.due_at)}


def settled(notification: Notification) -> Letter:
    request = request_of(notification)
    words = _words(request) | {"by": notification.facts["by"]}
    told = {
        "approved": _("%(by)s approved the request of %(person)s for %(target)s."),
        "denied": _("%(by)s denied the request of %(person)s for %(target)s."),
        "withdrawn": _("The request of %(person)s for %(target)s was withdrawn."),
        "lapsed": _("Nobody decided the request of %(person)s for %(target)s in time, so it lapsed."),
    }
    named = {
        "approved": _("Approved: %(target)s for %(person)s"),
        "denied": _("Denied: %(target)s for %(person)s"),
        "withdrawn": _("Withdrawn: %(target)s for %(person)s"),
        "lapsed": _("Lapsed: %(target)s for %(person)s"),
    }
    outcome = notification.facts["outcome"]
    return about_request(
        notification,
        named[outcome] % words,
        told[outcome] % words,
        _("There is nothing left for you to do."),
        quoted=comment(notification),
    )


def approval(notification: Notification) -> Letter:
    request = request_of(notification)
    count, needed = int(notification.facts["count"]), policy.read(request.policy).approvals_needed
    words = _words(request) | {"by": notification.facts["by"], "count": count, "needed": needed}
    more = ngettext(
        "%(more)d more approval is needed.", "%(more)d more approvals are needed.", max(needed - count, 1)
    ) % {"more": max(needed - count, 1)}
    return about_request(
        notification,
        _("%(count)d of %(needed)d approved your request for %(target)s") % words,
        _("%(by)s approved your request for %(target)s.") % words,
        more,
        quoted=comment(notification),
    )


def approved(notification: Notification) -> Letter:
    request = request_of(notification)
    if request.path == AccessRequest.Path.FAST_TRACK:
        return of_fast_track.told_requester(notification)
    words = _words(request) | {
        "by": notification.facts["by"],
        "asked": durations.shown(request.seconds),
        "start": moment(request.starts_at),
    }
    shortened = bool(request.approved_seconds) and request.approved_seconds != request.seconds
    later = request.starts_at is not None and request.settled_at is not None and request.starts_at > request.settled_at
    return about_request(
        notification,
        _("Approved: %(what)s") % words,
        _("%(by)s approved your request for %(what)s.") % words,
        _("You had asked for %(asked)s; it was shortened.") % words if shortened else "",
        _("It starts on %(start)s.") % words if later else "",
        _("The time runs from the moment that Aptible confirms your access.") if request.gives_access else "",
        known=_answers(request),
        quoted=comment(notification),
    )


def denied(notification: Notification) -> Letter:
    request = request_of(notification)
    words = _words(request) | {"by": notification.facts["by"]}
    return about_request(
        notification,
        _("Denied: %(what)s") % words,
        _("%(by)s denied your request for %(what)s.") % words,
        known=_answers(request),
        quoted=comment(notification),
    )


def lapsed(notification: Notification) -> Letter:
    request = request_of(notification)
    words = _words(request) | {"at": moment(request.settled_at)}
    return about_request(
        notification,
        _("Lapsed: %(what)s") % words,
        _("Nobody decided your request for %(target)s in time, so it lapsed on %(at)s.") % words,
        _("If you still need it, ask again."),
    )


def stuck(notification: Notification) -> Letter:
    request = request_of(notification)
    words = _words(request) | {"text": notification.facts["text"]}
    return about_request(
        notification,
        _("Nobody can approve it any more: %(target)s for %(person)s") % words,
        _("The request of %(person)s for %(target)s can no longer be approved: %(text)s") % words,
        _("It lapses unless an admin changes who is in its groups, or the person asks again."),
    )


def _waits(notification: Notification) -> str:
    if away := notification.facts.get("away"):
        return _("It waits for a decision, and you decide for %(away)s, who is away.") % {"away": away}
    return _("It waits for your decision.")


def _to_decide(request: AccessRequest, *, subject: str, text: tuple[str, ...]) -> Letter:
    needed = policy.read(request.policy).approvals_needed
    return Letter(
        subject=subject,
        text=text,
        facts=facts(
            (_("Asked by"), request.asked_by),
            *_access_facts(request),
            (_("Ticket"), request.ticket),
            *_answers(request),
            (_("Approvals needed"), str(needed) if needed > 1 else ""),
            (_("Lapses"), moment(request.due_at)),
            (_("Request"), request.ref),
        ),
        quote=quote(_("%(person)s gave this reason:") % _words(request), request.reason),
        link=open_request(request, _("Look at it and decide")),
    )


def _answers(request: AccessRequest) -> list[tuple[str, str]]:
    """What was filled into the flow's own fields. A long text is cut; the request has all of it."""
    return [(one.label, Truncator(one.words).chars(ANSWER_MAX)) for one in request.answered]


def _access_facts(request: AccessRequest) -> tuple[tuple[str, str], ...]:
    if not request.gives_access:
        return ((_("Approval only"), request.subject),)
    account = accounts.of_requests([request]).get(request.pk)
    mark = _(" This is not their own e-mail.") if account and not account.is_own else ""
    return (
        (_("Target"), request.subject),
        (_("Account"), f"{account}{mark}" if account else ""),
        (_("Duration"), durations.shown(request.duration.total_seconds())),
        (_("Start"), moment(request.starts_at) or _("as soon as it is approved")),
    )


def _words(request: AccessRequest) -> dict[str, Any]:
    words = {
        "person": str(request.requester),
        "target": request.subject,
        "duration": durations.shown(request.duration.total_seconds()),
    }
    what = _("%(target)s for %(duration)s") if request.gives_access else _("an approval of %(target)s")
    return {**words, "what": what % words}

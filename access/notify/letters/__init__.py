"""What each kind of message says, and how it is put into text and HTML.

A letter is said once, in sentences and facts; each channel gives it its own form. So the text and the HTML of a
mail can't say different things, and neither can another channel.
"""

import textwrap
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.core import clocks
from access.core.states import RequestState
from access.models import Kind, Notification, Topic
from access.notify import unsubscribe
from access.notify.letters import (
    of_access,
    of_access_reviews,
    of_comments,
    of_fast_track,
    of_findings,
    of_people,
    of_reports,
    of_requests,
    of_reviews,
    of_setup,
)
from access.notify.letters.letter import Letter
from integrations.base import Message, Said

SUBJECT_MAX: Final = 150
LETTERS: Final[Mapping[Kind, Callable[[Notification], Letter]]] = {
    Kind.ASKED: of_requests.asked,
    Kind.REMINDER: of_requests.reminder,
    Kind.SETTLED: of_requests.settled,
    Kind.APPROVAL: of_requests.approval,
    Kind.COMMENT: of_comments.comment_on,
    Kind.APPROVED: of_requests.approved,
    Kind.FAST_TRACKED: of_fast_track.told_approvers,
    Kind.DENIED: of_requests.denied,
    Kind.LAPSED: of_requests.lapsed,
    Kind.STUCK: of_requests.stuck,
    Kind.PROPOSED: of_setup.proposed,
    Kind.CONCERNED: of_people.concerned,
    Kind.INVITED: of_people.invited,
    Kind.STAND_IN: of_people.stand_in,
    Kind.ACTIVE: of_access.active,
    Kind.EXTENDED: of_access.extended,
    Kind.ENDS_SOON: of_access.ends_soon,
    Kind.NOT_BEGUN: of_access.not_begun,
    Kind.REFUSED: of_access.refused,
    Kind.ENDED: of_access.ended,
    Kind.GONE: of_findings.gone,
    Kind.FOUND_AGAIN: of_findings.found_again,
    Kind.SESSION: of_findings.session,
    Kind.FOUND: of_findings.found,
    Kind.TAKE_OUT: of_findings.take_out,
    Kind.TAKEN_OUT: of_findings.taken_out,
    Kind.TROUBLE: of_access.trouble,
    Kind.OVERDUE: of_access.overdue,
    Kind.LAST_ROLE: of_setup.last_role,
    Kind.WRITTEN_OFF: of_setup.written_off,
    Kind.BREAK_GLASS: of_reviews.break_glass,
    Kind.TO_REVIEW: of_reviews.to_review,
    Kind.REVIEW_OVERDUE: of_reviews.overdue,
    Kind.REVIEWED: of_reviews.reviewed,
    Kind.ACCESS_REVIEW: of_access_reviews.to_decide,
    Kind.ACCESS_REVIEW_LATE: of_access_reviews.late,
    Kind.ACCESS_REVIEW_DONE: of_access_reviews.done,
    Kind.ATTENTION: of_setup.attention,
    Kind.UNANNOUNCED: of_setup.unannounced,
    Kind.UNDELIVERED: of_setup.undelivered,
    Kind.REPORT: of_reports.month,
    Kind.WEBHOOK_DISABLED: of_setup.webhook_disabled,
}

# Who hears of these could have decided, or is an admin.
_OF_FINDINGS: Final = (Kind.TAKE_OUT, Kind.TAKEN_OUT)
_GLASS: Final = gettext_lazy("You are told because it skipped your decision, or because you are an admin.")
# What is not said by the topic alone.
_WHY: Final[Mapping[Kind, Promise]] = {
    Kind.REPORT: gettext_lazy("You are told because you are an auditor."),
    Kind.INVITED: gettext_lazy("You are told because an admin has invited you."),
    Kind.BREAK_GLASS: _GLASS,
    Kind.TO_REVIEW: _GLASS,
    Kind.REVIEW_OVERDUE: _GLASS,
    Kind.ACCESS_REVIEW: gettext_lazy("You are told because you can decide rows of this access review."),
    Kind.ACCESS_REVIEW_DONE: gettext_lazy("You are told because you are an admin or an auditor."),
}


def letter(notification: Notification) -> Letter:
    return LETTERS[Kind(notification.kind)](notification)


def message(notification: Notification, *, letter_of: Callable[[Notification], Letter] = letter) -> Message:
    """Put the message into words, with times in its reader's own zone, which they name."""
    zone = clocks.zone_of_reader(notification.recipient.time_zone)
    with translation.override(settings.LANGUAGE_CODE), timezone.override(zone):
        said = letter_of(notification)
        why = _why(notification)
        context = {
            "letter": said, "why": why, "base_url": settings.BASE_URL, "token": unsubscribe.token(notification),
        }  # fmt: skip
        return Message(
            id=_id(notification),
            thread=_first_about_it(notification),
            unsubscribe=render_to_string("notify/unsubscribe.txt", context).strip(),
            to=notification.facts.get("address") or notification.recipient.email,
            subject=textwrap.shorten(said.subject, SUBJECT_MAX, placeholder="…"),
            text=render_to_string("notify/message.txt", context),
            html=render_to_string("notify/message.html", context),
            said=Said(
                paragraphs=said.text,
                facts=said.facts,
                quote=(said.quote.heading, said.quote.text) if said.quote else None,
                link=(said.link.label, render_to_string("notify/link.txt", context).strip()),
                why=why,
            ),
            withdraw=_withdraw(notification),
            again=notification.attempts > 1,
        )


def _withdraw(notification: Notification) -> str:
    request = notification.request
    is_own = request is not None and request.requester_id == notification.recipient_id
    return request.ref if request and is_own and request.state == RequestState.PENDING else ""


def _id(notification: Notification) -> str:
    """A Message-ID. It tells nothing, and is the same whenever the same message is put into words."""
    written = f"{notification.created_at:%Y%m%d%H%M%S%f}"
    return f"<usher.{notification.pk}.{written}@{urlsplit(settings.BASE_URL).hostname}>"


def _first_about_it(notification: Notification) -> str:
    """The id of what this person was sent first about the same request; empty for that one itself.

    Programs of mail put together what refers to a message that they have.
    """
    if notification.request_id is None:
        return ""
    same = Notification.objects.filter(
        recipient=notification.recipient_id, channel=notification.channel, request=notification.request_id
    )
    first = same.filter(sent_at__isnull=False).exclude(pk=notification.pk).order_by("pk").first()
    return _id(first) if first else ""


def _why(notification: Notification) -> str:
    if notification.kind in _WHY:
        return str(_WHY[Kind(notification.kind)])
    if notification.topic == Topic.OWN and notification.kind in _OF_FINDINGS:
        return _("You are told because it is about your account at Aptible.")
    match notification.topic:
        case Topic.REVIEW:
            return _("You are told because you may decide this request.")
        case Topic.OWN:
            return _("You are told because this is your request.")
        case Topic.REMINDERS:
            return _("You are told because you have reminders switched on.")
        case Topic.TROUBLE:
            return _("You are told because you are an admin.")
    return _("You are told because you are an admin. This kind of message cannot be switched off.")

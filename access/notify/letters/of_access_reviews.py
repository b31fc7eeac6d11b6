"""Letters about access reviews: that rows wait, that it is late, that it can be signed off, and that it is over."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.core.states import RowState
from access.models import AccessReview, Notification
from access.notify.letters.letter import Letter, Link, comment, facts, moment, one_line, paragraphs
from access.policy import access_reviewers


def to_decide(notification: Notification) -> Letter:
    """How many wait for this person is counted when it is put into words."""
    review = _review(notification)
    count = _count(notification, lambda: access_reviewers.waiting(notification.recipient).filter(review=review).count())
    words = _words(review) | {"count": count}
    waits = ngettext(
        "%(count)d row waits for you: keep it or remove it, with a reason.",
        "%(count)d rows wait for you: keep or remove each, with a reason.", count,
    )  # fmt: skip
    return _letter(
        review,
        _("Access review: %(title)s") % words,
        _("In the access review “%(title)s” everybody who is in a role is kept or removed.") % words,
        waits % words,
        label=_("Decide"),
    )


def late(notification: Notification) -> Letter:
    review = _review(notification)
    count = _count(notification, lambda: review.rows.filter(state=RowState.WAITING).count())
    words = _words(review) | {"count": count}
    waits = ngettext(
        "%(count)d row is not decided yet.", "%(count)d rows are not decided yet.", count
    )  # fmt: skip
    return _letter(
        review,
        _("Overdue: access review %(title)s") % words,
        _("The access review “%(title)s” was due on %(deadline)s.") % words,
        waits % words,
        _("An admin can decide in the place of those who were asked, but nobody what is theirs."),
    )


def done(notification: Notification) -> Letter:
    review = _review(notification)
    words = _words(review) | {"by": notification.facts["by"]}
    outcome = notification.facts["outcome"]
    if outcome == "ready":
        subject = _("Decided: access review %(title)s")
        text = _("Every row of the access review “%(title)s” is decided, and what was to be removed is seen to.")
        more = _("Look at it and sign it off.")
    elif outcome == "cancelled":
        subject = _("Cancelled: access review %(title)s")
        text = _("%(by)s cancelled the access review “%(title)s”.")
        more = _("What was decided until then stays so.")
    else:
        subject = _("Signed off: access review %(title)s")
        text = _("%(by)s signed off the access review “%(title)s”.")
        more = _("Its evidence pack can be downloaded on its page.")
    return _letter(review, subject % words, text % words, more, notification=notification)


def _count(notification: Notification, now: Callable[[], int]) -> int:
    """How many there are by now; an example says it itself."""
    said = notification.facts.get("rows")
    return now() if said is None else int(said)


def _letter(
    review: AccessReview, subject: str, *sentences: str, label: str = "", notification: Notification | None = None
) -> Letter:
    return Letter(
        subject=one_line(subject),
        text=paragraphs(*sentences),
        facts=facts((_("Access review"), review.ref), (_("Due"), moment(review.deadline))),
        quote=comment(notification) if notification else None,
        link=Link(label or _("Open the access review"), "access-review", review.ref),
    )


def _review(notification: Notification) -> AccessReview:
    """The review that the message is about. Raises LookupError for a message that is about none."""
    review = notification.access_review
    if review is None:
        raise LookupError(f"A message of kind {notification.kind} is about an access review.")
    return review


def _words(review: AccessReview) -> dict[str, object]:
    return {"title": review.title, "deadline": moment(review.deadline)}

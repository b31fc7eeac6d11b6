"""Letters about access: to the person who holds it, and to the admins when it is in trouble."""

from typing import Any

from django.utils.translation import gettext as _

from access.core import durations
from access.core.states import EndReason, GrantState
from access.models import Grant, Notification, Topic
from access.notify.letters.letter import Letter, about_request, comment, grant_facts, grant_of, moment


def active(notification: Notification) -> Letter:
    grant = grant_of(notification)
    words = _words(grant)
    standing = _("You held it already, outside of Usher: nothing was added, and nothing will be taken away.")
    return about_request(
        notification,
        _("You have %(target)s until %(end)s") % words,
        _("Aptible has confirmed your access to %(target)s. It ends on %(end)s.") % words,
        standing if grant.standing else _("If you are done before, give it back."),
        known=((_("Confirmed"), moment(grant.confirmed_at)), (_("Ends"), moment(grant.ends_at))),
    )


def extended(notification: Notification) -> Letter:
    if notification.topic == Topic.REVIEW:
        return _extended_freely(notification)
    words = _words(grant_of(notification)) | {"end": moment(notification.facts["ends_at"])}
    return about_request(
        notification,
        _("You have %(target)s until %(end)s") % words,
        _("Your access to %(target)s was extended. It now ends on %(end)s.") % words,
    )


def _extended_freely(notification: Notification) -> Letter:
    """To those who approved the access, and were not asked this time."""
    more = durations.shown(int(notification.facts["seconds"]))
    words = _words(grant_of(notification)) | {"end": moment(notification.facts["ends_at"]), "more": more}
    return about_request(
        notification,
        _("%(person)s extended %(target)s by %(more)s without approval") % words,
        _("%(person)s extended their access to %(target)s by %(more)s. It now ends on %(end)s.") % words,
        _("The flow allows that once for each access, without approval. You can end it at any moment."),
        label=_("Look at it"),
    )


def ends_soon(notification: Notification) -> Letter:
    grant = grant_of(notification)
    words = _words(grant)
    return about_request(
        notification,
        _("Your access to %(target)s ends on %(end)s") % words,
        _("Your access to %(target)s ends on %(end)s.") % words,
        _("If you need it for longer, ask again now: once that is approved, it extends what you hold."),
    )


def refused(notification: Notification) -> Letter:
    words = _words(grant_of(notification))
    return about_request(
        notification,
        _("You could not be given %(target)s") % words,
        _("Aptible did not grant you access to %(target)s.") % words,
        notification.facts.get("text", ""),
        _("Tell an admin, then ask again."),
    )


def ended(notification: Notification) -> Letter:
    grant = grant_of(notification)
    words = _words(grant) | {"at": moment(grant.ended_at), "by": notification.facts["by"] or grant.ended_by_called}
    never_began = grant.confirmed_at is None
    named = _("Cancelled: your access to %(target)s") if never_began else _("Your access to %(target)s has ended")
    return about_request(
        notification,
        named % words,
        _why_it_ended(grant) % words,
        _how_it_is_known(grant) % words,
        known=((_("Confirmed"), moment(grant.confirmed_at)), (_("Ended"), moment(grant.ended_at))),
        quoted=comment(notification),
    )


def not_begun(notification: Notification) -> Letter:
    words = _words(grant_of(notification)) | {"why": notification.facts.get("comment", "")}
    own = notification.topic == Topic.OWN
    named = (
        _("Your access to %(target)s did not begin") if own else _("Access of %(person)s to %(target)s did not begin")
    )
    said = _("It was approved, but it was looked at again before it began. %(why)s")
    again = _("If it is still needed, it has to be asked for again.")
    return about_request(notification, named % words, said % words, again)


def trouble(notification: Notification) -> Letter:
    grant = grant_of(notification)
    words = _words(grant) | {"since": moment(grant.starts_at)}
    if notification.topic == Topic.OWN:
        named = _("Your access to %(target)s takes longer than it should")
        said = _("Your access to %(target)s should have begun on %(since)s, and could not be confirmed yet.")
    else:
        named = _("Trouble: %(person)s can't be given %(target)s yet")
        said = _("Access of %(person)s to %(target)s should have begun on %(since)s, and could not be confirmed yet.")
    return about_request(notification, named % words, said % words, grant.last_error, _("Usher goes on trying."))


def overdue(notification: Notification) -> Letter:
    grant = grant_of(notification)
    words = _words(grant) | {"due": moment(grant.end_due_at)}
    if notification.topic == Topic.OWN:
        named = _("Overdue: your access to %(target)s")
        said = _("Your access to %(target)s should have ended on %(due)s, and nobody has seen yet that it is gone.")
    else:
        named = _("Overdue: %(person)s may still have %(target)s")
        said = _(
            "Access of %(person)s to %(target)s should have ended on %(due)s, and nobody has seen yet that it is gone."
        )
    return about_request(
        notification,
        named % words,
        said % words,
        grant.last_error,
        _("Usher goes on trying until it is."),
        known=grant_facts(grant),
    )


def _why_it_ended(grant: Grant) -> str:
    match grant.end_reason:
        case EndReason.EXPIRED:
            return _("Your time with %(target)s was up on %(end)s.")
        case EndReason.CANCELLED:
            return _("%(by)s cancelled your access to %(target)s before it began.")
        case EndReason.REVOKED:
            return _("%(by)s took your access to %(target)s back.")
    return _("Your access to %(target)s has ended.")


def _how_it_is_known(grant: Grant) -> str:
    if grant.not_verified:
        return _("An admin wrote it off: nobody has verified at Aptible that it is gone.")
    if grant.end_reason == EndReason.CANCELLED:
        return ""
    if grant.standing:
        return _("You had held it before, outside of Usher, and still do: it was left as it was found.")
    return _("Aptible has confirmed on %(at)s that you no longer have it.")


def _words(grant: Grant) -> dict[str, Any]:
    ends_at = grant.ends_at if grant.state == GrantState.ACTIVE else grant.end_due_at or grant.ends_at
    return {
        "person": str(grant.person),
        "target": str(grant.target),
        "end": moment(ends_at),
        "duration": durations.shown(grant.seconds),
    }

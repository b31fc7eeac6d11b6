"""Letters about people: who decides for whom, who is invited, and what was changed about somebody."""

from django.conf import settings
from django.utils.translation import gettext as _

from access.models import Notification
from access.notify.letters.letter import Letter, Link, moment, one_line, paragraphs, quote
from access.people import invitations


def stand_in(notification: Notification) -> Letter:
    facts = notification.facts
    words = {**facts, "starts_at": moment(facts["starts_at"]), "ends_at": moment(facts["ends_at"])}
    is_over = facts["outcome"] == "ended"
    told = _("%(to)s no longer decides for %(away)s.") if is_over else _("%(to)s decides for %(away)s.")
    when = _("%(to)s decides for %(away)s from %(starts_at)s to %(ends_at)s, wherever %(away)s is asked to.")
    return Letter(
        subject=told.rstrip(".") % words,
        text=paragraphs(
            (_("%(by)s ended it: %(to)s no longer decides for %(away)s.") if is_over else when) % words,
            _("It counts once %(to)s accepts.") % words if facts["outcome"] == "set" else "",
            "" if is_over else _("Whatever is decided for %(away)s is written down with both names.") % words,
        ),
        quote=None if is_over else quote(_("%(by)s gave this reason:") % words, facts.get("reason", "")),
        link=Link(_("See who decides for whom"), "away", ""),
    )


def invited(notification: Notification) -> Letter:
    """To whoever is to sign in for the first time. The link is made as the letter leaves, and kept nowhere."""
    person, by = notification.recipient, notification.facts["by"]
    token, providers = invitations.token_for(person), ", ".join(map(str, settings.SIGN_IN_WITH.values()))
    words = {"by": by, "email": person.email, "providers": providers}
    with_password = _("Set a password of your own first: the link works once, within a day. %(by)s can send another.")
    with_provider = _("Sign in with %(providers)s: you are known by your address there, %(email)s.")
    either = _("Or sign in with %(providers)s: you are known by your address there, %(email)s.")
    other = either if token else with_provider
    ways = [with_password % words if token else "", other % words if providers else ""]
    return Letter(
        subject=_("%(by)s invites you to Usher") % words,
        text=paragraphs(
            _("%(by)s lets you ask for access to Aptible for a while, and decide what others ask for if you are to.")
            % words,
            *ways,
        ),
        link=Link(_("Set your password"), "invitation", person.pk, token) if token else Link(_("Sign in"), "login", ""),
    )


def concerned(notification: Notification) -> Letter:
    """To whoever is concerned by a change, and to the admins: who did it, when, and what it was before."""
    facts = notification.facts
    words = {"by": facts["by"], "at": moment(facts["at"])}
    return Letter(
        subject=facts["said"].rstrip("."),
        text=paragraphs(
            facts["said"],
            one_line(f"{facts['detail']}.") if facts.get("detail") else "",
            _("%(by)s did it on %(at)s. If that is not right, tell an admin at once.") % words,
        ),
        link=Link(_("Open your account"), "account", ""),
    )

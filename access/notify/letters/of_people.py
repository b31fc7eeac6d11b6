"""Letters about people: who decides for whom."""

from django.utils.translation import gettext as _

from access.models import Notification
from access.notify.letters.letter import Letter, Link, moment, one_line, paragraphs, quote


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

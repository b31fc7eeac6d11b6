"""Letters about what Aptible shows and nobody did here."""

from django.utils.translation import gettext as _

from access.models import Notification, Topic
from access.notify.letters.letter import Letter, facts, grant_of, moment, open_request, paragraphs


def gone(notification: Notification) -> Letter:
    grant = grant_of(notification)
    words = {"person": str(grant.person), "target": str(grant.target)}
    if notification.topic == Topic.OWN:
        subject = _("You are no longer in %(target)s") % words
        text = _("Aptible no longer lists you in %(target)s, and it was not Usher that took you out.") % words
        to_do = _("So your access has ended. If you still need it, ask again.")
    else:
        subject = _("Gone while active: %(target)s of %(person)s") % words
        text = _("Aptible no longer lists %(person)s in %(target)s, and Usher did not take them out.") % words
        to_do = _("The access ends as found. Somebody with rights at Aptible can say who did it.")
    kept = facts((_("Grant"), grant.ref), (_("Found"), moment(notification.facts["at"])))
    return Letter(subject=subject, text=paragraphs(text, to_do), facts=kept, link=open_request(notification.request))


def found_again(notification: Notification) -> Letter:
    grant = grant_of(notification)
    words = {"person": str(grant.person), "target": str(grant.target)}
    if notification.topic == Topic.OWN:
        text = _("Aptible lists you in %(target)s, although your access had ended. Do not use it.") % words
    else:
        text = _("Aptible lists %(person)s in %(target)s, although that access had ended.") % words
    return Letter(
        subject=_("Found again after its end: %(target)s of %(person)s") % words,
        text=paragraphs(text, _("Usher takes it out again now, and counts it as overdue since it should have ended.")),
        facts=facts(
            (_("Grant"), grant.ref),
            (_("Should have ended"), moment(grant.end_due_at)),
            (_("Found"), moment(notification.facts["at"])),
        ),
        link=open_request(notification.request),
    )

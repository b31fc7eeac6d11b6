"""Letters about what Aptible shows and nobody did here."""

from django.utils.translation import gettext as _

from access.models import Notification, Topic
from access.notify.letters.letter import Letter, Link, about_request, facts, grant_of, moment, open_request, paragraphs


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
    return about_request(
        notification,
        _("Found again after its end: %(target)s of %(person)s") % words,
        text,
        _("Usher takes it out again now, and counts it as overdue since it should have ended."),
        known=(
            (_("Grant"), grant.ref),
            (_("Should have ended"), moment(grant.end_due_at)),
            (_("Found"), moment(notification.facts["at"])),
        ),
    )


def found(notification: Notification) -> Letter:
    """To the admins: what was found, or that somebody was left in."""
    words = _about(notification)
    return Letter(
        subject=_("Found at Aptible: %(kind)s, %(about)s") % words,
        text=paragraphs(
            _("%(who)s, %(about)s: %(kind)s.") % words,
            notification.facts.get("text", ""),
            _("There may be more of it; the page lists all that was found, with what to do."),
        ),
        facts=facts((_("Found"), moment(notification.facts["at"]))),
        link=Link(_("Look at the findings"), "findings", ""),
    )


def take_out(notification: Notification) -> Letter:
    words = _about(notification)
    own = notification.topic == Topic.OWN
    you = _("You are in %(about)s at Aptible, and nobody approved it in Usher.") % words
    them = _("%(who)s is in %(about)s at Aptible, and nobody approved it in Usher.") % words
    return Letter(
        subject=(_("You will be taken out of %(about)s") if own else _("%(who)s will be taken out of %(about)s"))
        % words,
        text=paragraphs(
            you if own else them,
            _("Usher takes that membership out after %(then)s.") % words,
            _("If it is right, tell an admin before that.") if own else _("If it is right, accept it before that."),
        ),
        link=Link(_("Open Usher"), "home", "") if own else Link(_("Look at the findings"), "findings", ""),
    )


def taken_out(notification: Notification) -> Letter:
    words = _about(notification)
    own = notification.topic == Topic.OWN
    if own and words["review"]:
        why = _("An access review (%(review)s) found that you do not need to be in %(about)s all the time.") % words
        you = _("Usher took you out of %(about)s at Aptible.") % words + " " + why
    else:
        you = _("Usher took you out of %(about)s at Aptible: nobody had approved it.") % words
    them = _("Usher took %(who)s out of %(about)s at Aptible: nobody had approved it.") % words
    return Letter(
        subject=(_("You were taken out of %(about)s") if own else _("%(who)s was taken out of %(about)s")) % words,
        text=paragraphs(you if own else them, _("Whoever needs it can ask for it.")),
        link=Link(_("Ask for access"), "ask", "") if own else Link(_("Look at the findings"), "findings", ""),
    )


def _about(notification: Notification) -> dict[str, str]:
    """The words of the finding. Raises LookupError for a message that is about none."""
    finding = notification.finding
    if finding is None:
        raise LookupError(f"A message of kind {notification.kind} is about a finding.")
    return {
        "kind": finding.get_kind_display().lower(),
        "who": str(finding.person or finding.email or finding.account_id or finding.target),
        "about": str(finding.target or finding.integration),
        "review": finding.take_out_review,
        "then": moment(notification.facts.get("take_out_at") or notification.facts["at"]),
    }


def session(notification: Notification) -> Letter:
    """An SSH session outlives the access."""
    grant = grant_of(notification)
    words = {"person": str(grant.person), "target": str(grant.target), "resource": notification.facts["resource"]}
    if notification.topic == Topic.OWN:
        subject = _("Your SSH session on %(resource)s still runs") % words
        text = (
            _("Your access to %(target)s has ended, and your SSH session on %(resource)s still runs at Aptible.")
            % words
        )
        to_do = _("Close it now.")
    else:
        subject = _("%(person)s still has an SSH session on %(resource)s") % words
        text = _("The access of %(person)s to %(target)s has ended, and an SSH session on %(resource)s still runs.")
        text, to_do = text % words, _("The request's page says whether it was cancelled. Open tunnels can't be seen.")
    return Letter(subject=subject, text=paragraphs(text, to_do), link=open_request(notification.request))

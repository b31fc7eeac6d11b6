"""Letters to the admins alone."""

from django.utils.translation import gettext as _

from access.models import Integration, Notification, Webhook
from access.notify.letters.letter import (
    Letter,
    Link,
    about_request,
    comment,
    grant_facts,
    grant_of,
    moment,
    open_row,
    paragraphs,
)


def last_role(notification: Notification) -> Letter:
    grant = grant_of(notification)
    words = {"person": str(grant.person), "target": str(grant.target)}
    if notification.facts.get("unknown"):
        return _last_role_unknown(notification, words)
    return about_request(
        notification,
        _("%(person)s loses the last role at Aptible") % words,
        _(
            "%(target)s was the last role of %(person)s, and their time with it is over."
            " Aptible removes whoever has no role from the organization."
        )
        % words,
        notification.facts.get("text", ""),
        _("Set a fallback role on the integration, or give them a role of their own, and invite them again."),
    )


def _last_role_unknown(notification: Notification, words: dict[str, str]) -> Letter:
    return about_request(
        notification,
        _("%(person)s may have lost the last role at Aptible") % words,
        _(
            "The time of %(person)s with %(target)s is over. Whether it was their last role could not be found"
            " out, and Aptible removes whoever has no role from the organization."
        )
        % words,
        notification.facts.get("text", ""),
        _("Look whether they are still in the organization. If not, invite them again."),
    )


def written_off(notification: Notification) -> Letter:
    grant = grant_of(notification)
    words = {"person": str(grant.person), "target": str(grant.target), **notification.facts}
    return about_request(
        notification,
        _("Written off: %(target)s of %(person)s") % words,
        _("%(by)s wrote off the access of %(person)s to %(target)s.") % words,
        _("Nobody has verified at Aptible that it is gone. It stays marked as not verified."),
        known=(*grant_facts(grant), (_("Written off"), moment(grant.ended_at))),
        quoted=comment(notification),
    )


def attention(notification: Notification) -> Letter:
    name = notification.facts["integration"]
    integration = Integration.objects.filter(name=name).first()
    words = {"integration": name, "at": moment(notification.facts["at"])}
    return Letter(
        subject=_("%(integration)s needs attention") % words,
        text=paragraphs(
            _("Since %(at)s, the integration %(integration)s does not work.") % words,
            notification.facts.get("text", ""),
            _until_somebody_acts(integration),
        ),
        link=open_row(_("Open the integration"), "integration", integration),
    )


def _until_somebody_acts(integration: Integration | None) -> str:
    if integration and integration.type == Integration.Type.SLACK:
        return _("Until somebody acts, nobody is told anything in Slack. Access does not depend on it.")
    return _("Until somebody acts, access is neither granted nor ended through it.")


def unannounced(notification: Notification) -> Letter:
    words = {**notification.facts, "at": moment(notification.facts["at"])}
    return about_request(
        notification,
        _("Requests can't be announced in Slack: %(place)s") % words,
        _("On %(at)s, a request could not be announced in Slack (%(place)s).") % words,
        notification.facts.get("text", ""),
        _("Used instead: %(fallback)s.") % words,
    )


def undelivered(notification: Notification) -> Letter:
    words = {**notification.facts, "at": moment(notification.facts["at"])}
    return Letter(
        subject=_("A message to %(email)s could not be sent") % words,
        text=paragraphs(
            _("A message to %(email)s was given up on %(at)s.") % words,
            notification.facts.get("text", ""),
            _("Access does not depend on it, but this person may not know what they should."),
        ),
        link=Link(_("Look at the messages"), "admin:access_notification_changelist", ""),
    )


def webhook_disabled(notification: Notification) -> Letter:
    name = notification.facts["webhook"]
    webhook = Webhook.objects.filter(name=name).first()
    words = {"webhook": name, "at": moment(notification.facts["at"])}
    return Letter(
        subject=_("The webhook %(webhook)s was disabled") % words,
        text=paragraphs(
            _("The webhook %(webhook)s kept failing, so it was disabled on %(at)s.") % words,
            notification.facts.get("text", ""),
            _("No event is lost: once it is active again it is sent everything that it has missed."),
        ),
        link=open_row(_("Open the webhook"), "webhook", webhook),
    )


def proposed(notification: Notification) -> Letter:
    """To the other admins, or to whoever proposed it, of what became of it."""
    facts = notification.facts
    waits = facts["outcome"] == "made"
    return Letter(
        subject=_("Confirm a change of the set-up: %(ref)s") % facts if waits else facts["said"][:120].rstrip("."),
        text=paragraphs(
            facts["said"],
            _("Look at what it changes, then confirm or decline it. It lapses after a week.") if waits else "",
        ),
        link=Link(_("Open the proposal"), "admin:access_proposal_change", int(facts["id"])),
    )

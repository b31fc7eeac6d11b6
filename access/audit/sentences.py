"""One sentence for each type of audit event, for the pages that tell the story."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.core.states import EndReason
from access.models import AuditEvent

SENTENCES: Final[Mapping[str, str | Promise]] = {
    "request.asked": gettext_lazy("%(actor)s asked for %(target)s."),
    "request.asked.approval_only": gettext_lazy("%(actor)s asked for an approval of %(target)s."),
    "request.asked.assistant": gettext_lazy("%(actor)s asked for %(target)s, by an assistant (%(assistant)s)."),
    "request.approval": gettext_lazy("%(actor)s approved; more approvals are needed."),
    "request.approval.delegate": gettext_lazy("%(actor)s approved for %(on_behalf_of)s; more approvals are needed."),
    "request.approved.delegate": gettext_lazy("%(actor)s approved for %(on_behalf_of)s."),
    "request.denied.delegate": gettext_lazy("%(actor)s denied it for %(on_behalf_of)s."),
    "request.reminded": gettext_lazy("%(actor)s reminded those who can decide it: %(people)s."),
    "request.passed_on": gettext_lazy("It still waited, so these were asked, too: %(people)s."),
    "request.approval_void": gettext_lazy(
        "The approval of %(whose)s no longer counts, because they could not give it any more. It waits for another."
    ),
    "request.dead_end": gettext_lazy("It can no longer be approved: %(text)s"),
    "request.works_again": gettext_lazy("It can be approved again."),
    "request.approval.signed": gettext_lazy(
        "%(actor)s approved, signed with the passkey “%(passkey)s”; more approvals are needed."
    ),
    "request.approved": gettext_lazy("%(actor)s approved."),
    "request.approved.signed": gettext_lazy("%(actor)s approved, signed with the passkey “%(passkey)s”."),
    "request.approved.break_glass": gettext_lazy("%(actor)s used break-glass: access at once, without approval."),
    "request.approved.fast_track": gettext_lazy("The rule “%(said)s” approved it at once, because %(because)s."),
    "request.denied": gettext_lazy("%(actor)s denied it."),
    "request.comment": gettext_lazy("%(actor)s wrote about the request."),
    "request.withdrawn": gettext_lazy("%(actor)s withdrew the request."),
    "request.lapsed": gettext_lazy("Nobody decided in time, so the request lapsed."),
    "grant.scheduled": gettext_lazy("Access to %(target)s was scheduled."),
    "grant.granting": gettext_lazy("Access to %(target)s is being granted."),
    "grant.active": gettext_lazy("Aptible shows the membership: access to %(target)s is confirmed."),
    "grant.active.standing": gettext_lazy("The person held %(target)s already; nothing was added."),
    "grant.extended": gettext_lazy("Access was extended by %(by_request)s."),
    "grant.extended.free": gettext_lazy("%(actor)s extended their access to %(target)s without approval."),
    "grant.revoking": gettext_lazy("Access to %(target)s is ending: %(reason)s."),
    "grant.ended": gettext_lazy("Access to %(target)s has ended: %(reason)s."),
    "grant.ended.not_verified": gettext_lazy("%(actor)s wrote the grant off: nobody verified that access is gone."),
    "grant.ended.standing": gettext_lazy("The grant has ended; the standing membership was left as found."),
    "grant.trouble": gettext_lazy("It did not work yet: %(text)s"),
    "grant.try_now": gettext_lazy("%(actor)s let it be tried again at once."),
    "grant.gone_while_active": gettext_lazy(
        "Aptible does not list %(target)s any more, and Usher did not take it away: the access ends as found."
    ),
    "grant.found_again": gettext_lazy(
        "Aptible lists %(target)s although the access had ended: it is taken away once more."
    ),
    "grant.activity": gettext_lazy("What was done while access to %(target)s was held: %(count)s operations."),
    "grant.session_outlived": gettext_lazy(
        "An SSH session on %(resource)s still runs, and access to %(target)s ended."
    ),
    "grant.session_cancel_asked": gettext_lazy("Aptible was asked to cancel the SSH session on %(resource)s."),
    "grant.session_not_cancelled": gettext_lazy("The SSH session on %(resource)s could not be cancelled. %(text)s"),
    "grant.session_over": gettext_lazy("The SSH session on %(resource)s is over: %(status)s."),
    "grant.last_role_lost": gettext_lazy(
        "%(target)s was the person's last role, so Aptible removes them from the organization. %(text)s"
    ),
    "grant.last_role_unknown": gettext_lazy(
        "Whether %(target)s was the person's last role in the organization could not be found out. %(text)s"
    ),
    "grant.fallback_role_added": gettext_lazy(
        "The fallback role was added first, because %(target)s was the last one."
    ),
    "review.opened": gettext_lazy("Everybody who was skipped is told, and the break-glass is up for review."),
    "review.reminded": gettext_lazy("Half of the time for the review is over; those who can do it were reminded."),
    "review.escalated": gettext_lazy("The review is overdue: told again to all who can do it (%(times)s)."),
    "review.signed_off": gettext_lazy("%(actor)s signed the review off: it was justified."),
    "review.signed_off.not_justified": gettext_lazy("%(actor)s signed the review off: it was not justified."),
    "review.lifted": gettext_lazy("%(actor)s lets the person use break-glass again."),
    "access_review.started": gettext_lazy("%(actor)s started the access review “%(title)s” (%(subject)s)."),
    "access_review.joined": gettext_lazy("%(who)s got into %(of_target)s meanwhile: one more row of %(subject)s."),
    "access_review.kept": gettext_lazy("%(actor)s keeps %(who)s in %(of_target)s (%(subject)s)."),
    "access_review.removing": gettext_lazy("%(actor)s lets %(who)s be removed from %(of_target)s (%(subject)s)."),
    "access_review.removed": gettext_lazy("%(who)s is out of %(of_target)s: Aptible no longer lists them."),
    "access_review.left_in": gettext_lazy("%(who)s was not removed from %(of_target)s. %(text)s"),
    "access_review.dropped": gettext_lazy("%(who)s left %(of_target)s without the access review. %(text)s"),
    "access_review.reminded": gettext_lazy(
        "Those who decide the access review %(subject)s were reminded: %(waiting)s rows wait."
    ),
    "access_review.escalated": gettext_lazy(
        "The access review %(subject)s is overdue, and the admins were told: %(waiting)s rows wait."
    ),
    "access_review.ready": gettext_lazy("Every row of the access review %(subject)s is decided."),
    "access_review.signed_off": gettext_lazy("%(actor)s signed off the access review %(subject)s."),
    "access_review.cancelled": gettext_lazy("%(actor)s cancelled the access review %(subject)s."),
    "flow.duty_trouble": gettext_lazy("Fast track in %(subject)s waits for somebody who isn't there: %(text)s"),
    "flow.dead_end": gettext_lazy("Requests in %(subject)s lead nowhere: %(text)s"),
    "flow.works_again": gettext_lazy("Every request in %(subject)s could be approved again."),
    "delegation.set": gettext_lazy(
        "%(actor)s set that %(to)s decides for %(subject)s from %(starts_at)s to %(ends_at)s: %(reason)s."
    ),
    "delegation.accepted": gettext_lazy("%(to)s accepted to decide for %(subject)s."),
    "delegation.begun": gettext_lazy("%(to)s decides for %(subject)s from now on, until %(ends_at)s."),
    "delegation.ended": gettext_lazy("%(to)s no longer decides for %(subject)s."),
    "person.signed_in": gettext_lazy("%(subject)s signed in."),
    "person.matched": gettext_lazy("%(subject)s is known by their sign-in provider from now on (%(way)s)."),
    "person.match_forgotten": gettext_lazy("%(actor)s lets %(subject)s be matched by e-mail again (%(way)s)."),
    "person.joined": gettext_lazy("%(subject)s signed in for the first time, and has an account now."),
    "person.invited": gettext_lazy("%(actor)s made a link for %(subject)s to set a password; the one before is void."),
    "person.invited_by_mail": gettext_lazy("%(actor)s invited %(subject)s by mail to sign in."),
    "person.password_set": gettext_lazy("%(subject)s set a password by the link of an invitation."),
    "person.contact_erased": gettext_lazy(
        "%(actor)s erased the contact data of %(who)s; the log keeps them as they were in %(in_log)s of its events."
    ),
    "person.bot_added": gettext_lazy("%(actor)s added the bot %(subject)s."),
    "person.provisioned": gettext_lazy("%(actor)s added %(subject)s, as the company's directory has them."),
    "person.kept": gettext_lazy("The company's directory keeps the account of %(subject)s from now on (%(actor)s)."),
    "person.not_renamed": gettext_lazy(
        "The sign-in provider says that %(subject)s has the e-mail %(email)s, which is somebody else's here."
    ),
    "person.left_directory": gettext_lazy("%(subject)s is no longer in the company's directory (%(actor)s)."),
    "group.members_changed": gettext_lazy("%(actor)s changed who is in the group %(subject)s: %(names)s."),
    "group.left_directory": gettext_lazy(
        "The company's directory has the group %(subject)s no more. It stays, without anybody, as it is named here."
    ),
    "group.let_go": gettext_lazy("%(actor)s takes the group %(subject)s out of the directory's hands."),
    "token.issued": gettext_lazy("%(actor)s issued the API token %(token)s for %(subject)s: %(label)s."),
    "token.refused": gettext_lazy(
        "%(actor)s refused the API token that the machine “%(machine)s” at %(address)s asked them for."
    ),
    "token.vouched": gettext_lazy("%(actor)s confirmed the API token %(token)s of %(subject)s with a passkey."),
    "token.revoked": gettext_lazy("%(actor)s revoked the API token %(token)s of %(subject)s."),
    "passkey.registered": gettext_lazy("%(subject)s registered the passkey “%(passkey)s”."),
    "passkey.confirmed": gettext_lazy("%(actor)s confirmed the passkey “%(passkey)s” of %(subject)s."),
    "passkey.renamed": gettext_lazy("%(actor)s renamed their passkey “%(before)s”: it is “%(passkey)s” now."),
    "passkey.removed": gettext_lazy("%(actor)s removed the passkey “%(passkey)s” of %(subject)s."),
    "mapping.set": gettext_lazy("%(subject)s was mapped to account %(account_id)s."),
    "mapping.unset": gettext_lazy("The user mapping of %(subject)s was removed."),
    "proposal.made": gettext_lazy("%(actor)s proposes %(subject)s, which another admin has to confirm: %(changes_of)s"),
    "proposal.confirmed": gettext_lazy("%(actor)s confirmed %(subject)s of %(proposed_by)s: %(changes_of)s"),
    "proposal.declined": gettext_lazy("%(actor)s declined %(subject)s of %(proposed_by)s: %(reason)s."),
    "proposal.lapsed": gettext_lazy("Nobody confirmed %(subject)s of %(proposed_by)s within a week, so it lapsed."),
    "config.applied": gettext_lazy(
        "%(actor)s applied files: %(added)s added, %(changed)s changed, %(removed)s removed."
    ),
    "config.kept": gettext_lazy("%(actor)s keeps %(subject)s through the API from now on."),
    "integration.synced": gettext_lazy("%(subject)s was synced."),
    "drill.done": gettext_lazy("%(actor)s drilled with %(subject)s: workers were killed at “%(kill_at)s”."),
    "finding.opened": gettext_lazy("Found at Aptible, about %(subject)s: %(kind)s (%(email)s)."),
    "finding.closed": gettext_lazy("No longer so at Aptible, about %(subject)s: %(kind)s (%(email)s)."),
    "finding.accepted": gettext_lazy("%(actor)s accepted what was found about %(subject)s: %(kind)s (%(email)s)."),
    "finding.take_out": gettext_lazy("%(email)s is to be taken out of %(subject)s: nobody approved it."),
    "finding.take_out.access_review": gettext_lazy(
        "%(actor)s lets %(email)s be taken out of %(subject)s, as the access review %(review)s decided."
    ),
    "finding.taken_out.access_review": gettext_lazy(
        "%(email)s was taken out of %(subject)s by the access review %(review)s; Aptible no longer lists them."
    ),
    "finding.taken_out": gettext_lazy("%(email)s was taken out of %(subject)s; Aptible no longer lists them."),
    "finding.left_in": gettext_lazy("%(email)s was not taken out of %(subject)s. %(text)s"),
    "finding.standing": gettext_lazy("Who was in %(subject)s before Usher looked at it first: %(count)s."),
    "integration.needs_attention": gettext_lazy("%(subject)s needs attention: %(text)s"),
    "integration.canary_failed": gettext_lazy("Usher could take nobody out of %(subject)s right now: %(text)s"),
    "integration.canary_works": gettext_lazy("Usher could take people out of %(subject)s again."),
    "integration.secrets_changed": gettext_lazy(
        "The secrets of %(subject)s are others than before: %(text)s. Whoever has them speaks as anybody in Slack."
    ),
    "integration.works_again": gettext_lazy("%(subject)s works again."),
    "schedule.read": gettext_lazy("%(subject)s was read from outside: on call are now %(names)s."),
    "schedule.needs_attention": gettext_lazy("%(subject)s needs attention: %(text)s"),
    "webhook.disabled": gettext_lazy("The webhook %(subject)s was disabled, because it kept failing. %(text)s"),
    "webhook.replayed": gettext_lazy("%(actor)s lets the webhook %(subject)s go on from event %(from)s."),
    "webhook.secret_renewed": gettext_lazy("%(actor)s made a new secret for the webhook %(subject)s."),
    "announcement.failed": gettext_lazy(
        "It could not be announced in Slack (%(place)s). %(text)s Used instead: %(fallback)s."
    ),
    "audit.sealing_began": gettext_lazy("The log is sealed from here on; what is before it was found so."),
    "audit.verified": gettext_lazy("The log was verified: all %(events)s events are as they were written."),
    "audit.bent": gettext_lazy("The log was verified and is bent at event %(event)s. %(text)s"),
    "audit.key_changed": gettext_lazy("The log is sealed with another key from here on: %(to)s."),
    "audit.adopted": gettext_lazy("%(actor)s took the log for whole as it stood, up to event %(head)s: %(said)s."),
    "report.made": gettext_lazy("The report of %(target)s was made: %(requests)s requests."),
    "secrets.resealed": gettext_lazy("%(actor)s sealed the stored secrets anew (%(count)s)."),
    "sign_in.failed": gettext_lazy("A sign-in as %(subject)s failed: %(text)s"),
    "notification.given_up": gettext_lazy("A message to %(subject)s could not be sent. %(text)s"),
}
# What an admin did to the set-up: the second half of the type, such as flow.changed.
_SET_UP: Final[Mapping[str, str | Promise]] = {
    "added": gettext_lazy("%(actor)s added the %(kind)s %(subject)s."),
    "changed": gettext_lazy("%(actor)s changed the %(kind)s %(subject)s: %(fields)s."),
    "removed": gettext_lazy("%(actor)s removed the %(kind)s %(subject)s."),
}
_KINDS: Final[Mapping[str, str | Promise]] = {
    "flow": gettext_lazy("flow"),
    "group": gettext_lazy("group"),
    "integration": gettext_lazy("integration"),
    "person": gettext_lazy("account of"),
    "schedule": gettext_lazy("schedule"),
    "secret": gettext_lazy("secret"),
    "strategy": gettext_lazy("strategy"),
    "target": gettext_lazy("target"),
    "webhook": gettext_lazy("webhook"),
    "workinghours": gettext_lazy("working hours"),
}


def sentence(event: AuditEvent) -> str:
    """Say in one sentence what happened. A type without one is named as it is."""
    template = SENTENCES.get(_kind(event)) or SENTENCES.get(event.type) or _of_set_up(event.type)
    if template is None:
        return _("%(actor)s: %(type)s, %(subject)s.") % _words(event)
    return (str(template) % _words(event)).strip()


def _of_set_up(type_: str) -> str | Promise | None:
    kind, _dot, verb = type_.partition(".")
    return _SET_UP.get(verb) if kind in _KINDS else None


def _kind(event: AuditEvent) -> str:
    facts = event.data
    if event.type == "request.asked" and event.subject.startswith("flow:"):
        return "request.asked.approval_only"
    if event.type == "request.asked" and facts.get("assistant"):
        return "request.asked.assistant"
    if facts.get("not_verified"):
        return f"{event.type}.not_verified"
    if facts.get("on_behalf_of"):
        return f"{event.type}.delegate"
    if variant := facts.get("path") or facts.get("verdict"):
        return f"{event.type}.{variant}"
    if facts.get("signature"):
        return f"{event.type}.signed"
    return f"{event.type}.standing" if (facts.get("evidence") or {}).get("standing") else event.type


def _words(event: AuditEvent) -> dict[str, Any]:
    reason = event.data.get("reason", "")
    named = str(EndReason(reason).label) if reason in EndReason.values else reason
    about = event.subject.partition(":")[2] or event.subject
    told = {
        **{key: value for key, value in event.data.items() if isinstance(value, str | int)},
        **({"passkey": event.data["signature"]["passkey"]} if "signature" in event.data else {}),
        "actor": event.actor,
        "type": event.type,
        "kind": _KINDS.get(event.type.partition(".")[0], ""),
        "fields": ", ".join(name.replace("_", " ") for name in event.data.get("changes", ())),
        "subject": about,
        "target": about,
        "of_target": event.data.get("target", ""),
        "said": reason,
        "reason": named[:1].lower() + named[1:],
    }
    # An event that lacks a fact is told without it.
    return defaultdict(str, told)

"""What the announcement of a request says now, by what the rows say."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from access.core import durations
from access.core.states import GrantState, RequestState
from access.directory import roles
from access.models import AccessRequest, Decision, Grant
from access.policy import policy
from access.policy import words as policy_words
from integrations.slack.cards import Card, Fact, Note

Status = tuple[str, Sequence[str | datetime]]  # an icon, then words and moments


def card(request: AccessRequest, *, for_all: bool = True) -> Card:
    """Put the request into an announcement, by what is known at the moment: for a channel, or for one who decides."""
    decisions = list(request.decisions.select_related("by", "on_behalf_of").order_by("at", "pk"))
    icon, status = _status(request, decisions)
    words = {"person": str(request.requester), "what": request.subject}
    return Card(
        ref=request.ref,
        title=_("%(person)s asks for %(what)s") % words,
        icon=icon,
        status=status,
        url=address(request),
        facts=_facts(request),
        reason=request.reason,
        notes=[_note(one) for one in decisions],
        can_decide=request.state == RequestState.PENDING,
        signed=policy.read(request.policy).passkey,
        can_withdraw=for_all,
    )


def outcome(request: AccessRequest) -> str:
    """What is told below the announcement to those who can no longer help."""
    last = request.decisions.select_related("by").order_by("at", "pk").last()
    words = {"by": str(last.by) if last else "", "target": request.subject}
    told = {
        RequestState.APPROVED: _("%(by)s approved it. There is nothing left to decide.")
        if last
        else _("It was approved. There is nothing left to decide."),
        RequestState.DENIED: _("%(by)s denied it. There is nothing left to decide."),
        RequestState.WITHDRAWN: _("It was withdrawn. There is nothing left to decide."),
        RequestState.LAPSED: _("Nobody decided in time, so it lapsed."),
    }
    return told[RequestState(request.state)] % words


def address(request: AccessRequest) -> str:
    """The request's page."""
    return render_to_string("notify/request_address.txt", {"base_url": settings.BASE_URL, "ref": request.ref})


def _status(request: AccessRequest, decisions: Sequence[Decision]) -> Status:
    by = {"by": str(decisions[-1].by) if decisions else _("Somebody")}
    match request.state:
        case RequestState.PENDING:
            return "⏳", _waiting(request, decisions)
        case RequestState.DENIED:
            return "❌", [_("Denied by %(by)s.") % by]
        case RequestState.WITHDRAWN:
            return "↩️", [_("Withdrawn.")]
        case RequestState.LAPSED:
            return "⌛", [_("Lapsed: nobody decided in time.")]
    if request.grant is None:
        return "✅", [_("Approved.")]
    if request.grant.state == GrantState.SCHEDULED and request.starts_at:
        return "✅", [_("Approved. Access starts "), request.starts_at, "."]
    return _of_grant(request.grant)


def _waiting(request: AccessRequest, decisions: Sequence[Decision]) -> Sequence[str | datetime]:
    needed = policy.read(request.policy).approvals_needed
    yes = sum(one.counts for one in decisions)
    told = _("Approved %(yes)d of %(needed)d.") if yes else _("Waits for a decision: %(yes)d of %(needed)d.")
    lapses = [_(" Lapses "), *_at(request.due_at)] if request.due_at else []
    stuck = [_(" It can no longer be approved: %(why)s") % {"why": request.dead_end}] if request.dead_end else []
    return [told % {"yes": yes, "needed": needed}, *lapses, *stuck]


def _of_grant(grant: Grant) -> Status:
    match grant.state:
        case GrantState.SCHEDULED | GrantState.GRANTING:
            return _moving("✅", _("Approved. Access is being granted."), grant)
        case GrantState.ACTIVE:
            return "🟢", [_("Active until "), grant.ends_at or grant.starts_at, "."]
        case GrantState.REVOKING:
            return _moving("⏳", _("Access is ending: %(why)s.") % {"why": grant.get_end_reason_display()}, grant)
    if grant.not_verified:
        return "⚠️", [_("Written off: nobody has verified that access is gone.")]
    return "⚪", [_("Ended: %(why)s. Seen to be gone ") % {"why": grant.get_end_reason_display()}, *_at(grant.ended_at)]


def _moving(icon: str, words: str, grant: Grant) -> Status:
    """What Aptible is asked for may fail, and is tried again."""
    if not grant.last_error:
        return icon, [words]
    return "⚠️", [words, " ", _("It did not work yet, and is tried again: %(why)s") % {"why": grant.last_error}]


def _at(moment: datetime | None) -> Sequence[str | datetime]:
    return [moment, "."] if moment else []


def _facts(request: AccessRequest) -> list[Fact]:
    told = [Fact(_("Flow"), str(request.flow))]
    if request.gives_access:
        told = [
            Fact(_("Target"), request.subject),
            *[Fact(_("Opens"), one) for one in _opens(request)],
            Fact(_("Duration"), durations.shown(request.duration.total_seconds())),
        ]
    if request.asked_by:
        told.insert(0, Fact(_("Asked by"), request.asked_by))
    if request.starts_at:
        told.append(Fact(_("Start"), request.starts_at))
    if request.ticket:
        told.append(Fact(_("Ticket"), request.ticket, request.ticket_link))
    told += [Fact(one.label, one.words) for one in request.answered]
    if request.state == RequestState.PENDING:
        told.append(Fact(_("Who decides"), policy_words.sentence(policy.read(request.policy))))
    if request.path == AccessRequest.Path.BREAK_GLASS:
        told.append(Fact(_("Break-glass"), _("Access at once, without approval. It is reviewed afterwards.")))
    return told


def _opens(request: AccessRequest) -> list[str]:
    """The environments of the target, on one line."""
    role = roles.of_targets(request.targets).get(request.target_id or 0)
    if role is None:
        return []
    if role.everything:
        return [_("everything in the organization")]
    return [", ".join(one.environment for one in role.opens)] if role.opens else []


def _note(one: Decision) -> Note:
    names = {"by": str(one.by), "away": str(one.on_behalf_of), "how": one.get_place_display()}
    if one.verdict == Decision.Verdict.DENY:
        said = _("%(by)s denied it %(how)s.")
    elif one.on_behalf_of:
        said = _("%(by)s approved for %(away)s %(how)s.")
    else:
        said = _("%(by)s approved %(how)s.")
    return Note(said % names, one.comment)

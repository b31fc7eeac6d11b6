"""The story of one request and its access, step by step, for every face that tells it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from access.audit import actors
from access.core import durations
from access.core.states import EndReason, GrantState, RequestState
from access.models import AccessRequest, AfterReview, AuditEvent, Operation, User
from access.policy import dead_ends, policy
from access.requests import timeline_found, timeline_operations
from access.requests.steps import NEXT, NOW, TROUBLE, Step

FAST_TRACK: Final = AccessRequest.Path.FAST_TRACK


def steps(request: AccessRequest, *, operations: Sequence[Operation] | None = None) -> list[Step]:
    """Tell what happened and what is still to come. A handful of queries at any length of the story.

    What was done at Aptible is not read again where it is known.
    """
    done = timeline_operations.of(request) if operations is None else operations
    events = _events(request)
    names, away = actors.names(events), _away(events)
    told: list[Step] = []
    given: Counter[int] = Counter()  # approvals by stage
    for event in events:
        if event.type in ("request.approval", "request.approved") and event.data.get("path") != FAST_TRACK:
            given[event.data.get("stage", 0)] += 1
        step = _step(event, request, given)
        if step is None:
            continue
        took = event.at - told[-1].at if told and told[-1].at else None
        told.append(
            replace(step, kind=event.type, at=event.at, who=_with_away(names[event.pk], event, away), took=took)
        )
    story = _with_present(told, request) + _to_come(request, given) + _review_to_come(told, events)
    return timeline_operations.with_operations(story, done)


def _events(request: AccessRequest) -> list[AuditEvent]:
    """Read the events of the request, and of its grants from its approval on.

    One query, and another where it was given through more than one grant.
    """
    refs = {request.grant.ref} if request.grant else set()
    about = Q(request_ref=request.ref)
    found = list(AuditEvent.objects.filter(about | _of_grants(refs) if refs else about).order_by("id"))
    own = [one for one in found if one.request_ref]
    settled = next((one.id for one in own if one.type == "request.approved"), None)
    if settled is None or request.grant is None:
        return own
    others = {one.grant_ref for one in own if one.grant_ref} - refs
    found += AuditEvent.objects.filter(_of_grants(others)) if others else []
    return sorted((one for one in found if one.request_ref or one.id > settled), key=lambda one: one.id)


def _of_grants(refs: Collection[str]) -> Q:
    return Q(grant_ref__in=refs, request_ref="")


def _away(events: Iterable[AuditEvent]) -> dict[int, str]:
    """The names of those for whom somebody decided, by their ids."""
    ids = {one.data["on_behalf_of_id"] for one in events if one.data.get("on_behalf_of_id")}
    return {one.pk: str(one) for one in User.objects.filter(pk__in=ids)} if ids else {}


def _with_away(who: str, event: AuditEvent, away: Mapping[int, str]) -> str:
    address = event.data.get("on_behalf_of", "")
    named = away.get(event.data.get("on_behalf_of_id", 0), address)
    return _("%(person)s for %(away)s") % {"person": who, "away": named} if address else who


def _step(event: AuditEvent, request: AccessRequest, given: Mapping[int, int]) -> Step | None:
    """Put one event in words; None for one that tells the reader nothing new."""
    facts = event.data
    match event.type:
        case "request.asked":
            by = _("By an assistant (%(assistant)s), in their name.") % facts if facts.get("assistant") else ""
            return Step("", _("Asked"), note=by)
        case "request.approval" | "request.approved":
            return _approval(event, request, given)
        case "request.denied":
            return Step("", _("Denied"), quote=facts.get("comment", ""))
        case "request.passed_on":
            return Step("", _("Passed on"), note=_passed_on(facts))
        case "request.comment":
            return Step("", _("Comment"), quote=event.data.get("comment", ""))
        case "request.withdrawn":
            return Step("", _("Withdrawn"))
        case "request.lapsed":
            return Step("", _("Lapsed"), note=_("Nobody decided in time."))
        case "grant.scheduled":
            starts_at = request.starts_at
            waits = starts_at is not None and starts_at > event.at
            return Step("", _("Scheduled"), then=_("Starts"), then_at=starts_at) if waits else None
    moved = _standing_step(event) or _try_step(event) or _grant_step(event, request)
    return moved or timeline_found.step(event, request) or _review_step(event)


def _standing_step(event: AuditEvent) -> Step | None:
    """Whether it can still be approved."""
    facts = event.data
    match event.type:
        case "request.approval_void":
            text = _("%(whose)s could not give it any more, so it waits for another.")
            return Step("", _("An approval no longer counts"), TROUBLE, note=text % facts)
        case "request.dead_end" if facts.get("barred"):
            return Step("", _("It can't be approved any more"), TROUBLE, note=facts.get("text", ""))
        case "request.dead_end":
            return Step("", _("Nobody can approve it any more"), TROUBLE, note=facts.get("text", ""))
        case "request.works_again":
            return Step("", _("It can be approved again"))
    return None


def _approval(event: AuditEvent, request: AccessRequest, given: Mapping[int, int]) -> Step:
    path = event.data.get("path")
    if path == FAST_TRACK:
        return _by_rule(event.data)
    if path == AccessRequest.Path.BREAK_GLASS:
        return Step("", _("Break-glass"), TROUBLE, note=_("Access at once, without approval."))
    in_force, stage = policy.read(request.policy), event.data.get("stage", 0)
    needed = policy.quorum(in_force.stages[stage])
    title = _("Approved")
    if needed > 1:
        title = _("Approved %(count)d of %(needed)d") % {"count": given[stage], "needed": needed}
    return Step("", _in_stage(title, in_force, stage), quote=event.data.get("comment", ""))


def _by_rule(facts: Mapping[str, Any]) -> Step:
    note = _("Fast track: %(because)s. %(reason)s") % {"because": facts["because"], "reason": facts["reason"]}
    return Step("", _("Approved at once by a rule"), note=note)


def _passed_on(facts: Mapping[str, Any]) -> str:
    words = {"length": durations.shown(facts["after"]), "people": facts["people"]}
    if not facts["people"]:
        return _("After %(length)s there was nobody else to ask.") % words
    return _("After %(length)s also asked: %(people)s.") % words


def _in_stage(title: str, in_force: policy.Policy, stage: int) -> str:
    if len(in_force.stages) < 2:
        return title
    return _("%(title)s · %(stage)s") % {"title": title, "stage": dead_ends.stage_name(in_force, stage)}


def _try_step(event: AuditEvent) -> Step | None:
    """What takes its time, and who did not want to wait."""
    match event.type:
        case "grant.trouble":
            return Step("", _("It did not work yet"), TROUBLE, note=event.data.get("text", ""))
        case "request.reminded":
            return Step("", _("Reminded"), note=_("Those who can decide: %(people)s.") % event.data)
        case "grant.try_now":
            return Step("", _("Tried again at once"))
    return None


def _grant_step(event: AuditEvent, request: AccessRequest) -> Step | None:
    facts, about = event.data, {"target": request.target, "person": request.requester}
    match event.type:
        case "grant.granting":
            return Step("", _("Granting"), note=_("Aptible is asked to add %(person)s to %(target)s.") % about)
        case "grant.active":
            return _active(facts)
        case "grant.extended":
            note = _by_request_or_freely(facts)
            ends_at = parse_datetime(facts.get("ends_at") or "")
            return Step("", _("Extended"), note=note, then=_("Ends") if ends_at else "", then_at=ends_at)
        case "grant.last_role_lost":
            note = (
                _("%(target)s is the last role of %(person)s, so Aptible removes them from the organization.") % about
            )
            return Step("", _("Last role"), TROUBLE, note=f"{note} {facts.get('text', '')}".strip())
        case "grant.last_role_unknown":
            note = _("Whether %(target)s is the last role of %(person)s in the organization is not known.") % about
            return Step("", _("Last role?"), TROUBLE, note=f"{note} {facts.get('text', '')}".strip())
        case "grant.fallback_role_added":
            note = _("%(target)s is the last role of %(person)s, so the fallback role was added first.") % about
            return Step("", _("Fallback role added"), TROUBLE, note=note)
        case "grant.revoking":
            return Step("", _("Ending"), note=_reason(facts), quote=facts.get("comment", ""))
        case "grant.ended":
            return _ended(facts)
    return None


def _review_step(event: AuditEvent) -> Step | None:
    facts = event.data
    match event.type:
        case "review.opened":
            note = _("Told at once: %(names)s.") % {"names": ", ".join(one["name"] for one in facts["told"])}
            return Step("", _("Review opened"), note=note)
        case "review.reminded":
            return Step("", _("Reminded of the review"))
        case "review.escalated":
            return Step("", _("Review overdue"), TROUBLE, note=_("Everybody who can sign it off was told again."))
        case "review.signed_off" if facts["verdict"] == AfterReview.Verdict.JUSTIFIED:
            return Step("", _("Signed off: justified"), quote=facts["comment"])
        case "review.lifted":
            return Step("", _("Break-glass is open to them again"), quote=facts["reason"])
        case "review.signed_off":
            return Step("", _("Signed off: not justified"), TROUBLE, quote=facts["comment"])
    return None


def _review_to_come(told: Iterable[Step], events: Iterable[AuditEvent]) -> list[Step]:
    """The sign-off that a break-glass still waits for."""
    opened = next((one for one in events if one.type == "review.opened"), None)
    if opened is None or any(one.kind == "review.signed_off" for one in told):
        return []
    deadline = parse_datetime(opened.data["deadline"])
    return [Step("review.signed_off", _("Review signed off"), NEXT, then=_("Due"), then_at=deadline)]


def _by_request_or_freely(facts: Mapping[str, Any]) -> str:
    if facts.get("path"):
        length = durations.shown(facts["seconds"])
        return _("By %(length)s, without approval: the flow allows that once.") % {"length": length}
    return _("By request %(ref)s.") % {"ref": facts.get("by_request", "")}


def _active(facts: Mapping[str, Any]) -> Step:
    if (facts.get("evidence") or {}).get("standing"):
        return Step("", _("Confirmed active"), note=_("Held already, outside the portal: nothing was added."))
    return Step("", _("Confirmed active"), note=_("Aptible lists the membership."))


def _ended(facts: Mapping[str, Any]) -> Step | None:
    if facts.get("not_verified"):
        note = _("Written off by an admin: nobody has seen at Aptible that access is gone.")
        return Step("", _("Ended, not verified"), TROUBLE, note=note, quote=facts.get("comment", ""))
    if facts.get("reason") == EndReason.MERGED:
        return None
    if facts.get("from") == GrantState.SCHEDULED:
        return Step("", _("Cancelled"), note=_("It had not started."), quote=facts.get("comment", ""))
    if (facts.get("evidence") or {}).get("standing"):
        return Step("", _("Confirmed ended"), note=_("The standing membership was left as found."))
    return Step("", _("Confirmed ended"), note=_("Aptible does not list the membership."))


def _reason(facts: Mapping[str, Any]) -> str:
    reason = facts.get("reason", "")
    words = f"{EndReason(reason).label}." if reason in EndReason.values else ""
    return f"{words} {facts.get('text', '')}".strip()


def _with_present(told: list[Step], request: AccessRequest) -> list[Step]:
    """Mark the step that is happening now."""
    kinds = {GrantState.GRANTING: "grant.granting", GrantState.REVOKING: "grant.revoking"}
    kind = kinds.get(GrantState(request.grant.state)) if request.grant else None
    return [replace(one, tone=NOW) if kind and one.kind == kind else one for one in told]


def _to_come(request: AccessRequest, given: Mapping[int, int]) -> list[Step]:
    ending = Step("grant.ended", _("Confirmed ended"), NEXT)
    active = Step("grant.active", _("Confirmed active"), NEXT)
    grant = request.grant
    if request.state == RequestState.PENDING:
        return [*_next_approvals(request, given), *([active, ending] if request.gives_access else [])]
    match grant.state if grant else None:
        case GrantState.SCHEDULED if grant:
            return [
                Step("grant.granting", _("Granting"), NEXT, then=_("Starts"), then_at=grant.starts_at),
                active,
                ending,
            ]
        case GrantState.GRANTING:
            return [active, ending]
        case GrantState.ACTIVE if grant:
            return [replace(ending, then=_("Time is up"), then_at=grant.ends_at)]
        case GrantState.REVOKING:
            return [ending]
    return []


def _next_approvals(request: AccessRequest, given: Mapping[int, int]) -> list[Step]:
    """One step for the stage that waits, and one for each that comes after it."""
    in_force = policy.read(request.policy)
    found: list[Step] = []
    for number, stage in enumerate(in_force.stages):
        needed, count = policy.quorum(stage), given.get(number, 0)
        if count >= needed:
            continue
        title = _("Approval")
        if needed > 1:
            title = _("Approval %(count)d of %(needed)d") % {"count": count + 1, "needed": needed}
        step = Step("request.approved", _in_stage(title, in_force, number), NEXT)
        found.append(step if found else replace(step, then=_("Lapses"), then_at=request.due_at))
    return found

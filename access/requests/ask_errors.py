"""What is wrong with an ask: a sentence for each field. Reads only, so that a page can say it before submitting."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from access.core import texts
from access.core.prepared import prepared
from access.models import AccessRequest, DirectoryPerson, Flow, Target, User, UserMapping
from access.policy import approvers, askers, dead_ends, limits, policy, still_eligible, tickets
from access.policy.fast_track.judge import Verdict

REASON_MAX: Final = 4000
TICKET_MAX: Final = 100
ASSISTANT_MAX: Final = 60
FURTHEST_START: Final = timedelta(days=90)


def of_asker(flow: Flow, requester: User) -> dict[str, str]:
    """Say that the flow takes nothing from this person: one sentence, so that nobody learns which flows are hidden."""
    return {} if askers.open_to(requester).filter(pk=flow.pk).exists() else nothing_taken()


def nothing_taken() -> dict[str, str]:
    return {"flow": _("This flow takes no requests at the moment.")}


def of_choice(
    request: AccessRequest, in_force: policy.Policy, mapping: UserMapping | None, verdict: Verdict,
    served: still_eligible.Served | None,
) -> dict[str, str]:  # fmt: skip
    """Say why this person can't be given this target through this flow, whatever else they type.

    There is a mapping where there is a target.
    """
    circle = approvers.circles([in_force], [request.requester]).around(request.requester)
    flow_errors = of_flow(request.flow, in_force, circle, verdict)
    return flow_errors | of_target(request.flow, request.target, served) | of_mapping(mapping)


def of_flow(flow: Flow, in_force: policy.Policy, circle: policy.Circle, verdict: Verdict) -> dict[str, str]:
    """Say why nothing can be had through this flow: it is closed, a rule refuses, or nobody could approve."""
    if closed := of_openness(flow):
        return closed
    if verdict.outcome is not None:
        # Where a rule approves, it is no matter whether somebody else could.
        return verdict.errors
    sentence = dead_ends.dead_end(in_force, circle)
    return {"flow": sentence} if sentence else {}


def together(names: Sequence[str], found: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """One sentence for each field: with the name of the target before what is not the same for all."""
    errors: dict[str, str] = {}
    for field in dict.fromkeys(field for one in found for field in one):
        said = [one.get(field, "") for one in found]
        named = [f"{name}: {text}" for name, text in zip(names, said, strict=True) if text]
        errors[field] = said[0] if len(set(said)) == 1 else " ".join(named)
    return errors


def of_openness(flow: Flow) -> dict[str, str]:
    """Say why this flow takes nothing at all, whoever could approve."""
    return {} if flow.is_active else nothing_taken()


def of_target(flow: Flow, target: Target | None, served: still_eligible.Served | None = None) -> dict[str, str]:
    """Say why this flow does not give this target: it is another flow's, or its role is gone, or it gives none.

    What is known of how it is `served` is not read again.
    """
    if flow.strategy_id is None:
        return {"target": _("%(flow)s gives no access, so there is no target.") % {"flow": flow}} if target else {}
    if target is None:
        return {"target": _("Choose what you need.")}
    served = served or still_eligible.served(flow, [target])[target.pk]
    if not served.gives:
        return {"target": _("%(target)s cannot be asked for in %(flow)s.") % {"target": target, "flow": flow}}
    if served.role_gone:
        return {"target": _("Aptible no longer has the role of %(target)s. Tell an admin.") % {"target": target}}
    return {}


def of_typed(request: AccessRequest, *, now: datetime) -> dict[str, str]:
    """Say what was typed or chosen that this flow does not take."""
    times = _time_errors if request.flow.gives_access else _no_time_errors
    return (
        times(request, now)
        | _reason_errors(request.flow, request.reason)
        | _ticket_errors(request.flow, request.ticket)
        | texts.wrong(reason=request.reason, ticket=request.ticket)
        | of_assistant(request)
    )


def of_assistant(request: AccessRequest, *, break_glass: bool = False) -> dict[str, str]:
    """Say why an assistant can't ask for this in somebody's name."""
    name = request.assistant
    if name and not name.isprintable():
        return {"assistant": _("Say in a few words which assistant it is.")}
    if len(name) > ASSISTANT_MAX:
        return {"assistant": _("Keep it under %(count)d characters.") % {"count": ASSISTANT_MAX}}
    if name and break_glass:
        return {"break_glass": _("An assistant takes no access without an approval. Do it yourself.")}
    if name and not request.flow.allow_assistants:
        return {"flow": _("This flow takes no requests of assistants. Ask for it yourself.")}
    return {}


def _time_errors(request: AccessRequest, now: datetime) -> dict[str, str]:
    errors, starts_at = _duration_errors(request), request.starts_at
    if starts_at is not None and starts_at < _minute_of(now):
        errors["starts_at"] = _("The start is in the past.")
    if starts_at is not None and starts_at > now + FURTHEST_START:
        errors["starts_at"] = _("The start is more than 90 days away.")
    return errors


def later(starts_at: datetime | None, *, now: datetime) -> datetime | None:
    """The start, if it is one for later: a clock shows minutes, so whoever chooses this minute means now."""
    return None if starts_at is not None and _minute_of(now) <= starts_at <= now else starts_at


def _minute_of(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)


def _no_time_errors(request: AccessRequest, _now: datetime) -> dict[str, str]:
    """An approval is for now, and holds nothing."""
    sentence = _("%(flow)s gives no access, so it takes no time.") % {"flow": request.flow}
    typed = {"duration": request.seconds, "starts_at": request.starts_at}
    return {name: sentence for name, value in typed.items() if value}


def of_mapping(mapping: UserMapping | None) -> dict[str, str]:
    """Say in words why this person can't be given anything yet. None: nothing is given."""
    if mapping is None:
        return {}
    where = {"email": mapping.user.email, "integration": mapping.integration.get_type_display()}
    sentences = {
        UserMapping.Problem.MISSING: _(
            "No account in %(integration)s has your e-mail %(email)s."
            " If you do have one, ask an admin to set your user mapping."
        ),
        UserMapping.Problem.AMBIGUOUS: _(
            "Several accounts in %(integration)s have your e-mail %(email)s. Ask an admin to set your user mapping."
        ),
        UserMapping.Problem.TAKEN: _(
            "The account in %(integration)s with your e-mail %(email)s belongs to another person here."
            " Ask an admin to look at the user mappings."
        ),
        UserMapping.Problem.BOT: _(
            "Your account in %(integration)s would be that of Usher's own bot, which is never a person's."
            " Ask an admin to set your user mapping."
        ),
        UserMapping.Problem.UNPROVEN: _(
            "The directory of your company has changed your e-mail to %(email)s. Sign out, and in with your provider"
            " once: then your account in %(integration)s is found by it. Or ask an admin to set your user mapping."
        ),
    }
    if mapping.integration.is_bot(mapping.account_id):
        return {"target": sentences[UserMapping.Problem.BOT] % where}
    if mapping.problem:
        return {"target": sentences[UserMapping.Problem(mapping.problem)] % where}
    return _left_errors(mapping)


def _left_errors(mapping: UserMapping) -> dict[str, str]:
    account = next(iter(_gone(mapping.integration_id, mapping.account_id)), None)
    if account is None:
        return {}
    text = _("Your account %(account)s has left %(integration)s. Ask an admin to set your user mapping.")
    where = {"account": account.email, "integration": mapping.integration.get_type_display()}
    return {"target": text % where}


@prepared
def _gone(integration: int, account_id: str) -> QuerySet[DirectoryPerson]:
    rows = DirectoryPerson.objects.filter(integration=integration, external_id=account_id)
    return rows.filter(gone_at__isnull=False).order_by("pk")


def _duration_errors(request: AccessRequest) -> dict[str, str]:
    if request.seconds in limits.offered(request.flow, request.targets):
        return {}
    is_the_flows = request.seconds in request.flow.allowed_durations
    too_long = limits.why_too_long(request.seconds, request.targets) if is_the_flows else ""
    return {"duration": too_long or _("Choose one of the durations that are offered.")}


def _reason_errors(flow: Flow, reason: str) -> dict[str, str]:
    if not reason:
        return {"reason": _("Say why you need it.")}
    if len(reason) < flow.reason_min_length:
        return {"reason": _("Say a little more: at least %(count)d characters.") % {"count": flow.reason_min_length}}
    if len(reason) > REASON_MAX:
        return {"reason": _("Keep the reason under %(count)d characters.") % {"count": REASON_MAX}}
    return {}


def _ticket_errors(flow: Flow, ticket: str) -> dict[str, str]:
    if len(ticket) > TICKET_MAX:
        return {"ticket": _("A ticket has at most %(count)d characters.") % {"count": TICKET_MAX}}
    if ticket and flow.ticket_pattern and not tickets.fits(flow.ticket_pattern, ticket):
        return {"ticket": f"{_('This does not look like a ticket here.')} {flow.ticket_hint}"}
    return {}

"""What can't be accepted in the set-up: a sentence for each field that is wrong."""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.core import durations
from access.models import DirectoryRole, Flow, Group, Integration, Target
from access.policy import approvers, askers, dead_ends, policy, simulate, tickets, words
from access.requests import ask_errors, break_glass_reviews

CUSTOM_ROLE: Final = "platform_user"


def of_target(target: Target, role: DirectoryRole, *, owner_role_is_meant: bool) -> dict[str, str]:
    """Look at the role picked for a target, which may be new."""
    is_held_on_to = (target.integration_id, target.role_id) == (role.integration_id, role.external_id)
    if role.gone_at and not is_held_on_to:
        return {"role": _gone(role)}
    twins = Target.objects.filter(integration=role.integration_id, role_id=role.external_id)
    if twin := twins.exclude(pk=target.pk).first():
        return {"role": _("%(role)s is a target already: %(target)s.") % {"role": role.name, "target": twin.name}}
    if role.external_id == role.integration.fallback_role_id and not is_held_on_to:
        text = _("%(role)s is the fallback role, which is given without asking and kept for good.")
        return {"role": text % {"role": role.name}}
    reason = "" if owner_role_is_meant else _not_custom(role)
    return {"role": _("%(reason)s Tick the box below if it is meant.") % {"reason": reason}} if reason else {}


def of_fallback_role(role: DirectoryRole) -> dict[str, str]:
    """Look at the role that people get before their last one is taken away."""
    if role.gone_at:
        return {"fallback_role": _gone(role)}
    if reason := _not_custom(role):
        return {"fallback_role": _("%(reason)s A fallback role is given without asking.") % {"reason": reason}}
    target = Target.objects.filter(integration=role.integration_id, role_id=role.external_id).first()
    if target:
        return {
            "fallback_role": _("%(role)s is the target %(target)s, and a fallback role is kept for good.")
            % {"role": role.name, "target": target.name}
        }
    return {}


def of_integration(type_: str, typed: Mapping[str, Any]) -> dict[str, str]:
    """Name what each type of integration can't be without."""
    if type_ == Integration.Type.APTIBLE:
        needed = ("username_secret", "password_secret")
        return {one: _("Pick the secret that it is in.") for one in needed if not typed.get(one)}
    id = str(typed.get("external_id", "T"))
    if not re.fullmatch("[TE][A-Z0-9]*", id.strip().upper()):
        return {"external_id": _("The id of a Slack workspace starts with T, such as T024BE7LD.")}
    return {}


def of_strategy(integration: Integration, targets: Collection[Target]) -> dict[str, str]:
    """Look at the targets picked for a strategy."""
    foreign = [target.name for target in targets if target.integration_id != integration.pk]
    if not foreign:
        return {}
    text = ngettext(
        "This target belongs to another integration than %(integration)s: %(names)s.",
        "These targets belong to another integration than %(integration)s: %(names)s.",
        len(foreign),
    )
    return {"targets": text % {"integration": integration.name, "names": ", ".join(foreign)}}


def of_flow(flow: Flow) -> dict[str, str]:
    """Look at a flow as it would be saved, but for who decides: see `of_policy`."""
    errors = _of_access(flow) if flow.gives_access else _of_approval_only(flow)
    if not tickets.works(flow.ticket_pattern):
        errors["ticket_pattern"] = _("This is not a regular expression that works.")
    elif flow.ticket_pattern and flow.ticket_example and not tickets.fits(flow.ticket_pattern, flow.ticket_example):
        errors["ticket_example"] = _("The pattern would refuse this example.")
    if flow.ticket_url and not _is_ticket_address(flow.ticket_url):
        errors["ticket_url"] = _(
            "Type an address that starts with https:// or http:// and has {ticket} after the name of the server."
        )
    if flow.approve_with_passkey and flow.free_extension:
        errors["free_extension"] = _("Approvals are signed with a passkey here, so nothing is extended without one.")
    if flow.reason_min_length > ask_errors.REASON_MAX:
        errors["reason_min_length"] = _("Nobody may type more than %(count)d characters.") % {
            "count": ask_errors.REASON_MAX
        }
    return errors


def _of_access(flow: Flow) -> dict[str, str]:
    if not flow.allowed_durations:
        return {"allowed_durations": _("Say for how long access can be had, or leave the strategy empty.")}
    if flow.default_duration in flow.allowed_durations:
        return {}
    listed = ", ".join(map(durations.written, flow.allowed_durations))
    return {"default_duration": _("Choose one of the allowed durations: %(durations)s.") % {"durations": listed}}


def _of_approval_only(flow: Flow) -> dict[str, str]:
    """Nothing is held through it, so nothing can be had at once or for longer."""
    sentence = _("A flow without a strategy gives no access, so this has to stay off.")
    return {name: sentence for name in ("break_glass", "free_extension") if getattr(flow, name)}


def of_policy(flow: Flow, in_force: policy.Policy, *, groups: Collection[Group] = ()) -> list[str]:
    """Look at who would decide what these groups ask, or everybody: sentences, with names, on what is never met."""
    late = [
        _("%(stage)s passes to others only after %(length)s, when the request has lapsed already.")
        % {"stage": dead_ends.stage_name(in_force, number), "length": durations.written(pool.after)}
        for number, stage in enumerate(in_force.stages)
        for pool in stage.pools
        if pool.after >= flow.pending_timeout
    ]
    if not flow.is_active:
        return late
    if not in_force.stages:
        return [_("Nobody could approve a request. Add a stage, or close the flow for requests.")]
    people = askers.of_groups(groups)
    found = simulate.reach(in_force, people)
    nobody_reviews = (
        flow.break_glass and people and len(break_glass_reviews.unreviewed(in_force, people)) == len(people)
    )
    never = [_("Nobody could review a break-glass afterwards. Name approvers, or do not allow it.")]
    return [*late, *([found.sentence] if found.dead_end else []), *(never if nobody_reviews else [])]


def around_passkeys(flow: Flow) -> str:
    """Name other open flows that give the same targets without a passkey; empty for none."""
    if not (flow.approve_with_passkey and flow.strategy):
        return ""
    given = flow.strategy.targets.values("pk")
    others = Flow.objects.filter(is_active=True, approve_with_passkey=False, strategy__targets__in=given).distinct()
    names = ", ".join(str(one) for one in others.order_by("label"))
    text = _("Approvals are signed with a passkey here, and these flows give the same targets without: %(names)s.")
    return text % {"names": names} if names else ""


def unreviewed(flow: Flow) -> str:
    """Name those who may ask and can't use break-glass, because nobody else could review it; empty for nobody."""
    if not flow.break_glass:
        return ""
    found = break_glass_reviews.unreviewed(approvers.of_flow(flow), askers.of_flow(flow))
    names = words.shortened([str(one) for one in found])
    text = _("These people can't use break-glass, because nobody else could review it: %(names)s.")
    return text % {"names": names} if found else ""


def _gone(role: DirectoryRole) -> str:
    return _("Aptible no longer has the role %(role)s.") % {"role": role.name}


def _not_custom(role: DirectoryRole) -> str:
    if role.scim_created:
        return _("%(role)s is managed by SCIM, which takes people out again as it likes.") % {"role": role.name}
    if role.type != CUSTOM_ROLE:
        return _("%(role)s is not a custom role, but of the type %(type)s.") % {"role": role.name, "type": role.type}
    return ""


def _is_ticket_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    rest = text.partition(parts.netloc)[2] if parts.netloc else ""
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and "{" not in parts.netloc and "{ticket}" in rest

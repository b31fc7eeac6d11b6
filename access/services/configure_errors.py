"""What can't be accepted in the set-up: a sentence for each field that is wrong."""

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access import durations
from access.models import DirectoryRole, Flow, Integration, Target, User
from access.services import ask_errors
from access.services.pool import Pool, pool

CUSTOM_ROLE: Final = "platform_user"


def of_target(target: Target, role: DirectoryRole, *, owner_role_is_meant: bool) -> dict[str, str]:
    """Look at the role picked for a target, which may be new."""
    is_held_on_to = (target.integration_id, target.role_id) == (role.integration_id, role.external_id)
    if role.gone_at and not is_held_on_to:
        return {"role": _gone(role)}
    twins = Target.objects.filter(integration=role.integration_id, role_id=role.external_id)
    if twin := twins.exclude(pk=target.pk).first():
        return {"role": _("%(role)s is a target already: %(target)s.") % {"role": role.name, "target": twin.name}}
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


def of_flow(flow: Flow, approvers: Collection[User]) -> dict[str, str]:
    """Look at a flow as it would be saved, with these approvers."""
    errors = {}
    if flow.default_duration not in flow.allowed_durations:
        errors["default_duration"] = _("Choose one of the allowed durations: %(durations)s.") % {
            "durations": ", ".join(map(durations.written, flow.allowed_durations))
        }
    if not _compiles(flow.ticket_pattern):
        errors["ticket_pattern"] = _("This is not a regular expression that works.")
    if flow.ticket_url and not _is_ticket_address(flow.ticket_url):
        errors["ticket_url"] = _(
            "Type an address that starts with https:// or http:// and has {ticket} after the name of the server."
        )
    if flow.reason_min_length > ask_errors.REASON_MAX:
        errors["reason_min_length"] = _("Nobody may type more than %(count)d characters.") % {
            "count": ask_errors.REASON_MAX
        }
    found = pool(flow, approvers)
    if flow.is_active and not found.is_enough:
        errors["approvers"] = _too_few(found)
    return errors


def _too_few(found: Pool) -> str:
    words = {"needed": found.needed, "names": ", ".join(one.name for one in found.able)}
    if found.able:
        text = ngettext(
            "Nobody's request could be approved: it needs %(needed)d approvals, and only one person is here to give"
            " them: %(names)s.",
            "Nobody's request could be approved: it needs %(needed)d approvals, and only %(able)d people are here to"
            " give them: %(names)s.",
            len(found.able),
        )
        return text % {**words, "able": len(found.able)}
    if found.gone:
        names = ", ".join(one.name for one in found.gone)
        return _("Nobody's request could be approved: these people can no longer sign in: %(names)s.") % {
            "names": names
        }
    return _("Nobody could approve a request. Pick an approver, or close the flow for requests.")


def _gone(role: DirectoryRole) -> str:
    return _("Aptible no longer has the role %(role)s.") % {"role": role.name}


def _not_custom(role: DirectoryRole) -> str:
    if role.scim_created:
        return _("%(role)s is managed by SCIM, which takes people out again as it likes.") % {"role": role.name}
    if role.type != CUSTOM_ROLE:
        return _("%(role)s is not a custom role, but of the type %(type)s.") % {"role": role.name, "type": role.type}
    return ""


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True


def _is_ticket_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    rest = text.partition(parts.netloc)[2] if parts.netloc else ""
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and "{" not in parts.netloc and "{ticket}" in rest

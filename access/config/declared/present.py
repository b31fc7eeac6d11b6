"""What is here, as the same plain facts that files declare: a fixed number of queries for each type."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import models
from django.db.models import Prefetch

from access.config.declared import prompts
from access.config.declared.flow_blocks import Facts
from access.models import FastTrackRule, Flow, Integration, Secret, Strategy, Target
from access.policy import approvers


@dataclass(frozen=True)
class Present:
    type: str
    name: str
    row: models.Model
    facts: Facts


def read() -> dict[tuple[str, str], Present]:
    """Read every row that files could declare, by its type and its name in lower case."""
    found = [
        Present(type_, one.name.lower(), one, facts(one)) for type_, (rows, facts) in READERS.items() for one in rows()
    ]
    return {(one.type, one.name): one for one in found}


def secret(row: Secret) -> Facts:
    return {"source": row.source, "path": row.location, "json_key": row.json_key}


def integration(row: Integration) -> Facts:
    username, password = row.sign_in
    return {
        "type": row.type,
        "external_id": row.external_id,
        "username_secret": username.name.lower(),
        "password_secret": password.name.lower(),
        "fallback_role_id": row.fallback_role_id,
        "sync_every": row.sync_every,
    }


def target(row: Target) -> Facts:
    return {
        "type": row.type,
        "label": row.label,
        "integration": row.integration.name.lower(),
        "role_id": row.role_id,
        "owner_role_is_meant": row.owner_role_is_meant,
        "risk": row.risk,
        "max_duration": row.max_seconds,
        "outsiders": row.outsiders,
        "outsiders_grace": row.outsiders_grace,
        "open_sessions": row.open_sessions,
    }


def strategy(row: Strategy) -> Facts:
    targets = sorted(one.name.lower() for one in row.targets.all())
    return {"type": row.type, "integration": row.integration.name.lower(), "targets": targets}


def flow(row: Flow) -> Facts:
    return {
        "label": row.label,
        "description": row.description,
        "active": row.is_active,
        "strategy": row.strategy.name.lower() if row.strategy else "",
        "durations": sorted(row.allowed_durations),
        "default_duration": row.default_duration,
        "self_approval": row.self_approval,
        "allow_assistants": row.allow_assistants,
        "announce_only": row.announce_only,
        "approve_with_passkey": row.approve_with_passkey,
        "break_glass_passkey": row.break_glass_passkey,
        "pending_timeout": row.pending_timeout,
        "keeps_commands": row.keeps_commands,
        "reason_example": row.reason_example,
        "reason_min_length": row.reason_min_length,
        "ticket_pattern": row.ticket_pattern,
        "ticket_example": row.ticket_example,
        "ticket_url": row.ticket_url,
        "requesters": sorted(one.name.lower() for one in row.requesters.all()),
        "stand_ins": sorted(one.name.lower() for one in row.stand_ins.all()),
        "free_extension": row.free_extension,
        "break_glass": _break_glass(row),
        "fast_track": [_rule(one) for one in row.fast_track.all()],
        "guests_may_act": row.guests_may_act,
        "announce": [
            {"to": one.kind, "channel": one.channel, "timeout": one.timeout} for one in row.announcements.all()
        ],
        "prompt_fields": [prompts.facts(one.plain) for one in row.prompt_fields.all()],
        "stages": [_stage(one) for one in row.stages.all()],
    }


def _stage(row: Any) -> Facts:
    pools = sorted(row.pools.all(), key=lambda one: (one.after, one.pk))
    return {"label": row.label, "needed": row.approvals_needed, "pools": [_pool(one) for one in pools]}


def _pool(row: Any) -> Facts:
    return {
        "people": sorted(one.email.lower() for one in row.people.all()),
        "groups": sorted(one.name.lower() for one in row.groups.all()),
        "managers": row.managers,
        "after": row.after,
    }


def _break_glass(row: Flow) -> Facts | None:
    return {"at_most": row.break_glass_seconds, "review_within": row.review_within} if row.break_glass else None


def _rule(row: FastTrackRule) -> Facts:
    on_call = row.schedule.name.lower() if row.schedule else ""
    hours = row.hours.name.lower() if row.hours else ""
    return {
        "effect": row.effect,
        "reason": row.reason,
        "in_group": row.in_group.name.lower() if row.in_group else "",
        "not_in_group": row.not_in_group.name.lower() if row.not_in_group else "",
        "on_call": on_call if row.is_on_call == FastTrackRule.OnCall.YES else "",
        "not_on_call": on_call if row.is_on_call == FastTrackRule.OnCall.NO else "",
        "within_hours": hours if row.within == FastTrackRule.Within.INSIDE else "",
        "outside_hours": hours if row.within == FastTrackRule.Within.OUTSIDE else "",
        "held_times": row.held_times,
        "held_days": row.held_days,
        "risk_at_most": row.risk_at_most,
        "risk_at_least": row.risk_at_least,
    }


def _flows() -> Iterable[Flow]:
    rules = FastTrackRule.objects.select_related("in_group", "not_in_group", "schedule", "hours")
    found = Flow.objects.select_related("strategy").prefetch_related(
        Prefetch("fast_track", rules), "requesters", "stand_ins", "prompt_fields", "announcements"
    )
    return approvers.with_policies(found)


def _of_aptible() -> Iterable[Integration]:
    """What else the portal is connected with is set up in the admin or by the environment."""
    found = Integration.objects.filter(type=Integration.Type.APTIBLE)
    return found.select_related("username_secret", "password_secret")


READERS: Final[Mapping[str, tuple[Callable[[], Iterable[Any]], Callable[[Any], Facts]]]] = {
    "sym_secret": (Secret.objects.all, secret),
    "sym_integration": (_of_aptible, integration),
    "sym_target": (lambda: Target.objects.select_related("integration"), target),
    "sym_strategy": (lambda: Strategy.objects.select_related("integration").prefetch_related("targets"), strategy),
    "sym_flow": (_flows, flow),
}

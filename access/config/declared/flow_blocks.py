"""The blocks of a flow, as plain facts. Reads no table."""

from collections.abc import Mapping
from typing import Any

from access.models import Announcement
from integrations.terraform.check import seconds
from integrations.terraform.configuration import Section
from integrations.terraform.values import holds_wrong

Facts = Mapping[str, Any]


def plain(section: Section) -> dict[str, Any]:
    return {name: one.value for name, one in section.arguments.items() if one.value is not None and not _is_wrong(one)}


def _is_wrong(value: Any) -> bool:
    return holds_wrong(value.value)


def stage(section: Section, may_ask: list[str]) -> Facts:
    said = plain(section)
    pools = [_pool(one, may_ask) for one in section.sections if one.type == "pool"]
    if any(said.get(name) for name in ("people", "groups", "managers", "requesters")):
        pools.insert(0, _pool(section, may_ask))
    return {
        "label": said.get("label") or "",
        "needed": said.get("needed") or 1,
        "pools": sorted(pools, key=lambda one: int(one["after"])),
    }


def _pool(section: Section, may_ask: list[str]) -> Facts:
    said = plain(section)
    asked = may_ask if said.get("requesters") else []
    return {
        "people": words(said.get("people")),
        "groups": words([*(said.get("groups") or []), *asked]),
        "managers": bool(said.get("managers")),
        "after": seconds(said.get("after")) or 0,
    }


def words(said: list[str] | None) -> list[str]:
    """Names and e-mails are compared without case, and their order means nothing."""
    return sorted({one.strip().lower() for one in said or []})


def break_glass(body: Section) -> Facts | None:
    """The limits of break-glass, in seconds; None where it is not allowed."""
    found = next((plain(one) for one in body.sections if one.type == "break_glass"), None)
    if found is None:
        return None
    return {
        "at_most": seconds(found.get("at_most")) or 3600,
        "review_within": seconds(found.get("review_within")) or 24 * 3600,
    }


def rule(section: Section) -> Facts:
    """A fast-track rule; each condition that is not set is empty."""
    said = plain(section)
    names = ("in_group", "not_in_group", "on_call", "not_on_call", "within_hours", "outside_hours")
    return {
        "effect": said.get("effect") or "approve",
        "reason": said["reason"],
        **{name: (said.get(name) or "").strip().lower() for name in names},
        "held_times": said.get("held_times"),
        "held_days": said.get("held_days"),
        "risk_at_most": said.get("risk_at_most") or "",
        "risk_at_least": said.get("risk_at_least") or "",
    }


def announcement(section: Section) -> Facts:
    """A place in which requests are announced: a channel where one is named, else each approver."""
    said = plain(section)
    channel = (said.get("channel") or "").strip().upper()
    to = said.get("to") or (Announcement.Kind.CHANNEL if channel else Announcement.Kind.PEOPLE).value
    return {"to": to, "channel": channel, "timeout": seconds(said.get("timeout"))}

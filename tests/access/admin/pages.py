"""What the tests of the admin share: typing into its forms, and the addresses of its pages."""

import html

from django.urls import reverse
from django.utils.html import strip_tags

# Nothing but what the forms of the set-up need to be sent.
FLOW = {
    "label": "Production access",
    "name": "production-access",
    "description": "",
    "is_active": "on",
    "allow_assistants": "on",
    "allowed_durations": "1m, 1h, 4h, 8h",
    "default_duration": "1h",
    "pending_timeout": "1d",
    "reason_example": "",
    "reason_min_length": "1",
    "ticket_pattern": "",
    "ticket_example": "",
    "ticket_url": "",
    "fast_track-TOTAL_FORMS": 0,
    "fast_track-INITIAL_FORMS": 0,
    "announcements-TOTAL_FORMS": 0,
    "announcements-INITIAL_FORMS": 0,
}


def of_list(model: str) -> str:
    return reverse(f"admin:access_{model}_changelist")


def of_add(model: str) -> str:
    return reverse(f"admin:access_{model}_add")


def of(row, page: str = "change") -> str:
    return reverse(f"admin:access_{row._meta.model_name}_{page}", args=[row.pk])


def errors(response) -> dict[str, list[str]]:
    """What the form said next to its fields; the page must have come back, with nothing saved."""
    assert response.status_code == 200, response
    return {name: list(told) for name, told in response.context["adminform"].form.errors.items()}


def text(response) -> str:
    """What a reader sees of the page: without its tags, each white space once."""
    return " ".join(html.unescape(strip_tags(response.content.decode())).split())


def told(response) -> list[str]:
    """The messages on the page that was led to."""
    return [str(one) for one in response.context["messages"]]


def typed(flow, **changes) -> dict[str, object]:
    """What a browser would send for this flow."""
    return {**FLOW, "strategy": flow.strategy_id, **stages(flow), **prompt_fields(flow), **changes}


def stages(flow, *more: dict[str, object]) -> dict[str, object]:
    """What a browser would send for the stages of this flow, and for more that are typed behind them."""
    rows = [*({**_stage(one), "id": one.pk} for one in flow.stages.all()), *more]
    counts = {"TOTAL_FORMS": len(rows), "INITIAL_FORMS": len(rows) - len(more)}
    fields = {f"stages-{at}-{name}": value for at, row in enumerate(rows) for name, value in row.items()}
    return {**fields, **{f"stages-{name}": value for name, value in counts.items()}}


def prompt_fields(flow, *more: dict[str, object]) -> dict[str, object]:
    """What a browser would send for the fields of this flow that are as they were, and for more behind them."""
    names = ("name", "label", "position", "type", "help", "shown_if")
    rows = [
        {"id": one.pk, "required": "on", "visible": "on", **{name: getattr(one, name) for name in names}}
        | {
            "allowed": "\n".join(map(str, one.allowed)),
            "shown_values": "\n".join(map(str, one.shown_values)),
            "default": one.default or "",
        }
        for one in flow.prompt_fields.all()
    ]
    rows += [{"type": "string", "required": "on", "visible": "on", **one} for one in more]
    counts = {"TOTAL_FORMS": len(rows), "INITIAL_FORMS": len(rows) - len(more)}
    fields = {f"prompt_fields-{at}-{name}": value for at, row in enumerate(rows) for name, value in row.items()}
    return {**fields, **{f"prompt_fields-{name}": value for name, value in counts.items()}}


def _stage(stage) -> dict[str, object]:
    typed = {"label": stage.label, "position": stage.position, "approvals_needed": stage.approvals_needed}
    for prefix, pool in zip(("", "later_"), stage.pools.all(), strict=False):
        typed[f"{prefix}people"] = [one.pk for one in pool.people.all()]
        typed[f"{prefix}groups"] = [one.pk for one in pool.groups.all()]
        typed |= {f"{prefix}managers": "on"} if pool.managers else {}
        typed |= {"later_after": f"{pool.after}s"} if pool.after else {}
    return typed

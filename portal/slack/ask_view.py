"""How the form to ask looks in Slack, and how what is in it is read: by the names of the page's own fields."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _

from access.core import durations, prompts
from access.core.prompts import Type
from access.models import Flow
from access.policy.prompts import of_flow as fields
from access.requests import ask_errors
from access.requests.choices import Choice as Offered
from integrations.slack import modals
from integrations.slack.blocks import LONGEST_VALUE, MOST_OPTIONS, Choice, Input, Kind
from integrations.slack.modals import Form, View
from portal import links
from portal.forms.ask import LATER, NOW
from portal.forms.prompts import Prompt
from portal.pages.ask import AskPage
from portal.slack import ask_outcome

_LONG: Final = "sha256:"
_MINUTE: Final = "%Y-%m-%dT%H:%MZ"
_KINDS: Final = {"text": Kind.TEXT, "lines": Kind.LINES, "person": Kind.TEXT, "check": Kind.TICK}


def view(page: AskPage, typed: QueryDict, *, channel: str) -> View:
    """The form as the page would show it."""
    here = [text for name, text in page.errors.items() if page.preview.blocked.get(name) != text]
    opened = str(typed.get("earliest") or f"{page.earliest.astimezone(UTC):{_MINUTE}}")
    kept = {"submission": str(page.submission), "channel": channel, "flow": page.flow.name, "earliest": opened}
    return modals.form(
        Form(
            name=modals.ASK,
            title=_("Ask for access"),
            send=_("Send the request"),
            inputs=[
                *flow_input(page.flows, page.flow),
                *_what(page, typed),
                *_why(page, typed),
                *further(page.prompts, page.flow),
            ],
            wrong=list(dict.fromkeys(here)),
            lead=_lead(page),
            # Slack cuts long names of choices and long lists of people, and takes no link within them.
            link=(_("The whole form, on its page"), links.form_of(page.flow)),
            told=[*ask_outcome.outcome(page), *_emergency(page.flow)],
            kept=kept,
        )
    )


def _emergency(flow: Flow) -> list[str]:
    told = _("In an emergency in which nobody can approve in time, type: %(command)s break-glass")
    return [told % {"command": settings.SLACK_COMMAND}] if flow.break_glass else []


def as_sent(typed: Mapping[str, Iterable[str]]) -> QueryDict:
    """What was typed, as a browser sends it."""
    found = QueryDict(mutable=True)
    for name, values in typed.items():
        found.setlist(name, list(values))
    return found


def typed(shown: Mapping[str, Any], flows: Sequence[Flow]) -> QueryDict:
    """Read what is in the form that is shown, as the page's own form would send it."""
    kept, found = modals.kept(shown), modals.typed(shown)
    found.setdefault("flow", [kept.get("flow", "")])
    found["submission"] = [kept.get("submission", "")]
    found["earliest"] = [kept.get("earliest", "")]
    at = found.pop("starts_at", [])
    found["starts"] = [LATER if at else NOW]
    found["starts_at"] = [_local(at[0])] if at else [""]
    flow = next((one for one in flows if [one.name] == found["flow"]), None)
    long = _long_values(flow) if flow else {}
    return as_sent({name: [long.get(one, one) for one in values] for name, values in found.items()})


def flow_input(flows: Sequence[Flow], chosen: Flow) -> list[Input]:
    """The flow, where there are several to choose from."""
    if len(flows) < 2:
        return []
    searched = len(flows) > MOST_OPTIONS
    choices = [flow_offered(one) for one in ([chosen] if searched else flows)]
    return [
        Input("flow", _("Flow"), Kind.ONE, choices=choices, chosen=[chosen.name], looks_again=True, searched=searched),
    ]  # fmt: skip


def flow_offered(one: Flow) -> Choice:
    """A flow as it can be chosen."""
    return Choice(one.name, str(one), one.description)


def _lead(page: AskPage) -> list[str]:
    said = [page.flow.description] if page.flow.description else []
    if not page.flow.gives_access:
        return [*said, _("An approval is all that you ask for here: it gives no access.")]
    said += [] if page.choices else [_("Nothing is offered here yet. An admin can add something.")]
    said += [] if page.durations else [_("This flow offers no durations yet. An admin can add some.")]
    return said


def _what(page: AskPage, typed: QueryDict) -> list[Input]:
    if not page.flow.gives_access:
        return []
    of_flow, found = str(page.flow.pk), []
    if page.choices:
        shown = page.chosen if page.more else page.choices
        found.append(
            Input(
                "target", _("What"), Kind.MANY, key=of_flow, choices=[offered(one) for one in shown],
                chosen=[one.target.name for one in page.chosen], searched=bool(page.more), looks_again=True,
                most=page.most, hint=_("Up to %(most)d. Each is decided, given and ended on its own.")
                % {"most": page.most},
            )
        )  # fmt: skip
    if page.durations:
        lengths = [Choice(str(one), durations.shown(one)) for one in page.durations]
        chosen = [str(page.seconds)] if page.seconds else []
        hint = _("The clock starts when the access is confirmed.")
        found.append(
            Input("duration", _("How long"), Kind.ONE, f"{of_flow}-{page.longest}", hint, choices=lengths,
                  chosen=chosen)
        )  # fmt: skip
    hint = _("Empty: as soon as it is approved.")
    at = _seconds(str(typed.get("starts_at") or ""))
    found.append(Input("starts_at", _("Start"), Kind.MOMENT, hint=hint, required=False, chosen=at))
    return found


def offered(one: Offered) -> Choice:
    """A target as it can be chosen, with what it opens."""
    places = ", ".join(opening.environment for opening in one.role.opens) if one.role else ""
    everything = bool(one.role and one.role.everything)
    return Choice(one.target.name, str(one.target), _("Everything in the organization") if everything else places)


def _why(page: AskPage, typed: QueryDict) -> list[Input]:
    example, least = page.flow.reason_example, page.flow.reason_min_length
    hints = [
        _("For example: “%(example)s”.") % {"example": example}
        if example
        else _("The approvers read this, and it is kept in the log.")
    ]
    hints += [_("At least %(count)d characters.") % {"count": least}] if least > 1 else []
    return [
        Input("reason", _("Why"), Kind.LINES, hint=" ".join(hints), chosen=typed.getlist("reason")[-1:]),
        Input(
            "ticket", _("Ticket"), Kind.TEXT, hint=page.flow.ticket_hint, required=False,
            chosen=typed.getlist("ticket")[-1:], longest=ask_errors.TICKET_MAX,
        ),
    ]  # fmt: skip


def further(fields: Sequence[Prompt], flow: Flow) -> list[Input]:
    """The flow's own fields that are asked by now."""
    return [_prompt(one, str(flow.pk)) for one in fields if one.is_asked]


def _prompt(one: Prompt, key: str) -> Input:
    chosen = [_value(option.value) for option in one.options if option.is_chosen] or [one.text] * bool(one.text)
    choices = [Choice(_value(option.value), option.label) for option in one.options]
    kind = _KINDS.get(one.kind) or (Kind.MANY if one.kind == "boxes" else Kind.ONE)
    if kind == Kind.TICK:
        choices, chosen = [Choice("true", one.field.title)], ["true"] * one.is_ticked
    hints = [one.field.help, one.hint, _("Write an e-mail.") if one.kind == "person" else ""]
    # A box may stay empty: what that means is judged with the rest.
    required = one.field.required and kind != Kind.TICK
    return Input(
        one.key, one.field.title, kind, key, " ".join(filter(None, hints)), required,
        choices, chosen=chosen, looks_again=bool(one.leads),
    )  # fmt: skip


def _value(text: str) -> str:
    """What stands for a choice: Slack takes no long ones."""
    return text if len(text) <= LONGEST_VALUE else _LONG + hashlib.sha256(text.encode()).hexdigest()


def _long_values(flow: Flow) -> dict[str, str]:
    texts = [prompts.written(Type(one.item), value) for one in fields.of_flow(flow) for value in one.allowed]
    return {_value(text): text for text in texts if len(text) > LONGEST_VALUE}


def _local(seconds: str) -> str:
    """A moment as the page's own form has it, in UTC; as it is, to be refused, when it is none."""
    try:
        return f"{datetime.fromtimestamp(int(seconds), UTC):{_MINUTE}}"
    except (ValueError, OverflowError, OSError):
        return seconds


def _seconds(local: str) -> list[str]:
    try:
        return [str(int(datetime.fromisoformat(local).timestamp()))] if local else []
    except ValueError:
        return []

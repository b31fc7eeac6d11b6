"""The flow's own fields as the form shows them: which control, what is in it, and whether it is asked by now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.forms.utils import flatatt
from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from access.core import prompts
from access.core.prompts import Field, Type
from access.models import Flow
from access.policy.prompts import of_flow as asked

PREFIX: Final = "field-"
# So many people are seen at a glance; of more, names are offered while one is typed.
PEOPLE_TO_PICK: Final = 30
PEOPLE_TO_OFFER: Final = 1000


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class Prompt:
    field: Field
    id: str  # of its control; another flow's field of the same name has another
    kind: str  # text, check, select, boxes, lines or person
    text: str
    options: Sequence[Option]
    is_asked: bool
    condition: str  # when it is asked, in words; empty: always
    leads: Sequence[str]  # the names of the fields that hang on it
    flow: str
    wrong: str

    @property
    def key(self) -> str:
        """Its name in what is sent, and of its error."""
        return PREFIX + self.field.name

    @property
    def state(self) -> SafeString:
        """Attributes of its control. One that is right stays as it is when the rest is brought anew."""
        now = {"aria-invalid": "true"} if self.wrong else {"hx-preserve": "true"}
        return flatatt({"aria-describedby": self.described_by, **now})

    @property
    def described_by(self) -> str | None:
        """The ids of what is said about it."""
        told = [f"help-{self.id}"] if self.field.help or self.hint else []
        told += [f"when-{self.id}"] if self.condition and not self.is_asked else []
        told += [f"error-{self.key}"] if self.wrong else []
        return " ".join(told) or None

    @property
    def leading(self) -> SafeString:
        """Attributes that bring the fields which hang on this one anew, when it changes."""
        if not self.leads:
            return flatatt({})
        first, *others = [f"#field-{PREFIX}{name}" for name in self.leads]
        return flatatt(
            {
                "hx-get": f"{reverse('ask')}?{urlencode({'flow': self.flow})}",
                "hx-trigger": "change",
                "hx-include": ".prompt-leads",
                "hx-target": first,
                "hx-select": first,
                "hx-select-oob": ",".join(others) or None,
                "hx-swap": "outerHTML",
                "hx-sync": "#ask-prompts:queue last",
            }
        )

    @property
    def is_ticked(self) -> bool:
        return self.text == "true"

    @property
    def hint(self) -> str:
        """How to write what has to be written."""
        match (self.kind, self.field.item):
            case ("lines", Type.PERSON):
                return _("One e-mail on each line.")
            case ("lines", _other):
                return _("One on each line.")
            case (_kind, Type.DURATION) if not self.field.allowed:
                return _("Such as 30m, 8h or 1d.")
        return ""


def add_to(form: forms.Form, flow: Flow | None) -> None:
    """Let the form know the flow's own fields, so that an error finds its field. The service reads them."""
    for one in asked.of_flow(flow) if flow else []:
        form.fields[PREFIX + one.name] = forms.Field(required=False)


def sent(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a form or a link carries for the flow's own fields, by their names."""
    read = data.getlist if isinstance(data, QueryDict) else data.get
    return {name.removeprefix(PREFIX): read(name) for name in data if name.startswith(PREFIX)}


def of_flow(flow: Flow, data: Mapping[str, Any], errors: Mapping[str, str], *, keep: bool) -> list[Prompt]:
    """The fields that people see, with their errors. `keep` what was typed even where it can't be accepted."""
    fields = asked.of_flow(flow)
    typed = sent(data)
    answers, wrong = asked.judge(fields, typed)
    if not keep:
        typed = {name: raw for name, raw in typed.items() if PREFIX + name not in wrong}
    shown = [one for one in fields if one.visible]
    people = _people(shown)
    asked_now = {one["name"] for one in answers if one["shown"]}
    return [
        Prompt(
            field=one,
            id=f"prompt-{flow.pk}-{one.name}",
            kind=_kind(one, people),
            text="\n".join(_texts(one, typed)),
            options=_options(one, people, _texts(one, typed)),
            is_asked=one.name in asked_now,
            condition=prompts.asked_only_if(one, fields),
            leads=_hanging_on(one, shown),
            flow=flow.name,
            wrong=errors.get(PREFIX + one.name, ""),
        )
        for one in shown
    ]


def people_to_offer(shown: Collection[Prompt]) -> list[tuple[str, str]]:
    """E-mails and names to be offered while one is typed, where there are too many to pick from."""
    if not any(one.kind == "person" for one in shown):
        return []
    return [(one.email, str(one)) for one in asked.people(PEOPLE_TO_OFFER)]


def _people(fields: Collection[Field]) -> list[tuple[str, str]] | None:
    """Those to pick from; None where they are too many."""
    if not any(one.is_of_people for one in fields):
        return []
    found = asked.people(PEOPLE_TO_PICK + 1)
    return [(one.email, str(one)) for one in found] if len(found) <= PEOPLE_TO_PICK else None


def _kind(field: Field, people: Collection[tuple[str, str]] | None) -> str:
    if field.type == Type.BOOL:
        return "check"
    if field.allowed or (field.is_of_people and people is not None):
        return "boxes" if field.is_list else "select"
    if field.is_list:
        return "lines"
    return "person" if field.is_of_people else "text"


def _texts(field: Field, typed: Mapping[str, Any]) -> list[str]:
    """What is in the control: what was typed, else the default."""
    if field.name not in typed:
        return [] if field.default is None else [prompts.written(field.item, field.default)]
    raw = typed[field.name]
    texts = [str(one).replace("\r\n", "\n") for one in (raw if isinstance(raw, list) else [raw])]
    if field.type == Type.BOOL:
        texts = [_same(field, one) for one in texts]
    return texts if field.is_list else texts[-1:]


def _options(field: Field, people: Collection[tuple[str, str]] | None, texts: Sequence[str]) -> list[Option]:
    offered = [(prompts.written(field.item, one), prompts.written(field.item, one)) for one in field.allowed]
    if field.is_of_people:
        offered = list(people or [])
    chosen = {_same(field, part) for one in texts for part in one.split("\n")}
    return [Option(value, label, value in chosen) for value, label in offered]


def _same(field: Field, text: str) -> str:
    """The text as an option has it: 60m is 1h."""
    answers, _wrong = prompts.read([Field(field.name, field.item, required=False)], {field.name: text})
    value = answers[0]["value"]
    return text.strip().lower() if value is None else prompts.written(field.item, value)


def _hanging_on(field: Field, fields: Sequence[Field]) -> list[str]:
    """The later fields whose question depends on this one, be it by way of others."""
    found = [field.name]
    for one in fields:
        if one.shown_if in found:
            found.append(one.name)
    return found[1:]

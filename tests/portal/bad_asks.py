"""One table of what can be wrong with an ask, for every way in which people ask: the page, and the dialog in Slack."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from access.core.prompts import Field, Type
from access.models import DirectoryPerson, DirectoryRole, Flow, Target, UserMapping
from access.policy.prompts import set_fields
from tests import factories

HOUR = 3600
QUESTIONS = [
    Field("env", label="Environment", allowed=("prod", "staging")),
    Field("customer", label="Customer", shown_if="env", shown_values=("prod",)),
    Field("count", Type.INT, label="How many", required=False),
    Field("sure", Type.BOOL, label="Sure", allowed=(True,)),
    Field("areas", Type.STRINGS, label="Areas", allowed=("db", "web"), required=False),
    Field("hosts", Type.STRINGS, label="Hosts", required=False),
    Field("cost", default="c-1", visible=False),
]
ANSWERS = {"field-env": ["prod"], "field-customer": ["ACME"], "field-sure": ["true"]}


@dataclass(frozen=True)
class Case:
    name: str
    wrong: Mapping[str, str]  # a sentence for each field
    typed: Mapping[str, list[str]] = field(default_factory=dict)  # what Jon types other than what is right
    before: Callable[[], object] = lambda: None  # how things stand
    between: Callable[[], object] = lambda: None  # what happens after the form was opened


def right() -> dict[str, list[str]]:
    """What Jon types when nothing is wrong."""
    return {
        "flow": ["production-access"], "target": ["prod"], "duration": [str(HOUR)], "starts": ["now"],
        "starts_at": [""], "reason": ["to fix Ticket 123"], "ticket": [""], "submission": [str(uuid.uuid4())],
    }  # fmt: skip


def two_targets() -> None:
    strategy = factories.flow().strategy
    assert strategy
    strategy.targets.add(factories.target("staging", "Staging", "r-2"))


def ask_questions() -> None:
    set_fields.set_all(factories.flow(), QUESTIONS)


def only_jon_decides() -> None:
    factories.decided_by(factories.flow(), factories.person("jon"))


def close() -> None:
    Flow.objects.update(is_active=False)


def two_flows_one_closes() -> None:
    Flow.objects.filter(name="production-access").update(is_active=False)


def another_flow() -> None:
    factories.approval_flow()


def another_account() -> None:
    UserMapping.objects.filter(integration__type="aptible").delete()
    DirectoryPerson.objects.filter(integration__type="aptible").update(email="nobody@example.com")


def at_most(seconds: int) -> Callable[[], object]:
    return lambda: Target.objects.update(max_seconds=seconds)


def flow_with(**facts: Any) -> Callable[[], object]:
    return lambda: Flow.objects.update(**facts)


def role_goes() -> None:
    DirectoryRole.objects.filter(name="Prod").update(gone_at=timezone.now())


def later(**ahead: int) -> str:
    return f"{timezone.now() + timedelta(**ahead):%Y-%m-%dT%H:%M}"


CHOOSE = "Choose one of those that are offered."
CASES = [
    Case("no reason", {"reason": "Say why you need it."}, {"reason": [""]}),
    Case("a blank reason", {"reason": "Say why you need it."}, {"reason": ["  \n "]}),
    Case(
        "a short reason", {"reason": "Say a little more: at least 30 characters."}, {"reason": ["to fix it"]},
        flow_with(reason_min_length=30),
    ),
    Case("nothing chosen", {"target": "Choose what you need."}, {"target": []}, two_targets),
    Case("a foreign target", {"target": "Choose one of the roles that are offered."}, {"target": ["ufo"]}),
    Case("no duration", {"duration": "Choose how long you need it."}, {"duration": []}),
    Case("a foreign duration", {"duration": "Choose one of the durations that are offered."}, {"duration": ["7200"]}),
    Case("a duration in words", {"duration": "Write a duration such as 30m, 1h or 1d."}, {"duration": ["long"]}),
    Case(
        "longer than the target allows", {"duration": "Prod can be held for 1 h at most. Choose a shorter time."},
        {"duration": [str(8 * HOUR)]}, between=at_most(HOUR),
    ),
    Case("a start in the past", {"starts_at": "The start is in the past."},
         {"starts": ["later"], "starts_at": ["2020-01-01T00:00"]}),
    Case("a start far ahead", {"starts_at": "The start is more than 90 days away."},
         {"starts": ["later"], "starts_at": [later(days=91)]}),
    Case(
        "no such ticket", {"ticket": "This does not look like a ticket here. For example: OPS-123."},
        {"ticket": ["4711"]}, flow_with(ticket_pattern=r"[A-Z]+-\d+", ticket_example="OPS-123"),
    ),
    Case("a long ticket", {"ticket": "A ticket has at most 100 characters."}, {"ticket": ["X" * 101]}),
    Case("no form", {"submission": "This form is out of date. Please send it again."}, {"submission": ["1"]}),
    Case("several at once", {"reason": "Say why you need it.", "duration": "Choose how long you need it."},
         {"reason": [""], "duration": []}),
    Case("only they could decide", {"flow": "you are the only approver"}, between=only_jon_decides),
    Case("no account", {"target": "No account in Aptible has your e-mail"}, between=another_account),
    Case("the role is gone", {"target": "Aptible no longer has the role of Prod."}, between=role_goes),
    Case("the flow closes", {"flow": "This flow takes no requests at the moment.",
                             "target": "Choose one of the roles that are offered."},
         before=another_flow, between=two_flows_one_closes),
    Case("an answer is missing", {"field-env": "Choose an answer for “Environment”."},
         ANSWERS | {"field-env": []}, ask_questions),
    Case("a foreign answer", {"field-env": CHOOSE}, ANSWERS | {"field-env": ["ufo"]}, ask_questions),
    Case("foreign answers", {"field-areas": CHOOSE}, ANSWERS | {"field-areas": ["db", "ufo"]}, ask_questions),
    Case("a box that has to be ticked", {"field-sure": "This has to be: Yes."},
         ANSWERS | {"field-sure": ["false"]}, ask_questions),
    Case("no number", {"field-count": "Write a whole number of at most 15 digits."},
         ANSWERS | {"field-count": ["many"]}, ask_questions),
    Case("a long line", {"field-hosts": "Keep this under 2000 characters."},
         ANSWERS | {"field-hosts": ["a\n" + "x" * 2001]}, ask_questions),
    Case("what nobody sees", {"field-cost": "The flow itself answers this. It cannot be sent."},
         ANSWERS | {"field-cost": ["c-2"]}, ask_questions),
    Case("a field that the flow does not have", {"field-old": "This flow has no field “old”."},
         {"field-old": ["x"]}),
]  # fmt: skip

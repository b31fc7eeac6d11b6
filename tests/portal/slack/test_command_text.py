"""What can be typed behind the slash command."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.models import Flow, Strategy, Target
from portal.slack.command import read
from tests import factories

HOUR = 3600


@pytest.fixture
def flows(flow):
    flow.strategy.targets.add(factories.target("owners", "Deploy  Owners", "r-3"))
    Flow.objects.filter(pk=flow.pk).update(ticket_pattern=r"[A-Z]+-\d+")
    factories.approval_flow()
    return list(Flow.objects.order_by("-name").prefetch_related("strategy__targets"))


CASES = [
    ("", {}),
    ("   ", {}),
    ("prod", {"target": ["prod"]}),
    ("PROD 1h", {"target": ["prod"], "duration": ["3600"]}),
    ("1h prod", {"target": ["prod"], "duration": ["3600"]}),
    ("prod 1d 12h", {"target": ["prod"], "duration": ["129600"]}),
    (
        "prod 1h fix TICKET-123",
        {"target": ["prod"], "duration": ["3600"], "reason": ["fix TICKET-123"], "ticket": ["TICKET-123"]},
    ),
    ("prod because (OPS-1), 2h", {"target": ["prod"], "reason": ["because (OPS-1), 2h"], "ticket": ["OPS-1"]}),
    ("prod owners 1h x", {"target": ["prod", "owners"], "duration": ["3600"], "reason": ["x"]}),
    ("deploy owners 1h", {"target": ["owners"], "duration": ["3600"]}),
    ("production-access prod", {"flow": ["production-access"], "target": ["prod"]}),
    ("Production access 1h", {"flow": ["production-access"], "duration": ["3600"]}),
    ("deploy version 2", {"flow": ["deploy"], "reason": ["version 2"]}),
    ("deploy OPS-1", {"flow": ["deploy"], "reason": ["OPS-1"]}),
    ("prod 1h 2h", {"target": ["prod"], "duration": ["3600"], "reason": ["2h"]}),
    ("prod 7h", {"target": ["prod"], "duration": ["25200"]}),
    ("ufo 1h fix it", {"target": ["ufo"], "duration": ["3600"], "reason": ["fix it"]}),
    ("fix the database", {"reason": ["fix the database"]}),
    ("prod 0h fix", {"target": ["prod"], "reason": ["0h fix"]}),
    ("prod deploy it", {"target": ["prod"], "reason": ["deploy it"]}),
]


@pytest.mark.parametrize(("text", "found"), CASES)
def test_what_is_typed_is_found_in_it(flows, text, found):
    assert read(text, flows) == found


@given(st.text(max_size=4000))
def test_nothing_that_is_typed_breaks_it(text):
    flow = Flow(name="f", label="F", ticket_pattern=r"[A-Z]+-\d+")
    found = read(text, [flow])
    assert set(found) <= {"flow", "target", "duration", "reason", "ticket"}
    assert all(isinstance(one, str) for values in found.values() for one in values)


def test_a_target_of_a_flow_that_is_not_open_to_them_is_not_found(flows):
    strategy = Strategy.objects.create(name="other", integration=Target.objects.first().integration)
    strategy.targets.add(Target.objects.get(name="owners"))
    assert read("owners 1h", [one for one in flows if one.name == "deploy"])["target"] == ["owners"]
    assert "target" not in read("owners", [one for one in flows if one.name == "deploy"])


def test_a_ticket_pattern_that_would_take_for_ever_finds_none():
    flow = Flow(name="f", label="F", ticket_pattern="(a|a)*b")
    assert read("prod " + "a" * 60, [flow]) == {"reason": ["prod " + "a" * 60]}

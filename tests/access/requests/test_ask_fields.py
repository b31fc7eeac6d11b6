"""What is filled into a flow's own fields: checked by the service, kept on the request, and told by the log."""

import uuid

import pytest
from django.db import IntegrityError

from access.config import record_changes
from access.core import prompts
from access.core.errors import Invalid
from access.core.prompts import Field, Type
from access.models import AccessRequest, AuditEvent, PromptField
from access.policy.prompts import set_fields
from access.requests import ask, explain
from tests import factories

pytestmark = pytest.mark.django_db
ENV = Field("env", label="Environment", allowed=("prod", "staging"))
WHO = Field("who", Type.PERSON, label="Customer's contact", shown_if="env", shown_values=("prod",))


@pytest.fixture
def flow(flow):
    set_fields.set_all(flow, [ENV, WHO])
    return flow


def asked(flow, answers, *, now, submission=None):
    factories.mapping(factories.person("jon"))
    return ask.ask(
        flow=flow, target=factories.target(), requester=factories.person("jon"), seconds=3600, reason="to fix it",
        ticket="", starts_at=None, submission=submission or uuid.uuid4(), now=now, answers=answers,
    )  # fmt: skip


def test_answers_are_kept_with_their_labels_and_told_to_the_log(flow, adam, now):
    request = asked(flow, {"env": "prod", "who": "ADAM@example.com"}, now=now)
    answers = [
        {"name": "env", "label": "Environment", "type": "string", "value": "prod", "shown": True},
        {
            "name": "who", "label": "Customer's contact", "type": "person", "shown": True,
            "value": {"email": "adam@example.com", "name": "Adam Novak"},
        },
    ]  # fmt: skip
    assert AccessRequest.objects.get().answers == answers
    assert AuditEvent.objects.get(type="request.asked").data["answers"] == answers
    assert explain.evidence(request, now=now)["request"]["answers"] == answers
    set_fields.set_all(flow, [Field("other")])
    assert [one.label for one in AccessRequest.objects.get().answered] == ["Environment", "Customer's contact"]


def test_what_is_wrong_is_refused_by_field_and_nothing_is_written(flow, now):
    with pytest.raises(Invalid) as refusal:
        asked(flow, {"env": "test", "new": "x"}, now=now)
    assert refusal.value.errors == {
        "field-env": "Choose one of those that are offered.",
        "field-new": "This flow has no field “new”.",
    }
    assert not AccessRequest.objects.exists()


def test_a_flow_that_asks_something_refuses_a_request_without_it(flow, now):
    with pytest.raises(Invalid) as refusal:
        asked(flow, None, now=now)
    assert refusal.value.errors == {"field-env": "Choose an answer for “Environment”."}


def test_a_person_who_left_cannot_be_named(flow, rita, now):
    rita.is_active = False
    rita.save()
    with pytest.raises(Invalid) as refusal:
        asked(flow, {"env": "prod", "who": "rita@example.com"}, now=now)
    assert refusal.value.errors == {"field-who": "Nobody who can sign in here has this e-mail."}


def test_the_same_form_again_gives_the_first_request_back_whatever_the_flow_asks_by_then(flow, now):
    submission = uuid.uuid4()
    first = asked(flow, {"env": "staging"}, now=now, submission=submission)
    set_fields.set_all(flow, [Field("other")])
    assert asked(flow, {"env": "staging"}, now=now, submission=submission) == first


def test_what_a_flow_asks_is_set_as_a_whole_or_not_at_all(flow):
    with pytest.raises(Invalid) as refusal:
        set_fields.set_all(flow, [Field("ok"), Field("target"), Field("n", Type.INT, default="x")])
    assert set(refusal.value.errors) == {"2. name", "3. default"}
    assert [one.plain for one in flow.prompt_fields.all()] == [ENV, WHO]


def test_the_log_tells_what_a_flow_asked_and_asks(flow, olga, now):
    before = record_changes.facts(flow)
    set_fields.set_all(flow, [ENV])
    record_changes.record_changed(flow, before=before, by=olga, now=now)
    changes = AuditEvent.objects.latest("id").data["changes"]
    who = "who (person, required); label Customer's contact; asked if env is prod"
    assert changes["prompt_fields"] == {
        "from": [prompts.in_words(ENV), who], "to": [prompts.in_words(ENV)],
    }  # fmt: skip


def test_a_name_is_taken_once_in_any_case(flow):
    with pytest.raises(IntegrityError):
        PromptField.objects.create(flow=flow, name="ENV")


def test_a_flow_that_gives_no_access_asks_as_well(flow, now):
    flow.strategy = None
    flow.save()
    request = ask.ask(
        flow=flow, target=None, requester=factories.person("jon"), seconds=0, reason="to export it", ticket="",
        starts_at=None, submission=uuid.uuid4(), now=now, answers={"env": "staging"},
    )  # fmt: skip
    assert [(one.label, one.words) for one in request.answered] == [("Environment", "staging")]

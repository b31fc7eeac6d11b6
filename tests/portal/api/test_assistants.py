"""What an assistant asks for in somebody's name: marked everywhere, decided by people, and never by itself."""

import pytest

from access.audit import sentences
from access.core.states import RequestState
from access.models import AccessRequest, AuditEvent, FastTrackRule, Notification, Scope
from access.notify.letters import of_requests
from access.notify.slack import card
from tests import factories
from tests.portal.api.test_auth import is_problem
from tests.portal.pages import words

ASK = {"flow": "production-access", "target": "prod", "duration": "1h", "reason": "To fix ticket 123"}
MARK = "an assistant (claude-code) for Jon Reyes"


@pytest.fixture
def assistant(caller, jon, flow):
    factories.mapping(jon)
    return caller(jon, Scope.READ, Scope.ASSIST, Scope.END)


def made(by, **more):
    answer = by.post("/requests", {**ASK, "assistant": "claude-code", **more})
    assert answer.status_code == 201, answer.content
    return AccessRequest.objects.get(ref=answer.json()["ref"])


def test_it_is_marked_in_the_answer_and_in_the_log(assistant, jon):
    request = made(assistant)
    assert assistant.get(f"/requests/{request.ref}").json()["assistant"] == "claude-code"
    event = AuditEvent.objects.get(type="request.asked")
    assert (event.actor, event.data["assistant"]) == (jon.email, "claude-code")
    assert sentences.sentence(event) == f"{jon.email} asked for prod, by an assistant (claude-code)."


def test_a_token_of_an_assistant_never_asks_as_its_person(assistant):
    assert made(assistant, assistant="").assistant == "an assistant"


def test_who_says_that_it_is_one_is_marked_whatever_the_token(caller, jon, flow):
    factories.mapping(jon)
    assert made(caller(jon, "read", "ask")).assistant == "claude-code"


def test_approvers_see_it_on_pages_in_mail_and_in_slack(assistant, client, adam, jon, now):
    request = made(assistant)
    client.force_login(adam)
    for page in ("/review/", f"/requests/{request.ref}/"):
        assert "Asked by an assistant ( claude-code ) for Jon Reyes" in words(client.get(page)), page
    assert any(MARK in str(fact) for fact in card.card(request).facts)
    letter = of_requests.asked(Notification(recipient=adam, kind="asked", topic="own", request=request))
    assert ("Asked by", MARK) in letter.facts


def test_it_can_do_nothing_but_ask_read_and_end(assistant, caller, adam, flow):
    theirs = caller(adam, Scope.READ, Scope.ASSIST, Scope.END)
    ref = made(assistant).ref
    for path in ("approve", "deny"):
        assert is_problem(theirs.post(f"/requests/{ref}/{path}"), 403)["type"].endswith("#missing-scope")
    for body in ({**ASK, "break_glass": True},):
        assert is_problem(assistant.post("/requests", body), 403)["type"].endswith("#missing-scope")
    assert AccessRequest.objects.get().state == RequestState.PENDING


def test_it_takes_back_what_an_assistant_asked_for_alone(assistant, caller, jon):
    own = caller(jon, "read", "ask").post("/requests", ASK).json()["ref"]
    is_problem(assistant.post(f"/requests/{own}/withdraw"), 403)
    assert assistant.post(f"/requests/{made(assistant).ref}/withdraw").json()["state"] == "withdrawn"


def test_a_flow_can_forbid_it(assistant, caller, jon, flow):
    flow.allow_assistants = False
    flow.save()
    said = is_problem(assistant.post("/requests", ASK), 400)
    assert said["errors"] == {"flow": "This flow takes no requests of assistants. Ask for it yourself."}
    assert assistant.post("/requests?dry_run=true", ASK).json()["blocked"] == said["errors"]
    assert caller(jon, "read", "ask").post("/requests", ASK).status_code == 201


def test_no_rule_approves_what_an_assistant_asks_for(assistant, caller, jon, flow):
    group = factories.group("engineering", jon)
    FastTrackRule.objects.create(flow=flow, effect="approve", reason="Engineers may.", in_group=group)
    assert assistant.post("/requests?dry_run=true", ASK).json()["path"] == "people"
    assert made(assistant).state == RequestState.PENDING
    themselves = caller(jon, "read", "ask")
    assert themselves.post("/requests?dry_run=true", ASK).json()["path"] == "fast_track"


def test_an_assistant_takes_nothing_by_break_glass_even_with_a_token_that_may(caller, jon, flow):
    flow.break_glass = True
    flow.save()
    factories.mapping(jon)
    body = {**ASK, "assistant": "claude-code", "break_glass": True}
    told = caller(jon).post("/requests", body)
    assert "break_glass" in is_problem(told, 400)["errors"]
    assert "break_glass" in caller(jon).post("/requests?dry_run=true", body).json()["blocked"]


@pytest.mark.parametrize("name", ["x" * 61, "a\u202eb", "a\nb"])
def test_it_is_called_by_what_can_be_read(assistant, name):
    said = is_problem(assistant.post("/requests", {**ASK, "assistant": name}), 400)
    assert "assistant" in said["errors"]

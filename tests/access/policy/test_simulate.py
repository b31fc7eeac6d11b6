"""Who could approve, from the command line and every night."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from access.alerts import alerts
from access.models import AuditEvent, Flow
from access.policy import check_flows
from tests import factories
from tests.access.policy import fast_tracks

pytestmark = pytest.mark.django_db


def simulate(*words):
    out = StringIO()
    try:
        call_command("simulate", *words, stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue() + str(error)
    return 0, out.getvalue()


ASK = ("--flow", "production-access", "--target", "prod", "--requester", "jon@example.com")


def test_it_names_who_could_decide_stage_by_stage(flow, jon, rita, olga):
    factories.stage(flow, factories.group("Security", rita), label="Security")
    factories.pool(flow.stages.last(), olga, after=3600)
    code, told = simulate(*ASK, "--duration", "4h", "--at", "2026-01-05T12:00Z")
    assert code == 0
    assert "First 1 of Adam Novak; then 1 of the one person in Security, after 1 h also of Olga Brandt." in told
    for line in ("Stage 1: 1 / adam@example.com", "Security: 1 / rita@example.com", "+1h: olga@example.com"):
        assert line in told


def test_it_tells_a_dead_end_and_exits_with_1(flow, jon):
    factories.decided_by(flow, jon)
    code, told = simulate(*ASK)
    assert code == 1
    assert "Dead end: Jon Reyes is the only approver, and nobody decides what they asked for themselves." in told


@pytest.mark.parametrize(
    ("at", "deny", "code", "words"),
    [
        (
            "2026-01-05T12:00Z",
            False,
            0,
            "Approved at once by a rule, because it is within Office hours until 17:00 CET",
        ),
        ("2026-01-05T16:00Z", False, 1, "Dead end: Jon Reyes is the only approver"),
        ("2026-01-05T12:00Z", True, 1, "Dead end: Refused by a rule, because it is within Office hours"),
        ("2026-01-05T16:00Z", True, 1, "Dead end: Jon Reyes is the only approver"),
    ],
)
def test_it_tells_what_a_rule_would_do_at_that_moment(flow, jon, at, deny, code, words):
    factories.decided_by(flow, jon)
    fast_tracks.rule(flow, deny=deny, hours=fast_tracks.office_hours())
    found, told = simulate(*ASK, "--at", at)
    assert found == code
    assert words in told


def test_the_same_as_json(flow, jon):
    code, told = simulate(*ASK, "--json")
    facts = json.loads(told)
    assert (code, facts["could_be_approved"], facts["stages"][0]["at_once"]) == (0, True, ["adam@example.com"])


def test_at_a_moment_delegates_of_that_moment_are_named(flow, jon, adam, rita, now):
    factories.mapping(jon)
    factories.delegation(adam, rita, now=now)
    _code, told = simulate(*ASK, "--at", "2026-01-05T12:00Z")
    assert "rita@example.com for adam@example.com until 2026-01-06T12:00:00+00:00" in told
    _code, told = simulate(*ASK, "--at", "2026-01-07T12:00Z")
    assert "rita@example.com" not in told


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--flow", "none", *ASK[2:]), "There is no flow none."),
        ((*ASK[:2], "--target", "none", *ASK[4:]), "There is no target none."),
        ((*ASK[:4], "--requester", "none@example.com"), "There is no person none@example.com."),
        (ASK[:4], "Say --requester, or --all for everything."),
        ((*ASK, "--duration", "7h"), "offers these durations: 1m, 1h, 4h, 8h."),
        ((*ASK, "--at", "noon"), "is no moment with a zone"),
        ((*ASK, "--at", "2026-13-05T12:00Z"), "is no moment with a zone"),
    ],
)
def test_a_wrong_name_exits_with_2(flow, jon, words, sentence):
    code, told = simulate(*words)
    assert code == 2
    assert sentence in told


def test_all_flows_are_tried_for_everybody(flow, jon, adam):
    code, told = simulate("--all")
    assert code == 1
    assert "production-access: What these people ask for themselves could not be approved: Adam Novak." in told
    factories.also_decided_by(flow, factories.person("rita"))
    assert simulate("--all")[0] == 0


def test_a_flow_that_dead_ends_is_told_once_and_again_when_it_works(flow, jon, adam, rita, now):
    factories.also_decided_by(flow, rita)
    assert check_flows.check(flow, now=now) == ""
    adam.is_active = rita.is_active = False
    adam.save()
    rita.save()
    for _night in range(2):
        check_flows.check(flow, now=now)
    [event] = AuditEvent.objects.filter(type="flow.dead_end")
    assert "can no longer sign in: Adam Novak, Rita Moss" in event.data["text"]
    [alert] = [one for one in alerts.for_admin(now=now) if one.kind == "flow"]
    assert alert.text.startswith("Production access: Nobody's request could be approved")

    adam.is_active = rita.is_active = True
    adam.save()
    rita.save()
    check_flows.check(flow, now=now)
    assert AuditEvent.objects.filter(type="flow.works_again").count() == 1
    assert Flow.objects.get().check_due_at == now + check_flows.EVERY


def test_a_crowd_is_tried_in_a_fixed_number_of_queries(flow, now, django_assert_max_num_queries):
    for number in range(30):
        factories.person(f"p{number}")
    with django_assert_max_num_queries(20):
        check_flows.check(flow, now=now)

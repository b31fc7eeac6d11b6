"""The command `usher` against a portal that runs: what it writes, and what it exits with."""

import io
import json

import pytest
from usher_client.cli import main
from usher_client.version import VERSION


class Person:
    """Somebody at a shell."""

    def __init__(self, portal, token):
        self.environment = {"USHER_URL": portal.url, "USHER_TOKEN": token}
        self.token = token

    def usher(self, *words, json_too=False, **more):
        out, err = io.StringIO(), io.StringIO()
        said = [*words, "--json"] if json_too else words
        self.exit = main(said, environment={**self.environment, **more}, out=out, err=err)
        self.out, self.err = out.getvalue(), err.getvalue()
        assert self.token not in self.out + self.err
        return json.loads(self.out or "null") if json_too else self.out


@pytest.fixture(scope="module")
def people(portal):
    return {
        name: Person(portal, portal.token(f"{name}@example.com", "read", "ask", "approve", "end"))
        for name in ("jon", "adam")
    }


@pytest.fixture
def jon(people):
    yield people["jon"]
    # Whatever a test asked for and left is taken back.
    for one in people["jon"].usher("list", "--state", "pending", json_too=True):
        people["jon"].usher("withdraw", one["ref"])


@pytest.fixture
def adam(people):
    return people["adam"]


def asked(jon, *more):
    return jon.usher("ask", "prod", "--for", "1m", "--reason", "to fix Ticket 123", *more, json_too=True)


def test_the_whole_story(jon, adam):
    ref = asked(jon)["ref"]
    assert jon.exit == 0
    assert ref in jon.usher("list")
    assert ref in adam.usher("list", "--review")
    assert "Reason     to fix Ticket 123" in adam.usher("show", ref)
    assert adam.usher("approve", ref, "--comment", "Go.") == f"{ref} (prod) is approved and not given yet.\n"
    # The same request again, waited for: it extends what is held.
    second = asked(jon)["ref"]
    adam.usher("approve", second)
    assert jon.usher("list", "--grants", json_too=True)[0]["target"] == "prod"
    gone = jon.usher("done", "prod", "--wait", "--timeout", "60s", json_too=True)
    assert jon.exit == 0, jon.err
    assert {one["state"] for one in gone} == {"ended"}
    assert jon.usher("list", "--grants") == "There is nothing.\n"
    jon.usher("done")
    assert (jon.exit, jon.err) == (2, "You hold nothing.\n")


def test_who_waits_is_told_when_it_is_there(jon, adam):
    ref = asked(jon)["ref"]
    adam.usher("approve", ref)
    # Asked with the same key, it is the same request, whoever lost the first answer.
    key = ("--key", "once-for-this-test", "--wait", "--timeout", "60s")
    waits = jon.usher("ask", "prod", "--for", "1m", "--reason", "again", *key[:2], json_too=True)
    adam.usher("approve", waits["ref"])
    found = jon.usher("ask", "prod", "--for", "1m", "--reason", "again", *key, json_too=True)
    assert (jon.exit, found["ref"], found["grant"]["state"]) == (0, waits["ref"], "active")
    jon.usher("done")
    assert jon.exit == 0


def test_who_is_denied_exits_with_1(jon, adam):
    first = asked(jon, "--key", "denied")
    adam.usher("deny", first["ref"], "--comment", "Not now.")
    found = asked(jon, "--key", "denied", "--wait")
    assert (jon.exit, found["state"]) == (1, "denied")


def test_waiting_ends_in_time_with_4(jon):
    found = jon.usher("ask", "prod", "--for", "1m", "--reason", "slow", "--wait", "--timeout", "1s")
    assert (jon.exit, found) == (4, "")
    assert "is not settled yet, and goes on: http" in jon.err


def test_what_was_asked_before_is_waited_for_listed_and_ended_by_its_other_names(jon, adam):
    ref = asked(jon)["ref"]
    jon.usher("wait", ref, "--timeout", "1s")
    assert jon.exit == 4
    assert ref in jon.usher("requests")
    adam.usher("approve", ref)
    found = jon.usher("wait", ref, "--timeout", "60s", json_too=True)
    assert (jon.exit, found["ref"], found["grant"]["state"]) == (0, ref, "active")
    jon.usher("end", "prod", "--wait", "--timeout", "60s")
    assert jon.exit == 0
    jon.usher("wait", ref)
    assert jon.exit == 1, "it has ended"


def test_an_interrupted_wait_says_what_goes_on(jon, portal):
    def interrupt(_seconds):
        raise KeyboardInterrupt

    err = io.StringIO()
    words = ["ask", "prod", "--for", "1m", "--reason", "interrupted", "--wait"]
    assert main(words, environment=jon.environment, out=io.StringIO(), err=err, sleep=interrupt) == 130
    assert "goes on without this command" in err.getvalue()
    assert "usher withdraw R-" in err.getvalue()


def test_a_dry_run_asks_for_nothing(jon):
    told = jon.usher("ask", "prod", "--reason", "to see", "--dry-run")
    assert "Adam" in told
    assert (jon.exit, jon.usher("list", "--state", "pending", json_too=True)) == (0, [])
    jon.usher("ask", "prod", "--for", "3d", "--reason", "to see", "--dry-run")
    assert (jon.exit, "duration: " in jon.out) == (1, True)


def test_a_refusal_is_its_sentence_and_1(jon, adam):
    ref = asked(jon)["ref"]
    jon.usher("approve", ref)
    assert jon.exit == 1
    assert jon.err.endswith(".\n")
    jon.usher("ask", "prod", "--for", "3d", "--reason", "long")
    assert jon.exit == 1
    jon.usher("show", "R-ZZZZZ")
    assert (jon.exit, jon.err) == (1, "There is nothing here, or it is not yours to see.\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["ask", "prdo", "--reason", "x"], "There is no “prdo” to ask for."),
        (["ask", "prod", "--reason", "x", "--flow", "other"], "“prod” can be asked for in:"),
        (["ask", "prod"], "The following arguments are required: --reason."),
        (["ask", "prod", "--reason", "x", "--for", "soon"], "“soon” is no length of time"),
        (["ask", "prod", "--reason", "x", "--timeout", "soon"], "“soon” is no length of time"),
        (["ask", "prod", "--reason", "x", "--field", "a=b"], "“a=b” answers no question of this flow"),
        (["deny", "R-AAAAA"], "The following arguments are required: --comment."),
        (["show", "../me"], "“../me” is no reference"),
        (["list", "--limit", "0"], "--limit takes a number from 1 on."),
        (["dance"], "Argument COMMAND: invalid choice"),
        (["done", "nothing"], "You hold no nothing."),
    ],
)
def test_wrong_usage_is_2_and_says_how(jon, words, sentence):
    jon.usher(*words)
    assert jon.exit == 2
    assert sentence in jon.err


def test_questions_of_a_flow_are_answered_by_name(jon):
    jon.usher("ask", "clinic-support", "--reason", "a ticket", "--dry-run", json_too=True)
    assert any(name.startswith("fields.") for name in json.loads(jon.out)["blocked"])


def test_the_token_says_who_it_is(jon):
    assert jon.usher("whoami").startswith("jon@example.com by the token T-")
    assert jon.usher("whoami", json_too=True)["email"] == "jon@example.com"


def test_the_bare_command_helps_and_needs_no_portal():
    out = io.StringIO()
    assert main([], environment={}, out=out, err=io.StringIO()) == 0
    assert "ask for access" in out.getvalue()


def test_it_says_its_version(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--version"], environment={})
    assert (left.value.code, capsys.readouterr().out) == (0, f"usher {VERSION}\n")

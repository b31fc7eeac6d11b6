"""What is done in Slack, by everybody: who is let through, and for whom it does not even exist.

Letters as in table.py: a large one is let through; a small one sees it and may not; for everybody else the answer is
that to something which there is not. `deactivated` and accounts of nobody are told the same of everything.
"""

import inspect
import itertools
import json
import re

import pytest
from django.db import transaction

from access.models import AuditEvent, Target
from integrations.slack import modals
from portal.slack import dispatch
from tests.portal.existence.world import World
from tests.portal.slack import workspace as slack_workspace
from tests.portal.slack.conftest import slack  # noqa: F401  a fixture
from tests.portal.slack.workspace import texts

pytestmark = pytest.mark.django_db

MISSING = "Z-22222"
CLICKS = {
    modals.APPROVE: "Arux",
    modals.DENY: "Arux",
    modals.DONE: "RAXu",
    modals.EXTEND: "Raux",
    modals.ASK: "R",
    modals.BREAK_GLASS: "",
    modals.WITHDRAW: "Raux",
}
SENT = {modals.APPROVE: "Arux", modals.DENY: "Arux"}
STRANGERS = ("deactivated", "nobody", "B")
LETTERS = [*"RNAOUSX", *STRANGERS]


@pytest.fixture
def world(slack, monkeypatch):  # noqa: F811
    made = World()
    accounts = {f"U0{letter.upper()}": person.email for letter, person in made.people.items()}
    monkeypatch.setattr(slack_workspace, "ACCOUNTS", accounts)
    # Who asks elsewhere has asked for something there, and so has a form of their own to fill in again.
    Target.objects.update(max_seconds=None)
    return made


def ref_of(world, action):
    return world.of["grants" if action in (modals.DONE, modals.EXTEND) else "requests"]["ref"]


def told(slack, do, ref):  # noqa: F811
    """All that comes of it, without what was named; and whether anything was done. Nothing of it stays."""
    slack.calls.clear()
    with transaction.atomic():
        # Whose account it is is found out by the first click.
        events = AuditEvent.objects.exclude(type="mapping.set")
        before = events.count()
        answer = do(ref)
        done = events.count() - before
        transaction.set_rollback(True)
    shown = [(method, texts(arguments.get("view", arguments))) for method, arguments in slack.calls]
    body = answer.content.decode().replace(ref, "")
    return answer.status_code, body, str(shown).replace(ref, ""), done


def judged(slack, do, ref, letter, may):  # noqa: F811
    """What is wrong, if anything is."""
    here, there = told(slack, do, ref), told(slack, do, MISSING)
    if letter in may:
        return [] if here != there else ["it is not there"]
    if letter.lower() in may:
        return (["it changes something"] if here[3] else []) + (["it is not there"] if here == there else [])
    return [f"it is told from what does not exist: {here} {there}"] if here != there else []


def clicked(world, slack, letter):  # noqa: F811
    """What is wrong with what comes of each button."""
    for action, may in CLICKS.items():

        def click(ref, action=action):
            return slack.click(action, ref, by=f"U0{letter.upper()}")

        for one in judged(slack, click, ref_of(world, action), letter, may):
            yield f"{letter} clicks {action}: {one}"


def sent(world, slack, letter):  # noqa: F811
    """What is wrong with what comes of each dialog."""
    for action, may in SENT.items():

        def send(ref, action=action):
            values = {"comment:x": {"comment": {"type": "plain_text_input", "value": "Not now."}}}
            view = {"callback_id": action, "private_metadata": json.dumps({"ref": ref}), "state": {"values": values},
                    "blocks": [{"type": "input", "block_id": "comment:x"}]}  # fmt: skip
            return slack.interact(by=f"U0{letter.upper()}", type="view_submission", view=view)

        for one in judged(slack, send, ref_of(world, action), letter, may):
            yield f"{letter} sends {action}: {one}"


def test_who_may_do_what(world, slack):  # noqa: F811
    wrong = [one for letter in LETTERS for did in (clicked, sent) for one in did(world, slack, letter)]
    assert not wrong, "\n".join(wrong)


def test_a_form_offers_and_finds_only_what_is_open_to_somebody(world, slack):  # noqa: F811
    for letter, flow in itertools.product(LETTERS, ("production-access", "records", "nothing")):
        view = {"callback_id": modals.ASK, "private_metadata": json.dumps({"flow": flow}), "id": "V1", "hash": "x"}
        answer = slack.interact(
            by=f"U0{letter.upper()}", path="options", type="block_suggestion", block_id="target:x", value="", view=view
        )
        assert answer.status_code == 200, (letter, flow)
        if letter in STRANGERS or letter == "U" or flow == "nothing":
            assert answer.json()["options"] == [], (letter, flow)


def test_every_click_has_a_row():
    """What the dispatcher does for a click or a dialog that was sent, the table knows."""
    source = inspect.getsource(dispatch)
    doers = source[source.index("    doers = {") :].split("\n    }", 1)[0]
    senders = source[source.index("    senders = {") :].split("\n    }", 1)[0]
    named = {getattr(modals, one) for one in re.findall(r"modals\.([A-Z_]+):", doers)}
    assert named == set(CLICKS)
    dialogs = {getattr(modals, one) for one in re.findall(r"modals\.([A-Z_]+):", senders)}
    assert dialogs - {modals.ASK, modals.BREAK_GLASS} == set(SENT)

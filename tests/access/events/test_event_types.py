"""docs/events.md tells of every type of event and of every fact: whoever adds one, writes it there."""

import ast
import re

import pytest

from access.audit import sentences
from access.core.states import GrantState, RequestState
from access.grants import end_early
from access.models import AuditEvent
from access.people import delegations
from access.requests import decide
from tests import factories, source

DOCUMENT = source.ROOT / "docs/events.md"
VARIANTS = (
    "access_review",
    "approval_only",
    "assistant",
    "delegate",
    "break_glass",
    "fast_track",
    "signed",
    "standing",
    "free",
    "not_verified",
    "not_justified",
)
ALWAYS = {"through"}


def documented() -> dict[str, set[str]]:
    """The table of types: each with the names of its facts."""
    rows = re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|[^|]*\|(.*)\|$", DOCUMENT.read_text(), re.MULTILINE)
    return {type_: set(re.findall(r"`([a-z_]+)`", facts)) for type_, facts in rows}


def written_in_code() -> set[str]:
    """Types that stand in the code as the first argument of something that writes to the log."""
    found = set()
    for path in source.python_files("access", "portal"):
        for node in ast.walk(source.tree(path)):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                value = node.args[0].value
                if name in {"append", "append_each", "_log", "_say", "_tell"} and isinstance(value, str):
                    found.add(value)
    return {one for one in found if re.fullmatch(r"[a-z_]+\.[a-z_]+", one)}


def test_every_type_with_a_sentence_is_documented():
    types = {one for one in sentences.SENTENCES if one.rpartition(".")[2] not in VARIANTS}
    assert types - set(documented()) == set()


def test_every_type_in_the_code_is_documented():
    moves = {f"request.{one}" for one in RequestState.values if one != RequestState.PENDING}
    moves |= {f"grant.{one}" for one in GrantState.values}
    of_set_up = {f"{kind}.{verb}" for kind in sentences._KINDS for verb in sentences._SET_UP}  # documented together
    assert (written_in_code() | moves) - set(documented()) - of_set_up == set()


def test_nothing_is_documented_that_is_not_there():
    assert set(documented()) - set(sentences.SENTENCES) == set()


def test_every_kind_of_the_set_up_is_documented():
    text = DOCUMENT.read_text().partition("The set-up:")[2].partition("such as")[0]
    assert set(re.findall(r"`([a-z]+)`", text)) - {"added", "changed", "removed"} == set(sentences._KINDS)


def approved(now, adam):
    factories.request_at(now=now, state=RequestState.APPROVED)


def denied(now, adam):
    factories.request_at(now=now, state=RequestState.DENIED)


def withdrawn(now, adam):
    factories.request_at(now=now, state=RequestState.WITHDRAWN)


def lapsed(now, adam):
    factories.request_at(now=now, state=RequestState.LAPSED)


def ended_early(now, adam):
    grant = factories.grant(now=now)
    end_early.end(grant=grant, by=grant.person, now=now, comment="Done.")


def held_to_the_end(now, adam):
    factories.grant(now=now, state=GrantState.ENDED)


def extended(now, adam):
    grant = factories.grant(now=now)
    factories.request_at(now=now, state=RequestState.APPROVED, seconds=4 * factories.HOUR)
    assert grant.ref


def broken_glass(now, adam):
    factories.broken_glass(now=now)


def delegated(now, adam):
    factories.flow()
    rita = factories.person("rita")
    row = factories.delegation(adam, rita, now=now)
    request = factories.request_at(now=now)
    decide.approve(request=request, by=rita, comment="For Adam.", now=now)
    delegations.end(delegation=row, by=adam, now=now)


STORIES = [approved, denied, withdrawn, lapsed, ended_early, held_to_the_end, extended, broken_glass, delegated]


@pytest.mark.django_db
@pytest.mark.parametrize("story", STORIES, ids=lambda one: one.__name__)
def test_every_fact_of_what_happens_is_documented(story, now, adam):
    story(now, adam)
    known, events = documented(), AuditEvent.objects.all()
    assert events
    wrong = {one.type: set(one.data) - known[one.type] - ALWAYS for one in events if one.type in known}
    assert {type_: facts for type_, facts in wrong.items() if facts} == {}

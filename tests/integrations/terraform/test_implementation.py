"""Python implementations are read, never run, and the plan says what to write instead."""

import pytest

from integrations.terraform import check, implementation
from tests.integrations.terraform import files

SOURCE = """
from sym.sdk.annotations import hook, prefetch, reducer
from sym.sdk.integrations import pagerduty
from sym.sdk.templates import ApprovalTemplate

raise SystemExit("never run")

@reducer
def get_permissions(event):
    return RequestPermission(webapp_view=ADMIN, approve_deny=MEMBER, allow_self_approval=True)

@hook
def on_request(event):
    if pagerduty.is_on_call(event.user):
        return ApprovalTemplate.approve()

@prefetch(field_name="cluster")
def clusters(event):
    return []

def helper(event):
    return None
"""


def test_each_decorated_function_is_named_with_the_block_to_write_instead():
    assert implementation.advice(SOURCE) == [
        "get_permissions() is not run: who decides is said by “stage” blocks: people, groups or managers, "
        "and how many are needed.",
        "on_request() is not run: a “fast_track” block approves or refuses at once.",
        "clusters() is not run: the options of a prompt field are its “allowed_values”.",
        "For is_on_call(), “on_call” of a “fast_track” block names a schedule.",
        "For approve_deny=MEMBER, “requesters = true” in a “stage” asks everybody who may ask, but whoever asked: the"
        " groups in the flow's own “requesters”, or else all people here.",
        "People could approve their own requests; here that is “self_approval = true”, best left out.",
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("get_approver", "who decides is said by “stage” blocks"),
        ("request", "a “fast_track” block approves or refuses at once"),
        ("before_request", "a “fast_track” block approves or refuses at once"),
        ("on_request_forward", "“pool” with “after” asks others later"),
        ("request_forward", "“pool” with “after” asks others later"),
        ("on_request_expire", "“pending_timeout” says when a request lapses"),
        ("after_revoke", "the event stream tells other systems what happened"),
        ("on_change_urgency", "“shown_if” says when a prompt field is asked"),
    ],
)
def test_hooks_of_every_generation_are_known_by_their_names(name, told):
    [sentence] = implementation.advice(f"@hook\ndef {name}(event):\n    pass\n")
    assert sentence.startswith(f"{name}() is not run: {told}")


@pytest.mark.parametrize("way", ['"${path.module}/flow.py"', '"flow.py"', 'file("flow.py")'])
def test_an_implementation_is_read_whichever_way_it_is_named(tmp_path, way):
    (tmp_path / "flow.py").write_text(SOURCE, encoding="utf-8")
    text = f'resource "sym_flow" "x" {{\n  name = "x"\n  implementation = {way}\n}}\n'
    report = check.check(files.read(tmp_path, text))
    assert any("get_permissions() is not run" in one.sentence for one in report.warnings)


@pytest.mark.parametrize("path", ["none.py", "../flow.py", "/etc/flow.py"])
def test_an_implementation_that_is_not_there_is_told(tmp_path, path):
    text = f'resource "sym_flow" "x" {{\n  name = "x"\n  implementation = "{path}"\n}}\n'
    report = check.check(files.read(tmp_path, text))
    assert report.problems == []
    assert any("Nothing can be said of this implementation" in one.sentence for one in report.warnings)


@pytest.mark.parametrize("source", ["def (", "\0", "(" * 300])
def test_what_is_no_python_is_told(source):
    assert implementation.advice(source) == [
        "The implementation is not Python that can be read, so nothing can be said of it."
    ]


def test_the_advice_stands_at_the_argument(tmp_path):
    (tmp_path / "flow.py").write_text(SOURCE, encoding="utf-8")
    text = 'resource "sym_flow" "x" {\n  name = "x"\n  implementation = file("${path.module}/flow.py")\n}\n'
    report = check.check(files.read(tmp_path, text))
    assert report.problems == []
    assert {str(one.place) for one in report.warnings} == {"main.tf:3:3"}
    assert any("fast_track" in one.sentence for one in report.warnings)

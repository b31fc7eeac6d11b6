"""What the Python of a flow was written for, and which block says it here. The code is read, and never run."""

import ast
from collections.abc import Iterator, Mapping
from typing import Final

_ADVICE: Final[Mapping[str, str]] = {
    "get_permissions": "who decides is said by “stage” blocks: people, groups or managers, and how many are needed",
    "get_approvers": "who decides is said by “stage” blocks: people, groups or managers, and how many are needed",
    "get_request_notifications": "“announce” blocks say where in Slack; those who can decide are told anyway",
    "get_flows": "who may ask is said by “requesters”, a list of groups",
    "get_identity": "accounts are matched by e-mail, and by hand with “manage.py mappings”",
    "on_request": "a “fast_track” block approves or refuses at once",
    "after_request": "the event stream tells other systems what happened",
    "on_approve": "who may approve is said by “stage” blocks",
    "after_approve": "the event stream tells other systems what happened",
    "on_deny": "a comment is always required to deny",
    "after_deny": "the event stream tells other systems what happened",
    "on_prompt": "“shown_if” and “default” of a prompt field say what is asked",
    "request_forward": "“pool” with “after” asks others later",
    "request_expire": "“pending_timeout” says when a request lapses",
    "on_escalate": "access is given by the strategy alone",
    "after_escalate": "the event stream tells other systems what happened",
    "on_deescalate": "access always ends by itself",
    "after_deescalate": "the event stream tells other systems what happened",
}
_BY_PREFIX: Final = (("on_change_", "“shown_if” says when a prompt field is asked"),)
_CALLS: Final[Mapping[str, str]] = {
    "is_on_call": "“on_call” of a “fast_track” block names a schedule",
    "users_on_call": "“on_call” of a “fast_track” block names a schedule",
    "is_user_in_group": "“in_group” of a “fast_track” block names a group",
    "get_event_count": "“held_times” and “held_days” of a “fast_track” block count what was held",
}
_DECORATORS: Final = frozenset({"reducer", "hook", "prefetch", "action"})


def advice(source: str) -> list[str]:
    """Name the decorated functions of an implementation, each with the block to write instead, as sentences."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ["The implementation is not Python that can be read, so nothing can be said of it."]
    return list(dict.fromkeys([*_functions(tree), *_calls(tree)]))


def _functions(tree: ast.Module) -> Iterator[str]:
    for one in tree.body:
        if not isinstance(one, ast.FunctionDef) or not any(_is_ours(mark) for mark in one.decorator_list):
            continue
        if any(_name(mark) == "prefetch" for mark in one.decorator_list):
            yield f"{one.name}() is not run: the options of a prompt field are its “allowed_values”."
            continue
        said = _ADVICE.get(one.name) or next((text for start, text in _BY_PREFIX if one.name.startswith(start)), "")
        yield f"{one.name}() is not run{f': {said}' if said else ''}."


def _calls(tree: ast.Module) -> Iterator[str]:
    for one in ast.walk(tree):
        if isinstance(one, ast.Call) and _name(one.func) in _CALLS:
            yield f"For {_name(one.func)}(), {_CALLS[_name(one.func)]}."
        if isinstance(one, ast.keyword) and one.arg in ("allow_self_approval", "allow_self") and _is_true(one.value):
            yield "People could approve their own requests; here that is “self_approval = true”, best left out."


def _is_ours(mark: ast.expr) -> bool:
    return _name(mark) in _DECORATORS


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return _name(node.func)
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True

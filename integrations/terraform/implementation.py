"""What the Python of a flow was written for, and which block says it here. The code is read, and never run."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Final

_WHO: Final = "who decides is said by “stage” blocks: people, groups or managers, and how many are needed"
_REDUCERS: Final[Mapping[str, str]] = {
    "get_permissions": _WHO,
    "get_approvers": _WHO,
    "get_approver": _WHO,
    "get_request_notifications": "“announce” blocks say where in Slack; those who can decide are told anyway",
    "get_flows": "who may ask is said by “requesters”, a list of groups",
    "get_identity": "accounts are matched by e-mail, and by hand with “manage.py mappings”",
}
# What a hook before or after each step was written for. The names of steps and of hooks changed between the
# generations of the SDK: a hook is on_STEP, before_STEP or after_STEP, or called as its step is.
_TOLD: Final = "the event stream tells other systems what happened"
_STEPS: Final[Mapping[str, tuple[str, str]]] = {
    "prompt": ("“shown_if” and “default” of a prompt field say what is asked", _TOLD),
    "request": ("a “fast_track” block approves or refuses at once", _TOLD),
    "request_forward": ("“pool” with “after” asks others later", _TOLD),
    "request_expire": ("“pending_timeout” says when a request lapses", _TOLD),
    "approve": ("who may approve is said by “stage” blocks", _TOLD),
    "deny": ("a comment is always required to deny", _TOLD),
    "escalate": ("access is given by the strategy alone", _TOLD),
    "deescalate": ("access always ends by itself", _TOLD),
    "revoke": ("access can always be ended early", _TOLD),
}
_HOOK: Final = re.compile(r"(?:(on|before|after)_)?(\w+)")
_BY_PREFIX: Final = (("on_change_", "“shown_if” says when a prompt field is asked"),)
_CALLS: Final[Mapping[str, str]] = {
    "is_on_call": "“on_call” of a “fast_track” block names a schedule",
    "users_on_call": "“on_call” of a “fast_track” block names a schedule",
    "is_user_in_group": "“in_group” of a “fast_track” block names a group",
    "get_event_count": "“held_times” and “held_days” of a “fast_track” block count what was held",
}
_ANYBODY: Final = ("MEMBER", "ALL_USERS")
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
        said = _said(one.name)
        yield f"{one.name}() is not run{f': {said}' if said else ''}."


def _said(name: str) -> str:
    """What stands here for a function of this name; empty where nobody knows the name."""
    found = _HOOK.fullmatch(name)
    if found and found.group(2) in _STEPS:
        return _STEPS[found.group(2)][found.group(1) == "after"]
    return _REDUCERS.get(name) or next((text for start, text in _BY_PREFIX if name.startswith(start)), "")


def is_path(source: str) -> bool:
    """Whether this names a file of Python, rather than being its text."""
    return source.strip().endswith(".py") and "\n" not in source.strip()


def _calls(tree: ast.Module) -> Iterator[str]:
    for one in ast.walk(tree):
        if isinstance(one, ast.Call) and _name(one.func) in _CALLS:
            yield f"For {_name(one.func)}(), {_CALLS[_name(one.func)]}."
        if isinstance(one, ast.keyword) and one.arg == "approve_deny" and _name(one.value) in _ANYBODY:
            yield (
                f"For approve_deny={_name(one.value)}, “requesters = true” in a “stage” asks everybody who may ask, "
                "but whoever asked: the groups in the flow's own “requesters”, or else all people here."
            )
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

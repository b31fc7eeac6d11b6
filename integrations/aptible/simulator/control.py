"""The paths under /_simulator/: look inside, break things, and change who is where, while it runs.

They answer to callers on this machine only, and take JSON only, so that no web page can call them.
"""

import inspect
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any, Final

from werkzeug import Request, Response

from integrations.aptible.simulator.call import Parts, json_object
from integrations.aptible.simulator.errors import ApiError, access_denied, invalid, not_found
from integrations.aptible.simulator.faults import Rule
from integrations.aptible.simulator.hal import answer, nothing

Actions = Mapping[str, Callable[..., None]]
START: Final = "/_simulator/"


def answer_control(request: Request, parts: Parts, actions: Actions) -> Response:
    """Answer one control call. Raises ApiError."""
    _check_is_local(request)
    name = request.path.removeprefix(START).strip("/")
    if name == "faults":
        return _faults(request, parts)
    if name in VIEWS:
        _check_method(request, "GET")
        return answer(VIEWS[name](request, parts))
    if name in actions:
        _check_method(request, "POST")
        return _act(actions[name], json_object(request))
    raise not_found()


def state_of(parts: Parts) -> dict[str, Any]:
    """Describe the roles with their members, the organizations with theirs, and the counts of calls."""
    state = parts.state
    with state.lock:
        return {
            "roles": [_role(parts, id) for id in state.roles],
            "organizations": [
                {"id": item.id, "name": item.name, "members": sorted(person.email for person in state.people_in(item))}
                for item in state.organizations.values()
            ],
            "people": {person.email: person.id for person in state.people.values()},
            "calls": parts.journal.counts(),
        }


def _role(parts: Parts, id: str) -> dict[str, Any]:
    role = parts.state.roles[id]
    members = sorted(parts.state.people[item.person_id].email for item in parts.state.members(role))
    return {"id": role.id, "name": role.name, "type": role.type, "members": members}


def _faults(request: Request, parts: Parts) -> Response:
    if request.method == "DELETE":
        parts.faults.clear()
        return nothing()
    if request.method == "POST":
        _set_faults(json_object(_json_only(request)), parts)
    else:
        _check_method(request, "GET")
    return answer(parts.faults.show())


def _set_faults(wanted: dict[str, Any], parts: Parts) -> None:
    """Add the rules and set the switches, all of them or, with a sentence why, none."""
    try:
        unknown = set(wanted) - {"rules", "switches"}
        if unknown:
            raise ValueError(f"Faults are made of rules and switches, not of {', '.join(sorted(unknown))}.")
        rules = [Rule(**rule) for rule in wanted.get("rules", [])]
        parts.faults.switch(**wanted.get("switches", {}))
    except (TypeError, ValueError) as error:
        raise invalid(str(error)) from error
    for rule in rules:
        parts.faults.add(rule)


def _act(action: Callable[..., None], values: dict[str, Any]) -> Response:
    """Do what the action says with the body's fields as its arguments."""
    signature = inspect.signature(action)
    try:
        signature.bind(**values)
    except TypeError as error:
        raise invalid(str(error)) from error
    for name, value in values.items():
        if not _fits(value, signature.parameters[name].annotation):
            raise invalid(f"{name} can't be {value!r}.")
    try:
        action(**values)
    except KeyError as error:
        raise ApiError(404, "not_found", str(error.args[0])) from error
    return nothing()


def _fits(value: object, wanted: object) -> bool:
    if wanted in (str, bool):
        return type(value) is wanted
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _since(request: Request) -> int:
    return request.args.get("since", 0, type=int)


VIEWS: Final[Mapping[str, Callable[[Request, Parts], dict[str, Any]]]] = {
    "state": lambda request, parts: state_of(parts),
    "calls": lambda request, parts: {"calls": parts.journal.calls(since=_since(request))},
    "changes": lambda request, parts: {"changes": parts.journal.changes(since=_since(request))},
}


def _check_is_local(request: Request) -> None:
    if not ip_address(request.remote_addr or "").is_loopback:
        raise access_denied("The control paths answer only on the machine the simulator runs on")


def _check_method(request: Request, method: str) -> None:
    if request.method != method:
        raise ApiError(405, "method_not_allowed", "Method Not Allowed")
    if method == "POST":
        _json_only(request)


def _json_only(request: Request) -> Request:
    if not request.is_json:
        raise ApiError(415, "unsupported_media_type", "Send application/json")
    return request

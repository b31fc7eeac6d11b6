"""The Deploy API's environments, which it calls accounts, and who may do what in them."""

from collections.abc import Sequence
from typing import Final

from werkzeug import Response

from integrations.aptible.simulator.call import Call
from integrations.aptible.simulator.errors import invalid, not_found
from integrations.aptible.simulator.hal import Document, answer, page_of
from integrations.aptible.simulator.records import Environment, Permission

DEFAULT_PER_PAGE: Final = 40
MOST_PER_PAGE: Final = 5_000


def api_root(call: Call) -> Response:
    return answer(call.hal.api_root())


def environments(call: Call) -> Response:
    return collection(call, "accounts", [_document(call, item) for item in visible_environments(call)])


def environment(call: Call, number: int) -> Response:
    return answer(_document(call, environment_of(call, number)))


def environment_permissions(call: Call, number: int) -> Response:
    return collection(call, "permissions", _permissions(call, [environment_of(call, number)]))


def permissions(call: Call) -> Response:
    return collection(call, "permissions", _permissions(call, visible_environments(call)))


def permission(call: Call, number: int) -> Response:
    found = next((item for item in _permissions(call, visible_environments(call)) if item["id"] == number), None)
    if found is None:
        raise not_found()
    return answer(found)


def visible_environments(call: Call) -> list[Environment]:
    """Owners see every environment of their organization, others those that a role of theirs opens."""
    open_ids = {item.id for item in call.open_organizations()}
    held = {role.id for role in call.state.roles_of(call.person)}
    opened = {item.environment_id for item in call.state.permissions.values() if item.role_id in held}
    return [
        item
        for item in call.state.environments.values()
        if item.organization_id in open_ids and (item.id in opened or call.oversees(item.organization_id))
    ]


def environment_of(call: Call, number: int) -> Environment:
    found = next((item for item in visible_environments(call) if item.id == number), None)
    if found is None:
        raise not_found()
    return found


def _rows(call: Call, environments: Sequence[Environment]) -> list[Permission]:
    numbers = {item.id for item in environments}
    return [item for item in call.state.permissions.values() if item.environment_id in numbers]


def _permissions(call: Call, environments: Sequence[Environment]) -> list[Document]:
    return [call.hal.permission(item) for item in _rows(call, environments)]


def _document(call: Call, environment: Environment) -> Document:
    document = call.hal.environment(environment, _rows(call, [environment]))
    if call.request.args.get("no_embed") == "true":
        del document["_embedded"]
    return document


def _check_asks_for_no_secrets(call: Call, name: str) -> None:
    """What Aptible's own clients send: else a list loads configuration, and writes that it was shown."""
    if not call.switches.strict_lists:
        return
    if call.request.headers.get("Prefer") != "no_sensitive_extras=true":
        raise invalid("Send the header Prefer: no_sensitive_extras=true")
    if name == "accounts" and call.request.args.get("no_embed") != "true":
        raise invalid("Ask for accounts with no_embed=true")


def collection(call: Call, name: str, items: Sequence[Document]) -> Response:
    _check_asks_for_no_secrets(call, name)
    size = call.request.args.get("per_page", DEFAULT_PER_PAGE, type=int)
    here = call.hal.api_url + call.request.path.removeprefix("/api")
    some, around = page_of(call.request, here, items, min(max(size, 1), MOST_PER_PAGE))
    return answer({**around, "_embedded": {name: list(some)}})

"""What people did in an environment: the Deploy API's operations, and what they were done on."""

from collections.abc import Iterable
from typing import Final

from werkzeug import Response

from integrations.aptible.simulator import api_routes
from integrations.aptible.simulator.call import Call, json_object
from integrations.aptible.simulator.errors import not_found
from integrations.aptible.simulator.hal import answer
from integrations.aptible.simulator.records import Operation

RUNNING: Final = ("queued", "running")


def of_environment(call: Call, number: int) -> Response:
    environment = api_routes.environment_of(call, number)
    return _listed(call, (one for one in call.state.operations.values() if one.environment_id == environment.id))


def of_organization(call: Call, id: str) -> Response:
    open_ = {one.id for one in api_routes.visible_environments(call) if one.organization_id == call.organization(id).id}
    return _listed(call, (one for one in call.state.operations.values() if one.environment_id in open_))


def operation(call: Call, number: int) -> Response:
    return answer(call.hal.operation(_one(call, number)))


def change(call: Call, number: int) -> Response:
    """Take note that it is to be cancelled. It takes effect later, and not at all while the switch says so."""
    found = _one(call, number)
    call.check_may_write()
    if json_object(call.request).get("cancelled") is True:
        found.cancelled = True
    response = answer(call.hal.operation(found))
    if found.cancelled and found.status in RUNNING and not call.switches.ignore_cancellations:
        call.state.set_status(found, "failed")
    return response


def resource(call: Call, kind: str, number: int) -> Response:
    found = call.state.resources.get(number)
    if found is None or found.kind != kind:
        raise not_found()
    api_routes.environment_of(call, found.environment_id)
    return answer(call.hal.resource(found))


def _one(call: Call, number: int) -> Operation:
    found = call.state.operations.get(number)
    if found is None:
        raise not_found()
    api_routes.environment_of(call, found.environment_id)
    return found


def _listed(call: Call, operations: Iterable[Operation]) -> Response:
    wanted = {name: call.request.args[name] for name in ("type", "status") if name in call.request.args}
    found = [one for one in operations if all(getattr(one, name) == value for name, value in wanted.items())]
    # The order is not promised, so none is kept.
    mixed = sorted(found, key=lambda one: (one.id % 3, one.id))
    return api_routes.collection(call, "operations", [call.hal.operation(one) for one in mixed])

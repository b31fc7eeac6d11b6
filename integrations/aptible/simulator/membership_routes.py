"""The Auth API's memberships: the only part of it that changes who may do what."""

from werkzeug import Response

from integrations.aptible.simulator.auth_routes import collection
from integrations.aptible.simulator.call import Call, json_object
from integrations.aptible.simulator.errors import invalid
from integrations.aptible.simulator.hal import answer, nothing, page_of


def role_memberships(call: Call, id: str) -> Response:
    return collection(call, "memberships", call.listed(call.role(id)), call.hal.membership)


def grouped_memberships(call: Call, id: str) -> Response:
    """Every membership of the organization, under the id of its role."""
    roles = call.state.roles_in(call.organization(id))
    here = call.hal.auth_url + call.request.path.removeprefix("/auth")
    some, around = page_of(call.request, here, roles, call.switches.auth_page_size)
    groups = {
        call.hal.id(role.id): {"memberships": [call.hal.membership(item) for item in call.listed(role)]}
        for role in some
    }
    return answer({**around, "_embedded": groups})


def create_membership(call: Call, id: str) -> Response:
    role = call.role(id)
    call.check_may_manage(role)
    organization = call.organization(role.organization_id)
    person = call.person_named_by(json_object(call.request).get("user_url"), organization)
    if call.state.membership_of(role, person) and not call.switches.duplicate_answers_201:
        raise invalid("Validation failed: User has already been taken")
    if call.switches.late_adds_ms:
        within = call.switches.late_adds_ms / 1000
        return answer(call.hal.membership(call.state.promise(role, person, by=call.person.email, within=within)), 201)
    membership = call.state.enter(role, person, by=call.person.email)
    if call.switches.post_without_body:
        return nothing()
    return answer(call.hal.membership(membership), 201)


def membership(call: Call, id: str) -> Response:
    return answer(call.hal.membership(call.membership(id)))


def change_membership(call: Call, id: str) -> Response:
    """Make the member an admin of the role, or no longer one."""
    found = call.membership(id)
    call.check_may_manage(call.role(found.role_id))
    privileged = json_object(call.request).get("privileged")
    if not isinstance(privileged, bool):
        raise invalid("Validation failed: Privileged is not included in the list")
    found.privileged = privileged
    found.updated_at = call.state.clock()
    return answer(call.hal.membership(found))


def delete_membership(call: Call, id: str) -> Response:
    found = call.membership(id)
    call.check_may_manage(call.role(found.role_id))
    if not call.switches.void_removes:
        call.state.leave(found, by=call.person.email)
    return nothing()

"""The Auth API's directory: organizations, their people and roles."""

from collections.abc import Sequence
from typing import Any

from werkzeug import Response

from integrations.aptible.simulator.call import Call
from integrations.aptible.simulator.errors import access_denied, not_found
from integrations.aptible.simulator.hal import answer, nothing, page_of
from integrations.aptible.simulator.records import Organization, Person, Role


def organizations(call: Call) -> Response:
    return _organizations(call, call.open_organizations())


def reauthenticate_organizations(call: Call) -> Response:
    return _organizations(call, call.closed_organizations())


def organization(call: Call, id: str) -> Response:
    return answer(call.hal.organization(call.organization(id)))


def organization_users(call: Call, id: str) -> Response:
    return _people(call, call.state.people_in(call.organization(id)))


def organization_roles(call: Call, id: str) -> Response:
    return _roles(call, call.state.roles_in(call.organization(id)))


def remove_from_organization(call: Call, id: str, user_id: str) -> Response:
    """Only an owner may; 404 for somebody who is not in the organization."""
    inside = call.organization(id)
    call.check_may_write()
    if "owner" not in {role.type for role in call.state.roles_of(call.person) if role.organization_id == inside.id}:
        raise access_denied()
    person = call.visible_person(user_id)
    if person not in call.state.people_in(inside):
        raise not_found()
    call.state.remove_from_organization(person, inside, by=call.person.email)
    return nothing()


def role(call: Call, id: str) -> Response:
    return answer(call.hal.role(call.role(id)))


def role_users(call: Call, id: str) -> Response:
    return _people(call, [call.state.people[item.person_id] for item in call.listed(call.role(id))])


def user(call: Call, id: str) -> Response:
    return answer(call.hal.person(call.visible_person(id)))


def user_roles(call: Call, id: str) -> Response:
    """The person's roles in the organizations that are open to the caller."""
    person = call.visible_person(id)
    visible = {item.id for item in call.open_organizations()}
    return _roles(call, [item for item in call.state.roles_of(person) if item.organization_id in visible])


def _organizations(call: Call, items: Sequence[Organization]) -> Response:
    return collection(call, "organizations", items, call.hal.organization)


def _people(call: Call, items: Sequence[Person]) -> Response:
    return collection(call, "users", items, call.hal.person)


def _roles(call: Call, items: Sequence[Role]) -> Response:
    return collection(call, "roles", items, call.hal.role)


def collection(call: Call, name: str, items: Sequence[Any], write: Any) -> Response:
    """Answer a collection of the Auth API: all of it, or a page while `auth_page_size` is switched on."""
    here = call.hal.auth_url + call.request.path.removeprefix("/auth")
    some, around = page_of(call.request, here, items, call.switches.auth_page_size)
    return answer({**around, "_embedded": {name: [write(item) for item in some]}})

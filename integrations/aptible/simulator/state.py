"""The memory of the simulator, and the only code that changes who is in which role."""

from collections.abc import Callable, Iterable
from itertools import count
from threading import RLock
from typing import TypeVar
from uuid import NAMESPACE_URL, uuid4, uuid5

from integrations.aptible.simulator.journal import Clock, Journal
from integrations.aptible.simulator.records import (
    Environment,
    Membership,
    Operation,
    Organization,
    Permission,
    Person,
    Resource,
    Role,
)

OUTSIDE = "outside"
KEPT = 1_000
Record = TypeVar("Record")


def lasting_id(kind: str, name: str) -> str:
    """Make the id that this name has in every run, so that ids kept elsewhere survive a restart."""
    return str(uuid5(NAMESPACE_URL, f"aptible-simulator:{kind}:{name.casefold()}"))


def _one(records: Iterable[Record], key: str, names: Callable[[Record], tuple[str, ...]], kind: str) -> Record:
    for record in records:
        if key.casefold() in (name.casefold() for name in names(record)):
            return record
    raise KeyError(f"The simulator knows no {kind} {key!r}.")


class State:
    """Everything in memory. Whoever reads or changes more than one thing holds `lock`.

    A person belongs to an organization exactly as long as they have a role in it.
    """

    def __init__(self, *, clock: Clock, journal: Journal) -> None:
        self.clock = clock
        self.journal = journal
        self.lock = RLock()
        self.clear()

    def clear(self) -> None:
        """Forget every organization, person and environment."""
        self.organizations: dict[str, Organization] = {}
        self.roles: dict[str, Role] = {}
        self.people: dict[str, Person] = {}
        self.memberships: dict[str, Membership] = {}
        self.environments: dict[int, Environment] = {}
        self.permissions: dict[int, Permission] = {}
        self._left: list[tuple[float, Membership]] = []  # the newest, and when each ended
        self._promised: list[tuple[float, Membership, str]] = []  # when each takes effect, and for whom
        self.resources: dict[int, Resource] = {}
        self.operations: dict[int, Operation] = {}
        self._resource_numbers = count(201)
        self._operation_numbers = count(9001)
        self._person_numbers = count(1001)
        self._permission_numbers = count(5001)

    # Looking up: by id or by the name people know; KeyError carries a sentence.

    def organization(self, key: str) -> Organization:
        return _one(self.organizations.values(), key, lambda item: (item.id, item.name), "organization")

    def role(self, key: str) -> Role:
        return _one(self.roles.values(), key, lambda item: (item.id, item.name), "role")

    def person(self, key: str) -> Person:
        return _one(self.people.values(), key, lambda item: (item.id, item.email, str(item.number)), "person")

    def environment(self, key: str) -> Environment:
        return _one(self.environments.values(), key, lambda item: (str(item.id), item.handle), "environment")

    def members(self, role: Role) -> list[Membership]:
        return [item for item in self.memberships.values() if item.role_id == role.id]

    def listed(self, role: Role, *, lag_adds: float, lag_removes: float) -> list[Membership]:
        """Who is in the role as lists show it that lag by so many seconds."""
        now = self.clock()
        here = [item for item in self.members(role) if item.created_at <= now - lag_adds]
        gone = [item for at, item in self._left if at > now - lag_removes and item.role_id == role.id]
        return here + gone

    def membership_of(self, role: Role, person: Person) -> Membership | None:
        return next((item for item in self.members(role) if item.person_id == person.id), None)

    def roles_in(self, organization: Organization) -> list[Role]:
        return [role for role in self.roles.values() if role.organization_id == organization.id]

    def roles_of(self, person: Person) -> list[Role]:
        return [self.roles[item.role_id] for item in self.memberships.values() if item.person_id == person.id]

    def organizations_of(self, person: Person) -> list[Organization]:
        held = {role.organization_id for role in self.roles_of(person)}
        return [organization for organization in self.organizations.values() if organization.id in held]

    def people_in(self, organization: Organization) -> list[Person]:
        roles = {role.id for role in self.roles_in(organization)}
        inside = {item.person_id for item in self.memberships.values() if item.role_id in roles}
        return [person for person in self.people.values() if person.id in inside]

    # Making

    def add_organization(self, name: str, *, id: str = "") -> Organization:
        made = Organization(id=id or lasting_id("organization", name), name=name, created_at=self.clock())
        return self.organizations.setdefault(made.id, made)

    def add_person(self, email: str, name: str, *, verified: bool = True) -> Person:
        """Make the account, in no organization yet. An account that exists is left as it is."""
        number = next(self._person_numbers)
        id = lasting_id("person", email)
        made = Person(id, number, email, name, verified, created_at=self.clock())
        return self.people.setdefault(id, made)

    def add_role(
        self, name: str, *, organization: Organization, type: str = "platform_user", scim: bool = False, id: str = ""
    ) -> Role:
        """Make an empty role. One that exists is left as it is."""
        id = (id or lasting_id("role", f"{organization.id}:{name}")).lower()
        return self.roles.setdefault(id, Role(id, organization.id, name, type, scim, created_at=self.clock()))

    def add_environment(self, handle: str, *, organization: Organization, type: str, id: int) -> Environment:
        made = Environment(id, organization.id, handle, type, created_at=self.clock())
        return self.environments.setdefault(id, made)

    def permit(self, role: Role, environment: Environment, *scopes: str) -> None:
        """Give the role these permissions in the environment."""
        for scope in scopes:
            id = next(self._permission_numbers)
            self.permissions[id] = Permission(id, role.id, environment.id, scope)

    def add_operation(
        self,
        environment: Environment,
        *,
        type: str,
        on: tuple[str, str],
        status: str,
        by: tuple[str, str],
        command: str,
    ) -> Operation:
        """Write down that somebody (e-mail and name) did something to a resource (its kind and its handle)."""
        resource = self._resource(environment, *on)
        now = self.clock()
        id = next(self._operation_numbers)
        made = Operation(id, environment.id, resource.id, type, status, now, now, *by, command)
        self.operations[id] = made
        return made

    def _resource(self, environment: Environment, kind: str, handle: str) -> Resource:
        for one in self.resources.values():
            if (one.environment_id, one.kind, one.handle) == (environment.id, kind, handle):
                return one
        made = Resource(next(self._resource_numbers), kind, environment.id, handle)
        self.resources[made.id] = made
        return made

    def set_status(self, operation: Operation, status: str) -> None:
        operation.status, operation.updated_at = status, self.clock()

    # Changing who is where

    def enter(
        self, role: Role, person: Person, *, by: str = OUTSIDE, privileged: bool = False, id: str = ""
    ) -> Membership:
        """Put the person in the role. A membership that exists is left as it is."""
        with self.lock:
            existing = self.membership_of(role, person)
            if existing:
                return existing
            organization = self.organizations[role.organization_id]
            new_here = organization not in self.organizations_of(person)
            now = self.clock()
            made = Membership(id or str(uuid4()), role.id, person.id, privileged, created_at=now, updated_at=now)
            self.memberships[made.id] = made
            if new_here:
                self._note("joined", made, role=None, by=by)
            self._note("entered", made, role=role, by=by)
            return made

    def promise(self, role: Role, person: Person, *, by: str, within: float) -> Membership:
        """Put the person in the role after so many seconds, if they are not in it by then."""
        at = self.clock() + within
        made = Membership(str(uuid4()), role.id, person.id, privileged=False, created_at=at, updated_at=at)
        with self.lock:
            self._promised.append((at, made, by))
        return made

    def keep_promises(self) -> None:
        """Let what was promised take effect, if its time has come."""
        with self.lock:
            due = [item for item in self._promised if item[0] <= self.clock()]
            self._promised = [item for item in self._promised if item not in due]
            for _at, made, by in due:
                role, person = self.roles.get(made.role_id), self.people.get(made.person_id)
                if role and person and self.membership_of(role, person) is None:
                    self.memberships[made.id] = made
                    self._note("entered", made, role=role, by=by)

    def leave(self, membership: Membership, *, by: str = OUTSIDE) -> None:
        """End the membership. Whoever has no role left in the organization is out of it."""
        with self.lock:
            if self.memberships.pop(membership.id, None) is None:
                return
            self._left = [*self._left[-KEPT:], (self.clock(), membership)]
            role = self.roles[membership.role_id]
            self._note("left", membership, role=role, by=by)
            organization = self.organizations[role.organization_id]
            if organization not in self.organizations_of(self.people[membership.person_id]):
                self._note("removed", membership, role=None, by=by)

    def delete_role(self, role: Role) -> None:
        """Take everybody out of the role, and the role and its permissions away."""
        with self.lock:
            for membership in self.members(role):
                self.leave(membership)
            self.permissions = {id: item for id, item in self.permissions.items() if item.role_id != role.id}
            del self.roles[role.id]

    def remove_from_organization(self, person: Person, organization: Organization, *, by: str = OUTSIDE) -> None:
        """End every membership of the person in the organization; the account stays."""
        with self.lock:
            for role in self.roles_in(organization):
                membership = self.membership_of(role, person)
                if membership:
                    self.leave(membership, by=by)

    def delete_person(self, person: Person) -> None:
        """Take the person out of every organization, and the account away."""
        with self.lock:
            for organization in self.organizations_of(person):
                self.remove_from_organization(person, organization)
            del self.people[person.id]

    def _note(self, what: str, membership: Membership, *, role: Role | None, by: str) -> None:
        person = self.people[membership.person_id]
        organization = self.organizations[self.roles[membership.role_id].organization_id]
        self.journal.changed(
            what,
            organization=organization.name,
            role=role.name if role else "",
            role_id=role.id if role else "",
            email=person.email,
            user_id=person.id,
            membership_id=membership.id,
            by=by,
        )

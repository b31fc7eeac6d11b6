"""The simulator as an object: start it, watch it, break it, change it."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from integrations.aptible.simulator import seed as seeds
from integrations.aptible.simulator.application import Application
from integrations.aptible.simulator.call import Parts
from integrations.aptible.simulator.control import Actions, state_of
from integrations.aptible.simulator.faults import Faults, Rule
from integrations.aptible.simulator.hal import Hal
from integrations.aptible.simulator.journal import Clock, Journal
from integrations.aptible.simulator.logins import Logins
from integrations.aptible.simulator.state import State
from integrations.simulated.server import Server

MEMBERSHIP_POST: Final = "POST /auth/roles/<id>/memberships"
MEMBERSHIP_DELETE: Final = "DELETE /auth/memberships/<id>"
WILDCARD_HOSTS: Final[Mapping[str, str]] = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only a name here


class Simulator:
    """An Aptible on this machine. Roles, people and organizations are named by id, by name or by e-mail.

    Naming one that does not exist raises KeyError with a sentence. `clock` gives epoch seconds; it ages
    tokens and lockouts and dates every record.
    """

    def __init__(self, *, seed: seeds.Seed | None = None, clock: Clock = time.time) -> None:
        self._seed = seed or seeds.announcement()
        self._server: Server | None = None
        journal, faults = Journal(clock), Faults()
        state = State(clock=clock, journal=journal)
        logins = Logins(clock=clock, faults=faults)
        self.parts = Parts(state, logins, faults, journal, Hal(state=state, faults=faults))
        self.reset()

    # Life

    def start(self, *, host: str = "127.0.0.1", port: int = 0, public_url: str = "") -> "Simulator":
        """Listen and answer in threads of its own; port 0 takes a free one. Raises OSError.

        Links start with `public_url`, or with the address it listens on.
        """
        self.stop()
        server = Server(host, port, Application(self.parts, actions=self.actions()))
        name = WILDCARD_HOSTS.get(host, host)
        address = f"http://[{name}]:{server.port}" if ":" in name else f"http://{name}:{server.port}"
        self.parts.hal.base_url = public_url.rstrip("/") or address
        self._server = server
        server.start()
        return self

    def stop(self) -> None:
        """Close every connection and stop listening, within five seconds. Memory stays as it is."""
        if self._server:
            self._server.close()
        self._server = None

    def __enter__(self) -> "Simulator":
        return self if self._server else self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return self.parts.hal.base_url

    @property
    def auth_url(self) -> str:
        return self.parts.hal.auth_url

    @property
    def api_url(self) -> str:
        return self.parts.hal.api_url

    # Watching

    def members(self, role: str) -> set[str]:
        """The e-mails of everybody in the role."""
        with self._state() as state:
            return {state.people[item.person_id].email for item in state.members(state.role(role))}

    def people(self, organization: str) -> set[str]:
        """The e-mails of everybody in the organization."""
        with self._state() as state:
            return {person.email for person in state.people_in(state.organization(organization))}

    def count(self, route: str) -> int:
        """How many calls to this method and route arrived, whatever they were answered."""
        return self.parts.journal.counts().get(route, 0)

    @property
    def posts(self) -> int:
        """How many times somebody asked to add a member, answered or not."""
        return self.count(MEMBERSHIP_POST)

    @property
    def deletes(self) -> int:
        """How many times somebody asked to remove a member, answered or not."""
        return self.count(MEMBERSHIP_DELETE)

    @property
    def sign_ins(self) -> int:
        """How many times somebody asked for a token, answered or not."""
        return self.count("POST /auth/tokens")

    @property
    def calls(self) -> list[dict[str, Any]]:
        return self.parts.journal.calls()

    @property
    def changes(self) -> list[dict[str, Any]]:
        return self.parts.journal.changes()

    @property
    def faults(self) -> dict[str, Any]:
        """What /_simulator/faults shows."""
        return self.parts.faults.show()

    def snapshot(self) -> dict[str, Any]:
        """What /_simulator/state shows."""
        return state_of(self.parts)

    # Breaking. `method` and `path` narrow a fault down; empty means every call.

    def fail(
        self,
        status: int,
        *,
        times: int | None = None,
        body: str = "empty",
        error: str = "",
        method: str = "",
        path: str = "",
        retry_after: int | None = None,
    ) -> None:
        """Answer with this status and do nothing else, `times` times or until cleared. `body`: empty, html or json."""
        self.parts.faults.add(Rule("status", method, path, times, status, body, error, retry_after))

    def drop_answers(self, times: int | None = 1, *, method: str = "POST", path: str = "*/memberships") -> None:
        """Carry the call out, then close the connection without an answer."""
        self.parts.faults.add(Rule("drop_answer", method, path, times))

    def drop_calls(self, times: int | None = 1, *, method: str = "", path: str = "") -> None:
        """Close the connection without doing anything."""
        self.parts.faults.add(Rule("drop_call", method, path, times))

    def delay(self, ms: int, *, times: int | None = None, method: str = "", path: str = "") -> None:
        """Wait this many milliseconds before doing anything."""
        self.parts.faults.add(Rule("delay", method, path, times, ms=ms))

    def trickle(self, ms: int, *, times: int | None = None, method: str = "", path: str = "") -> None:
        """Answer so slowly that each byte takes so many milliseconds."""
        self.parts.faults.add(Rule("trickle", method, path, times, ms=ms))

    def switch(self, **switches: Any) -> None:
        """Set switches by name; see faults.Switches."""
        self.parts.faults.switch(**switches)

    def enforce_sso(self, on: bool) -> None:
        self.switch(sso_enforced=on)

    def require_otp(self, on: bool) -> None:
        self.switch(otp_required=on)

    def lock_login(self, on: bool = True) -> None:
        self.switch(login_locked=on)

    def clear_faults(self) -> None:
        """Everything works again."""
        self.parts.faults.clear()

    # Changing, from outside of the two APIs. Each of these is also a control path.

    def actions(self) -> Actions:
        """What may be posted to /_simulator/<name>, with its arguments as a JSON object."""
        changes = (self.add_person, self.remove_person, self.add_role, self.delete_role, self.add_member)
        done = (self.add_operation, self.finish_operation)
        more = (self.remove_member, self.remove_from_organization, self.set_privileged, self.set_password)
        whole = (self.add_organization, self.expire_tokens, self.revoke_tokens, self.reset)
        return {action.__name__: action for action in (*changes, *more, *done, *whole)}

    def add_organization(self, name: str) -> None:
        with self._state() as state:
            state.add_organization(name)

    def add_person(self, email: str, name: str, roles: Sequence[str] = (), verified: bool = True) -> None:
        """Make the account and put it in these roles; without one it is in no organization."""
        with self._state() as state:
            wanted = [state.role(role) for role in roles]
            person = state.add_person(email, name, verified=verified)
            for role in wanted:
                state.enter(role, person)

    def remove_person(self, email: str) -> None:
        """Take the person out of everything, and the account away."""
        with self._state() as state:
            state.delete_person(state.person(email))

    def remove_from_organization(self, email: str, organization: str) -> None:
        """Take every role in the organization from the person; the account stays."""
        with self._state() as state:
            state.remove_from_organization(state.person(email), state.organization(organization))

    def add_role(self, name: str, organization: str, type: str = "platform_user", scim: bool = False) -> None:
        with self._state() as state:
            state.add_role(name, organization=state.organization(organization), type=type, scim=scim)

    def rename_role(self, role: str, name: str) -> None:
        with self._state() as state:
            state.role(role).name = name

    def delete_role(self, role: str) -> None:
        """The role is gone, and with it its memberships and permissions."""
        with self._state() as state:
            state.delete_role(state.role(role))

    def add_member(self, role: str, email: str, privileged: bool = False) -> None:
        with self._state() as state:
            state.enter(state.role(role), state.person(email), privileged=privileged)

    def remove_member(self, role: str, email: str) -> None:
        """Somebody without another role in the organization is out of it."""
        with self._state() as state:
            membership = state.membership_of(state.role(role), state.person(email))
            if membership:
                state.leave(membership)

    def set_privileged(self, role: str, email: str, privileged: bool) -> None:
        """Make a member an admin of the role, or no longer one."""
        with self._state() as state:
            membership = state.membership_of(state.role(role), state.person(email))
            if membership is None:
                raise KeyError(f"{email} is not in {role}.")
            membership.privileged = privileged

    def add_operation(
        self, email: str, environment: str, type: str = "execute", on: str = "api", kind: str = "apps",
        status: str = "succeeded", command: str = "", name: str = "",
    ) -> None:  # fmt: skip
        """Let somebody do something to an app or database; without an e-mail it is the platform itself."""
        with self._state() as state:
            place = state.environment(environment)
            state.add_operation(place, type=type, on=(kind, on), status=status, by=(email, name), command=command)

    def finish_operation(self, email: str, status: str = "succeeded") -> None:
        """Let everything end that this person has running."""
        with self._state() as state:
            for one in state.operations.values():
                if one.user_email == email and one.status in ("queued", "running"):
                    state.set_status(one, status)

    def set_password(self, password: str, email: str = seeds.BOT) -> None:
        self.parts.logins.set_password(email, password)

    def expire_tokens(self) -> None:
        """Every token given so far answers `expired_token`."""
        self.parts.logins.expire_all()

    def revoke_tokens(self) -> None:
        """Every token given so far answers `invalid_token`."""
        self.parts.logins.revoke_all()

    def reset(self) -> None:
        """Back to the seed: no fault, no token, no failed login, an empty journal."""
        with self._state() as state:
            self.parts.faults.clear()
            self.parts.logins.clear()
            state.clear()
            self._seed(state, self.parts.logins)
            self.parts.journal.clear()

    @contextmanager
    def _state(self) -> Iterator[State]:
        with self.parts.state.lock:
            self.parts.state.keep_promises()
            yield self.parts.state

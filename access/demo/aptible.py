"""What is true at the simulated Aptible, asked past the API that the portal uses."""

from typing import Any, Final

import requests

TIMEOUT: Final = 5  # seconds


class SimulatedAptible:
    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        self._session = requests.Session()
        # A proxy that is set for the world must not be asked for this machine.
        self._session.trust_env = False

    def answers(self) -> bool:
        try:
            self._read("state")
        except requests.RequestException:
            return False
        return True

    def members(self, role: str) -> set[str]:
        """The e-mails of those who are in the role now."""
        roles = self._read("state")["roles"]
        return {email for one in roles if one["name"] == role for email in one["members"]}

    def changes(self, role: str, email: str) -> list[tuple[str, float]]:
        """When this person entered and left this role, oldest first: what happened, and epoch seconds."""
        rows = self._read("changes")["changes"]
        return [(row["what"], row["at"]) for row in rows if (row["role"], row["email"]) == (role, email)]

    def enter(self, role: str, email: str) -> None:
        """Put a person into a role from outside."""
        self._act("add_member", role=role, email=email)

    def did(self, email: str, environment: str, *, type: str, on: str, kind: str, status: str = "succeeded") -> None:
        """Let a person do something in an environment."""
        self._act("add_operation", email=email, environment=environment, type=type, on=on, kind=kind, status=status)

    def finish(self, email: str) -> None:
        """Let everything end that a person has running."""
        self._act("finish_operation", email=email)

    def _act(self, name: str, **values: str) -> None:
        answer = self._session.post(f"{self.url}_simulator/{name}", json=values, timeout=TIMEOUT)
        answer.raise_for_status()

    def _read(self, what: str) -> dict[str, Any]:
        answer = self._session.get(f"{self.url}_simulator/{what}", timeout=TIMEOUT)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

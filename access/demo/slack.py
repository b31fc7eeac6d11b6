"""What is in the simulated Slack, and what people do there, asked past the Web API that the portal uses."""

from typing import Any, Final

import requests

from access.demo.errors import DemoFailed
from integrations.slack.simulator import form_values

TIMEOUT: Final = 20  # seconds


class SimulatedSlack:
    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        self._session = requests.Session()
        # A proxy that is set for the world must not be asked for this machine.
        self._session.trust_env = False

    def answers(self) -> bool:
        try:
            self._state()
        except requests.RequestException:
            return False
        return True

    def posts(self, channel: str) -> list[dict[str, Any]]:
        """The messages in a channel, oldest first; those below others included."""
        return [one for one in self._state()["posts"] if one["channel"] == channel]

    def dialog(self, email: str) -> dict[str, Any] | None:
        """The dialog that this person has in front of them, with what it says is wrong."""
        person = self._state()["people"][email]
        return {**person["views"][-1], "errors": person["errors"][-1]} if person["views"] else None

    def buttons(self, email: str, action: str) -> list[str]:
        """The names of the buttons of one kind in this person's home of the app."""
        home = self._state()["people"][email]["home"] or {}
        names = [form_values.name_of(block_id, one["action_id"]) for block_id, one in form_values.elements(home)]
        return [one for one in names if one.endswith(action)]

    def do(self, email: str, verb: str, **given: Any) -> None:
        """Act as this person. Raises DemoFailed when the portal did not answer as Slack needs it."""
        id = self._state()["people"][email]["id"]
        answer = self._session.post(f"{self.url}_simulator/do", json={"as": id, "verb": verb, **given}, timeout=TIMEOUT)
        answer.raise_for_status()
        if notice := answer.json().get("notices", {}).get(id):
            raise DemoFailed(f"In Slack, {email}: {notice}")

    def _state(self) -> dict[str, Any]:
        answer = self._session.get(f"{self.url}_simulator/state", timeout=TIMEOUT)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

"""What Slack sends to the portal: signed, and with three seconds to be answered."""

import json
import time
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import requests
from slack_sdk.signature import SignatureVerifier

from integrations.slack.simulator.state import APP, TEAM, Channel, Person, Post, State

SECONDS: Final = 3.0
COMMAND: Final = "/slack/command/"
INTERACTIVE: Final = "/slack/interactive/"
EVENTS: Final = "/slack/events/"
OPTIONS: Final = "/slack/options/"


@dataclass(frozen=True)
class Delivered:
    """What the portal answered. Status 0: nothing in time."""

    status: int
    body: Any  # of JSON, or the text
    seconds: float


@dataclass
class Deliveries:
    """Signs and sends. `portal` is its address; without one nothing is sent."""

    state: State
    url: str = ""  # of the simulator itself, for response addresses
    portal: str = ""
    secret: str = ""
    command: str = "/access"
    twice: bool = False  # Slack repeats what it takes for lost

    def slash(self, person: Person, channel: Channel, text: str) -> Delivered:
        form = {
            "team_id": TEAM, "team_domain": "usher", "channel_id": channel.id, "channel_name": channel.name,
            "user_id": person.id, "user_name": person.name, "command": self.command, "text": text, "api_app_id": APP,
            "response_url": self._response_url(person, channel), "trigger_id": self.state.new_trigger(person.id),
        }  # fmt: skip
        return self.send(COMMAND, urlencode(form), "application/x-www-form-urlencoded")

    def shortcut(self, person: Person, callback_id: str) -> Delivered:
        return self._interaction(person, type="shortcut", callback_id=callback_id, action_ts=str(time.time()))

    def click(self, person: Person, post: Post, action: dict[str, Any]) -> Delivered:
        """Press a button of a message."""
        channel = self.state.channel(post.channel)
        return self._interaction(
            person, type="block_actions", actions=[_pressed(action)],
            container={"type": "message", "message_ts": post.ts, "channel_id": post.channel},
            channel={"id": channel.id, "name": channel.name}, message={"ts": post.ts, "text": post.text},
            response_url=self._response_url(person, channel), state={"values": {}},
        )  # fmt: skip

    def act(self, person: Person, view: dict[str, Any], action: dict[str, Any], values: dict[str, Any]) -> Delivered:
        """Press or choose something in a dialog or in the app home."""
        shown = {**view, "state": {"values": values}}
        return self._interaction(
            person, type="block_actions", actions=[_pressed(action)], view=shown,
            container={"type": "view", "view_id": view["id"]},
        )  # fmt: skip

    def submit(self, person: Person, view: dict[str, Any], values: dict[str, Any]) -> Delivered:
        shown = {**view, "state": {"values": values}}
        return self._interaction(person, type="view_submission", view=shown, response_urls=[])

    def close(self, person: Person, view: dict[str, Any]) -> Delivered:
        return self._interaction(person, type="view_closed", view=view, is_cleared=False)

    def suggest(self, person: Person, view: dict[str, Any], block_id: str, action_id: str, typed: str) -> Delivered:
        """Ask for the choices that fit what was typed."""
        return self._interaction(
            person, path=OPTIONS, type="block_suggestion", view=view, block_id=block_id, action_id=action_id,
            value=typed, container={"type": "view", "view_id": view["id"]},
        )  # fmt: skip

    def home_opened(self, person: Person) -> Delivered:
        channel = self.state.conversation(person.id)
        event = {"type": "app_home_opened", "user": person.id, "channel": channel.id, "tab": "home"}
        return self.event(event)

    def event(self, event: dict[str, Any]) -> Delivered:
        body = {"type": "event_callback", "team_id": TEAM, "api_app_id": APP, "event": event,
                "event_id": f"Ev{time.time_ns()}", "event_time": int(time.time())}  # fmt: skip
        return self.send(EVENTS, json.dumps(body), "application/json")

    def send(self, path: str, body: str, content_type: str) -> Delivered:
        """Sign and send it; the answer is the first one's where it is sent twice."""
        stamp = str(int(time.time()))
        signature = SignatureVerifier(self.secret).generate_signature(timestamp=stamp, body=body) or ""
        headers = {
            "Content-Type": content_type, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature,
            "User-Agent": "Slackbot 1.0 (simulated)",
        }  # fmt: skip
        answer = self._post(path, body, headers)
        if self.twice:
            self._post(path, body, {**headers, "X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"})
        return answer

    def _post(self, path: str, body: str, headers: dict[str, str]) -> Delivered:
        started = time.monotonic()
        with requests.Session() as session:
            # A proxy that is set for the world must not be asked for this machine.
            session.trust_env = False
            try:
                answer = session.post(
                    self.portal + path, data=body.encode(), headers=headers, timeout=SECONDS, allow_redirects=False
                )
            except requests.RequestException:
                return Delivered(0, "", time.monotonic() - started)
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        return Delivered(answer.status_code, answer.json() if is_json else answer.text, time.monotonic() - started)

    def _interaction(self, person: Person, *, path: str = INTERACTIVE, **payload: Any) -> Delivered:
        whole = {
            "team": {"id": TEAM, "domain": "usher"}, "api_app_id": APP,
            "user": {"id": person.id, "name": person.name, "username": person.name, "team_id": person.team},
            "trigger_id": self.state.new_trigger(person.id), **payload,
        }  # fmt: skip
        return self.send(path, urlencode({"payload": json.dumps(whole)}), "application/x-www-form-urlencoded")

    def _response_url(self, person: Person, channel: Channel) -> str:
        return f"{self.url}/response/{channel.id}/{person.id}"


def _pressed(action: dict[str, Any]) -> dict[str, Any]:
    return {**action, "action_ts": str(time.time())}

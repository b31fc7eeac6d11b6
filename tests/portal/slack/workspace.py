"""A Slack that is a table: who is in it, what it was asked, and how it fails. It signs what it sends to the portal."""

import hmac
import json
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.test import Client

from integrations.base import ProviderError
from integrations.slack.errors import AccountUnknown
from integrations.slack.simulator import checks

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

TEAM = "T0001"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
ACCOUNTS = {"U0JON": "jon@example.com", "U0ADAM": "adam@example.com", "U0RITA": "rita@example.com"}


class Slack:
    """What the portal's client calls, and what calls the portal."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.failure: ProviderError | None = None
        self.guests: set[str] = set()
        self.organization = ""  # of many workspaces, with an Enterprise Grid
        self.browser = Client()

    def within(self, _seconds: float) -> "Slack":
        return self

    def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        if method == "users.info":
            return {"ok": True, "user": self._account(arguments["user"])}
        if self.failure:
            raise self.failure
        self.calls.append((method, arguments))
        if "view" in arguments:
            checks.check_view(arguments["view"])
        return {"ok": True}

    def _account(self, id_: str) -> dict[str, Any]:
        if id_ not in ACCOUNTS:
            raise AccountUnknown("There is no such person.")
        profile = {"email": ACCOUNTS[id_], "real_name": id_}
        facts = {"team_id": TEAM, "is_email_confirmed": True, "is_restricted": id_ in self.guests}
        grid = {"enterprise_id": self.organization, "teams": [TEAM]} if self.organization else None
        return {"id": id_, "profile": profile, "enterprise_user": grid, **facts}

    @property
    def shown(self) -> dict[str, Any]:
        """The view that was opened, changed or published last."""
        return dict(self.calls[-1][1]["view"])

    def send(self, path: str, body: str, *, at: float | None = None, secret: str = SECRET, **headers: str) -> "Answer":
        """Deliver a body as it is."""
        at = int(time.time() if at is None else at)
        signature = "v0=" + hmac.new(secret.encode(), f"v0:{at}:{body}".encode(), sha256).hexdigest()
        signed = {"X-Slack-Request-Timestamp": str(at), "X-Slack-Signature": signature, **headers}
        type_ = "application/x-www-form-urlencoded"
        return self.browser.post(f"/slack/{path}/", body, content_type=type_, headers=signed)

    def command(self, text: str = "", *, by: str = "U0JON", **fields: str) -> "Answer":
        facts = {"team_id": TEAM, "user_id": by, "channel_id": "C0ROOM", "trigger_id": "1.2", "command": "/access"}
        return self.send("command", urlencode({**facts, "text": text, **fields}))

    def interact(self, *, by: str = "U0JON", path: str = "interactive", **payload: Any) -> "Answer":
        facts = {"team": {"id": TEAM}, "user": {"id": by}, "trigger_id": "1.2", **payload}
        # Slack numbers nothing: what is sent twice in one second would be signed alike.
        facts["action_ts"] = str(time.perf_counter_ns())
        return self.send(path, urlencode({"payload": json.dumps(facts)}))

    def click(self, action: str, value: str = "", *, by: str = "U0JON", **payload: Any) -> "Answer":
        place = {"channel": {"id": "C0ROOM"}, **payload}
        return self.interact(by=by, type="block_actions", actions=[{"action_id": action, "value": value}], **place)

    def submit(self, view: Mapping[str, Any], *, by: str = "U0JON") -> dict[str, Any]:
        answer = self.interact(by=by, type="view_submission", view=view)
        assert answer.status_code == 200
        said: dict[str, Any] = answer.json() if answer.content else {}
        if "view" in said:
            checks.check_view(said["view"])
        return said


def filled(view: Mapping[str, Any], **typed: Any) -> dict[str, Any]:
    """The dialog as it comes back, when this was typed into it; controls that are not named stay as they are."""
    values = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            element, name = block["element"], block["block_id"].partition(":")[0]
            values[block["block_id"]] = {element["action_id"]: _state(element, typed.get(name.replace("-", "_")))}
    return {**view, "id": "V1", "hash": "1.a", "state": {"values": values}}


def _state(element: Mapping[str, Any], typed: Any) -> dict[str, Any]:
    kind = element["type"]
    if kind == "plain_text_input":
        return {"type": kind, "value": element.get("initial_value") if typed is None else typed or None}
    if kind == "datetimepicker":
        return {"type": kind, "selected_date_time": typed if typed else element.get("initial_date_time")}
    if kind in ("static_select", "external_select"):
        chosen = element.get("initial_option") if typed is None else {"value": typed} if typed else None
        return {"type": kind, "selected_option": chosen}
    chosen = element.get("initial_options", []) if typed is None else [{"value": one} for one in typed]
    return {"type": kind, "selected_options": chosen}


def texts(shown: Any) -> str:
    """All that a person reads in a view."""
    if isinstance(shown, Mapping):
        own = [shown["text"]] if isinstance(shown.get("text"), str) else []
        return "\n".join([*own, *(texts(one) for one in shown.values() if isinstance(one, Mapping | list))])
    return "\n".join(map(texts, shown)) if isinstance(shown, list) else ""


def control(view: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """The block of one control."""
    found: list[dict[str, Any]] = [one for one in view["blocks"] if one.get("block_id", "").partition(":")[0] == name]
    return found[0] if found else None

"""The whole simulated Slack as one WSGI application: the Web API, the answers to clicks, the controls, and the page."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from http import HTTPStatus
from ipaddress import ip_address
from threading import Event
from typing import Any, Final

from werkzeug import Request, Response

from integrations.simulated.server import ConnectionDropped
from integrations.slack import manifest
from integrations.slack.simulator import api
from integrations.slack.simulator.faults import Faults, Rule
from integrations.slack.simulator.page import Page
from integrations.slack.simulator.state import SlackSays, State
from integrations.slack.simulator.user_actions import Desk

TOKEN: Final = "xoxb-stand-in"  # noqa: S105  opens nothing
Json = Mapping[str, Any]


class Application:
    def __init__(self, state: State, faults: Faults, desk: Desk) -> None:
        self._state, self._faults, self._desk = state, faults, desk
        self._page = Page(state, desk, faults)
        self.scopes = frozenset(manifest.SCOPES)
        self.calls: list[str] = []  # the methods that were called, in order
        self.closing = Event()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request. Raises ConnectionDropped when a fault says that no answer comes."""
        request = Request(environ)
        try:
            response = self._answer(request)
        except SlackSays as no:
            response = _json({"ok": False, "error": no.error, **no.more})
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        area = request.path.split("/")[1]
        if area == "api":
            return self._method(request, request.path.removeprefix("/api/"))
        if area == "response" and request.method == "POST":
            _area, channel, person = request.path.strip("/").split("/")
            self._desk.only_for(self._state.person(person), channel, _given(request))
            return Response("ok")
        if area == "_simulator":
            return self._control(request)
        return self._page.answer(request)

    def _method(self, request: Request, method: str) -> Response:
        self.calls.append(method)
        pause = self._faults.take(method, "delay")
        if pause and self.closing.wait(pause.ms / 1000):
            raise ConnectionDropped(after_change=False)
        broken = self._faults.take(method, "status", "error", "drop_call")
        if broken:
            return _broken(broken)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise SlackSays("invalid_auth")
        answer = api.call(self._state, method, _given(request), scopes=self.scopes)
        if self._faults.take(method, "drop_answer"):
            raise ConnectionDropped(after_change=True)
        return _json(answer, {"x-oauth-scopes": ",".join(sorted(self.scopes))})

    def _control(self, request: Request) -> Response:
        """Look inside and break things, for callers on this machine that are no web page."""
        if not ip_address(request.remote_addr or "0.0.0.0").is_loopback or "Origin" in request.headers:  # noqa: S104
            return Response(status=HTTPStatus.FORBIDDEN)
        name = request.path.removeprefix("/_simulator/")
        if name == "faults" and request.method == "DELETE":
            self._faults.clear()
        elif name == "faults" and request.method == "POST":
            self._faults.add(Rule(**_given(request)))
        elif name == "do" and request.method == "POST":
            self._act(_given(request))
        elif name != "state":
            return Response(status=HTTPStatus.NOT_FOUND)
        return _json(self._inside())

    def _act(self, given: Json) -> None:
        """Do as somebody who is not at the page: {"as", "verb", ...}, the verbs being those of the page."""
        person = self._state.person(given["as"])
        match given["verb"]:
            case "command":
                self._desk.command(person, given["channel"], given.get("text", ""))
            case "press":
                self._desk.press(person, given["channel"], given["ts"], given["go"])
            case "dialog":
                self._desk.dialog(person, given["go"], {**self._desk.filled(person), **given.get("form", {})})
            case "home":
                self._desk.open_home(person)
            case "press-home":
                self._desk.press_home(person, given["go"])

    def _inside(self) -> Json:
        with self._state.lock:
            return {
                "time": time.time(),
                "people": {
                    one.email: {
                        "id": one.id,
                        "home": one.home,
                        "views": one.views,
                        "errors": [self._desk.errors.get(view["id"]) for view in one.views],
                    }
                    for one in self._state.people.values()
                },
                "channels": [asdict(one) for one in self._state.channels.values()],
                "posts": [asdict(one) for one in self._state.posts],
                "notices": self._desk.notices,
                "faults": self._faults.show(),
                "calls": list(self.calls),
            }


def _given(request: Request) -> Json:
    """The arguments, from the address, a form or JSON."""
    if request.mimetype == "application/json" and request.get_data():
        given = request.get_json(silent=True)
        if not isinstance(given, dict):
            raise SlackSays("invalid_json")
        return given
    return {**request.args.to_dict(), **request.form.to_dict()}


def _json(data: Json, headers: Mapping[str, str] | None = None) -> Response:
    return Response(json.dumps(data), content_type="application/json; charset=utf-8", headers=headers)


def _broken(rule: Rule) -> Response:
    if rule.kind == "drop_call":
        raise ConnectionDropped(after_change=False)
    if rule.kind == "error":
        raise SlackSays(rule.error)
    body = {"ok": False, "error": "ratelimited" if rule.status == HTTPStatus.TOO_MANY_REQUESTS else "internal_error"}
    response = _json(body)
    response.status_code = rule.status
    if rule.retry_after is not None:
        response.headers["Retry-After"] = str(rule.retry_after)
    return response

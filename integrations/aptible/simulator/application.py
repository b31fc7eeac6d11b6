"""Takes a request to the part that answers it, through the faults in force, and writes the call down."""

import time
from collections.abc import Iterable, Iterator
from threading import Event
from typing import TYPE_CHECKING, Any, Final

from werkzeug import Request, Response
from werkzeug.exceptions import MethodNotAllowed, NotFound

from integrations.aptible.simulator import control, page
from integrations.aptible.simulator.call import Call, Parts
from integrations.aptible.simulator.errors import ApiError, not_found
from integrations.aptible.simulator.faults import Rule
from integrations.aptible.simulator.hal import refusal
from integrations.aptible.simulator.journal import CallRecord
from integrations.aptible.simulator.routes import MAP, Handler
from integrations.simulated.server import ConnectionDropped

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

UNKNOWN: Final = "(no such address)"
HTML: Final = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"


class Application:
    """The whole simulator as one WSGI application."""

    def __init__(self, parts: Parts, *, actions: control.Actions) -> None:
        self._parts = parts
        self._actions = actions
        self.closing = Event()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request. Raises ConnectionDropped when a fault says that no answer comes."""
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        try:
            if request.path.split("/")[1] in ("auth", "api"):
                return self._recorded(request)
            if request.path.startswith("/_simulator/"):
                return control.answer_control(request, self._parts, self._actions)
            return page.answer_page(request, self._parts)
        except ApiError as error:
            return refusal(error)

    def _recorded(self, request: Request) -> Response:
        handler, values, route = _match(request)
        record = self._parts.journal.call_arrived(method=request.method, path=request.path, route=route)
        started = time.monotonic()
        try:
            response = self._through_faults(request, record, handler, values)
        except ApiError as error:
            response = refusal(error)
        except ConnectionDropped as dropped:
            record.note = "carried out, answer dropped" if dropped.after_change else "dropped, nothing done"
            raise
        finally:
            record.milliseconds = round((time.monotonic() - started) * 1000, 1)
        record.status = response.status_code
        return response

    def _through_faults(
        self, request: Request, record: CallRecord, handler: Handler, values: dict[str, Any]
    ) -> Response:
        faults, where = self._parts.faults, (request.method, request.path)
        pause = faults.take(("delay",), *where)
        if pause and self.closing.wait(pause.ms / 1000):
            raise ConnectionDropped(after_change=False)
        broken = faults.take(("status", "drop_call"), *where)
        if broken:
            record.note = "fault"
            return _broken(broken)
        response = self._carried_out(request, handler, values)
        if faults.take(("drop_answer",), *where):
            raise ConnectionDropped(after_change=True)
        slow = faults.take(("trickle",), *where)
        if slow:
            response.response = self._drip(response.get_data(), slow.ms / 1000)
        return response

    def _drip(self, body: bytes, seconds: float) -> Iterator[bytes]:
        for at in range(len(body)):
            if self.closing.wait(seconds):
                return
            yield body[at : at + 1]

    def _carried_out(self, request: Request, handler: Handler, values: dict[str, Any]) -> Response:
        with self._parts.state.lock:
            self._parts.state.keep_promises()
            try:
                return handler(Call(request, self._parts), **values)
            except ApiError as error:
                return refusal(error)


def _match(request: Request) -> tuple[Handler, dict[str, Any], str]:
    """Find who answers, with which ids, and the route's own name."""
    try:
        rule, values = MAP.bind_to_environ(request.environ).match(return_rule=True)
    except NotFound:
        return _unknown_address, {}, UNKNOWN
    except MethodNotAllowed:
        return _unknown_method, {}, UNKNOWN
    return rule.endpoint, dict(values), rule.rule


def _unknown_address(call: Call) -> Response:
    raise not_found()


def _unknown_method(call: Call) -> Response:
    raise ApiError(405, "method_not_allowed", "Method Not Allowed")


def _broken(rule: Rule) -> Response:
    """Answer as the rule says. Raises ConnectionDropped for a rule without an answer."""
    if rule.kind == "drop_call":
        raise ConnectionDropped(after_change=False)
    if rule.body == "json":
        response = refusal(ApiError(rule.status, rule.error or "internal_server_error", "Something went wrong"))
    elif rule.body == "html":
        response = Response(HTML.format(rule.status), status=rule.status, content_type="text/html")
    else:
        response = Response(status=rule.status)
    if rule.retry_after is not None:
        response.headers["Retry-After"] = str(rule.retry_after)
    return response

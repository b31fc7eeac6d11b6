"""`usher mcp`: what an assistant may do in somebody's name: see what there is, ask, wait, and give back.

It has a token of its own kind, with which the portal marks what it asks for and lets it decide nothing.
"""

import time
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from usher_client import commands, words
from usher_client.answers import WrongAnswer, seconds
from usher_client.commands import OK, Shell
from usher_client.errors import Refused, Unreachable, Unusable, WrongUse
from usher_client.version import VERSION

try:
    from mcp.server.mcpserver import Context, MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from pydantic import Field
except ImportError:
    raise Unusable("The part for assistants is not installed: pip install 'usher-cli[mcp]'.") from None

INSTRUCTIONS: Final = """\
Access to Aptible is given for a while, by people. When a command fails because a permission is missing, ask for the
target that opens it, say truthfully why and for as short as it takes, tell the person the page of the request, and
wait. People decide; you can't. Give the access back as soon as you are done. Never ask again for what was denied.
"""
LONGEST_WAIT: Final = 50  # seconds of one call: assistants give up on longer ones
PAUSE: Final = 3.0
NAME_MAX: Final = 60

Reference = Annotated[str, Field(description="of a request or of access, such as R-7K3QF or G-2MWXD")]


def serve(shell: Shell) -> int:
    """Answer an assistant over the standard input and output, until it goes."""
    _check(shell)
    server(shell).run("stdio")
    return OK


def _check(shell: Shell) -> None:
    """Take no token that could do more than an assistant should."""
    scopes = set(shell.client.get("/me").body["token"]["scopes"])
    if "assist" not in scopes:
        raise Unusable(
            "This token acts as its person, so an assistant gets none of it."
            f" Run `usher login --assistant --url {shell.client.url}`: that one asks, marked as an assistant."
        )


def server(shell: Shell) -> MCPServer:
    """Make the server with its tools."""
    made = MCPServer("usher", title="Usher", instructions=INSTRUCTIONS, version=VERSION, log_level="ERROR")
    tools = Tools(shell)
    for one in (tools.list_targets, tools.ask_for_access, tools.wait_for_access, tools.list_access, tools.give_back):
        made.tool()(one)
    return made


def _told(call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What a call gives; a refusal as a sentence that the assistant reads."""
    try:
        return call()
    except Refused as refused:
        more = [sentence for sentence in refused.errors.values() if sentence not in refused.detail]
        raise ToolError(" ".join([refused.detail, *more])) from None
    except (Unreachable, WrongUse, WrongAnswer) as error:
        raise ToolError(str(error)) from None


class Tools:
    """Each is a tool; its first lines are what the assistant reads about it."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._client = shell.client

    def list_targets(self) -> dict[str, Any]:
        """List what can be asked for: targets with the environments they open, and the flows that give them."""

        def call() -> dict[str, Any]:
            flows = self._client.get("/flows").body["items"]
            return {"targets": self._client.get("/targets").body["items"], "flows": flows}

        return _told(call)

    def ask_for_access(
        self,
        context: Context[Any],
        target: Annotated[str, Field(description="the name of what is needed, from list_targets")],
        reason: Annotated[str, Field(description="why, for the people who decide: what is to be done, and for whom")],
        duration: Annotated[str, Field(description="as short as it takes: 15m, 1h; empty for the usual time")] = "",
        flow: Annotated[str, Field(description="where several flows give the target: which one")] = "",
        ticket: Annotated[str, Field(description="the ticket that it is for, if there is one")] = "",
        answers: Annotated[dict[str, Any] | None, Field(description="answers to the flow's questions, by name")] = None,
    ) -> dict[str, Any]:
        """Ask people for access, marked as asked by an assistant. Tell your person the page; then wait_for_access."""

        def call() -> dict[str, Any]:
            chosen, name = commands.flow_of(self._shell, target, flow)
            if not name:
                raise WrongUse(f"“{target}” gives no access.")
            body = {
                "flow": chosen["name"], "target": name, "reason": reason, "ticket": ticket, "fields": answers or {},
                "duration": seconds(duration) if duration else chosen["default_duration"],
                "assistant": _called(context),
            }  # fmt: skip
            outlook = self._client.post("/requests", body, dry_run="true").body
            if outlook["blocked"]:
                raise Refused(400, " ".join(outlook["blocked"].values()))
            return {**_request(self._client.post("/requests", body).body), "who_decides": outlook["decides"]}

        return _told(call)

    def wait_for_access(
        self,
        request: Annotated[str, Field(description="the reference of the request, such as R-7K3QF")],
        seconds: Annotated[int, Field(ge=0, le=LONGEST_WAIT, description="how long to wait in this call")] = 45,
    ) -> dict[str, Any]:
        """Wait until people have decided and access is there. While `settled` is false, call it again."""

        def call() -> dict[str, Any]:
            end = time.monotonic() + seconds
            while True:
                found = _request(self._client.get(f"/requests/{commands.part(request)}").body)
                if found["settled"] or time.monotonic() >= end:
                    return found
                time.sleep(min(PAUSE, max(0.0, end - time.monotonic())))

        return _told(call)

    def list_access(self) -> dict[str, Any]:
        """List what is held and what is asked for in this person's name, by an assistant or by themselves."""

        def call() -> dict[str, Any]:
            me = self._client.get("/me").body["email"]
            held = [one for state in commands.HELD for one in self._client.every("/grants", person=me, state=state)]
            asked = self._client.every("/requests", requester=me, state="pending")
            return {
                "held": [_grant(one) for one in held if one["person"]["email"] == me],
                "asked": [_request(one) for one in asked if one["requester"]["email"] == me],
            }

        return _told(call)

    def give_back(self, reference: Reference) -> dict[str, Any]:
        """Give access back, or take back what still waits: only what an assistant asked for."""

        def call() -> dict[str, Any]:
            ref = commands.part(reference)
            if ref.startswith("G-"):
                return self._end(ref)
            found = self._client.get(f"/requests/{ref}").body
            if found["grant"]:
                return self._end(found["grant"]["ref"])
            return _request(self._client.post(f"/requests/{ref}/withdraw", {}).body)

        return _told(call)

    def _end(self, ref: str) -> dict[str, Any]:
        held = self._client.get(f"/grants/{ref}").body
        asked = [self._client.get(f"/requests/{one}").body for one in held["requests"]]
        if not all(one["assistant"] for one in asked):
            raise WrongUse(f"{held['person']['name']} asked for {ref} themselves, so they give it back themselves.")
        body = {"comment": "The assistant is done."}
        return _grant(self._client.post(f"/grants/{ref}/end", body).body)


def _called(context: "Context[Any]") -> str:
    """What the assistant calls itself, as far as that can be shown."""
    told = context.session.client_params
    name = words.plain(told.client_info.title or told.client_info.name).strip() if told else ""
    return name[:NAME_MAX] or "an assistant"


def _request(one: Mapping[str, Any]) -> dict[str, Any]:
    state = words.status(one)
    return {
        "request": one["ref"], "state": state, "means": words.STATES.get(state, state), "page": one["url"],
        "settled": state == "active" or state in commands.LOST, "target": one["target"],
        "access": (one["grant"] or {}).get("ref"), "ends_at": (one["grant"] or {}).get("ends_at"),
        "said": [f"{each['verdict']}: {each['comment']}" for each in one["decisions"] if each["comment"]],
    }  # fmt: skip


def _grant(one: Mapping[str, Any]) -> dict[str, Any]:
    return {"access": one["ref"], "target": one["target"], "state": one["state"], "ends_at": one["ends_at"]}

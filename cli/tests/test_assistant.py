"""An assistant, by the protocol's own client: what it sees, asks for, waits for and gives back; and what it can't."""

import asyncio
import io
import sys
import time

import pytest
from mcp import Client as Assistant
from mcp import StdioServerParameters
from mcp.types import Implementation
from usher_client import assistant
from usher_client.api import Client
from usher_client.cli import main
from usher_client.commands import Shell
from usher_client.errors import Unusable

TOOLS = {"list_targets", "ask_for_access", "wait_for_access", "list_access", "give_back"}
ME = Implementation(name="claude-code", version="1")


@pytest.fixture(scope="module")
def token(portal):
    return portal.token("jon@example.com", "read", "assist", "end")


@pytest.fixture(scope="module")
def jon(portal):
    return Client(portal.url, portal.token("jon@example.com", "read", "ask", "end"))


@pytest.fixture(scope="module")
def adam(portal):
    return Client(portal.url, portal.token("adam@example.com", "read", "approve"))


def shell_of(portal, token):
    sink = io.StringIO()
    return Shell(
        out=sink, err=sink, as_json=False, sleep=time.sleep, clock=time.monotonic, client=Client(portal.url, token)
    )


def told(result):
    """What a tool gave, or the sentence with which it refused."""
    [part] = result.content
    return part.text if result.is_error else __import__("json").loads(part.text)


def with_server(portal, token, talk):
    """Talk to the server as its own process, over its standard input and output."""
    parameters = StdioServerParameters(
        command=sys.executable, args=["-m", "usher_client.main", "mcp"],
        env={"USHER_URL": portal.url, "USHER_TOKEN": token, "PATH": "/usr/bin:/bin"},
    )  # fmt: skip

    async def run():
        async with Assistant(parameters, client_info=ME) as one:

            async def call(name, **arguments):
                return told(await one.call_tool(name, arguments))

            return await talk(one, call)

    return asyncio.run(run())


def test_the_whole_story(portal, token, jon, adam):
    async def talk(one, call):
        assert {each.name for each in (await one.list_tools()).tools} == TOOLS
        assert "People decide; you can't." in one.instructions
        seen = await call("list_targets")
        assert "prod" in [each["name"] for each in seen["targets"]]

        asked = await call("ask_for_access", target="prod", reason="to read the logs of the job", duration="1m")
        assert (asked["state"], asked["settled"]) == ("pending", False)
        assert "Adam" in asked["who_decides"]
        waits = await call("wait_for_access", request=asked["request"], seconds=0)
        assert waits["settled"] is False
        found = await asyncio.to_thread(lambda: adam.get(f"/requests/{asked['request']}").body)
        assert found["assistant"] == "claude-code"
        await asyncio.to_thread(lambda: adam.post(f"/requests/{asked['request']}/approve", {}))
        for _each in range(5):
            waits = await call("wait_for_access", request=asked["request"], seconds=20)
            if waits["settled"]:
                break
        assert waits["state"] == "active"
        assert waits["access"] in [each["access"] for each in (await call("list_access"))["held"]]
        back = await call("give_back", reference=asked["request"])
        assert back["state"] in ("revoking", "ended")

    with_server(portal, token, talk)


def test_it_gives_back_only_what_an_assistant_asked_for(portal, token, jon):
    flow = next(one for one in jon.get("/flows").body["items"] if "prod" in one["targets"])
    body = {"flow": flow["name"], "target": "prod", "duration": 60, "reason": "mine"}
    own = jon.post("/requests", body).body["ref"]

    async def talk(_one, call):
        assert "takes back what an assistant asked for" in await call("give_back", reference=own)
        theirs = await call("ask_for_access", target="prod", reason="to see", duration="1m")
        assert (await call("give_back", reference=theirs["request"]))["state"] == "withdrawn"

    with_server(portal, token, talk)
    jon.post(f"/requests/{own}/withdraw", {})


def test_a_refusal_is_a_sentence(portal, token):
    async def talk(_one, call):
        assert "There is no “prdo” to ask for." in await call("ask_for_access", target="prdo", reason="x")
        assert "no length of time" in await call("ask_for_access", target="prod", reason="x", duration="soon")
        too_long = await call("ask_for_access", target="prod", reason="x", duration="9d")
        assert "Error executing tool ask_for_access: " in too_long
        assert "“../me” is no reference" in await call("wait_for_access", request="../me", seconds=0)

    with_server(portal, token, talk)


def test_it_takes_no_token_that_could_do_more(portal, jon):
    with pytest.raises(Unusable, match="usher login --assistant"):
        assistant.serve(shell_of(portal, jon.token))
    err = io.StringIO()
    environment = {"USHER_URL": portal.url, "USHER_TOKEN": jon.token}
    assert main(["mcp"], environment=environment, out=io.StringIO(), err=err) == 2


def test_its_token_decides_nothing(portal, jon):
    of_adam = Client(portal.url, portal.token("adam@example.com", "read", "assist", "end"))
    assert "approve" not in of_adam.get("/me").body["token"]["scopes"]
    with pytest.raises(AssertionError, match="can do nothing else"):
        portal.token("adam@example.com", "assist", "approve")

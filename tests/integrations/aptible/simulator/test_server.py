import socket
import threading
from contextlib import suppress

import pytest
import requests

from integrations.aptible.simulator import Simulator, seed
from tests.integrations.aptible.simulator.conftest import JON


def test_one_connection_serves_many_calls(simulator, bot):
    pool = bot.session.get_adapter(simulator.url).poolmanager
    for _ in range(5):
        bot.get("/auth/organizations")
        bot.call("DELETE", "/auth/memberships/none")
        bot.call("HEAD", "/auth")

    connections = pool.pools[next(iter(pool.pools.keys()))]
    assert connections.num_connections == 1
    assert connections.num_requests > 15


def test_stopping_closes_open_connections_and_frees_the_port(simulator, bot):
    port = int(simulator.url.rpartition(":")[2])

    simulator.stop()

    with pytest.raises(requests.ConnectionError):
        bot.get("/auth")
    simulator.start(port=port)
    assert bot.get("/auth/organizations").status_code == 200


def test_stopping_twice_is_stopping_once(simulator):
    simulator.stop()
    simulator.stop()


def test_a_client_that_says_nothing_does_not_keep_it_from_stopping(simulator):
    host, port = simulator.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as silent:
        simulator.stop()
        with suppress(ConnectionResetError):
            assert silent.recv(1) == b""


def test_a_taken_port_is_an_error_of_the_system(simulator):
    port = int(simulator.url.rpartition(":")[2])

    with pytest.raises(OSError, match="in use"):
        Simulator().start(port=port)


@pytest.mark.parametrize(
    "head", [b"Content-Length: many", b"Content-Length: 2000000", b"Transfer-Encoding: chunked", b"Content-Length: -1"]
)
def test_a_body_it_can_not_take_ends_the_connection(simulator, head):
    host, port = simulator.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"POST /auth/tokens HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")
        received = b""
        while part := connection.recv(65536):
            received += part

    assert received.startswith(b"HTTP/1.1 400 ")


def test_links_start_with_the_public_address_where_there_is_one():
    simulator = Simulator()
    with simulator.start(public_url="http://aptible.test:8900/"):
        assert simulator.auth_url == "http://aptible.test:8900/auth"


def test_an_empty_simulator_has_nobody_in_it():
    with Simulator(seed=seed.empty()) as simulator:
        assert simulator.snapshot()["people"] == {}


def test_many_at_once_add_one_member_once(simulator, bot):
    jon = bot.person_url(JON)
    statuses: list[int] = []

    def add() -> None:
        headers = {"Authorization": f"Bearer {bot.token}"}
        url = f"{simulator.auth_url}/roles/{bot.role_id('Prod')}/memberships"
        statuses.append(requests.post(url, json={"user_url": jon}, headers=headers, timeout=10).status_code)

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(statuses) == [201] + [422] * 7
    assert [step["what"] for step in simulator.changes] == ["entered"]

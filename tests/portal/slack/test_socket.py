"""Socket Mode: the same as what Slack posts, once, and always acknowledged."""

from typing import Any

import pytest
from slack_sdk.socket_mode.request import SocketModeRequest

from access.models import SlackHome
from portal.slack import socket


class Connection:
    def __init__(self) -> None:
        self.answers: list[Any] = []

    def send_socket_mode_response(self, response) -> None:
        self.answers.append((response.envelope_id, response.payload))


@pytest.fixture(autouse=True)
def keep_the_connection(monkeypatch):
    monkeypatch.setattr(socket, "close_old_connections", lambda: None)


def envelope(team: str, id: str = "e-1") -> SocketModeRequest:
    event = {"type": "app_home_opened", "tab": "home", "user": "U0JON0001"}
    return SocketModeRequest("events_api", id, {"team_id": team, "event": event, "event_id": "Ev1"})


def test_an_event_is_done_once_and_acknowledged_each_time(slack_workspace, db):
    connection = Connection()
    socket.listen(connection, envelope(slack_workspace.team))
    SlackHome.objects.all().delete()
    socket.listen(connection, envelope(slack_workspace.team, "e-2"))
    assert connection.answers == [("e-1", None), ("e-2", None)]
    assert not SlackHome.objects.exists()


def test_what_is_of_another_workspace_is_logged_without_its_words(slack_workspace, db, caplog):
    connection = Connection()
    socket.listen(connection, envelope("T9999"))
    assert connection.answers == [("e-1", None)]
    assert not SlackHome.objects.exists()
    assert "It is of another workspace." in caplog.text
    assert "app_home_opened" not in caplog.text


def test_without_a_workspace_nothing_is_done(db):
    connection = Connection()
    socket.listen(connection, envelope("T0USHER01"))
    assert connection.answers == [("e-1", None)]

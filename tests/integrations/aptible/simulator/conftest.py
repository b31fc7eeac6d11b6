"""A running simulator, and people who talk to it over real HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from integrations.aptible.simulator import Simulator

BOT = "bot@example.com"
JON = "jon@example.com"
ADAM = "adam@example.com"
RITA = "rita@example.com"
ORGANIZATION = "94a49e57-d046-4d9d-9dbf-f7711e337368"
PASSWORD = "simulator"
PROD = "24463ef7-1d6e-402e-a365-69cb6db80c6e"


class Clock:
    """Stands still until told."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += seconds


class Talk:
    """One client of the simulator. Paths start with /auth or /api, full addresses are taken as they are."""

    def __init__(self, simulator: Simulator, session: requests.Session) -> None:
        self.simulator = simulator
        self.session = session
        self.token = ""

    def ask_token(self, email: str = BOT, password: str = PASSWORD, **fields: Any) -> requests.Response:
        grant = {"grant_type": "password", "username": email, "password": password, **fields}
        return self.session.post(self.simulator.auth_url + "/tokens", json=grant, timeout=10)

    def sign_in(self, email: str = BOT, password: str = PASSWORD, **fields: Any) -> "Talk":
        answer = self.ask_token(email, password, **fields)
        assert answer.status_code == 201, answer.text
        self.token = answer.json()["access_token"]
        return self

    def call(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        url = path if path.startswith("http") else self.simulator.url + path
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.session.request(method, url, headers=headers, timeout=10, **kwargs)

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        return self.call("GET", path, **kwargs)

    def rows(self, path: str, name: str) -> list[dict[str, Any]]:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["_embedded"][name])

    def person_url(self, email: str) -> str:
        people = self.rows(f"/auth/organizations/{ORGANIZATION}/users", "users")
        return str(next(row["_links"]["self"]["href"] for row in people if row["email"] == email))

    def role_id(self, name: str) -> str:
        return self.simulator.parts.state.role(name).id

    def membership_id(self, role: str, email: str) -> str:
        rows = self.rows(f"/auth/roles/{self.role_id(role)}/memberships", "memberships")
        return str(next(row["id"] for row in rows if row["_embedded"]["user"]["email"] == email))

    def add(self, role: str, user_url: str) -> requests.Response:
        return self.call("POST", f"/auth/roles/{self.role_id(role)}/memberships", json={"user_url": user_url})


def error_of(answer: requests.Response) -> tuple[int, str]:
    """The status and the slug; the envelope has to be whole."""
    envelope = answer.json()
    assert envelope["code"] == answer.status_code
    assert envelope["message"]
    return answer.status_code, envelope["error"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def simulator(clock: Clock) -> Iterator[Simulator]:
    with Simulator(clock=clock) as running:
        yield running


@pytest.fixture
def stranger(simulator: Simulator) -> Iterator[Talk]:
    """Not signed in."""
    with requests.Session() as session:
        yield Talk(simulator, session)


@pytest.fixture
def bot(stranger: Talk) -> Talk:
    return stranger.sign_in()


@pytest.fixture
def rita(simulator: Simulator) -> Iterator[Talk]:
    """The owner."""
    simulator.set_password("rita's own", RITA)
    with requests.Session() as session:
        yield Talk(simulator, session).sign_in(RITA, "rita's own")


@pytest.fixture
def jon(simulator: Simulator) -> Iterator[Talk]:
    """An ordinary member."""
    simulator.set_password("jon's own", JON)
    with requests.Session() as session:
        yield Talk(simulator, session).sign_in(JON, "jon's own")

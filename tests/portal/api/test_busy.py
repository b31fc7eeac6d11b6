"""A lock of SQLite that lasts is a problem of 503 to a caller, with when to try again."""

from tests.portal.test_busy import SENTENCE, locked


def test_a_call_says_when_to_try_again(client, caller, jon, monkeypatch):
    def broken(*_args, **_kwargs):
        raise locked()

    monkeypatch.setattr("access.people.tokens.holder", broken)
    client.raise_request_exception = False
    answer = client.get("/api/v1/me", headers={"Authorization": f"Bearer {caller(jon).text}"})
    assert (answer.status_code, answer["Retry-After"], answer.json()["detail"]) == (503, "5", SENTENCE)

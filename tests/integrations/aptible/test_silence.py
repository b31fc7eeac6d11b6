"""No secret leaves: not in an error, a repr, a log line, nor in what a traceback shows of its frames."""

import logging
from types import TracebackType

import pytest
import requests

from integrations.base import Membership, ProviderError
from tests.integrations.conftest import AUTH, JON, PASSWORD, ROLE, TOKEN, Aptible

LIST = f"/roles/{ROLE}/memberships"
BODY = "what-only-the-body-says"
SECRETS = (PASSWORD, TOKEN, BODY)
ECHO = {"code": 422, "error": "unprocessable_entity", "message": f"{PASSWORD} {TOKEN} {BODY}"}
ANSWERS = [
    {"status": 422, "json": ECHO},
    {"status": 404, "json": {**ECHO, "error": "not_found"}},
    {"status": 401, "json": {**ECHO, "error": "invalid_token"}},
    {"status": 401, "json": {**ECHO, "error": PASSWORD}},
    {"status": 403, "json": {**ECHO, "error": "access_denied"}},
    {"status": 500, "body": f"{PASSWORD} {TOKEN} {BODY}"},
    {"status": 200, "body": f"{PASSWORD} {TOKEN} {BODY}"},
    {"status": 302, "headers": {"Location": f"https://evil.test/?token={TOKEN}"}},
    {"body": requests.ConnectionError(f"Bearer {TOKEN} {PASSWORD} {BODY}")},
    {"body": requests.ReadTimeout(f"Bearer {TOKEN} {PASSWORD} {BODY}")},
]


def locals_of(step: TracebackType | None) -> str:
    shown = []
    while step is not None:
        if "/integrations/" in step.tb_frame.f_code.co_filename and "/tests/" not in step.tb_frame.f_code.co_filename:
            shown.append(repr(step.tb_frame.f_locals))
        step = step.tb_next
    return "\n".join(shown)


def told(error: BaseException) -> str:
    """All that an error says or a report of it would show: itself, its causes, and the locals of our own frames."""
    parts = [repr(error), str(error), repr(vars(error)), locals_of(error.__traceback__)]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return " ".join([*parts, told(cause)] if cause else parts)


def assert_silent(text: str) -> None:
    assert not [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_error_of_a_call_tells_no_secret(signed_in: Aptible, provider, answer, caplog, now):
    caplog.set_level(logging.DEBUG)
    held = Membership(id="m-1", role_id=ROLE, account_id=JON)
    signed_in.mock.post(AUTH + LIST, **answer)
    signed_in.mock.delete(f"{AUTH}/memberships/m-1", **answer)
    signed_in.mock.get(AUTH + LIST, **answer)
    signed_in.mock.get(f"{AUTH}/organizations", **answer)
    for call in (
        lambda: provider.members(ROLE),
        lambda: provider.add(role_id=ROLE, account_id=JON),
        lambda: provider.remove(held),
    ):
        try:
            call()  # adding takes any success, so not every answer is an error here
        except ProviderError as error:
            assert_silent(told(error))
    assert_silent(caplog.text)
    assert f"POST {LIST}" in caplog.text


@pytest.mark.parametrize("answer", [*ANSWERS, {"status": 201, "json": {"access_token": f"{TOKEN}\r\n{BODY}"}}])
def test_an_error_of_a_sign_in_tells_no_secret(aptible: Aptible, provider, answer, caplog, now):
    caplog.set_level(logging.DEBUG)
    aptible.mock.post(f"{AUTH}/tokens", **answer)
    with pytest.raises(ProviderError) as raised:
        provider.members(ROLE)
    assert_silent(told(raised.value))
    assert_silent(repr(provider.check(now=now)))
    assert_silent(caplog.text)


def test_what_is_kept_does_not_show_itself(signed_in: Aptible, provider):
    signed_in.get(LIST, {"_embedded": {"memberships": []}})
    provider.members(ROLE)
    client = provider._client
    kept = [provider, client, client._http, client._credentials, vars(provider), vars(client)]
    assert_silent(repr(kept))
    assert_silent(str(kept))

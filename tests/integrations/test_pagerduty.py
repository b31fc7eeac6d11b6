"""Reading who is on call from PagerDuty: what counts, what does not, and what may go wrong."""

from datetime import UTC, datetime

import pytest
import requests
import responses
from responses import matchers

from integrations import registry
from integrations.base import NeedsAttention, OnCall, ProviderError, ProviderUnavailable
from integrations.pagerduty.source import MAX_PAGES
from integrations.secrets import Secret

URL = "https://api.pagerduty.test"
TOKEN = "y_NbAkKc66ryYTWUXYEu"
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
END = datetime(2026, 1, 5, 17, tzinfo=UTC)


@pytest.fixture
def mock():
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def source():
    return registry.on_call_source("pagerduty", token=Secret(TOKEN), api_url=f"{URL}/")


def entry(email="jon@example.com", schedule="PI7DH85", start="2026-01-05T08:00:00Z", end="2026-01-05T17:00:00Z"):
    return {
        "escalation_policy": {"id": "PT20YPA"}, "escalation_level": 1, "start": start, "end": end,
        "schedule": schedule and {"id": schedule, "type": "schedule_reference"},
        "user": {"id": "PXPGF42", "type": "user", "email": email},
    }  # fmt: skip


def answer(mock, *entries, more=False, offset=0):
    query = {"schedule_ids[]": "PI7DH85", "include[]": "users", "limit": "100", "offset": str(offset)}
    mock.get(
        f"{URL}/oncalls",
        json={"oncalls": list(entries), "limit": 100, "offset": offset, "more": more},
        match=[matchers.query_param_matcher(query)],
    )


ENTRIES = [
    ([], []),
    ([entry()], [("jon@example.com", END)]),
    ([entry(email=" Jon@Example.com ")], [("jon@example.com", END)]),
    ([entry(end="2026-01-05T18:00:00+01:00")], [("jon@example.com", END)]),
    ([entry(end=None)], [("jon@example.com", None)]),
    ([entry(start=None, end=None)], [("jon@example.com", None)]),
    # One schedule in two escalation policies: once, and the end that comes first.
    ([entry(end=None), entry(), entry(end="2026-01-05T20:00:00Z")], [("jon@example.com", END)]),
    ([entry(), entry(email="adam@example.com")], [("adam@example.com", END), ("jon@example.com", END)]),
    ([entry(schedule="POTHER1")], []),
    ([entry(schedule=None)], []),
    ([entry(start="2026-01-05T12:00:01Z")], []),
    ([entry(end="2026-01-05T12:00:00Z")], []),
    ([entry(email=None)], []),
    ([{**entry(), "user": None}], []),
]


@pytest.mark.parametrize(("entries", "expected"), ENTRIES)
def test_who_is_on_call_now_in_this_very_schedule(mock, source, entries, expected):
    answer(mock, *entries)
    assert source.on_call("PI7DH85", now=NOW) == tuple(OnCall(email, until) for email, until in expected)


def test_every_page_is_read(mock, source):
    answer(mock, entry(), more=True)
    answer(mock, entry(email="adam@example.com"), offset=100)
    assert [one.email for one in source.on_call("PI7DH85", now=NOW)] == ["adam@example.com", "jon@example.com"]


def test_a_list_without_end_is_not_believed(mock, source):
    for page in range(MAX_PAGES):
        answer(mock, entry(), more=True, offset=100 * page)
    with pytest.raises(ProviderError, match="more pages than can be right"):
        source.on_call("PI7DH85", now=NOW)


def test_the_key_travels_in_the_header_only(mock, source):
    answer(mock)
    source.on_call("PI7DH85", now=NOW)
    [call] = mock.calls
    assert call.request.headers["Authorization"] == f"Token token={TOKEN}"
    assert call.request.headers["Accept"] == "application/vnd.pagerduty+json;version=2"
    assert TOKEN not in call.request.url
    assert TOKEN not in repr(source)


def test_an_id_with_other_characters_stays_one_parameter(mock, source):
    mock.get(f"{URL}/oncalls", json={"oncalls": [], "more": False})
    source.on_call("P&schedule_ids[]=POTHER1", now=NOW)
    assert "schedule_ids%5B%5D=P%26schedule_ids%5B%5D%3DPOTHER1&" in mock.calls[0].request.url


WRONG = [
    ({"status": 401, "json": {"error": {"message": TOKEN}}}, NeedsAttention, "does not accept the API key"),
    ({"status": 403}, NeedsAttention, "does not let the API key"),
    ({"status": 404}, NeedsAttention, "no schedule with this id"),
    ({"status": 400}, ProviderError, "HTTP 400"),
    ({"status": 429, "headers": {"Retry-After": "30"}}, ProviderUnavailable, "slow down"),
    ({"status": 503}, ProviderUnavailable, "trouble of its own"),
    ({"status": 302, "headers": {"Location": "https://elsewhere.test"}}, ProviderUnavailable, "another address"),
    ({"body": "<html>"}, ProviderUnavailable, "could not be read"),
    ({"json": []}, ProviderUnavailable, "could not be read"),
    ({"json": {"oncalls": ["x"]}}, ProviderUnavailable, "could not be read"),
    ({"json": {"oncalls": [entry(end="soon")]}}, ProviderUnavailable, "could not be read"),
    ({"json": {"oncalls": [entry(end="2026-01-05T17:00:00")]}}, ProviderUnavailable, "could not be read"),
    ({"body": requests.Timeout()}, ProviderUnavailable, "did not answer in time"),
]


@pytest.mark.parametrize(("reply", "error", "words"), WRONG)
def test_what_goes_wrong_is_said_in_a_sentence_without_the_key(mock, source, reply, error, words):
    mock.get(f"{URL}/oncalls", **reply)
    with pytest.raises(error, match=words) as raised:
        source.on_call("PI7DH85", now=NOW)
    assert TOKEN not in raised.value.summary

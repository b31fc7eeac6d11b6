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
    if not any((one["schedule"] or {}).get("id") == "PI7DH85" for one in entries):
        mock.get(f"{URL}/schedules/PI7DH85", json={"schedule": {"id": "PI7DH85"}})
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
    answer(mock, entry())
    source.on_call("PI7DH85", now=NOW)
    [call] = mock.calls
    assert call.request.headers["Authorization"] == f"Token token={TOKEN}"
    assert call.request.headers["Accept"] == "application/vnd.pagerduty+json;version=2"
    assert TOKEN not in call.request.url
    assert TOKEN not in repr(source)


def test_an_id_with_other_characters_stays_one_parameter(mock, source):
    mock.get(f"{URL}/oncalls", json={"oncalls": [], "more": False})
    mock.get(f"{URL}/schedules/P%26schedule_ids%5B%5D%3DPOTHER1", json={})
    source.on_call("P&schedule_ids[]=POTHER1", now=NOW)
    assert "schedule_ids%5B%5D=P%26schedule_ids%5B%5D%3DPOTHER1&" in mock.calls[0].request.url


def test_an_id_that_is_no_schedules_is_found_although_its_list_is_only_empty(mock, source):
    answer(mock)
    mock.get(f"{URL}/schedules/PI7DH85", status=404, json={"error": {"message": "Not Found", "code": 2100}})
    with pytest.raises(NeedsAttention, match="no schedule with this id"):
        source.on_call("PI7DH85", now=NOW)


OAUTH = "pdus+_0XBPWQQ_dfd0fe02-a0ec-4e0a-a1f2-1d4a2b1c0c1d"


@pytest.mark.parametrize(
    ("token", "sent"),
    [
        (OAUTH, f"Bearer {OAUTH}"),
        (OAUTH.replace("pdus", "pdeu"), f"Bearer {OAUTH.replace('pdus', 'pdeu')}"),
        (f"Bearer {OAUTH}", f"Bearer {OAUTH}"),
        ("Bearer something", "Bearer something"),
        ("eyJh.eyJz.c2ln", "Bearer eyJh.eyJz.c2ln"),
        (TOKEN, f"Token token={TOKEN}"),
        ("u+abcdefghijklmnopqr", "Token token=u+abcdefghijklmnopqr"),
    ],
)
def test_an_oauth_token_is_sent_as_one(mock, token, sent):
    answer(mock, entry())
    registry.on_call_source("pagerduty", token=Secret(token), api_url=URL).on_call("PI7DH85", now=NOW)
    assert mock.calls[0].request.headers["Authorization"] == sent


@pytest.mark.parametrize(
    ("status", "headers", "waits"),
    [
        (429, {"ratelimit-reset": "42"}, 42.0),
        (429, {"ratelimit-reset": "42", "Retry-After": "7"}, 7.0),
        (429, {"ratelimit-reset": "soon"}, None),
        (503, {"ratelimit-reset": "42"}, None),
    ],
)
def test_the_pause_that_it_asks_for_is_heeded(mock, source, status, headers, waits):
    mock.get(f"{URL}/oncalls", status=status, headers=headers)
    with pytest.raises(ProviderUnavailable) as raised:
        source.on_call("PI7DH85", now=NOW)
    assert raised.value.retry_after == waits


WRONG = [
    ({"status": 401, "json": {"error": {"message": TOKEN}}}, NeedsAttention, "does not accept the API key, or"),
    ({"status": 403}, NeedsAttention, "does not let the API key or token"),
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

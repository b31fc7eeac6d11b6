"""Whose voice it is: a signature has its time, and a decision keeps the account that it came from."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk.signature import SignatureVerifier

from access.models import Decision
from access.requests import decide
from integrations.secrets import Secret
from portal.slack import signature
from tests import factories

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def signed(at: datetime) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    mac = hmac.new(b"s", f"v0:{stamp}:body".encode(), hashlib.sha256).hexdigest()
    return {"X-Slack-Signature": f"v0={mac}", "X-Slack-Request-Timestamp": stamp}


def check(at: datetime) -> str:
    return signature.check(b"body", signed(at), secret=Secret("s"), now=NOW)


@pytest.mark.parametrize(("ahead", "why"), [(-301, "too long ago"), (301, "in the future"), (10**6, "in the future")])
def test_a_time_that_is_not_now_is_refused_by_us_whatever_the_library_thinks(monkeypatch, ahead, why):
    monkeypatch.setattr(SignatureVerifier, "is_valid", lambda *_args: True)
    with pytest.raises(signature.NotSigned, match=why):
        check(NOW + timedelta(seconds=ahead))


@pytest.mark.parametrize("ahead", [-300, 0, 300])
def test_five_minutes_either_way_are_fine(ahead):
    assert check(NOW + timedelta(seconds=ahead))


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["email", "manual"])
def test_a_decision_keeps_the_account_and_how_it_was_mapped(flow, adam, now, method):
    request = factories.request_at(now=now)
    slack = decide.InSlack("U0ADAM", method)
    decide.approve(request=request, by=adam, comment="", now=now, place="slack", slack=slack)
    made = Decision.objects.get()
    assert (made.slack_id, made.slack_method) == ("U0ADAM", method)


@pytest.mark.django_db
def test_a_decision_from_an_account_that_was_mapped_by_hand_is_marked(client, flow, jon, adam, olga, now):
    request = factories.request_at(now=now)
    slack = decide.InSlack("U0EVIL", "manual")
    decide.approve(request=request, by=adam, comment="", now=now, place="slack", slack=slack)
    client.force_login(jon)
    page = client.get(f"/requests/{request.ref}/").content.decode()
    assert "From the Slack account U0EVIL." in page
    assert "Somebody mapped it by hand." in page

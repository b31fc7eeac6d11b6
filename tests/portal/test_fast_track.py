"""Fast track on the pages: said before submitting, and told afterwards."""

import uuid

import pytest
from django.urls import reverse

from access.models import AccessRequest
from tests import factories
from tests.access.policy import fast_tracks

pytestmark = pytest.mark.django_db


@pytest.fixture
def on_call(flow, jon):
    """A rule that approves Jon, who is on call for good."""
    factories.mapping(jon)
    return fast_tracks.rule(flow, schedule=fast_tracks.rotation(jon, every=366, first_day="2026-01-05"))


def page(client, **typed):
    return client.get(reverse("ask"), typed).content.decode()


def test_the_form_says_that_a_rule_will_apply(client, on_call, jon):
    client.force_login(jon)
    text = " ".join(page(client).split())
    assert "<strong>Fast track:</strong> you are on call until" in text
    assert "They repair production. Nobody has to approve." in text
    assert "is approved at once." in text
    assert "Needs this person" not in text


def test_what_begins_later_is_shown_to_need_people(client, on_call, jon):
    client.force_login(jon)
    for typed in (
        {"starts": "later"},
        {"starts": "later", "starts_at": "2099-01-01T10:00"},
        {"starts": "later", "starts_at": "x"},
    ):
        text = page(client, **typed)
        assert "Fast track:" not in text
        assert "Needs this person" in text


def test_a_rule_that_refuses_blocks_the_form(client, flow, jon):
    factories.mapping(jon)
    fast_tracks.rule(flow, deny=True, in_group=factories.group("Interns", jon), reason="Interns ask their mentor.")
    client.force_login(jon)
    text = page(client)
    assert "A rule of this flow refuses it, because you are in Interns: Interns ask their mentor." in text
    assert "This cannot be sent as it is." in text


def test_nothing_that_is_sent_along_opens_the_fast_track(client, flow, jon):
    factories.mapping(jon)
    client.force_login(jon)
    form = {"flow": flow.name, "target": "prod", "duration": "3600", "reason": "to fix Ticket 123"}
    more = {"path": "fast_track", "rule": "1", "fast_track": "on", "submission": str(uuid.uuid4())}
    client.post(reverse("ask"), {**form, **more})
    assert AccessRequest.objects.get().state == "pending"


def test_the_pages_tell_which_way_it_took(client, on_call, flow, jon, adam):
    client.force_login(jon)
    form = {"flow": flow.name, "target": "prod", "duration": "3600", "reason": "to fix Ticket 123"}
    client.post(reverse("ask"), {**form, "submission": str(uuid.uuid4())})
    made = AccessRequest.objects.get()
    for who in (jon, adam):
        client.force_login(who)
        text = " ".join(client.get(reverse("request", args=[made.ref])).content.decode().split())
        assert "Approved at once by a rule" in text
        assert "a rule approved it at once, because Jon Reyes is on call in Primary until" in text
    assert client.get(reverse("request-evidence", args=[made.ref])).json()["request"]["path"] == "fast_track"
    client.force_login(jon)
    assert "Fast track" in client.get(reverse("requests")).content.decode()

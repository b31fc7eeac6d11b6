"""What a passkey is asked to sign, and a form that is sent with the answer or without."""

import json
from datetime import timedelta

import pytest

from access.models import AccessRequest, Decision, Flow, User
from access.people import passkeys
from access.people.challenges import Signed
from portal.passkeys import site
from tests import factories
from tests.authenticator import Authenticator
from tests.portal.pages import queries, words


@pytest.fixture
def asked(flow, settings, now):
    settings.BASE_URL = "https://usher.example.com"
    Flow.objects.update(approve_with_passkey=True)
    return factories.request_at(now=now)


def device_of(person: User, *, now, wait=timedelta(0)):
    device = Authenticator(site())
    answer = device.create(passkeys.to_register(person, site=site(), now=now))
    passkeys.register(person=person, name="Key", signed=Signed(answer, site()), wait=wait, now=now)
    return device


def challenge(browser, asked, **typed):
    return browser.post(f"/requests/{asked.ref}/challenge/", typed)


def test_an_approval_is_asked_for_in_words_and_signed(asked, adam, sign_in, now):
    browser, device = sign_in(adam), device_of(adam, now=now)
    answer = challenge(browser, asked, duration="60")
    told = dict(answer.json()["words"])
    assert told["You sign"] == f"The approval of {asked.ref}"
    assert (told["How long"], told["Why"], told["Account"]) == ("1 min", asked.reason, asked.account_id)
    sent = {"passkey": json.dumps(device.get(answer.json()["options"])), "duration": "60", "comment": "Careful."}
    assert browser.post(f"/requests/{asked.ref}/approve/", sent).status_code == 302
    assert Decision.objects.get().signature["statement"]["seconds"] == 60


@pytest.mark.parametrize("sent", [{}, {"passkey": "{}"}, {"passkey": "[]"}, {"passkey": '{"id": "x"}'}])
def test_without_a_signature_the_page_says_why_and_keeps_what_was_typed(asked, adam, sign_in, now, sent):
    device_of(adam, now=now)
    answer = sign_in(adam).post(f"/requests/{asked.ref}/approve/", {**sent, "comment": "My words."})
    assert answer.status_code == 403
    assert "My words." in words(answer)
    assert AccessRequest.objects.get().state == "pending"


def test_an_approver_without_a_passkey_is_told_so(asked, adam, sign_in, now):
    answer = challenge(sign_in(adam), asked)
    assert (answer.status_code, "You have no passkey yet" in answer.json()["error"]) == (403, True)
    device_of(adam, now=now, wait=timedelta(days=1))
    assert "It counts from" in challenge(sign_in(adam), asked).json()["error"]


def test_who_may_not_approve_is_asked_for_nothing(asked, jon, sign_in, now):
    device_of(jon, now=now)
    answer = challenge(sign_in(jon), asked)
    assert (answer.status_code, "Only the approvers" in answer.json()["error"]) == (403, True)


def test_a_wrong_duration_is_told(asked, adam, sign_in, now):
    device_of(adam, now=now)
    assert challenge(sign_in(adam), asked, duration="soon").status_code == 400


def test_the_list_leads_to_the_page_and_offers_nothing_at_once(asked, adam, sign_in):
    text = sign_in(adam).get("/review/").content.decode()
    assert f'href="/requests/{asked.ref}/#decide"' in text
    assert f'hx-post="/requests/{asked.ref}/approve/"' not in text


def test_what_is_signed_costs_no_query(flow, adam, sign_in, now):
    asked = factories.request_at(now=now)
    browser, address = sign_in(adam), f"/requests/{asked.ref}/"
    before = queries(browser, address)
    AccessRequest.objects.update(policy={**asked.policy, "passkey": True})
    assert queries(browser, address) == before


def test_break_glass_that_is_not_signed_keeps_what_was_typed(asked, flow, jon, sign_in, now):
    Flow.objects.update(break_glass=True)
    AccessRequest.objects.all().delete()
    page = sign_in(jon)
    typed = {
        "flow": flow.name, "target": "prod", "duration": "3600", "reason": "It is down.", "ticket": "INC-1",
        "understood": "on", "confirmed": "yes", "submission": "6b3f7a52-6f0f-4e0c-9d0f-4d1d6a3b6a11",
    }  # fmt: skip
    answer = page.post("/ask/break-glass/", typed)
    assert answer.status_code == 422
    assert "signed with a passkey" in words(answer)
    assert "It is down." in words(answer)
    assert not AccessRequest.objects.exists()
    assert page.post("/ask/break-glass/challenge/", {**typed, "understood": ""}).status_code == 400
    device = device_of(jon, now=now)
    options = page.post("/ask/break-glass/challenge/", typed).json()["options"]
    answer = page.post("/ask/break-glass/", {**typed, "passkey": json.dumps(device.get(options))})
    assert answer.status_code == 302
    assert AccessRequest.objects.get().path == "break_glass"

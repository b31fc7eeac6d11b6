"""Passkeys in a real browser, with its virtual authenticator."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from access.models import AccessRequest, Decision, Flow, Passkey, User
from tests import factories


@pytest.fixture(autouse=True)
def here(settings, live_server):
    settings.BASE_URL = live_server.url


def device(page, **how):
    """Give the page's browser an authenticator that verifies its person, unless said otherwise."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True, **how,
    }  # fmt: skip
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


def register(page, name="Laptop"):
    page.get_by_label("Its name").fill(name)
    page.get_by_role("button", name="Register a passkey").click()


def test_a_person_registers_a_passkey_and_removes_it(open_browser, adam):
    browser = open_browser(adam)
    page = browser.open("/account/passkeys/")
    device(page)
    register(page)
    expect(page.get_by_text("Your passkey is registered.")).to_be_visible()
    made = Passkey.objects.get()
    assert (made.name, made.person) == ("Laptop", adam)
    expect(page.get_by_text("or once another admin confirms it").last).to_be_visible()
    assert browser.violations() == []
    page.get_by_role("button", name="Remove Laptop").click()
    expect(page.get_by_text("You have no passkey yet.")).to_be_visible()
    assert (browser.complaints, browser.strangers) == ([], [])


def test_a_device_that_does_not_ask_who_it_is_registers_nothing(open_browser, adam):
    page = open_browser(adam).open("/account/passkeys/")
    device(page, hasUserVerification=False, isUserVerified=False)
    register(page)
    expect(page.get_by_text("Nothing was signed: it was cancelled")).to_be_visible()
    assert not Passkey.objects.exists()


def test_the_same_device_is_registered_once(open_browser, adam):
    page = open_browser(adam).open("/account/passkeys/")
    device(page)
    register(page)
    expect(page.get_by_text("Your passkey is registered.")).to_be_visible()
    register(page, "Again")
    expect(page.get_by_text("This passkey is registered already.")).to_be_visible()


def test_a_browser_without_webauthn_says_so(open_browser, adam):
    browser = open_browser(adam)
    browser.page.add_init_script("delete window.PublicKeyCredential")
    page = browser.open("/account/passkeys/")
    register(page)
    expect(page.get_by_text("This browser has no WebAuthn")).to_be_visible()


def test_without_javascript_it_says_so(open_browser, adam):
    page = open_browser(adam, java_script_enabled=False).open("/account/passkeys/")
    expect(page.get_by_text("Passkeys need JavaScript")).to_be_visible()


def test_at_a_numbered_address_it_names_the_right_one(open_browser, adam, live_server, settings):
    settings.BASE_URL = live_server.url.replace("localhost", "127.0.0.1")
    browser = open_browser(adam)
    page = browser.open("/account/passkeys/")
    device(page)
    broken = "throw new DOMException('', 'SecurityError')"
    page.evaluate(f"() => {{ navigator.credentials.create = () => {{ {broken} }} }}")
    register(page)
    expect(page.get_by_text(f"Passkeys work only at the address {live_server.url}.")).to_be_visible()


def sign_in(page, user):
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill("a long password")
    page.get_by_role("button", name="Sign in").click()


def test_a_passkey_is_asked_for_after_the_password(open_browser, adam):
    adam.set_password("a long password")
    adam.save()
    page = open_browser().open("/login/?next=/requests/")
    device(page)
    sign_in(page, adam)
    expect(page.get_by_role("heading", name="Requests")).to_be_visible()
    page.goto(page.url.replace("/requests/", "/account/passkeys/"))
    register(page)
    expect(page.get_by_text("Your passkey is registered.")).to_be_visible()
    page.context.clear_cookies()
    page.goto(page.url.replace("/account/passkeys/", "/login/"))
    sign_in(page, adam)
    page.get_by_role("button", name="Sign in with your passkey").click()
    expect(page.get_by_text("You signed in with the passkey “Laptop”.")).to_be_visible()


def test_a_passkey_may_be_demanded_of_every_password(open_browser, adam, settings):
    settings.LOCAL_ACCOUNTS_NEED_PASSKEY = True
    User.objects.filter(pk=adam.pk).update(password="")
    adam.set_password("a long password")
    adam.save()
    browser = open_browser()
    page = browser.open("/login/")
    device(page)
    sign_in(page, adam)
    page.goto(browser.home + "/requests/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(browser.home + "/login/passkey/")
    assert browser.violations() == []
    register(page)
    expect(page.get_by_text("You signed in with the passkey “Laptop”.")).to_be_visible()
    assert Passkey.objects.get().counts_from - Passkey.objects.get().registered_at == timedelta(hours=24)


def with_device(open_browser, person):
    """Open a browser of this person's, with a passkey that counts."""
    browser = open_browser(person)
    page = browser.open("/account/passkeys/")
    device(page)
    register(page)
    expect(page.get_by_text("Your passkey is registered.")).to_be_visible()
    Passkey.objects.update(counts_from=timezone.now())
    return browser, page


def test_an_approver_signs_a_request(open_browser, flow, adam, now):
    Flow.objects.update(approve_with_passkey=True)
    asked = factories.request_at(now=now)
    browser, page = with_device(open_browser, adam)
    page.goto(browser.home + "/review/")
    page.get_by_role("link", name="Approve with your passkey").click()
    words = page.locator("[data-passkey-words]")
    expect(words).to_contain_text(f"The approval of {asked.ref}")
    expect(words).to_contain_text(asked.reason)
    assert browser.violations() == []
    page.get_by_label("Give it for").select_option("60")
    page.get_by_label("Comment").fill("Be careful.")
    page.get_by_role("button", name="Approve with your passkey").click()
    expect(page.get_by_text(f"You approved {asked.ref}.")).to_be_visible()
    kept = Decision.objects.get()
    assert (kept.comment, kept.signature["statement"]["seconds"]) == ("Be careful.", 60)
    expect(page.get_by_text("Signed with the passkey “Laptop”.").first).to_be_visible()
    assert (browser.complaints, browser.strangers) == ([], [])


def test_what_is_signed_is_shown_before_it_is_and_a_refusal_changes_nothing(open_browser, flow, adam, now):
    Flow.objects.update(approve_with_passkey=True)
    asked = factories.request_at(now=now)
    browser, page = with_device(open_browser, adam)
    page.goto(browser.home + f"/requests/{asked.ref}/")
    page.evaluate("() => { navigator.credentials.get = () => { throw new DOMException('', 'NotAllowedError') } }")
    page.get_by_label("Give it for").select_option("60")
    page.get_by_role("button", name="Approve with your passkey").click()
    expect(page.get_by_text("Nothing was signed: it was cancelled")).to_be_visible()
    expect(page.locator("[data-passkey-words]")).to_contain_text("1 min")
    page.get_by_label("Comment").fill("No.")
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_text(f"You denied {asked.ref}.")).to_be_visible()


def test_an_approver_without_a_passkey_is_told_so(open_browser, flow, adam, now):
    Flow.objects.update(approve_with_passkey=True)
    asked = factories.request_at(now=now)
    page = open_browser(adam).open(f"/requests/{asked.ref}/")
    page.get_by_role("button", name="Approve with your passkey").click()
    expect(page.get_by_text("You have no passkey yet.")).to_be_visible()


def test_break_glass_is_signed(open_browser, flow, jon):
    Flow.objects.update(break_glass=True, break_glass_passkey=True)
    factories.mapping(jon)
    browser, page = with_device(open_browser, jon)
    page.goto(browser.home + "/ask/break-glass/")
    page.locator("textarea[name=reason]").fill("Production is down.")
    page.locator("input[name=ticket]").fill("INC-1")
    page.get_by_role("button", name="Get access now").click()
    expect(page.get_by_text("Tick that this is an emergency.").first).to_be_visible()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Get access now").click()
    expect(page.get_by_text("You used break-glass").first).to_be_visible()
    made = AccessRequest.objects.get()
    assert made.path_facts["signature"]["statement"]["reason"] == "Production is down."
    assert browser.complaints[1:] == []

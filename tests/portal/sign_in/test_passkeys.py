"""Passkeys on pages: the second step after a password, the touch before a change of the set-up, and one's own page."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from access.models import AuditEvent, Passkey
from access.people import passkeys
from access.people.challenges import Signed
from portal.passkeys import site
from portal.sign_in import touch
from tests import factories
from tests.authenticator import Authenticator, base64url
from tests.portal.pages import queries, words

PASSWORD = "a long password"
DAY = timedelta(days=1)


@pytest.fixture
def device(settings):
    settings.BASE_URL = "https://usher.example.com"
    return Authenticator(site())


def with_password(user):
    user.set_password(PASSWORD)
    user.save()
    return user


def registered(person, device, *, now, wait=DAY):
    answer = device.create(passkeys.to_register(person, site=site(), now=now))
    return passkeys.register(person=person, name="Key", signed=Signed(answer, site()), wait=wait, now=now)


def typed(browser, user, onward="/requests/"):
    return browser.post("/login/", {"email": user.email, "password": PASSWORD, "next": onward})


def send(browser, address, device, verb="get", **more):
    """What the page's script does: ask what to sign, and send it signed."""
    asked = browser.post(f"{address}options/", more)
    assert asked.status_code == 200, asked.content
    answer = getattr(device, verb)(json.loads(asked.content)["options"], **more.pop("lies", {}))
    return browser.post(address, {"passkey": json.dumps(answer), **more})


def is_in(browser):
    return browser.get("/account/").status_code == 200


def test_without_a_passkey_the_password_is_enough(adam):
    browser = Client()
    assert typed(browser, with_password(adam))["Location"] == "/requests/"
    assert is_in(browser)


def test_with_one_the_password_alone_opens_nothing(adam, device, now):
    registered(with_password(adam), device, now=now)
    browser = Client()
    assert typed(browser, adam)["Location"] == "/login/passkey/"
    assert not is_in(browser)
    answer = send(browser, "/login/passkey/", device)
    assert (answer.status_code, answer["Location"]) == (302, "/requests/")
    assert is_in(browser)
    event = AuditEvent.objects.get(type="person.signed_in")
    assert event.data["passkey"] == "Key"


def test_a_signature_of_another_or_none_lets_nobody_in(adam, rita, device, now):
    registered(with_password(adam), device, now=now)
    browser = Client()
    typed(browser, adam)
    for sent in ({}, {"passkey": "{}"}, {"passkey": "["}, {"passkey": "x" * 60_000}):
        assert browser.post("/login/passkey/", sent).status_code == 403
    answer = send(browser, "/login/passkey/", Authenticator(site()))
    assert "not one of those" in words(answer)
    assert not is_in(browser)
    assert AuditEvent.objects.filter(type="sign_in.failed").exists()


def test_the_second_step_is_nobodys_without_the_first(adam, device, now):
    registered(with_password(adam), device, now=now)
    browser = Client()
    assert browser.get("/login/passkey/")["Location"] == "/login/"
    assert browser.post("/login/passkey/options/").status_code == 409
    typed(browser, adam)
    with_password(adam)  # changed meanwhile
    assert browser.get("/login/passkey/")["Location"] == "/login/"


def test_a_passkey_may_be_demanded(adam, device, settings, now):
    settings.LOCAL_ACCOUNTS_NEED_PASSKEY = True
    browser = Client()
    typed(browser, with_password(adam))
    assert not is_in(browser)
    answer = send(browser, "/login/passkey/", device, "create", name="Key")
    assert answer["Location"] == "/requests/"
    assert is_in(browser)
    assert Passkey.objects.get().person == adam


def test_who_has_one_cannot_register_another_with_the_password_alone(adam, device, now):
    registered(with_password(adam), device, now=now)
    browser = Client()
    typed(browser, adam)
    another = Authenticator(site())
    options = passkeys.to_register(adam, site=site(), now=now)
    sent = {"passkey": json.dumps(another.create(options)), "name": "Mine"}
    assert browser.post("/login/passkey/", sent).status_code == 403
    assert Passkey.objects.count() == 1


def test_an_auditor_has_passkeys_of_their_own(device, sign_in):
    browser = sign_in(factories.person("uma", is_auditor=True))
    send(browser, "/account/passkeys/", device, "create", name="Key")
    made = Passkey.objects.get()
    assert browser.post(f"/account/passkeys/{made.pk}/remove/").status_code == 302
    assert not Passkey.objects.exists()


def test_an_admin_confirms_and_removes_those_of_others_on_their_page(adam, olga, device, sign_in, now):
    made = registered(adam, device, now=now)
    browser = sign_in(olga)
    assert "once another admin confirms it" in words(browser.get(f"/people/{adam.pk}/"))
    browser.post(f"/account/passkeys/{made.pk}/confirm/")
    assert Passkey.objects.get().confirmed_by == olga
    browser.post(f"/account/passkeys/{made.pk}/remove/")
    assert not Passkey.objects.exists()


def test_an_admin_finds_those_that_wait_in_one_list(adam, olga, device, sign_in):
    made = registered(adam, device, now=timezone.now())
    browser = sign_in(olga)
    said = words(browser.get("/account/passkeys/"))
    assert "Waiting for an admin's word" in said
    assert "Adam Novak" in said
    answer = browser.post(f"/account/passkeys/{made.pk}/confirm/", {"from": "waiting"})
    assert answer.url == "/account/passkeys/"
    assert "Waiting for an admin's word" not in words(browser.get("/account/passkeys/"))
    assert "Waiting for an admin's word" not in words(sign_in(adam).get("/account/passkeys/"))


def test_people_rename_their_own(adam, olga, device, sign_in):
    made = registered(adam, device, now=timezone.now())
    browser, address = sign_in(adam), f"/account/passkeys/{made.pk}/rename/"
    assert "has its new name" in words(browser.post(address, {"name": "Work phone"}, follow=True))
    wrong = browser.post(address, {"name": " "})
    assert wrong.status_code == 422
    assert "Give it a name" in words(wrong)
    assert sign_in(olga).post(address, {"name": "Mine"}).status_code == 403
    assert sign_in(factories.person("rita")).post(address, {"name": "Mine"}).status_code == 404
    assert Passkey.objects.get().name == "Work phone"


def test_the_page_takes_the_same_number_of_queries_at_any_number_that_waits(adam, olga, settings, sign_in):
    settings.BASE_URL = "https://usher.example.com"
    browser = sign_in(olga)
    registered(adam, Authenticator(site()), now=timezone.now())
    few = queries(browser, "/account/passkeys/")
    for number in range(5):
        registered(factories.person(f"p{number}"), Authenticator(site()), now=timezone.now())
    assert queries(browser, "/account/passkeys/") == few


CHANGES = [
    ("GET", "/admin/access/flow/add/"),
    ("POST", "/admin/access/flow/add/"),
    ("POST", "/admin/access/user/"),
    ("POST", "/admin/access/usermapping/apply/"),
    ("POST", "/setup/roles/"),
    ("POST", "/account/tokens/"),
    ("POST", "/login/device/"),
]


@pytest.mark.parametrize(("method", "address"), CHANGES)
def test_a_change_of_the_set_up_asks_for_a_touch_first(olga, settings, sign_in, method, address):
    browser = sign_in(olga)
    settings.SETUP_PASSKEY = True
    answer = browser.generic(method, address)
    assert answer["Location"].startswith("/account/touch/?next=")
    settings.SETUP_PASSKEY = False
    assert "/account/touch/" not in browser.generic(method, address).headers.get("Location", "")


@pytest.mark.parametrize("address", ["/", "/admin/", "/admin/access/flow/", "/account/passkeys/"])
def test_looking_asks_for_none(olga, settings, sign_in, address):
    settings.SETUP_PASSKEY = True
    assert sign_in(olga).get(address).status_code == 200


def test_a_touch_lasts_for_ten_minutes_in_one_browser(olga, device, settings, sign_in, now, monkeypatch):
    settings.SETUP_PASSKEY = True
    registered(olga, device, now=now, wait=timedelta(0))
    browser = sign_in(olga)
    answer = send(browser, "/account/touch/", device, next="/admin/access/flow/add/")
    assert answer["Location"] == "/admin/access/flow/add/"
    assert browser.get("/admin/access/flow/add/").status_code == 200
    assert sign_in(olga).get("/admin/access/flow/add/").status_code == 302
    monkeypatch.setattr(touch, "LASTS", timedelta(0))
    assert browser.get("/admin/access/flow/add/").status_code == 302


def test_a_touch_is_worth_nothing_once_its_passkey_is_removed(olga, device, settings, sign_in, now):
    settings.SETUP_PASSKEY = True
    registered(olga, device, now=now, wait=timedelta(0))
    registered(olga, Authenticator(site()), now=now, wait=timedelta(0))
    browser, other = sign_in(olga), sign_in(factories.person("second", is_superuser=True, is_staff=True))
    send(browser, "/account/touch/", device)
    assert browser.get("/admin/access/flow/add/").status_code == 200
    lost = Passkey.objects.get(credential=base64url(device.id))
    settings.SETUP_PASSKEY = False
    assert other.post(f"/account/passkeys/{lost.pk}/remove/").status_code == 302
    settings.SETUP_PASSKEY = True
    assert browser.get("/admin/access/flow/add/")["Location"].startswith("/account/touch/")


def test_a_new_passkey_is_no_touch_yet(olga, device, settings, sign_in, now):
    settings.SETUP_PASSKEY = True
    registered(olga, device, now=now)
    browser = sign_in(olga)
    answer = send(browser, "/account/touch/", device)
    assert "It counts from" in words(answer)
    assert browser.get("/admin/access/flow/add/").status_code == 302


def test_the_page_of_the_touch_is_the_admins(adam, sign_in):
    assert sign_in(adam).get("/account/touch/").status_code == 403

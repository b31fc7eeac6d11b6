"""Signing in with a password, the demo's way in, guessing, and signing out."""

from datetime import timedelta

import pytest
from django.test import Client, RequestFactory

from access.models import SignInAttempt
from access.people import sign_in
from portal.pages import login
from portal.sign_in.client_address import client_address
from tests import factories
from tests.portal.pages import words

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture
def jon(db):
    jon = factories.person("jon")
    jon.set_password(PASSWORD)
    jon.save()
    return jon


def enter(client, email="jon@example.com", password=PASSWORD, **more):
    return client.post("/login/", {"email": email, "password": password, **more})


def person_in(client):
    return client.session.get("_auth_user_id")


def test_a_bot_does_not_sign_in_even_with_a_password(client, jon):
    jon.is_bot = True
    jon.save()
    assert enter(client).status_code == 400
    assert person_in(client) is None


def test_the_page_opens_for_everybody(client, db):
    page = client.get("/login/")
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("email", ["jon@example.com", "JON@Example.com", "  jon@example.com "])
def test_email_and_password_let_in_without_regard_to_case(client, jon, email):
    answer = enter(client, email=email)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert person_in(client) == str(jon.pk)


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/requests/?state=pending", "/requests/?state=pending"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("elsewhere", "/"),
        ("active", "/"),
        ("/\\elsewhere.example/", "/"),
        ("", "/"),
    ],
)
def test_people_are_led_on_to_where_they_wanted_but_never_elsewhere(client, jon, wanted, led_to):
    assert enter(client, next=wanted)["Location"] == led_to


def test_the_page_carries_along_where_people_wanted(client, db):
    assert 'name="next" value="/active/"' in client.get("/login/?next=/active/").content.decode()


def test_who_is_in_already_is_led_on(client, jon):
    client.force_login(jon, backend=login.BACKEND)
    assert client.get("/login/?next=/active/")["Location"] == "/active/"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"password": "wrong"}, "This e-mail and password do not fit together"),
        ({"email": "nobody@example.com"}, "This e-mail and password do not fit together"),
        ({"email": ""}, "Type your e-mail address."),
        ({"email": "jon"}, "Type an e-mail address such as jon@example.com."),
        ({"password": ""}, "Type your password."),
    ],
)
def test_what_is_wrong_is_said_in_words_and_the_email_is_kept(client, jon, typed, sentence):
    page = enter(client, **typed)
    assert page.status_code == 400
    assert sentence in words(page)
    assert typed.get("email", "jon@example.com") in page.content.decode()
    assert PASSWORD not in page.content.decode()
    assert person_in(client) is None


def test_a_deactivated_account_is_not_let_in(client, jon):
    jon.is_active = False
    jon.save()
    assert enter(client).status_code == 400
    assert person_in(client) is None


def test_a_form_without_its_token_is_refused_in_words(jon):
    page = enter(Client(enforce_csrf_checks=True))
    assert page.status_code == 403
    assert "Load it again" in words(page)


# Guessing


def guess(client, times, **typed):
    return [enter(client, **{"password": "wrong", **typed}).status_code for _ in range(times)]


def test_after_ten_wrong_passwords_even_the_right_one_has_to_wait(client, jon):
    assert guess(client, 10) == [400] * 10
    page = enter(client)
    assert page.status_code == 429
    assert "Too many attempts. Try again in" in words(page)
    assert person_in(client) is None


def test_the_pauses_grow_and_attempts_during_one_do_not_count(jon, now):
    def attempt(at):
        return sign_in.attempt(email="jon@example.com", address="192.0.2.1", now=at)

    assert [attempt(now) for _ in range(10)] == [timedelta(0)] * 10
    at, pauses = now, []
    for _attempt in range(4):
        pauses.append(attempt(at))
        assert attempt(at) == pauses[-1]
        at += pauses[-1]
        assert not attempt(at)
    assert pauses == [timedelta(seconds=one) for one in (10, 20, 40, 80)]


def sign_out(client):
    """As the page does: the browser stays known."""
    client.post("/logout/")
    assert person_in(client) is None


def test_a_browser_from_before_is_not_shut_out_by_others(client, jon):
    assert enter(client).status_code == 302
    sign_out(client)
    for number in range(12):
        guess(Client(REMOTE_ADDR=f"192.0.2.{number}"), 1)
    guess(Client(), 12, email="rita@example.com")
    assert enter(Client(REMOTE_ADDR="198.51.100.1")).status_code == 429
    assert enter(client).status_code == 302


def test_a_known_browser_guesses_no_faster(client, jon):
    assert enter(client).status_code == 302
    sign_out(client)
    guess(client, 10)
    assert enter(client).status_code == 429
    client.cookies["usher_device"] = "made-up"
    assert enter(client).status_code == 429


def test_guessing_at_many_emails_from_one_address_has_to_wait_too(client, jon):
    for number in range(10):
        guess(client, 1, email=f"somebody-{number}@example.com")
    assert enter(client).status_code == 429
    assert enter(Client(REMOTE_ADDR="192.0.2.7")).status_code == 302


def test_guessing_at_one_email_from_many_addresses_has_to_wait_too(jon):
    for number in range(10):
        guess(Client(REMOTE_ADDR=f"192.0.2.{number}"), 1, email="Jon@example.com")
    assert enter(Client(REMOTE_ADDR="198.51.100.1")).status_code == 429


def test_a_success_forgets_the_attempts_at_its_email_only(client, jon):
    guess(client, 5)
    guess(client, 3, email="rita@example.com")
    enter(client)
    assert set(SignInAttempt.objects.values_list("email", flat=True)) == {"rita@example.com"}


def test_attempts_are_forgotten_when_they_no_longer_count(jon, now):
    sign_in.attempt(email="a@example.com", address="192.0.2.1", now=now - timedelta(minutes=6))
    sign_in.attempt(email="b@example.com", address="192.0.2.1", now=now)
    assert SignInAttempt.objects.get().email == "b@example.com"


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "made-up, 203.0.113.9", "203.0.113.9"),
        (2, "made-up, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9:4711", "203.0.113.9"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "[2001:db8::1]", "2001:db8::1"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "nonsense", "0.0.0.0"),  # noqa: S104
        (1, "", "127.0.0.1"),
    ],
)
def test_the_address_is_what_our_own_outermost_proxy_saw(settings, proxies, header, address):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", headers={"X-Forwarded-For": header})
    assert client_address(request) == address


# The demo


@pytest.fixture
def here():
    """A browser on this machine."""
    return Client(HTTP_HOST="127.0.0.1:8000")


@pytest.fixture
def demo(settings, jon, flow, olga):
    settings.DEMO = True
    return factories.person("adam")


def test_the_demo_offers_its_people_with_what_they_do(here, demo):
    text = words(here.get("/login/"))
    assert "Jon Reyes Asks for access." in text
    assert "Adam Novak Approves Production access." in text
    assert "Olga Brandt Sets everything up." in text


def test_a_button_lets_in_as_that_person(here, demo):
    answer = here.post("/login/demo/", {"email": "adam@example.com", "next": "/review/"})
    assert answer["Location"] == "/review/"
    assert person_in(here) == str(demo.pk)


def test_a_person_who_was_deactivated_is_neither_offered_nor_let_in(here, demo):
    demo.is_active = False
    demo.save()
    assert "Adam" not in words(here.get("/login/"))
    assert here.post("/login/demo/", {"email": "adam@example.com"}).status_code == 404


def test_the_demo_lets_in_by_post_only(here, demo):
    assert here.get("/login/demo/").status_code == 405


def test_outside_of_the_demo_there_is_no_such_way_in(here, demo, settings):
    settings.DEMO = False
    assert "Jon Reyes" not in words(here.get("/login/"))
    assert here.post("/login/demo/", {"email": "adam@example.com"}).status_code == 404
    assert person_in(here) is None


@pytest.mark.parametrize(
    "how",
    [
        {"REMOTE_ADDR": "192.0.2.1"},
        {"HTTP_HOST": "usher.example.com"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
    ],
)
def test_nobody_enters_the_demo_from_another_machine(demo, settings, how):
    settings.ALLOWED_HOSTS = ["*"]
    browser = Client(**how)
    assert "Jon Reyes" not in words(browser.get("/login/"))
    assert browser.post("/login/demo/", {"email": "adam@example.com"}).status_code == 404


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_every_name_of_this_machine_is_this_machine(demo, host, settings):
    settings.ALLOWED_HOSTS = ["*"]
    assert "Jon Reyes" in words(Client(HTTP_HOST=host).get("/login/"))


# Out again


def test_signing_out_is_a_post_and_ends_the_session(client, jon):
    client.force_login(jon, backend=login.BACKEND)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == "/login/"
    assert person_in(client) is None


def test_a_browser_from_before_is_not_shut_out_by_others_at_the_same_address(jon, now):
    for _try in range(3 * sign_in.LIMIT):
        sign_in.attempt(email=jon.email, address="192.0.2.1", now=now)
    assert sign_in.attempt(email=jon.email, address="192.0.2.1", now=now)
    assert not sign_in.attempt(email=jon.email, address="192.0.2.1", now=now, known=True)

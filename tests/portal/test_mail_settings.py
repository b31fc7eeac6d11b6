"""Where mail goes: what EMAIL_URL and MAIL_FROM may be, and what the checks say of it."""

import pytest

from portal import checks, env


@pytest.fixture(autouse=True)
def problems(monkeypatch):
    found: list[str] = []
    monkeypatch.setattr(env, "problems", found)
    for name in ("THING", "THING_FILE"):
        monkeypatch.delenv(name, raising=False)
    return found


def test_without_an_address_mail_goes_nowhere(problems):
    assert env.mail("THING") == env.Mail()
    assert problems == []


@pytest.mark.parametrize(
    ("address", "port", "tls", "ssl"),
    [
        ("smtp+tls://usher:s%40fe@mail.example", 587, True, False),
        ("smtp+ssl://usher:s%40fe@mail.example", 465, False, True),
        ("smtp+tls://usher:s%40fe@mail.example:2525", 2525, True, False),
        ("smtp://usher:s%40fe@mail.example", 25, False, False),
    ],
)
def test_an_address_is_taken_apart(monkeypatch, problems, address, port, tls, ssl):
    monkeypatch.setenv("THING", address)
    found = env.mail("THING")
    assert (found.host, found.port, found.user, found.password) == ("mail.example", port, "usher", "s@fe")
    assert (found.use_tls, found.use_ssl) == (tls, ssl)
    assert found.backend == "django.core.mail.backends.smtp.EmailBackend"
    assert "s@fe" not in repr(found)
    assert problems == []


def test_mail_can_go_to_files(monkeypatch):
    monkeypatch.setenv("THING", "filemail:///var/mail/usher")
    assert env.mail("THING").folder == "var/mail/usher"
    monkeypatch.setenv("THING", "filemail:////var/mail/usher")
    assert env.mail("THING").folder == "/var/mail/usher"


def test_a_mail_server_that_drops_everything_counts_as_none(monkeypatch, problems):
    monkeypatch.setenv("THING", "dummymail://")
    assert env.mail("THING") == env.Mail()
    assert problems == []


@pytest.mark.parametrize(
    "address",
    ["mail.example", "http://u:hush@h", "smtps://u:hush@h", "smtp://", "smtp+tls://u:hush@h:port", "filemail://"],
)
def test_an_address_that_is_none_is_a_problem_that_does_not_show_the_password(monkeypatch, problems, address):
    monkeypatch.setenv("THING", address)
    assert env.mail("THING") == env.Mail()
    [problem] = problems
    assert problem.startswith("THING is not an address of a mail server")
    assert "hush" not in problem


@pytest.mark.parametrize("address", ["Usher <usher@example.com>", "usher@example.com"])
def test_mail_comes_from_the_address_that_is_set(monkeypatch, problems, address):
    monkeypatch.setenv("THING", address)
    assert env.mail_address("THING", "default") == address
    assert problems == []


def test_a_sender_that_is_no_address_is_a_problem(monkeypatch, problems):
    monkeypatch.setenv("THING", "Usher")
    assert env.mail_address("THING", "usher@example.com") == "usher@example.com"
    assert problems == ["THING must be an e-mail address, such as Usher <usher@example.com>."]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"EMAIL_IS_SET": False}, ["usher.I001"]),
        ({}, []),
        ({"EMAIL_USE_TLS": False}, ["usher.E016"]),
        ({"EMAIL_USE_TLS": False, "EMAIL_USE_SSL": True}, []),
        ({"EMAIL_USE_TLS": False, "EMAIL_HOST": "127.0.0.1"}, []),
        ({"EMAIL_USE_TLS": False, "EMAIL_HOST_PASSWORD": ""}, []),
    ],
)
def test_the_checks_say_when_nobody_is_told_and_when_a_password_could_be_read(settings, changes, expected):
    sound = {
        "EMAIL_IS_SET": True,
        "EMAIL_HOST": "mail.example",
        "EMAIL_HOST_PASSWORD": "hush",
        "EMAIL_USE_TLS": True,
        "EMAIL_USE_SSL": False,
    }
    for name, value in {**sound, **changes}.items():
        setattr(settings, name, value)
    messages = list(checks.mail())
    assert [one.id for one in messages] == expected
    assert all(one.hint and one.msg.endswith(".") and "hush" not in one.msg for one in messages)

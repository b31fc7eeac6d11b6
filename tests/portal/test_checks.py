"""The system checks: which setting leads to which sentence."""

import re

import pytest
from cryptography.fernet import Fernet
from django.core.checks import Tags, run_checks

from access.models import Secret
from integrations import secrets
from portal import checks, env
from tests import source

SOUND = {
    "SETUP": "files",
    "TRUSTED_PROXIES": 1,
    "DEBUG": False,
    "DEMO": False,
    "SECRET_KEY_IS_SET": True,
    "ENCRYPTION_KEYS": [Fernet.generate_key().decode()],
    "BASE_URL": "https://usher.example.com",
    "ALLOWED_HOSTS": ["usher.example.com"],
    "APTIBLE_AUTH_ROOT_URL": "https://auth.example.com",
    "APTIBLE_API_ROOT_URL": "https://api.example.com",
    "OIDC_ENDPOINT": "https://login.example.com",
    "OIDC_CLIENT_ID": "usher",
    "OIDC_CLIENT_SECRET": "hush",
    "ALLOWED_EMAIL_DOMAINS": ["example.com"],
}
LOCAL = {"BASE_URL": "http://127.0.0.1:8000", "ALLOWED_HOSTS": ["127.0.0.1", "localhost", "[::1]"]}


@pytest.fixture(autouse=True)
def sound(settings, monkeypatch):
    """Settings of a production server that nothing is wrong with."""
    monkeypatch.setattr(env, "problems", [])
    for name, value in SOUND.items():
        setattr(settings, name, value)


def messages(*, deploy=False):
    every = run_checks(tags=[Tags.security], include_deployment_checks=deploy)
    return [one for one in every if one.id.startswith("usher.")]


def found(*, deploy=False):
    return sorted(one.id for one in messages(deploy=deploy))


def test_the_readme_s_set_up_lines_leave_nothing_to_be_said(settings):
    lines = (source.ROOT / "README.md").read_text().partition("export SECRET_KEY=")[2].partition("```")[0]
    said = dict(re.findall(r"([A-Z_]+)=(\S+)", f"SECRET_KEY={lines}"))
    settings.SECRET_KEY_IS_SET, settings.ENCRYPTION_KEYS = "SECRET_KEY" in said, SOUND["ENCRYPTION_KEYS"]
    settings.BASE_URL, settings.ALLOWED_HOSTS = said["BASE_URL"], said["ALLOWED_HOSTS"].split(",")
    settings.TRUSTED_PROXIES = int(said.get("TRUSTED_PROXIES", 0))
    assert "ENCRYPTION_KEYS" in said
    assert found(deploy=True) == []


def test_nothing_is_wrong_with_a_sound_server():
    assert found(deploy=True) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"SECRET_KEY_IS_SET": False}, ["usher.W001"]),
        ({"ENCRYPTION_KEYS": ["short"]}, ["usher.E003"]),
        ({"ENCRYPTION_KEYS": []}, []),
        ({"ALLOWED_HOSTS": ["other.example.com"]}, ["usher.E004"]),
        ({"ALLOWED_HOSTS": []}, ["usher.E004"]),
        ({"ALLOWED_HOSTS": [".example.com"]}, []),
        ({"ALLOWED_HOSTS": ["*"]}, []),
        ({"BASE_URL": "https://usher.example.com:8443"}, []),
        ({"BASE_URL": "https://usher.example.com/access"}, ["usher.E033"]),
        ({"APTIBLE_AUTH_ROOT_URL": "http://auth.example.com"}, ["usher.E005"]),
        ({"APTIBLE_API_ROOT_URL": "http://10.0.0.1:8900/api"}, ["usher.E005"]),
        ({"OIDC_ENDPOINT": "http://login.example.com"}, ["usher.E005"]),
        ({"APTIBLE_AUTH_ROOT_URL": "http://127.0.0.1:8900/auth"}, []),
        ({"APTIBLE_API_ROOT_URL": "http://[::1]:8900/api"}, []),
        ({"DEMO": True}, ["usher.E006"]),
        ({"DEMO": True, **LOCAL}, []),
        ({"DEMO": True, **LOCAL, "ALLOWED_HOSTS": ["127.0.0.1", "10.0.0.5"]}, ["usher.E006"]),
        ({"DEMO": True, **LOCAL, "ALLOWED_HOSTS": ["127.0.0.1", "*"]}, ["usher.E006"]),
        ({"DEMO": True, **LOCAL, "BASE_URL": "http://10.0.0.5:8000"}, ["usher.E004", "usher.E006"]),
        ({"OIDC_CLIENT_SECRET": ""}, ["usher.E007"]),
        ({"OIDC_ENDPOINT": ""}, ["usher.E007"]),
        ({"OIDC_ENDPOINT": "", "OIDC_CLIENT_ID": "", "OIDC_CLIENT_SECRET": ""}, []),
        ({"ALLOWED_EMAIL_DOMAINS": []}, ["usher.W002"]),
        ({"ALLOWED_EMAIL_DOMAINS": ["jon@example.com"]}, ["usher.E008"]),
        ({"ALLOWED_EMAIL_DOMAINS": ["example"]}, ["usher.E008"]),
    ],
)
def test_a_setting_that_cannot_be_right_is_named(settings, changes, expected):
    for name, value in changes.items():
        setattr(settings, name, value)
    assert found() == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"SECRET_KEY_IS_SET": False}, ["usher.E002", "usher.W001"]),
        ({"SECRET_KEY_IS_SET": False, "DEBUG": True}, ["usher.E052", "usher.W001"]),
        ({"SECRET_KEY_IS_SET": False, "DEMO": True, **LOCAL}, ["usher.W001"]),
        ({"BASE_URL": "http://usher.example.com"}, ["usher.E009"]),
        (LOCAL, []),
        ({"ALLOWED_HOSTS": ["*"]}, ["usher.E010"]),
        ({"ENCRYPTION_KEYS": []}, ["usher.W003"]),
        ({"SETUP": ""}, ["usher.W020"]),
        ({"TRUSTED_PROXIES": 0}, ["usher.W021"]),
    ],
)
def test_a_production_server_is_checked_more_strictly(settings, changes, expected):
    for name, value in changes.items():
        setattr(settings, name, value)
    assert found(deploy=True) == expected


def test_what_could_not_be_read_of_the_environment_is_an_error(monkeypatch):
    monkeypatch.setattr(env, "problems", ["BASE_URL must be an address that starts with https:// or http://."])
    [message] = checks.environment()
    assert message.id == "usher.E001"
    assert message.msg == "BASE_URL must be an address that starts with https:// or http://."


def test_every_message_says_what_to_do_and_ends_in_a_stop(settings, monkeypatch):
    monkeypatch.setattr(env, "problems", ["Something is wrong."])
    wrong = {"SECRET_KEY_IS_SET": False, "ENCRYPTION_KEYS": ["x"], "ALLOWED_HOSTS": ["*"], "DEMO": True}
    for name, value in {**wrong, "OIDC_CLIENT_ID": "", "ALLOWED_EMAIL_DOMAINS": ["x"]}.items():
        setattr(settings, name, value)
    every = [*checks.environment(), *messages(deploy=True)]
    assert len(every) >= 7
    assert all(one.hint and one.msg.endswith(".") for one in every)


@pytest.mark.django_db
def test_a_stored_secret_that_no_key_opens_is_named(settings):
    sealed = secrets.seal("hush", keys=[Fernet.generate_key().decode()])
    Secret.objects.create(name="bot-password", source=Secret.Source.STORED, sealed=sealed)
    [message] = checks.stored_secrets(databases=["default"])
    assert message.id == "usher.E011"
    assert "bot-password" in message.msg
    assert "hush" not in message.msg


@pytest.mark.django_db
def test_a_stored_secret_that_a_key_opens_is_fine(settings):
    sealed = secrets.seal("hush", keys=settings.ENCRYPTION_KEYS)
    Secret.objects.create(name="bot-password", source=Secret.Source.STORED, sealed=sealed)
    assert list(checks.stored_secrets(databases=["default"])) == []


def test_stored_secrets_are_opened_only_when_a_database_is_named():
    assert list(checks.stored_secrets(databases=None)) == []

"""Secrets in the admin: typed once, sealed at once, and never shown again."""

import json
import logging
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.contrib.admin.models import LogEntry
from django.core import serializers
from django.utils import timezone

from access.models import AuditEvent, Integration, Secret
from integrations import secrets
from tests import factories
from tests.access.admin import pages

pytestmark = pytest.mark.django_db

PLAIN = "correct-horse-battery-staple"
STORED = {"name": "bot-password", "source": "stored", "location": "", "value": PLAIN}


@pytest.fixture
def stored(settings):
    sealed = secrets.seal(PLAIN, keys=settings.ENCRYPTION_KEYS)
    return Secret.objects.create(name="bot-password", source="stored", sealed=sealed)


def test_a_typed_secret_is_kept_sealed_and_can_be_read(admin, settings):
    response = admin.post(pages.of_add("secret"), STORED, follow=True)

    secret = Secret.objects.get()
    assert response.status_code == 200
    assert PLAIN not in secret.sealed
    assert secret.value() == PLAIN
    assert secret.location == ""


def test_nothing_that_can_be_read_later_has_the_value(admin, caplog):
    caplog.set_level(logging.DEBUG)
    seen = [admin.post(pages.of_add("secret"), STORED, follow=True)]
    secret = Secret.objects.get()
    # A form that comes back, with the value typed again.
    seen.append(admin.post(pages.of(secret), {**STORED, "name": "not a slug"}))
    seen.append(admin.post(pages.of(secret), {**STORED, "value": PLAIN + "-2"}, follow=True))
    seen += [admin.get(address) for address in (pages.of(secret), pages.of_list("secret"))]
    seen.append(admin.get(pages.of(secret, "history"), follow=True))
    seen += [admin.get(pages.of(event)) for event in AuditEvent.objects.all()]

    for response in seen:
        assert PLAIN.encode() not in response.content
        assert secret.sealed.encode() not in response.content
    assert not LogEntry.objects.exists()
    kept = serializers.serialize("json", AuditEvent.objects.all())
    assert PLAIN not in kept
    assert secret.sealed not in kept
    assert PLAIN not in caplog.text
    assert PLAIN not in json.dumps(dict(admin.session))


def test_a_change_is_told_as_hidden(admin, stored, olga):
    admin.post(pages.of(stored), {**STORED, "value": "another"})

    event = AuditEvent.objects.latest("id")
    assert (event.type, event.subject, event.actor) == ("secret.changed", "secret:bot-password", olga.email)
    assert event.data == {"changes": {"sealed": {"from": "hidden", "to": "hidden"}}}


def test_an_empty_field_keeps_what_is_stored(admin, stored):
    page = pages.text(admin.get(pages.of(stored)))
    assert "Leave empty to keep the stored value." in page

    admin.post(pages.of(stored), {**STORED, "name": "renamed", "value": ""})

    stored.refresh_from_db()
    assert (stored.name, stored.value()) == ("renamed", PLAIN)


def test_a_new_value_is_a_change_at_that_time_and_a_new_name_is_not(admin, stored):
    long_ago = timezone.now() - timedelta(days=400)
    Secret.objects.update(changed_at=long_ago)
    admin.post(pages.of(stored), {**STORED, "name": "renamed", "value": ""})
    assert Secret.objects.get().changed_at == long_ago
    admin.post(pages.of(stored), {**STORED, "name": "renamed", "value": "another"})
    assert Secret.objects.get().changed_at > long_ago


def test_nothing_typed_and_nothing_stored_is_said(admin):
    response = admin.post(pages.of_add("secret"), {**STORED, "value": ""})
    assert pages.errors(response) == {"value": ["Type the secret."]}
    assert not Secret.objects.exists()


def test_a_place_is_needed_for_what_is_not_stored(admin):
    for source in ("env", "file"):
        response = admin.post(pages.of_add("secret"), {"name": "bot", "source": source, "location": " "})
        assert pages.errors(response) == {
            "location": ["Say where the secret is: a variable, a file, or a name at AWS."]
        }


def test_what_was_stored_is_dropped_when_it_comes_from_elsewhere(admin, stored):
    admin.post(
        pages.of(stored), {"name": "bot-password", "source": "env", "location": "TEST_BOT_PASSWORD", "value": ""}
    )
    stored.refresh_from_db()
    assert (stored.sealed, stored.location) == ("", "TEST_BOT_PASSWORD")


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ([], "There is no encryption key, so stored secrets cannot be used."),
        (["short"], "Encryption key number 1 is not 32 bytes in URL-safe base64."),
    ],
)
def test_without_a_usable_key_there_is_one_sentence_and_no_row(admin, settings, keys, sentence):
    settings.ENCRYPTION_KEYS = keys
    response = admin.post(pages.of_add("secret"), STORED)
    [told] = pages.errors(response)["value"]
    assert told == f"{sentence} Set ENCRYPTION_KEYS and restart, or take the secret from a file."
    assert not Secret.objects.exists()


def test_the_page_says_whether_it_can_be_read_and_why_not(admin, stored, settings, monkeypatch):
    assert "Yes." in pages.text(admin.get(pages.of(stored)))
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    page = pages.text(admin.get(pages.of(stored)))
    assert "No. The stored secret does not open with any of the encryption keys in use." in page
    Secret.objects.update(source="env", location="NOT_SET_ANYWHERE", sealed="")
    page = pages.text(admin.get(pages.of_list("secret")))
    assert "No. The environment variable NOT_SET_ANYWHERE is not set, or empty." in page


def test_the_integrations_of_a_changed_secret_are_due_at_once(admin, now):
    integration = factories.integration()
    later = timezone.now() + timedelta(hours=1)
    Integration.objects.update(due_at=later)
    secret = integration.password_secret

    admin.post(pages.of(secret), {"name": "renamed", "source": "env", "location": secret.location, "value": ""})
    assert Integration.objects.get().due_at == later
    admin.post(pages.of(secret), {"name": "renamed", "source": "env", "location": "ELSEWHERE", "value": ""})
    assert Integration.objects.get().due_at < later


def test_a_secret_in_use_is_not_removed_and_the_page_says_by_whom(admin, integration):
    response = admin.post(pages.of(integration.password_secret, "delete"), {"post": "yes"})
    assert response.status_code == 200
    assert "Integration: main-aptible-integration" in pages.text(response)
    assert Secret.objects.filter(pk=integration.password_secret_id).exists()


def test_a_secret_that_nobody_needs_is_removed_and_the_log_says_so_without_it(admin, stored):
    admin.post(pages.of(stored, "delete"), {"post": "yes"})
    assert not Secret.objects.exists()
    event = AuditEvent.objects.latest("id")
    assert (event.type, event.data) == (
        "secret.removed",
        {"facts": {"name": "bot-password", "source": "stored", "location": "", "json_key": ""}},
    )


def test_the_sealed_text_cannot_be_guessed_through_a_filter_in_the_address(admin, stored):
    assert admin.get(pages.of_list("secret"), {"sealed__startswith": stored.sealed[:9]}).status_code == 400
    assert admin.get(pages.of_list("user"), {"password__startswith": "md5"}).status_code == 400


def test_a_secret_that_cannot_be_logged_is_not_saved(admin, monkeypatch):
    monkeypatch.setattr("access.config.record_changes.log.append", factories.breaks)
    with pytest.raises(RuntimeError):
        admin.post(pages.of_add("secret"), STORED)
    assert not Secret.objects.exists()

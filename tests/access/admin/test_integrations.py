"""Integrations in the admin: set up, tried and synced against a simulated Aptible."""

import pytest
from django.db import connection
from django.utils import timezone

from access.directory import connect
from access.models import AuditEvent, DirectoryPerson, DirectoryRole, Integration, Target, UserMapping
from integrations.aptible.simulator import seed
from tests import factories
from tests.access.admin import pages
from tests.access.admin.buttons import WhoMayPress

pytestmark = pytest.mark.django_db

BUTTONS = ("test", "sync")


def typed(integration, **changes):
    return {
        "name": integration.name,
        "external_id": integration.external_id,
        "username_secret": integration.username_secret_id,
        "password_secret": integration.password_secret_id,
        "sync_every": "10m",
        "fallback_role": "",
        **changes,
    }


@pytest.mark.parametrize("button", BUTTONS)
class TestWhoMayPress(WhoMayPress):
    model = "integration"

    @pytest.fixture
    def row(self, aptible, integration):
        return integration

    def test_nobody_waits_for_aptible_inside_a_transaction(self, admin, aptible, integration, button, monkeypatch):
        depth = len(connection.savepoint_ids)
        depths = []
        real = connect.provider_for

        def watched(*args, **kwargs):
            depths.append(len(connection.savepoint_ids))
            return real(*args, **kwargs)

        monkeypatch.setattr(connect, "provider_for", watched)
        admin.post(pages.of(integration, button))
        assert depths == [depth]


def test_a_connection_that_works_is_told_line_by_line(admin, aptible, integration):
    response = admin.post(pages.of(integration, "test"))
    page = pages.text(response)
    assert response.status_code == 200
    assert "The connection works." in page
    assert page.count("✓") == len(response.context["report"].findings)
    assert "✗" not in page
    assert "Signed in to Aptible as bot@example.com." in page


def test_a_wrong_password_is_said_and_its_value_is_not(admin, aptible, integration, monkeypatch):
    monkeypatch.setenv("TEST_BOT_PASSWORD", "not-the-password")
    page = pages.text(admin.post(pages.of(integration, "test")))
    assert "The connection does not work as it should." in page
    assert "✗" in page
    assert "not-the-password" not in page


def test_a_secret_that_is_missing_is_said_without_a_call(admin, integration, monkeypatch):
    monkeypatch.delenv("TEST_BOT_PASSWORD")
    page = pages.text(admin.post(pages.of(integration, "test")))
    assert "The environment variable TEST_BOT_PASSWORD is not set, or empty." in page


def test_a_test_that_succeeds_ends_the_attention_and_tries_what_was_refused(admin, aptible, integration, monkeypatch):
    monkeypatch.setenv("TEST_BOT_PASSWORD", "not-the-password")
    admin.post(pages.of(integration, "sync"))
    integration.refresh_from_db()
    assert integration.attention
    assert integration.attention in pages.text(admin.get(pages.of(integration)))
    assert integration.attention in pages.text(admin.get(pages.of_list("integration")))

    monkeypatch.setenv("TEST_BOT_PASSWORD", seed.PASSWORD)
    admin.post(pages.of(integration, "test"))

    integration.refresh_from_db()
    assert (integration.attention, integration.refused_fingerprint) == ("", "")
    assert AuditEvent.objects.latest("id").type == "integration.works_again"


def test_a_refused_sign_in_is_tried_again_by_itself_once_the_secret_changed(admin, aptible, integration, monkeypatch):
    monkeypatch.setenv("TEST_BOT_PASSWORD", "not-the-password")
    admin.post(pages.of(integration, "sync"))
    monkeypatch.setenv("OTHER_BOT_PASSWORD", seed.PASSWORD)
    secret = integration.password_secret
    admin.post(pages.of(secret), {"name": secret.name, "source": "env", "location": "OTHER_BOT_PASSWORD", "value": ""})

    response = admin.post(pages.of(integration, "sync"), follow=True)

    assert pages.told(response)[-1].startswith("Synced.")


def test_a_sync_tells_what_was_found_and_is_this_admins_act(admin, aptible, integration, olga):
    DirectoryRole.objects.all().delete()
    before = timezone.now()

    response = admin.post(pages.of(integration, "sync"), follow=True)

    assert pages.told(response) == ["Synced. Roles: 6. People: 4. Environments: 2. Permissions: 7."]
    assert DirectoryRole.objects.count() == 6
    integration.refresh_from_db()
    assert integration.synced_at >= before
    event = AuditEvent.objects.filter(type="integration.synced").latest("id")
    assert (event.actor, event.subject) == (olga.email, "integration:main-aptible-integration")


def test_a_sync_in_trouble_says_why_and_changes_nothing(admin, aptible, integration):
    aptible.stop()
    try:
        response = admin.post(pages.of(integration, "sync"), follow=True)
    finally:
        aptible.start()
    [told] = pages.told(response)
    assert told.startswith("The sync did not work. ")
    integration.refresh_from_db()
    assert integration.synced_at is None


def test_a_sync_that_breaks_in_its_last_step_leaves_no_trace(admin, aptible, integration, monkeypatch):
    DirectoryRole.objects.all().delete()
    monkeypatch.setattr("access.directory.sync.log.append", factories.breaks)
    with pytest.raises(RuntimeError):
        admin.post(pages.of(integration, "sync"))
    assert not DirectoryRole.objects.exists()


def test_an_integration_is_added_with_a_length_of_time_in_words(admin, integration, olga):
    changes = {"name": "second", "external_id": " ABC-2 ", "sync_every": "1h 30m"}
    admin.post(pages.of_add("integration"), typed(integration, **changes))

    added = Integration.objects.get(name="second")
    assert (added.external_id, added.sync_every) == ("abc-2", 5400)
    event = AuditEvent.objects.latest("id")
    assert (event.type, event.actor) == ("integration.added", olga.email)
    assert event.data["facts"]["username_secret"] == "aptible-bot-username"


@pytest.mark.parametrize(
    ("typed_text", "sentence"),
    [
        ("often", "“often” is no length of time: write it like 30m, 8h or 1d 12h."),
        ("5s", "5s is out of range: at least 1m, at most 1d."),
        ("2d", "2d is out of range: at least 1m, at most 1d."),
        ("", "This field is required."),
    ],
)
def test_a_length_of_time_that_cannot_be_is_said(admin, integration, typed_text, sentence):
    response = admin.post(pages.of(integration), typed(integration, sync_every=typed_text))
    assert pages.errors(response) == {"sync_every": [sentence]}


def test_the_organization_stays_once_there_are_targets(admin, target):
    integration = target.integration
    admin.post(pages.of(integration), typed(integration, external_id="another"))
    integration.refresh_from_db()
    assert integration.external_id == seed.ORGANIZATION_ID


def role(name: str, **changes) -> DirectoryRole:
    DirectoryRole.objects.filter(name=name).update(**changes)
    return DirectoryRole.objects.get(name=name)


def test_the_fallback_role_is_picked_and_kept_by_its_id(admin, integration):
    staging = role("Staging")
    admin.post(pages.of(integration), typed(integration, fallback_role=staging.pk))
    integration.refresh_from_db()
    assert integration.fallback_role_id == staging.external_id
    assert "Staging · platform_user" in pages.text(admin.get(pages.of(integration)))
    change = AuditEvent.objects.latest("id").data["changes"]["fallback_role_id"]
    assert change == {"from": "", "to": staging.external_id}

    admin.post(pages.of(integration), typed(integration))
    integration.refresh_from_db()
    assert integration.fallback_role_id == ""


@pytest.mark.parametrize(
    ("name", "changes", "sentence"),
    [
        ("Staging", {"gone_at": "2026-01-01T00:00:00Z"}, "Aptible no longer has the role Staging."),
        (
            "Account Owners",
            {},
            "Account Owners is not a custom role, but of the type owner. A fallback role is given without asking.",
        ),
        (
            "Staging",
            {"scim_created": True},
            "Staging is managed by SCIM, which takes people out again as it likes."
            " A fallback role is given without asking.",
        ),
    ],
)
def test_a_fallback_role_that_would_harm_is_refused(admin, integration, name, changes, sentence):
    picked = role(name, **changes)
    response = admin.post(pages.of(integration), typed(integration, fallback_role=picked.pk))
    assert pages.errors(response) == {"fallback_role": [sentence]}
    integration.refresh_from_db()
    assert integration.fallback_role_id == ""


def test_a_fallback_role_is_no_target(admin, target):
    response = admin.post(pages.of(target.integration), typed(target.integration, fallback_role=role("Prod").pk))
    assert pages.errors(response) == {
        "fallback_role": ["Prod is the target prod, and a fallback role is kept for good."]
    }


def test_an_integration_with_targets_is_not_removed(admin, target):
    response = admin.post(pages.of(target.integration, "delete"), {"post": "yes"})
    assert "Target: Prod" in pages.text(response)
    assert Integration.objects.exists()


def test_an_integration_without_targets_goes_with_what_was_read_from_it(admin, integration, jon):
    factories.mapping(jon)
    admin.post(pages.of(integration, "delete"), {"post": "yes"})
    assert not any(model.objects.exists() for model in (Integration, DirectoryPerson, UserMapping, Target))
    assert AuditEvent.objects.latest("id").type == "integration.removed"

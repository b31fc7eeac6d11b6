"""Reading an organization: what is kept, what is marked as gone, who is matched."""

from datetime import timedelta

import pytest

from access.directory import sync
from access.models import (
    AuditEvent,
    DirectoryEnvironment,
    DirectoryMembership,
    DirectoryPermission,
    DirectoryPerson,
    DirectoryRole,
    Integration,
    UserMapping,
)
from integrations.base import ProviderError
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(integration, provider, now):
    def read(actor="olga@example.com", at=now):
        integration.refresh_from_db()
        return sync.sync(integration=integration, provider=provider, actor=actor, now=at)

    return read


def test_roles_people_environments_permissions_and_members_are_kept(read, aptible, integration):
    read()
    prod = DirectoryRole.objects.get(integration=integration, name="Prod")
    assert (prod.type, prod.scim_created) == ("platform_user", False)
    assert DirectoryPerson.objects.filter(email="jon@example.com", gone_at=None).exists()
    assert set(DirectoryEnvironment.objects.values_list("name", flat=True)) == {"prod", "staging"}
    assert DirectoryPermission.objects.filter(role=prod, environment__name="prod").exists()
    assert DirectoryMembership.objects.filter(role=prod).count() == len(aptible.members("Prod"))
    integration.refresh_from_db()
    assert integration.synced_at


def test_a_second_sync_changes_nothing(read):
    read()
    before = set(DirectoryRole.objects.values_list("pk", "name", "gone_at"))
    read()
    assert set(DirectoryRole.objects.values_list("pk", "name", "gone_at")) == before


def test_what_is_gone_is_marked_and_what_comes_back_is_unmarked(read, aptible, now):
    read()
    aptible.delete_role("Staging")
    aptible.remove_from_organization("rita@example.com", "Example Health")
    read(at=now + timedelta(hours=1))
    assert DirectoryRole.objects.get(name="Staging").gone_at == now + timedelta(hours=1)
    rita = DirectoryPerson.objects.get(email="rita@example.com")
    assert rita.gone_at == now + timedelta(hours=1)

    aptible.add_member("Everyone", "rita@example.com")
    read(at=now + timedelta(hours=2))
    rita.refresh_from_db()
    assert rita.gone_at is None


def test_people_are_matched_by_email(read, jon):
    UserMapping.objects.all().delete()
    read()
    assert UserMapping.objects.get(user=jon).method == "email"


def test_a_sync_that_fails_changes_nothing_and_is_said(read, aptible, integration):
    read()
    aptible.fail(500)
    roles = DirectoryRole.objects.count()
    with pytest.raises(ProviderError):
        read()
    assert DirectoryRole.objects.count() == roles


def test_an_organization_behind_sso_needs_attention(read, aptible, integration):
    aptible.enforce_sso(True)
    with pytest.raises(ProviderError):
        read()
    integration.refresh_from_db()
    assert integration.attention


def test_a_sync_by_hand_is_an_act_and_one_by_the_clock_only_news(read):
    read()
    read(actor="usher")
    assert AuditEvent.objects.filter(type="integration.synced").count() == 1


def test_a_due_sync_is_taken_by_one_worker(integration, now):
    Integration.objects.update(due_at=now)
    assert sync.take_due(integration, now=now)
    assert not sync.take_due(integration, now=now)
    assert sync.take_due(integration, now=now + timedelta(seconds=integration.sync_every))


def test_a_broken_last_step_leaves_the_old_directory(read, aptible, monkeypatch):
    read()
    aptible.delete_role("Staging")
    monkeypatch.setattr("access.audit.log.append", factories.breaks)
    with pytest.raises(RuntimeError):
        read()
    assert DirectoryRole.objects.get(name="Staging").gone_at is None

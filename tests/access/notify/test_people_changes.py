"""Whoever is concerned by a change hears of it, and so do the admins: who did it, when, and what it was before."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from access.config import record_changes
from access.directory import secrets
from access.models import Integration, Notification, Secret, User
from access.notify import letters, read_log
from access.people import mappings, sign_in, tokens
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def by_mail(settings):
    settings.EMAIL_IS_SET = True


def told(now) -> dict[str, list[str]]:
    """To which addresses what was said."""
    read_log.read(now=now)
    rows = Notification.objects.filter(kind="concerned").select_related("recipient").order_by("pk")
    said: dict[str, list[str]] = {}
    for one in rows:
        message = letters.message(one)
        said.setdefault(message.to, []).append(message.text)
    return said


def changed(user: User, olga, now, **changes) -> None:
    before = record_changes.facts(user)
    User.objects.filter(pk=user.pk).update(**changes)
    record_changes.record_changed(User.objects.get(pk=user.pk), before=before, by=olga, now=now)


@pytest.mark.parametrize(
    "change",
    [
        {"is_superuser": True},
        {"is_staff": True},
        {"is_auditor": True},
        {"name": "Adam Other"},
        {"password": "another"},
        {"on_call_email": "adam@pager.example"},
    ],
)
def test_a_changed_right_or_name_is_told(adam, olga, now, change):
    changed(adam, olga, now, **change)
    said = told(now)
    assert set(said) == {"adam@example.com", "olga@example.com"}
    assert "Olga Brandt did it on" in said["adam@example.com"][0]
    assert "another" not in said["adam@example.com"][0]


def test_a_right_to_look_is_told(adam, olga, now):
    before = record_changes.facts(adam)
    adam.user_permissions.add(Permission.objects.get(codename="view_flow"))
    record_changes.record_changed(adam, before=before, by=olga, now=now)
    assert set(told(now)) == {"adam@example.com", "olga@example.com"}


def test_nobody_can_choose_not_to_hear_it(adam, olga, now):
    changed(adam, olga, now, is_superuser=True, is_staff=True)
    assert told(now)
    assert set(Notification.objects.filter(kind="concerned").values_list("topic", flat=True)) == {""}


def test_a_changed_manager_is_told(adam, jon, olga, now):
    changed(jon, olga, now, manager=adam)
    assert "manager: None → adam@example.com" in told(now)["jon@example.com"][0]


def test_a_changed_address_is_told_at_the_old_and_the_new_one(adam, olga, now):
    changed(adam, olga, now, email="evil@example.com")
    said = told(now)
    assert set(said) == {"adam@example.com", "evil@example.com", "olga@example.com"}
    assert "email: adam@example.com → evil@example.com" in said["adam@example.com"][0]


def test_a_mapping_by_hand_is_told_and_the_first_match_is_not(adam, olga, integration, now):
    mappings.match(user=adam, integration=integration, now=now)
    assert told(now) == {}
    mappings.set_by_hand(user=adam, integration=integration, account_id="evil", by=olga, now=now)
    said = told(now)
    assert "→ evil" in said["adam@example.com"][0]
    assert set(said) == {"adam@example.com", "olga@example.com"}


def test_a_mapping_that_is_taken_away_is_told(adam, olga, integration, now):
    mapping = factories.mapping(adam)
    mappings.unset(mapping=mapping, by=olga, now=now)
    assert "→ –" in told(now)["adam@example.com"][0]


def test_a_delegation_is_told_to_the_admins_too(adam, rita, olga, now):
    factories.delegation(adam, rita, now=now)
    assert set(told(now)) == {"olga@example.com"}


def test_who_is_in_a_group_since_then_or_no_longer_is_told(adam, rita, jon, olga, now):
    group = factories.group("Security", adam, jon)
    before = record_changes.facts(group)
    group.members.set([jon, rita])
    record_changes.record_changed(group, before=before, by=olga, now=now)
    assert set(told(now)) == {"adam@example.com", "rita@example.com", "olga@example.com"}


def test_a_changed_secret_or_integration_is_told_to_every_admin(olga, integration, now):
    secret = Secret.objects.first()
    before = record_changes.facts(secret)
    secrets.set_source(secret, sealed="", now=now)
    secret.location = "ANOTHER"
    secret.save()
    record_changes.record_changed(secret, before=before, by=olga, now=now)
    before = record_changes.facts(integration)
    Integration.objects.update(fallback_role_id="r")
    integration.refresh_from_db()
    record_changes.record_changed(integration, before=before, by=olga, now=now)
    assert len(told(now)["olga@example.com"]) == 2


def test_that_somebody_is_matched_anew_is_told(adam, olga, now):
    from social_django.models import UserSocialAuth

    UserSocialAuth.objects.create(user=adam, provider="oidc", uid="1")
    sign_in.forget_matches(user=adam, by=olga, now=now)
    assert set(told(now)) == {"adam@example.com", "olga@example.com"}


def test_a_token_that_somebody_else_issues_is_told_to_its_person_and_the_admins(olga, adam, now):
    day = now + timedelta(days=1)
    tokens.issue(person=adam, actor="cli:root", label="his", scopes=["approve"], expires_at=day, now=now)
    said = told(now)
    assert set(said) == {"adam@example.com", "olga@example.com"}
    assert "approve" in said["adam@example.com"][0]


def test_a_token_of_ones_own_is_told_to_oneself_since_a_session_may_be_stolen(olga, adam, now):
    tokens.issue(person=adam, actor=adam, label="own", scopes=["read"], expires_at=now + timedelta(days=1), now=now)
    said = told(now)
    assert set(said) == {"adam@example.com"}
    assert "adam@example.com issued the API token" in said["adam@example.com"][0]

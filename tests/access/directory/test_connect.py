"""Credentials that do not work are said once, and never tried in a loop."""

from datetime import timedelta

import pytest

from access.directory import connect
from access.models import AuditEvent, Secret
from integrations.aptible.simulator import Simulator
from integrations.base import LoginRefused, NeedsAttention

pytestmark = pytest.mark.django_db


def refuse(integration, now, **more):
    connect.note_attention(integration, LoginRefused("Aptible refused the bot's password.", **more), now=now)
    integration.refresh_from_db()


def test_a_refused_sign_in_is_not_tried_again_with_the_same_credentials(integration, now):
    refuse(integration, now)
    with pytest.raises(LoginRefused):
        connect.provider_for(integration, now=now + timedelta(days=30))


def test_an_admin_who_tests_the_connection_tries_anew(integration, now):
    refuse(integration, now)
    assert connect.provider_for(integration, now=now, anew=True)


def test_new_credentials_are_tried(integration, now, monkeypatch):
    refuse(integration, now)
    Secret.objects.filter(pk=integration.password_secret_id).update(source="env", location="A_NEW_PASSWORD")
    monkeypatch.setenv("A_NEW_PASSWORD", "new")
    integration.refresh_from_db()
    assert connect.provider_for(integration, now=now)


def test_a_lockout_is_waited_for(integration, now):
    refuse(integration, now, retry_at_earliest=60)
    with pytest.raises(LoginRefused):
        connect.provider_for(integration, now=now + timedelta(seconds=59))
    assert connect.provider_for(integration, now=now + timedelta(seconds=60))


def test_waiting_for_a_lockout_does_not_make_it_longer(integration, now):
    refuse(integration, now, retry_at_earliest=60)
    with pytest.raises(LoginRefused) as raised:
        connect.provider_for(integration, now=now + timedelta(seconds=20))
    assert raised.value.retry_at_earliest == 40
    connect.note_attention(integration, raised.value, now=now + timedelta(seconds=21))
    integration.refresh_from_db()
    assert integration.login_retry_at == now + timedelta(seconds=60)
    assert AuditEvent.objects.filter(type="integration.needs_attention").count() == 1


def test_a_sign_in_that_works_again_elsewhere_is_tried_again_here(integration, now, settings):
    with Simulator() as simulator:
        settings.APTIBLE_AUTH_ROOT_URL, settings.APTIBLE_API_ROOT_URL = simulator.auth_url, simulator.api_url
        simulator.require_otp(True)
        with pytest.raises(LoginRefused) as raised:
            connect.provider_for(integration, now=now).roles_by_account()
        connect.note_attention(integration, raised.value, now=now)
        simulator.clear_faults()
        with pytest.raises(LoginRefused):
            connect.provider_for(integration, now=now)
        connect.note_working(integration, now=now)
        assert connect.provider_for(integration, now=now).roles_by_account()
        assert simulator.sign_ins == 2


def test_the_same_trouble_is_said_once_and_its_beginning_is_kept(integration, now):
    for seconds in range(3):
        error = NeedsAttention("The organization asks for SSO.")
        connect.note_attention(integration, error, now=now + timedelta(seconds=seconds))
        integration.refresh_from_db()
    assert integration.attention_since == now
    assert AuditEvent.objects.filter(type="integration.needs_attention").count() == 1


def test_an_integration_that_answers_again_is_said_once(integration, now):
    refuse(integration, now)
    for _twice in range(2):
        connect.note_working(integration, now=now)
        integration.refresh_from_db()
    assert (integration.attention, integration.refused_fingerprint) == ("", "")
    assert AuditEvent.objects.filter(type="integration.works_again").count() == 1


def test_a_credential_that_cannot_be_read_is_a_sentence_without_its_value(integration, now):
    Secret.objects.filter(pk=integration.password_secret_id).update(source="env", location="NO_SUCH_VARIABLE")
    integration.refresh_from_db()
    with pytest.raises(NeedsAttention, match="NO_SUCH_VARIABLE"):
        connect.provider_for(integration, now=now)

"""Every sign-in is in the log."""

import pytest
from django.urls import reverse

from access.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in_as(client, jon):
    def sign_in(password):
        jon.set_password("correct horse battery")
        jon.save()
        return client.post(reverse("login"), {"email": "JON@example.com", "password": password})

    return sign_in


def test_a_sign_in_says_who_how_and_from_where(signed_in_as):
    assert signed_in_as("correct horse battery").status_code == 302
    event = AuditEvent.objects.get(type="person.signed_in")
    assert (event.actor, event.data) == ("jon@example.com", {"way": "ModelBackend", "address": "127.0.0.1"})


def test_a_wrong_password_is_not_in_the_log(signed_in_as):
    assert signed_in_as("wrong").status_code == 400
    assert not AuditEvent.objects.filter(type="person.signed_in").exists()


def test_the_button_of_the_demo_is_a_sign_in_too(client, jon, settings):
    settings.DEMO = True
    client.post(reverse("login-demo"), {"email": jon.email}, headers={"host": "127.0.0.1"})
    assert AuditEvent.objects.filter(type="person.signed_in", actor=jon.email).exists()

"""The page that erases contact data: for admins, once the address is typed, and only of who has left."""

import pytest
from django.urls import reverse

from access.models import AuditEvent, User
from tests import factories
from tests.portal.pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_admin(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def gone(rita):
    User.objects.filter(pk=rita.pk).update(is_active=False)
    return User.objects.get(pk=rita.pk)


def page(person):
    return reverse("admin:access_user_erase", args=[person.pk])


def change_page(person):
    return reverse("admin:access_user_change", args=[person.pk])


def test_the_page_of_who_has_left_leads_there(as_admin, gone, adam):
    assert page(gone) in as_admin.get(change_page(gone)).content.decode()
    assert page(adam) not in as_admin.get(change_page(adam)).content.decode()


def test_the_address_has_to_be_typed(as_admin, gone):
    assert "It can't be undone." in words(as_admin.get(page(gone)))
    answer = as_admin.post(page(gone), {"email": "somebody@example.com"})
    assert answer.status_code == 422
    assert "Type rita@example.com to confirm." in words(answer)
    assert User.objects.filter(email="rita@example.com").exists()


def test_then_it_is_done_and_said(as_admin, gone, olga):
    said = words(as_admin.post(page(gone), {"email": "Rita@example.com"}, follow=True))
    assert "The contact data of Rita Moss are erased" in said
    assert not User.objects.filter(email="rita@example.com").exists()
    assert AuditEvent.objects.get(type="person.contact_erased").actor_id == olga.pk
    assert "erased already" in words(as_admin.get(page(gone), follow=True))


def test_of_who_can_sign_in_it_is_refused(as_admin, adam):
    for verb in (as_admin.get, as_admin.post):
        assert "Switch Adam Novak off first" in words(verb(page(adam), follow=True))


def test_nobody_but_an_admin(client, gone):
    client.force_login(factories.person("avery", is_auditor=True))
    assert client.get(page(gone)).status_code == 403
    assert client.post(page(gone), {"email": gone.email}).status_code == 403
    assert User.objects.filter(email="rita@example.com").exists()

"""The start of the admin: what needs an admin, and the way to mend it."""

import pytest
from django.utils import timezone

from access.models import Flow, Integration, UserMapping
from tests import factories
from tests.access.admin import pages

pytestmark = pytest.mark.django_db

START = "/admin/"


def test_it_names_what_needs_an_admin_and_leads_there(admin, flow):
    Integration.objects.update(attention="Aptible refused the password.", attention_since=timezone.now())
    Flow.objects.update(dead_end="nobody is in Security.", dead_end_since=timezone.now())
    page = admin.get(START)
    said, source = pages.text(page), page.content.decode()
    assert "Aptible refused the password." in said
    assert "Production access: nobody is in Security." in said
    assert "The worker is not running" in said
    for row in (Integration.objects.get(), Flow.objects.get()):
        assert f'href="{pages.of(row)}"' in source


def test_it_counts_those_who_can_get_no_access(admin, flow, jon, rita):
    for person in (jon, rita):
        UserMapping.objects.create(user=person, integration=Integration.objects.get())
    factories.person("gina", is_active=False)
    assert "Some people can get no access. No account has this e-mail: 2." in pages.text(admin.get(START))


def test_with_nothing_to_do_it_says_what_would_stand_there(admin, flow, monkeypatch):
    monkeypatch.setattr("access.alerts.alerts.for_admin", lambda now: [])
    assert "Nothing at the moment." in pages.text(admin.get(START))


def test_who_only_looks_is_told_nothing_of_it(client, flow):
    client.force_login(factories.person("sam", is_staff=True))
    assert "What needs you" not in pages.text(client.get(START))

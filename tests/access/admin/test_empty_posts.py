"""A form that is sent empty, as a broken client or a script does, changes nothing."""

from typing import Any

import pytest

from access.admin import site
from access.models import AuditEvent
from tests.access.admin.test_admin_only import posts

pytestmark = pytest.mark.django_db
# Buttons that ask for nothing more than to be pressed.
BUTTONS = ("/test/", "/sync/", "/match/", "/secret/", "/invite/", "/invite-by-mail/", "/renew/")


def everything(models) -> list[list[dict[str, Any]]]:
    return [list(one._base_manager.order_by("pk").values()) for one in models]


def test_an_empty_post_to_any_form_of_the_admin_changes_nothing(client, olga, flow, now):
    client.force_login(olga)
    addresses = [one for one in posts(now) if not one.endswith(BUTTONS)]
    assert len(addresses) > 50
    before, events = everything(site._registry), AuditEvent.objects.count()
    for one in addresses:
        client.post(one, {})
        assert AuditEvent.objects.count() == events, one
        assert everything(site._registry) == before, one

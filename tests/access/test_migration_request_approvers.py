"""The index of approvers is filled for the requests that were there before it."""

from importlib import import_module

import pytest
from django.apps import apps

from tests import factories

pytestmark = pytest.mark.django_db


def test_the_index_is_filled_from_the_policies_and_leaves_out_who_is_gone(flow, adam, now):
    asked = factories.request_at(now=now)
    asked.approvers.clear()
    asked.policy["approvers"].append({"id": 10**6, "name": "Gone", "email": "gone@example.com"})
    asked.save()

    import_module("access.migrations.0003_request_approvers").fill(apps, None)

    assert list(asked.approvers.all()) == [adam]

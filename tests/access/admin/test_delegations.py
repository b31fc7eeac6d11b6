"""Delegations in the admin: set for somebody who is away already, ended, never changed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from access.models import AuditEvent, Delegation, User
from tests import factories
from tests.access.admin import pages

pytestmark = pytest.mark.django_db
ADD = "/admin/access/delegation/add/"


def typed(away, to, **more):
    end = timezone.now() + timedelta(days=3)
    return {
        "from_person": away.pk, "to_person": to.pk, "starts_at_0": "", "starts_at_1": "",
        "ends_at_0": f"{end:%Y-%m-%d}", "ends_at_1": "12:00:00", "reason": "Ill.", **more,
    }  # fmt: skip


def test_an_admin_sets_it_for_somebody_and_the_log_says_who_did(admin, adam, rita, olga):
    admin.post(ADD, typed(adam, rita))
    row = Delegation.objects.get()
    assert (row.from_person, row.to_person, row.created_by) == (adam, rita, olga)
    [event] = AuditEvent.objects.filter(type__startswith="delegation.")
    assert (event.type, event.actor) == ("delegation.set", "olga@example.com")


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"ends_at_0": "2020-01-01"}, "ends_at", "The end is over already."),
        ({"ends_at_0": "2090-01-01"}, "ends_at", "At most 90 days: after that, somebody else should approve"),
        ({"reason": ""}, "reason", "This field is required."),
    ],
)
def test_what_is_wrong_is_said_next_to_its_field(admin, adam, rita, wrong, field, sentence):
    found = pages.errors(admin.post(ADD, typed(adam, rita, **wrong)))
    assert sentence in str(found[field])
    assert not Delegation.objects.exists()


def test_a_loop_and_a_delegation_to_oneself_are_refused_with_the_names(admin, adam, rita):
    admin.post(ADD, typed(adam, rita))
    assert "That would be a loop" in str(pages.errors(admin.post(ADD, typed(rita, adam))))
    assert "Name somebody else" in str(pages.errors(admin.post(ADD, typed(rita, rita))))


def test_it_is_ended_from_the_list_and_never_changed_or_deleted(admin, adam, rita):
    row = factories.delegation(adam, rita, now=timezone.now())
    assert admin.post(f"/admin/access/delegation/{row.pk}/change/", typed(adam, rita)).status_code == 403
    assert admin.get(f"/admin/access/delegation/{row.pk}/delete/").status_code == 403
    data = {"action": "end_now", "_selected_action": [row.pk]}
    admin.post("/admin/access/delegation/", data)
    assert Delegation.objects.get().ended_at
    assert "has ended already" in pages.text(admin.post("/admin/access/delegation/", data, follow=True))


def test_nobody_but_an_admin_sets_it(client, jon, adam, rita):
    User.objects.filter(pk=jon.pk).update(is_staff=True)
    client.force_login(User.objects.get(pk=jon.pk))
    assert client.post(ADD, typed(adam, rita)).status_code == 403
    assert not Delegation.objects.exists()

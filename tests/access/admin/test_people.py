"""People in the admin: added, changed, deactivated; never deleted."""

import pytest
from django.contrib.auth.models import Permission

from access.config import record_changes
from access.core.states import GrantState, RequestState
from access.models import AuditEvent, Flow, User, UserMapping
from tests import factories
from tests.access.admin import pages

pytestmark = pytest.mark.django_db


@pytest.fixture
def helper(client):
    """May change people, and is no superuser."""
    staff = factories.person("stella", is_staff=True)
    staff.user_permissions.add(*Permission.objects.filter(codename__in=("view_user", "change_user", "add_user")))
    client.force_login(staff)
    return client


def typed(user, **changes):
    ticked = {name: "on" for name in ("is_active", "is_staff", "is_superuser") if getattr(user, name)}
    known = {"email": user.email, "name": user.name, **ticked, **changes}
    return {name: value for name, value in known.items() if value is not None}


def test_a_person_is_added_without_a_password(admin, olga):
    admin.post(pages.of_add("user"), {"email": "New@Example.com", "name": "New Person"})
    user = User.objects.get(email="new@example.com")
    assert not user.has_usable_password()
    assert not user.is_staff
    event = AuditEvent.objects.latest("id")
    assert (event.type, event.subject, event.actor) == ("person.added", "person:new@example.com", olga.email)
    assert "password" not in event.data["facts"]


def test_one_email_is_one_person_whatever_its_case(admin, jon, rita):
    response = admin.post(pages.of_add("user"), {"email": "JON@example.com", "name": ""})
    assert pages.errors(response)["email"] == ["Another person has this e-mail already."]
    response = admin.post(pages.of(rita), typed(rita, email="Jon@Example.com"))
    assert pages.errors(response) == {"email": ["Another person has this e-mail already."]}


def test_nobody_is_on_call_by_anothers_address(admin, jon, rita):
    admin.post(pages.of(rita), typed(rita, on_call_email="Rita@Pager.example"))
    rita.refresh_from_db()
    assert rita.on_call_email == "rita@pager.example"
    for taken, words in (("JON@example.com", "Somebody else signs in"), ("ADAM@pager.example", "Another person")):
        User.objects.filter(pk=factories.person("adam").pk).update(on_call_email="adam@pager.example")
        response = admin.post(pages.of(rita), typed(rita, on_call_email=taken))
        assert words in str(pages.errors(response))


def test_nobody_is_deleted(admin, jon):
    assert admin.post(pages.of(jon, "delete"), {"post": "yes"}).status_code == 403
    response = admin.post(
        pages.of_list("user"), {"action": "delete_selected", "_selected_action": [jon.pk], "index": "0", "post": "yes"}
    )
    assert response.status_code in (200, 302)
    assert User.objects.filter(pk=jon.pk).exists()


def test_deactivating_ends_what_the_person_holds_and_waits_for(admin, jon, flow, now, olga):
    grant = factories.grant(state=GrantState.ACTIVE, now=now)
    pending = factories.request_at(now=now)

    response = admin.post(pages.of(jon), typed(jon, is_active=None), follow=True)

    jon.refresh_from_db()
    pending.refresh_from_db()
    assert not jon.is_active
    assert pending.state == RequestState.WITHDRAWN
    assert grant.refreshed().state == GrantState.REVOKING
    assert "What Jon Reyes asked for is withdrawn, and what they hold is ending." in pages.told(response)
    event = AuditEvent.objects.latest("id")
    assert (event.type, event.actor) == ("person.changed", olga.email)
    assert event.data["changes"] == {"is_active": {"from": True, "to": False}}


def test_deactivating_breaks_as_a_whole(admin, jon, flow, now, monkeypatch):
    grant = factories.grant(state=GrantState.ACTIVE, now=now)
    monkeypatch.setattr(record_changes, "record_changed", factories.breaks)
    with pytest.raises(RuntimeError):
        admin.post(pages.of(jon), typed(jon, is_active=None))
    jon.refresh_from_db()
    assert jon.is_active
    assert grant.refreshed().state == GrantState.ACTIVE


def test_deactivating_the_only_approver_names_the_flows_that_are_stuck(admin, flow, adam):
    response = admin.post(pages.of(adam), typed(adam, is_active=None), follow=True)
    assert "Without Adam Novak nobody can approve a request in: Production access." in pages.told(response)
    assert Flow.objects.get().is_active


def test_a_new_email_moves_no_mapping(admin, jon, integration):
    before = factories.mapping(jon).account_id
    response = admin.post(pages.of(jon), typed(jon, email="rita@example.com"), follow=True)
    assert UserMapping.objects.get().account_id == before
    assert "The user mappings of Jon Reyes were left as they are." in pages.told(response)


@pytest.mark.parametrize("right", ["is_active", "is_staff", "is_superuser"])
def test_nobody_locks_themselves_out(admin, olga, right):
    response = admin.post(pages.of(olga), typed(olga, **{right: None}))
    assert pages.errors(response) == {right: ["You cannot take this from yourself. Ask another superuser."]}


def test_permissions_are_given_one_by_one_and_are_in_the_log(admin, jon):
    may = Permission.objects.get(codename="view_grant")
    admin.post(pages.of(jon), typed(jon, is_staff="on", user_permissions=[may.pk]))
    jon.refresh_from_db()
    assert jon.has_perm("access.view_grant")
    assert AuditEvent.objects.latest("id").data["changes"] == {
        "is_staff": {"from": False, "to": True},
        "user_permissions": {"from": [], "to": ["view_grant"]},
    }


def test_permissions_that_nobody_has_are_not_offered(admin, jon):
    refused = Permission.objects.get(codename="delete_grant")
    response = admin.post(pages.of(jon), typed(jon, user_permissions=[refused.pk]))
    assert "user_permissions" in pages.errors(response)


def test_somebody_who_may_change_people_cannot_act_as_an_approver(helper, adam):
    assert helper.post(f"/admin/access/user/{adam.pk}/invite/").status_code == 403
    helper.post(pages.of(adam), typed(adam, email="mine@example.com"))
    adam.refresh_from_db()
    assert adam.email == "adam@example.com"


def test_somebody_who_was_given_the_right_to_change_people_changes_nobody(helper, jon):
    """Not their name either: a person by another name is asked for another's approval."""
    stella = factories.person("stella")
    answer = helper.post(pages.of(jon), typed(jon, name="J.", manager=stella.pk, is_superuser="on", is_staff="on"))
    jon.refresh_from_db()
    assert answer.status_code == 403
    assert (jon.name, jon.manager, jon.is_staff, jon.is_superuser) == ("Jon Reyes", None, False, False)


def test_somebody_who_may_change_people_cannot_take_over_an_admin(helper, olga):
    assert helper.post(pages.of(olga), typed(olga, email="mine@example.com")).status_code == 403
    assert helper.post(f"/admin/access/user/{olga.pk}/invite/").status_code == 403
    stella = User.objects.get(email="stella@example.com")
    assert helper.post(pages.of(stella), typed(stella, is_superuser="on")).status_code == 403
